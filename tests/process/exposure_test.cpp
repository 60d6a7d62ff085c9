// The daemon's listener as an operator meets it: by its configuration, over TLS, from elsewhere.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <csignal>

#include "tests/controller/listener/tls_client.hpp"
#include "tests/process/stage.hpp"

namespace fairway {
namespace {

using test::TlsClient;
using testing::Made;
using testing::Recipe;

Recipe named(const std::string& name, bool authority = false) {
    Recipe recipe;
    recipe.common_name = name;
    recipe.authority = authority;
    return recipe;
}

constexpr const char* token = "0123456789abcdef0123456789abcdef";

/// A daemon on all addresses, with TLS and a token.
struct Exposed : Stage {
    Exposed() {
        show("first");
        write_private("token", std::string(token) + "\n");
        server =
            "listen: \"0.0.0.0:0\", hosts: [fairway.example], tls: {certificate: tls.pem, key: {file: "
            "tls.key}}, token: {file: token}";
        configure();
    }
    void show(const std::string& name) const {
        const Made made(named(name), &authority);
        write_private("tls.key", made.key());
        write_private("tls.pem", made.certificate());
    }
    void write_private(const std::string& name, const std::string& text) const {
        folder.write(name + ".new", text);
        REQUIRE(chmod(folder.file(name + ".new").c_str(), 0600) == 0);
        std::filesystem::rename(folder.file(name + ".new"), folder.file(name));
    }
    static std::uint16_t port_of(const std::string& address) {
        return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    }
    std::string ask(
        const std::string& address, const std::string& path, const std::string& fields = {},
        const std::string& host = {}
    ) const {
        TlsClient client(port_of(address), {&authority});
        const std::string named = host.empty() ? "127.0.0.1" : host;
        client.send(
            "GET " + path + " HTTP/1.1\r\nHost: " + named + ':' + std::to_string(port_of(address)) +
            "\r\n" + fields + "Connection: close\r\n\r\n"
        );
        return client.rest();
    }
    Made authority{named("authority", true)};
};

const std::string bearer = "Authorization: Bearer " + std::string(token) + "\r\n";

TEST_CASE("over TLS metrics are for those who bear the token, and probes for everybody") {
    const Exposed stage;
    stage.manifest("demo.yaml", Stage::demo());
    std::string address;
    Process daemon = stage.daemon(address);
    CHECK(contains(stage.ask(address, "/metrics"), " 401 Unauthorized\r\n"));
    CHECK(contains(stage.ask(address, "/metrics", bearer), "\nfairway_build_info"));
    CHECK(contains(stage.ask(address, "/livez"), " 200 OK\r\n"));
    CHECK(eventually([&] { return contains(stage.ask(address, "/readyz"), " 200 OK\r\n"); }));
    CHECK_FALSE(contains(stage.ask(address, "/readyz?verbose"), "project default"));
    CHECK(contains(stage.ask(address, "/readyz?verbose", bearer), "project default"));
    CHECK(contains(stage.ask(address, "/livez", {}, "fairway.example"), " 200 OK\r\n"));
    CHECK(contains(stage.ask(address, "/livez", {}, "evil.example"), " 421 "));
    CHECK(Stage::get(address, "/livez").empty());  // in the clear
    CHECK_FALSE(contains(daemon.err(), token));

    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
}

TEST_CASE("a renewed certificate and a new token hold without a restart") {
    Exposed stage;
    std::string address;
    Process daemon = stage.daemon(address);
    const auto shown = [&] { return TlsClient(Exposed::port_of(address), {&stage.authority}).server(); };
    CHECK(shown() == "first");
    stage.show("second");
    CHECK(eventually([&] { return shown() == "second"; }));

    stage.write_private("token", "another-token-of-some-length\n");
    daemon.signal(SIGHUP);
    CHECK(eventually([&] {
        return contains(
            stage.ask(address, "/metrics", "Authorization: Bearer another-token-of-some-length\r\n"),
            " 200 OK\r\n"
        );
    }));
    CHECK(contains(stage.ask(address, "/metrics", bearer), " 401 "));
}

TEST_CASE("a daemon whose certificate cannot be used does not start, nor take it by a reload") {
    Exposed stage;
    std::string address;
    Process daemon = stage.daemon(address);
    const Made other(named("other"), &stage.authority);
    stage.write_private("tls.key", other.key());
    stage.server.replace(stage.server.find("fairway.example"), 15, "other.example");
    stage.configure();
    daemon.signal(SIGHUP);
    CHECK(eventually([&] { return contains(daemon.err(), "the old one stays"); }));
    CHECK(contains(daemon.err(), "server.tls.key: the key does not belong to the certificate"));
    CHECK(contains(stage.ask(address, "/metrics", bearer), " 200 OK\r\n"));
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);

    const auto second = stage.run({"run"});
    CHECK(second.code == 3);
    CHECK(contains(second.err, "server.tls.key: the key does not belong to the certificate"));
    CHECK(stage.run({"config", "check"}).code == 3);
}

TEST_CASE("an address that others reach is refused without TLS and a token, with the ways out") {
    Stage stage;
    stage.server = "listen: \"0.0.0.0:0\"";
    stage.configure();
    const auto refused = stage.run({"run"});
    CHECK(refused.code == 3);
    CHECK(contains(refused.err, "server.listen: \"0.0.0.0:0\" can be reached by other machines"));
    CHECK(contains(refused.err, "insecure_listen: true"));
    stage.server = "listen: \"0.0.0.0:0\", insecure_listen: true";
    stage.configure();
    std::string address;
    const Process daemon = stage.daemon(address);
    CHECK(contains(Stage::get(address, "/livez"), " 200 OK\r\n"));
}

}  // namespace
}  // namespace fairway
