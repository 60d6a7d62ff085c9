// Through a proxy: a scripted one that answers well or badly, and tinyproxy where it is installed.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "controller/api/https_client.hpp"
#include "controller/api/proxy.hpp"
#include "tests/controller/api/tls_server.hpp"
#include "tests/support/process.hpp"
#include "tests/support/run_task.hpp"

using namespace fairway;
using namespace fairway::testing;
using namespace std::chrono_literals;

namespace {

Proxy proxy_at(unsigned short port) {
    Proxy proxy;
    proxy.host = "127.0.0.1";
    proxy.port = port;
    return proxy;
}

/// A host behind the proxy, and one client of it.
struct World {
    World()
        : host([this](Peer& peer, int) {
              while (!peer.read_request().empty()) {
                  ++requests;
                  peer.write(answer(200, "{}"));
              }
          }) {
        options.host = "localhost";
        options.port = host.port();
        options.ca_file = authority().file();
    }
    Result<HttpReply> get(CallDeadlines limits = {}) {
        if (!client) {
            auto opened = HttpsClient::open(io.get_executor(), options);
            REQUIRE(opened);
            client = *std::move(opened);
        }
        HttpRequest request;
        request.method = "POST";
        request.target = "/";
        request.fields.push_back({"X-Auth-Token", "secret"});
        return run_task(io, client->send(std::move(request), limits));
    }

