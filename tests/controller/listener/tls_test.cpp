// The listener behind TLS: what it takes, what it refuses, and what it never waits for.
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <chrono>
#include <vector>

#include "controller/listener/tls_identity.hpp"
#include "tests/controller/listener/client.hpp"
#include "tests/controller/listener/tls_client.hpp"

using namespace fairway;
using namespace std::chrono_literals;
using test::Client;
using test::get;
using test::Server;
using test::status;
using test::TlsClient;
using testing::Made;
using testing::Recipe;

namespace {

Recipe authority_named(const std::string& name) {
    Recipe recipe;
    recipe.common_name = name;
    recipe.authority = true;
    return recipe;
}

Recipe client_named(const std::string& name) {
    Recipe recipe;
    recipe.common_name = name;
    recipe.usage = "clientAuth";
    return recipe;
}

Recipe server_named(const std::string& name) {
    Recipe recipe;
    recipe.common_name = name;
    return recipe;
}

struct Pki {
    Made authority{authority_named("authority")};
    Made server{server_named("server"), &authority};
    Made other_authority{authority_named("other")};
    Made client{client_named("client"), &authority};
    Made stranger{client_named("stranger"), &other_authority};
};

TlsMaterial material(const Made& server, const std::string& client_ca = {}) {
    return {server.certificate(), Secret(server.key()), client_ca};
}

ListenerAccess access_by(const TlsMaterial& shown) {
    auto identity = TlsIdentity::make(shown);
    REQUIRE(identity);
    ListenerAccess access;
    access.identity = [identity = *identity] { return identity; };
    return access;
}

ListenerOptions options_by(const TlsMaterial& shown) {
    ListenerOptions options;
    options.access = access_by(shown);
    return options;
}

std::string ask(const Server& server, const TlsClient::Options& how, const std::string& request) {
    TlsClient client(server.port(), how);
    client.send(request);
    return client.rest();
}

}  // namespace

TEST_CASE("behind TLS the same is answered, and the end is told") {
    const Pki pki;
    Server server(options_by(material(pki.server)));
    CHECK(server.listener->url().starts_with("https://127.0.0.1:"));
    TlsClient client(server.port(), {&pki.authority});
    REQUIRE(client.connected());
    CHECK(client.version() == "TLSv1.3");
    client.send(get(server, "/livez") + get(server, "/livez", "Connection: close\r\n"));
    const std::string replies = client.rest();
    CHECK(status(replies) == "200");
    CHECK(replies.find("HTTP/1.1 200 OK", 10) != std::string::npos);
    CHECK(replies.ends_with("\r\n\r\nok\n"));
    CHECK(client.ended_well());
}

TEST_CASE("a large reply comes through TLS whole") {
    const Pki pki;
    Server server(options_by(material(pki.server)));
    const std::string reply =
        ask(server, {&pki.authority}, get(server, "/large", "Connection: close\r\n"));
    CHECK(reply.size() > 32 * 1024 * 1024);
    CHECK(reply.ends_with("xxx"));
}

TEST_CASE("nothing older than TLS 1.2 is spoken (H14)") {
    const Pki pki;
    Server server(options_by(material(pki.server)));
    CHECK_FALSE(TlsClient(server.port(), {&pki.authority, nullptr, TLS1_1_VERSION}).connected());
    const TlsClient two(server.port(), {&pki.authority, nullptr, TLS1_2_VERSION});
    CHECK(two.connected());
    CHECK(two.version() == "TLSv1.2");
}

TEST_CASE("of the protocols above TLS, HTTP/1.1 alone is spoken (H14)") {
    const Pki pki;
    Server server(options_by(material(pki.server)));
    const TlsClient both(server.port(), {&pki.authority, nullptr, 0, "\x02h2\x08http/1.1"});
    CHECK(both.protocol() == "http/1.1");
    CHECK_FALSE(TlsClient(server.port(), {&pki.authority, nullptr, 0, "\x02h2"}).connected());
}

TEST_CASE("plain text on the TLS port is never answered, nor what comes with the handshake (H14)") {
    const Pki pki;
    Server server(options_by(material(pki.server)));
    const auto answer_to = [&](const std::string& bytes) {
        Client client(server.port());
        client.send(bytes);
        return client.rest();
    };
    CHECK(answer_to(get(server, "/livez")).find("HTTP") == std::string::npos);
    CHECK(answer_to("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").find("HTTP") == std::string::npos);

    // A request injected before the handshake of somebody else: neither is served.
    TlsClient::Options how{&pki.authority};
    how.before = get(server, "/echo?injected");
    TlsClient client(server.port(), how);
    CHECK_FALSE(client.connected());
    CHECK(ask(server, {&pki.authority}, get(server, "/livez", "Connection: close\r\n")).ends_with("ok\n")
    );
}

TEST_CASE("a handshake that comes too slowly, or not at all, ends the connection (H11)") {
    const Pki pki;
    ListenerOptions options = options_by(material(pki.server));
    options.head_time = 50ms;
    options.idle_time = 1h;
    Server server(std::move(options));
    Client silent(server.port()), half(server.port());
    half.send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
    CHECK(silent.closed());
    CHECK(half.closed());
}

