// What a network does to a call: silence, ends in odd places, other certificates, and places that a
// redirection points to.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "controller/api/https_client.hpp"
#include "tests/controller/api/caller.hpp"
#include "tests/controller/api/tls_server.hpp"
#include "tests/support/run_task.hpp"

using namespace fairway;
using namespace fairway::testing;
using namespace std::chrono_literals;

namespace {

/// A port of this machine whose queue is full: who connects hears nothing.
class BlackHole {
public:
    BlackHole() {
        socklen_t size = sizeof at_;
        at_.sin_family = AF_INET;
        at_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int listener = open();
        ::bind(listener, reinterpret_cast<const sockaddr*>(&at_), size);
        ::listen(listener, 0);
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&at_), &size);
        for (int i = 0; i < 3; ++i) ::connect(open(), reinterpret_cast<const sockaddr*>(&at_), size);
    }
    ~BlackHole() {
        for (const int socket : sockets_) ::close(socket);
    }
    BlackHole(const BlackHole&) = delete;
    BlackHole& operator=(const BlackHole&) = delete;
    unsigned short port() const { return ntohs(at_.sin_port); }

private:
    int open() {
        sockets_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        return sockets_.back();
    }
    sockaddr_in at_{};
    std::vector<int> sockets_;
};

}  // namespace

TEST_CASE("a connection that is never answered is given up in time, and nothing was sent") {
    const BlackHole hole;
    Caller caller(hole.port());
    caller.limits.connect = 60ms;
    const auto began = std::chrono::steady_clock::now();
    const auto reply = caller.send("POST");
    CHECK(std::chrono::steady_clock::now() - began < 2s);
    REQUIRE_FALSE(reply);
    CHECK(reply.error().reason() == ErrorReason::timeout);
    CHECK_FALSE(reply.error().outcome_unknown());
}

TEST_CASE("a connection reset at any byte of the request leaves the outcome of a write open") {
    std::size_t length = 0;
    {
        TlsServer server([&](Peer& peer, int) {
            length = peer.read_request().size();
            peer.write(answer(200, ""));
            peer.wait_for_end();
        });
        CHECK(Caller(server.port()).send("POST"));
    }
    REQUIRE(length > 100);
    TlsServer server([&](Peer& peer, int connection) {
        peer.read_bytes(static_cast<std::size_t>(connection - 1));
        peer.reset();
    });
    Caller caller(server.port());
    for (std::size_t i = 0; i <= length; ++i) {
        CAPTURE(i);
        const auto reply = caller.send("POST");
        REQUIRE_FALSE(reply);
        if (i > 0) CHECK(reply.error().outcome_unknown());  // else it may be seen before a byte is sent
        CHECK(reply.error().reason() == ErrorReason::network);
    }
    CHECK(server.connections() == static_cast<int>(length) + 1);  // none was repeated
}

TEST_CASE("a connection reset at any byte of the answer is no answer") {
    const std::string text = answer(201, "{\"a\":1}");
    TlsServer server([&](Peer& peer, int connection) {
        peer.read_request();
        peer.write(text.substr(0, static_cast<std::size_t>(connection - 1)));
        peer.reset();
    });
    Caller caller(server.port());
    for (std::size_t i = 0; i < text.size(); ++i) {
        CAPTURE(i);
        const auto reply = caller.send("POST");
        REQUIRE_FALSE(reply);
        CHECK(reply.error().outcome_unknown());
    }
}

TEST_CASE("a server that ends its direction before it answered is not waited for") {
    TlsServer server([](Peer& peer, int) {
        peer.read_request();
        peer.shut_down();
        peer.wait_for_end();
    });
    Caller caller(server.port());
    const auto began = std::chrono::steady_clock::now();
    const auto reply = caller.send("POST");
    CHECK(std::chrono::steady_clock::now() - began < 5s);
    REQUIRE_FALSE(reply);
    CHECK(reply.error().reason() == ErrorReason::network);
    CHECK(reply.error().outcome_unknown());
}