    std::atomic<int> requests = 0;
    TlsServer host;
    HttpsOptions options;
    boost::asio::io_context io;
    std::unique_ptr<HttpsClient> client;
};

TlsServer::Options bare() {
    TlsServer::Options options;
    options.tls = false;
    return options;
}

bool mentions(const Error& error, const std::string& part) {
    return error.what().find(part) != std::string::npos;
}

bool is_direct_by(std::vector<std::string> except, const char* host, std::uint16_t port = 443) {
    Proxy proxy;
    proxy.except = std::move(except);
    return is_direct(proxy, host, port);
}

/// A port that was free a moment ago.
unsigned short free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(probe, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(probe);
    return ntohs(address.sin_port);
}

bool listens(unsigned short port) {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const bool up = ::connect(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(probe);
    return up;
}

}  // namespace

TEST_CASE("which hosts are reached without the proxy") {
    CHECK_FALSE(is_direct_by({}, "a.example"));
    CHECK(is_direct_by({"*"}, "a.example"));
    for (const char* rule :
         {"example", ".example", "*.example", "a.example", "A.Example", "a.example:443"}) {
        CAPTURE(std::string(rule));
        CHECK(is_direct_by({"other", rule}, "a.example"));
        CHECK(is_direct_by({rule}, "A.EXAMPLE"));
    }
    for (const char* rule :
         {"b.example", "ample", "a.example.org", "a.example:444", "a.example:x", ".", "*."}) {
        CAPTURE(std::string(rule));
        CHECK_FALSE(is_direct_by({rule}, "a.example"));
    }
    CHECK(is_direct_by({"127.0.0.1"}, "127.0.0.1"));
    CHECK(is_direct_by({"10.0.0.0/8"}, "10.255.0.1"));
    CHECK_FALSE(is_direct_by({"10.0.0.0/8"}, "11.0.0.1"));
    CHECK_FALSE(is_direct_by({"0.0.1"}, "127.0.0.1"));
    CHECK(is_direct_by({"::1"}, "::1"));
    CHECK(is_direct_by({"[::1]:443"}, "::1"));
    CHECK_FALSE(is_direct_by({"[::1]:444"}, "::1"));
    CHECK(is_direct_by({"fd00::/8"}, "fd12::1"));
    CHECK_FALSE(is_direct_by({"fd00::/8", "10.0.0.0/x", "/"}, "fe80::1"));
}

TEST_CASE("a proxy is asked for the host and its port, with credentials where there are some") {
    Proxy proxy = proxy_at(1);
    CHECK(connect_request(proxy, "h:443") == "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n");
    proxy.user = "Aladdin";
    proxy.password = Secret("open sesame");
    CHECK(
        connect_request(proxy, "h:443") ==
        "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\nProxy-Authorization: Basic "
        "QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"
    );
}

TEST_CASE("what a proxy answers badly is one clear error, and nothing is sent to the host") {
    struct Bad {
        std::string answer, why;
    };
    const Bad bad[] = {
        {"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 9\r\n\r\nforbidden",
         "asks for a user and a password; set proxy.user"},
        {"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "could not connect to localhost:"},
        {"HTTP/1.0 403 Filtered\r\n\r\n", "does not allow a connection to localhost:"},
        {"HTTP/1.1 302 Found\r\nLocation: https://evil.example\r\n\r\n", "(302)"},
        {"HTTP/1.1 100 Continue\r\n\r\n", "(100)"},
        {"HTTP/1.1 20\r\n\r\n", "answers without a status"},
        {"HTTP/1.1\r\n\r\n", "answers without a status"},
        {"HTTP/1.\r\n\r\n", "answers without a status"},
        {"HTTP/2 200\r\n\r\n", "is it an HTTP proxy?"},
        {"SSH-2.0-OpenSSH_9.2\r\n", "is it an HTTP proxy?"},
        {"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "sends more than its answer"},
        {"HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x'), "a header that does not end"},
        {"", "closed the connection without an answer"},
    };
    for (const Bad& at : bad) {
        CAPTURE(at.why);
        World world;
        TlsServer proxy(bare(), [&](Peer& peer, int) {
            peer.read_request();
            peer.write(at.answer);
            peer.shut_down();
            peer.wait_for_end();
        });
        world.options.proxy = proxy_at(proxy.port());
        const auto reply = world.get();
        REQUIRE_FALSE(reply);
        CAPTURE(reply.error().what());
        CHECK(mentions(reply.error(), at.why));
        CHECK(mentions(reply.error(), "proxy 127.0.0.1:" + std::to_string(proxy.port())));
        CHECK_FALSE(reply.error().outcome_unknown());
        CHECK(world.host.connections() == 0);
    }
}

TEST_CASE("a proxy's refusal of a password does not show it") {
    World world;
    std::string asked;
    TlsServer proxy(bare(), [&](Peer& peer, int) {
        asked = peer.read_request();
        peer.write("HTTP/1.1 407 hunter2\r\nX: hunter2\r\n\r\n");
        peer.wait_for_end();
    });
    world.options.proxy = proxy_at(proxy.port());
    world.options.proxy->user = "user";
    world.options.proxy->password = Secret("hunter2");
    const auto reply = world.get();
    REQUIRE_FALSE(reply);
    CHECK(reply.error().cls() == ErrorClass::auth);
    CHECK(mentions(reply.error(), "does not accept the user and the password"));
    CHECK_FALSE(mentions(reply.error(), "hunter2"));
    proxy.wait_until_idle();
    CHECK(asked.find("Proxy-Authorization: Basic dXNlcjpodW50ZXIy\r\n") != std::string::npos);
    CHECK(asked.find("X-Auth-Token") == std::string::npos);
}

TEST_CASE("a proxy that is silent, or drips, costs no more than the time for connecting") {
    for (const bool drips : {false, true}) {
        CAPTURE(drips);
        World world;
        TlsServer proxy(bare(), [&](Peer& peer, int) {
            peer.read_request();
            if (drips) peer.write("HTTP/1.1 200 OK\r\nX: ");
            peer.wait_for_end();
        });
        world.options.proxy = proxy_at(proxy.port());
        CallDeadlines limits;
        limits.connect = 100ms;
        const auto began = std::chrono::steady_clock::now();
        const auto reply = world.get(limits);
        REQUIRE_FALSE(reply);
        CHECK(reply.error().reason() == ErrorReason::timeout);
        CHECK(mentions(reply.error(), "ask proxy 127.0.0.1:"));
        CHECK(std::chrono::steady_clock::now() - began < 3s);
    }
}

TEST_CASE("a proxy that plays the host is found out by its certificate") {
    World world;
    const Authority other;
    std::string asked;
    // Says yes, and then speaks TLS itself.
    TlsServer::Options options;
    options.certificate = other.issue();
    options.preface = [&](Peer& peer) {
        asked = peer.read_request();
        peer.write("HTTP/1.1 200 Connection established\r\n\r\n");
    };
    int served = 0;
    TlsServer proxy(std::move(options), [&](Peer&, int) { ++served; });
    world.options.proxy = proxy_at(proxy.port());
    const auto reply = world.get();
    REQUIRE_FALSE(reply);
    CHECK(mentions(reply.error(), "TLS handshake with localhost"));
    CHECK(mentions(reply.error(), "the certificate was not accepted"));
    CHECK_FALSE(reply.error().outcome_unknown());
    proxy.wait_until_idle();
    CHECK(asked.starts_with("CONNECT localhost:"));
    CHECK(served == 0);
}

TEST_CASE("no proxy where nothing listens is told as the proxy's trouble") {
    World world;
    world.options.proxy = proxy_at(free_port());
    const auto reply = world.get();
    REQUIRE_FALSE(reply);
    CHECK(mentions(reply.error(), "connect to proxy 127.0.0.1:"));
}

TEST_CASE("a real proxy carries the calls, and its password is asked for") {
    const char* const program = "/usr/bin/tinyproxy";
    if (!std::filesystem::exists(program)) {
        MESSAGE("skipped: tinyproxy is not installed");
        return;
    }
    const auto port = free_port();
    const std::string settings = temporary_file(
        "tinyproxy.conf", "Port " + std::to_string(port) +
                              "\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\n"
                              "BasicAuth user secret\n"
    );
    Process proxy({program, "-d", "-c", settings}, "/");
    REQUIRE(eventually([&] { return listens(port); }));
    World world;
    world.options.proxy = proxy_at(port);
    world.options.proxy->user = "user";
    SUBCASE("with the right one all goes through one tunnel") {
        world.options.proxy->password = Secret("secret");
        for (int i = 0; i < 3; ++i) {
            const auto reply = world.get();
            CHECK_MESSAGE(reply, reply.error().what());
        }
        CHECK(world.requests == 3);
        CHECK(world.host.connections() == 1);
    }
    SUBCASE("with a wrong one nothing does") {
        world.options.proxy->password = Secret("wrong");
        const auto reply = world.get();
        REQUIRE_FALSE(reply);
        CHECK(reply.error().reason() == ErrorReason::auth);
        CHECK(world.host.connections() == 0);
    }
    SUBCASE("a host that is not there is the proxy's refusal") {
        world.options.proxy->password = Secret("secret");
        world.options.port = free_port();
        const auto reply = world.get();
        REQUIRE_FALSE(reply);
        CAPTURE(reply.error().what());
        CHECK(mentions(
            reply.error(), "proxy 127.0.0.1:" + std::to_string(port) + " could not connect to localhost:"
        ));
    }
    world.client.reset();
}