TEST_CASE("who is amid a handshake counts as a connection, and makes room (H12)") {
    const Pki pki;
    ListenerOptions options = options_by(material(pki.server));
    options.max_connections = 16;
    Server server(std::move(options));
    std::vector<std::unique_ptr<Client>> idle;
    for (int i = 0; i < 100; ++i) idle.push_back(std::make_unique<Client>(server.port()));
    CHECK(ask(server, {&pki.authority}, get(server, "/livez", "Connection: close\r\n")).ends_with("ok\n")
    );
    std::size_t open = 1000;
    server.on_loop([&] { open = server.listener->connections(); });
    CHECK(open <= 17);
}

TEST_CASE("who is slow at shaking hands makes room for others at that, and not who is through") {
    const Pki pki;
    ListenerOptions options = options_by(material(pki.server));
    options.max_handshakes = 4;
    Server server(std::move(options));
    TlsClient through(server.port(), {&pki.authority});
    REQUIRE(through.connected());
    std::vector<std::unique_ptr<Client>> slow;
    for (int i = 0; i < 100; ++i) {
        slow.push_back(std::make_unique<Client>(server.port()));
        slow.back()->send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
    }
    for (int i = 0; i < 90; ++i) CHECK(slow[static_cast<std::size_t>(i)]->closed());
    std::size_t open = 1000;
    server.on_loop([&] { open = server.listener->connections(); });
    CHECK(open <= 6);
    CHECK(ask(server, {&pki.authority}, get(server, "/livez", "Connection: close\r\n")).ends_with("ok\n")
    );
    through.send(get(server, "/livez", "Connection: close\r\n"));
    CHECK(through.rest().ends_with("ok\n"));
}

TEST_CASE("handshakes that come too often are not begun, and the others are not held up") {
    const Pki pki;
    ListenerOptions options = options_by(material(pki.server));
    options.max_handshakes_per_second = 2;
    Server server(std::move(options));
    TlsClient through(server.port(), {&pki.authority});
    REQUIRE(through.connected());
    int refused = 0;
    for (int i = 0; i < 40; ++i)
        refused += TlsClient(server.port(), {&pki.authority}).connected() ? 0 : 1;
    CHECK(refused > 0);
    through.send(get(server, "/livez", "Connection: close\r\n"));
    CHECK(through.rest().ends_with("ok\n"));
}

TEST_CASE("where client certificates are asked for, open routes alone are answered without one") {
    const Pki pki;
    Server server(options_by(material(pki.server, pki.authority.certificate())));
    const std::string echo = get(server, "/echo", "Connection: close\r\n");
    const std::string live = get(server, "/livez", "Connection: close\r\n");
    CHECK(status(ask(server, {&pki.authority, &pki.client}, echo)) == "200");
    CHECK(status(ask(server, {&pki.authority}, echo)) == "403");
    CHECK(status(ask(server, {&pki.authority}, live)) == "200");
    CHECK(ask(server, {&pki.authority, &pki.stranger}, live).empty());
    Recipe expired = client_named("late");
    expired.until_s = -60;
    const Made late(expired, &pki.authority);
    CHECK(ask(server, {&pki.authority, &late}, live).empty());
    // A server's certificate is no client's.
    CHECK(ask(server, {&pki.authority, &pki.server}, live).empty());
}

TEST_CASE("a new identity meets new connections") {
    const Pki pki;
    Server server(options_by(material(pki.server)));
    const TlsClient before(server.port(), {&pki.authority});
    const Made renewed(server_named("renewed"), &pki.authority);
    server.on_loop([&] { server.listener->admit(access_by(material(renewed))); });
    const TlsClient after(server.port(), {&pki.authority});
    CHECK(before.server() == "server");
    CHECK(after.server() == "renewed");
}

TEST_CASE("turning TLS on leaves no connection in the clear") {
    const Pki pki;
    Server server;
    Client plain(server.port());
    plain.send(get(server, "/livez"));
    CHECK(status(plain.reply()) == "200");
    server.on_loop([&] { server.listener->admit(access_by(material(pki.server))); });
    CHECK(plain.closed());
    CHECK(TlsClient(server.port(), {&pki.authority}).connected());
}

TEST_CASE("without an identity to show, nobody is served in the clear instead") {
    ListenerOptions options;
    options.access.identity = [] { return std::shared_ptr<const TlsIdentity>(); };
    Server server(std::move(options));
    Client client(server.port());
    client.send(get(server, "/livez"));
    CHECK(client.rest().empty());
}

TEST_CASE("an identity that cannot be used is told") {
    const Pki pki;
    const auto trouble = [](const TlsMaterial& shown) {
        const auto made = TlsIdentity::make(shown);
        return made ? std::string() : made.error().what();
    };
    const Made other(server_named("other"), &pki.authority);
    CHECK(trouble({"", Secret("x"), ""}) == "the certificate is none in PEM form");
    CHECK(
        trouble({pki.server.certificate(), Secret("x"), ""}) ==
        "the key is no private key in PEM form without a passphrase"
    );
    CHECK(
        trouble({pki.server.certificate(), Secret(other.key()), ""}) ==
        "the key does not belong to the certificate"
    );
    CHECK(trouble(material(pki.server, "nothing")) == "client_ca holds no certificate in PEM form");
    Recipe weak = server_named("weak");
    weak.rsa_bits = 1024;
    const Made short_key(weak, &pki.authority);
    CHECK(trouble(material(short_key)) == "the certificate is too weak to be used");
    const std::string cut = pki.server.certificate() + "-----BEGIN CERTIFICATE-----\nAAAA\n";
    CHECK(trouble({cut, Secret(pki.server.key()), ""}) == "one of the certificates above it is damaged");
}
