// The section `server`: where the daemon listens, and who is let in.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/controller/api/certificates.hpp"
#include "tests/controller/config/desk.hpp"

namespace fairway {
namespace {

using testing::Made;
using testing::Recipe;

/// With a certificate, its key, and a token in their files.
struct ServerDesk : Desk {
    ServerDesk() {
        dir.write("tls.pem", made.certificate());
        dir.write("clients.pem", made.certificate());
        dir.write("tls.key", made.key());
        dir.write("token", "0123456789abcdef\n");
        for (const char* name : {"tls.key", "token"}) chmod(dir.file(name).c_str(), 0600);
    }
    const Made made{Recipe{}};
    std::string of(const std::string& keys) { return trouble("server: {" + keys + "}\n"); }
};

const std::string tls = "tls: {certificate: tls.pem, key: {file: tls.key}}";
const std::string mutual = "tls: {certificate: tls.pem, key: {file: tls.key}, client_ca: clients.pem}";
const std::string token = "token: {file: token}";

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_CASE("a listen address is an address and a port") {
    ServerDesk desk;
    for (const std::string bad :
         {"localhost:9464", "127.0.0.1", "127.0.0.1:70000", ":9464", "[::1]", "::1:9464",
          "127.0.0.1:http", "[127.0.0.1]:80"}) {
        CAPTURE(bad);
        CHECK(has(desk.of("listen: \"" + bad + "\""), "server.listen: "));
    }
    CHECK(desk.of("listen: \"127.0.0.2:0\"") == "");
    CHECK(desk.of("listen: \"[::1]:0\"") == "");
    CHECK(has(desk.of("socket: " + std::string(200, 'x')), "server.socket: is longer than"));
}

TEST_CASE("an address that others can reach needs TLS and a token, or a word that they are not needed") {
    ServerDesk desk;
    for (const std::string address :
         {"0.0.0.0:9464", "10.0.0.1:9464", "[::]:9464", "[::ffff:7f00:1]:1"}) {
        CAPTURE(address);
        const std::string listen = "listen: \"" + address + "\", ";
        const std::string bare = desk.of(listen + "hosts: []");
        CHECK(has(
            bare, "server.listen: \"" + address +
                      "\" can be reached by other machines, without server.tls and server.token; set "
                      "that, or write 127.0.0.1:9464, or insecure_listen: true where you trust that "
                      "network"
        ));
        CHECK(has(desk.of(listen + tls), "without server.token; "));
        CHECK(has(desk.of(listen + token), "without server.tls; "));
        CHECK(has(desk.of(listen + tls + ", insecure_listen: false"), "without server.token; "));
        CHECK(desk.of(listen + tls + ", " + token) == "");
        CHECK(desk.of(listen + mutual) == "");
        const std::string warned = desk.of(listen + "insecure_listen: true");
        CHECK(has(warned, "warning"));
        CHECK(desk.load().config);
    }
    CHECK(desk.of("listen: \"127.0.0.1:0\", insecure_listen: true") == "");
}

TEST_CASE("hosts, TLS and token arrive, with paths from the file's folder") {
    ServerDesk desk;
    desk.rest = "server: {hosts: [fairway.example, \"10.0.0.7:9464\", \"[::1]:1\"], " + mutual + ", " +
                token + "}\n";
    const Config config = good(desk);
    CHECK(
        config.server.hosts == std::vector<std::string>{"fairway.example", "10.0.0.7:9464", "[::1]:1"}
    );
    REQUIRE(config.server.tls);
    CHECK(config.server.tls->certificate == desk.dir.file("tls.pem"));
    CHECK(config.server.tls->key == desk.dir.file("tls.key"));
    CHECK(config.server.tls->client_ca == desk.dir.file("clients.pem"));
    REQUIRE(config.server.token);
    CHECK(config.server.token->reveal() == "0123456789abcdef");
    desk.rest = "";
    const Config plain = good(desk);
    CHECK_FALSE(plain.server.tls);
    CHECK_FALSE(plain.server.token);
    CHECK(plain.server.hosts.empty());
}

TEST_CASE("a host of the list is a host, without patterns") {
    ServerDesk desk;
    for (const std::string bad :
         {"*", "*.example", "http://a.example", "a.example/x", "a b", "a:0", ""}) {
        CAPTURE(bad);
        CHECK(has(desk.of("hosts: [ok.example, \"" + bad + "\"]"), "server.hosts[1]: "));
    }
}

TEST_CASE("a token and a key that will not do are refused, and not repeated") {
    ServerDesk desk;
    desk.variables["TOKEN"] = "tooshort";
    desk.variables["SPACED"] = "0123456789 abcdef";
    desk.variables["FOREIGN"] = "0123456789abcdef\xC3\xA9";
    desk.variables["KEY"] = "-----BEGIN PRIVATE KEY-----";
    const std::string brief = desk.of("token: {env: TOKEN}");
    CHECK(has(brief, "server.token: is too short to be a token; write one of 16 characters or more"));
    CHECK_FALSE(has(brief, "tooshort"));
    CHECK(has(desk.of("token: {env: SPACED}"), "has characters that no header can bear"));
    CHECK(has(desk.of("token: {env: FOREIGN}"), "has characters that no header can bear"));
    const std::string literal = desk.of("token: 0123456789abcdef");
    CHECK(has(literal, "a secret is not written into the configuration"));
    CHECK_FALSE(has(literal, "0123456789abcdef"));
    CHECK(has(
        desk.of("tls: {certificate: tls.pem, key: {env: KEY}}"),
        "server.tls.key.env: a key is read again when it is renewed, and a variable cannot be; write "
        "{file: PATH}"
    ));
    chmod(desk.dir.file("tls.key").c_str(), 0640);
    CHECK(has(desk.of(tls), "server.tls.key.file: tls.key can be read by others; chmod 600 it"));
}

TEST_CASE("a certificate and a key that are not of one pair are a mistake of the configuration") {
    ServerDesk desk;
    const Made other{Recipe{}};
    desk.dir.write("tls.key", other.key(), fs::perms::owner_read);
    const std::string told = desk.of(tls);
    CHECK_MESSAGE(
        has(told, "fairway.yaml:6:15: server.tls.key: the key does not belong to the certificate; name"),
        told
    );
    desk.dir.write("tls.pem", other.certificate());
    CHECK(desk.of(tls) == "");
    desk.dir.write(
        "tls.key", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", fs::perms::owner_read
    );
    CHECK(has(desk.of(tls), "server.tls.key: the key is no private key in PEM form without a passphrase")
    );
    desk.dir.write("clients.pem", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
    CHECK(has(desk.of(mutual), "server.tls.key: "));
}

TEST_CASE("the key may be a credential of systemd, by name or by path, and only there be the group's") {
    ServerDesk desk;
    fs::create_directory(desk.dir.file("credentials"));
    const auto give = [&](fs::perms more) {
        desk.dir.write("credentials/tls", desk.made.key(), fs::perms::owner_read | more);
    };
    const std::string by_name = "tls: {certificate: tls.pem, key: {credential: tls}}";
    const std::string by_path = "tls: {certificate: tls.pem, key: {file: credentials/tls}}";
    give(fs::perms::group_read);
    CHECK(has(desk.of(by_path), "credentials/tls can be read by others"));
    desk.variables["CREDENTIALS_DIRECTORY"] = desk.dir.file("credentials");
    for (const std::string& key : {by_name, by_path}) {
        CHECK(desk.of(key) == "");
        const Config config = good(desk);
        CHECK(config.server.tls->key == desk.dir.file("credentials/tls"));
        CHECK(config.server.tls->key_from_systemd);
        REQUIRE(config.server.tls_key);
        CHECK(std::string(config.server.tls_key->reveal()) + "\n" == desk.made.key());
    }
    give(fs::perms::others_read);
    CHECK(has(desk.of(by_name), "server.tls.key.credential: credentials/tls can be read by others"));
}

TEST_CASE("TLS needs both its files, and they must look like what they are") {
    ServerDesk desk;
    CHECK(has(desk.of("tls: {key: {file: tls.key}}"), "server.tls.certificate: is missing"));
    CHECK(has(desk.of("tls: {certificate: tls.pem}"), "server.tls.key: is missing"));
    CHECK(
        has(desk.of("tls: {certificate: tls.key, key: {file: tls.key}}"),
            "server.tls.certificate: tls.key holds no certificate")
    );
    CHECK(
        has(desk.of("tls: {certificate: tls.pem, key: {file: tls.key}, client_ca: none.pem}"),
            "server.tls.client_ca: none.pem cannot be read")
    );
    CHECK(has(desk.of("tls: {certificat: tls.pem}"), "did you mean certificate?"));
}

}  // namespace
}  // namespace fairway