TEST_CASE("a new handshake amid a connection is refused, and the outcome of a write is open") {
    std::atomic<int> agreed = 0, asked = 0;
    TlsServer server({authority().issue(), true, TLS1_2_VERSION}, [&](Peer& peer, int) {
        peer.read_request();
        ++asked;
        if (!peer.renegotiate()) return;
        ++agreed;
        peer.write(answer(200, "ok"));
    });
    Caller caller(server.port());
    const auto reply = caller.send("POST");
    REQUIRE_FALSE(reply);
    CHECK(reply.error().outcome_unknown());
    server.wait_until_idle();
    CHECK(asked == 1);
    CHECK(agreed == 0);
}

TEST_CASE("a server whose certificate was exchanged is verified anew") {
    const auto serve = [](Peer& peer, int) {
        while (!peer.read_request().empty()) peer.write(answer(200, "ok"));
    };
    unsigned short port = 0;
    std::optional<Caller> caller;
    {
        TlsServer before({authority().issue()}, serve);
        port = before.port();
        caller.emplace(port);
        CHECK(caller->send("POST"));
    }
    TlsServer::Options options;
    options.port = port;
    {
        options.certificate = authority().issue();
        TlsServer renewed(options, serve);
        CHECK(caller->send("POST"));
        CHECK(caller->client->figures().resumed == 0);
    }
    const Authority other;
    options.certificate = other.issue();
    TlsServer impostor(options, serve);
    const auto reply = caller->send("POST");
    REQUIRE_FALSE(reply);
    CHECK(reply.error().what().find("certificate was not accepted") != std::string::npos);
    CHECK_FALSE(reply.error().outcome_unknown());
    caller.reset();
}

TEST_CASE("names that only look like the host's are no proof of it") {
    for (const std::string names :
         {"DNS:elsewhere.example", "DNS:*", "DNS:local*", "DNS:*.localhost",
          "DNS:localhost.evil.example", "DNS:evil-localhost", "DNS:localhost1", "email:localhost",
          "URI:https://localhost", ""}) {
        CAPTURE(names);
        CertificateWish wish;
        wish.names = names;
        wish.common_name = "localhost";
        TlsServer server({authority().issue(wish)}, [](Peer& peer, int) {
            while (!peer.read_request().empty()) peer.write(answer(200, "ok"));
        });
        const auto reply = Caller(server.port(), "localhost").send("POST");
        REQUIRE_FALSE(reply);
        CHECK(reply.error().what().find("mismatch") != std::string::npos);
        CHECK_FALSE(reply.error().outcome_unknown());
    }
}

TEST_CASE("nobody whom a redirection points to hears of us") {
    const auto decoy = [](Peer& peer, int) { peer.wait_for_end(); };
    const TlsServer other_port({authority().issue()}, decoy), plain({{}, false}, decoy);
    const std::string targets[] = {
        "/elsewhere",
        "https://127.0.0.1:" + std::to_string(other_port.port()) + "/",
        "https://localhost:" + std::to_string(other_port.port()) + "/",
        "//localhost:" + std::to_string(other_port.port()) + "/",
        "http://127.0.0.1:" + std::to_string(plain.port()) + "/",
        "file:///etc/passwd",
        "",
    };
    for (const int status : {300, 301, 302, 303, 307, 308}) {
        for (const std::string& target : targets) {
            CAPTURE(status);
            CAPTURE(target);
            int requests = 0;
            TlsServer server([&](Peer& peer, int) {
                while (!peer.read_request().empty()) {
                    ++requests;
                    peer.write(answer(status, "", "Location: " + target + "\r\n"));
                }
            });
            Caller caller(server.port());
            for (const char* method : {"GET", "POST"}) {
                const auto reply = caller.send(method);
                REQUIRE(reply);
                CHECK(reply->status == status);
            }
            caller.client.reset();
            CHECK(server.connections() == 1);
            server.wait_until_idle();
            CHECK(requests == 2);
        }
    }
    CHECK(other_port.connections() == 0);
    CHECK(plain.connections() == 0);
}
