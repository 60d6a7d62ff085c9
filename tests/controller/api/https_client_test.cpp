#include "controller/api/https_client.hpp"

#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "controller/async/task_group.hpp"
#include "tests/controller/api/tls_server.hpp"
#include "tests/support/run_task.hpp"

using namespace fairway;
using namespace fairway::testing;
using namespace std::chrono_literals;

namespace {

HttpRequest get(std::string target = "/") {
    HttpRequest request;
    request.method = "GET";
    request.target = std::move(target);
    return request;
}

HttpRequest post(std::string body = "{}") {
    HttpRequest request;
    request.method = "POST";
    request.target = "/things";
    request.fields.push_back({"Content-Type", "application/json"});
    request.body = std::move(body);
    return request;
}

/// A client of a test server, and a loop to run it.
struct Caller {
    explicit Caller(const TlsServer& server) : Caller(server.port()) {}
    explicit Caller(unsigned short port, std::string host = "127.0.0.1") {
        options.host = std::move(host);
        options.port = port;
        options.ca_file = authority().file();
    }
    HttpsClient& client() {
        if (!made) {
            auto opened = HttpsClient::open(io.get_executor(), options);
            REQUIRE(opened);
            made = *std::move(opened);
        }
        return *made;
    }
    Result<HttpReply> send(HttpRequest request) {
        return run_task(io, client().send(std::move(request), limits));
    }

    boost::asio::io_context io;
    HttpsOptions options;
    CallDeadlines limits;
    std::unique_ptr<HttpsClient> made;
};

void serve_all(Peer& peer, const std::string& reply) {
    while (!peer.read_request().empty()) peer.write(reply);
}

bool mentions(const Error& error, std::string_view text) {
    return error.what().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("requests and answers go through, on one kept connection") {
    std::vector<std::string> seen;
    TlsServer server([&](Peer& peer, int) {
        for (std::string request = peer.read_request(); !request.empty();
             request = peer.read_request()) {
            seen.push_back(request);
            peer.write(answer(201, "{\"n\":" + std::to_string(seen.size()) + "}", "X-Request-Id: r\r\n")
            );
        }
    });
    Caller caller(server);
    for (int i = 1; i <= 3; ++i) {
        const auto reply = caller.send(post("{\"a\":1}"));
        REQUIRE(reply);
        CHECK(reply->status == 201);
        CHECK(reply->body == "{\"n\":" + std::to_string(i) + "}");
        CHECK(reply->field("x-request-id") == "r");
    }
    CHECK(server.connections() == 1);
    CHECK(caller.client().figures().idle == 1);
    CHECK(caller.client().figures().active == 0);
    CHECK(caller.client().figures().in_flight == 0);
    caller.made.reset();
    CHECK(
        seen[0] == "POST /things HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                       "\r\nUser-Agent: fairway/0.1.0\r\nAccept: application/json\r\nContent-Type: "
                       "application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}"
    );
}

TEST_CASE("an answer may come in any pieces") {
    TlsServer server([&](Peer& peer, int) {
        for (std::string request = peer.read_request(); !request.empty();
             request = peer.read_request()) {
            const std::string text = "HTTP/1.1 100 Continue\r\n\r\n" + answer(200, "hello");
            for (const char c : text) peer.write(std::string(1, c));
        }
    });
    Caller caller(server);
    for (int i = 0; i < 2; ++i) {
        const auto reply = caller.send(get());
        REQUIRE(reply);
        CHECK(reply->body == "hello");
    }
    CHECK(server.connections() == 1);
}

TEST_CASE("large bodies pass in both directions") {
    const std::string big(400U << 10, 'x');
    std::size_t received = 0;
    TlsServer server([&](Peer& peer, int) {
        received = peer.read_request().size();
        peer.write(answer(200, big));
        peer.wait_for_end();
    });
    Caller caller(server);
    const auto reply = caller.send(post(big));
    REQUIRE(reply);
    CHECK(reply->body.size() == big.size());
    CHECK(received > big.size());
}

TEST_CASE("an answer cut off at any byte is never taken for whole") {
    const std::string text = answer(201, "{\"a\":1}");
    TlsServer server([&](Peer& peer, int connection) {
        peer.read_request();
        const auto size = static_cast<std::size_t>(connection - 1) / 2;
        peer.write(text.substr(0, size));
        if (connection % 2 == 0) peer.say_goodbye();
    });
    Caller caller(server);
    for (std::size_t i = 0; i < 2 * text.size(); ++i) {
        CAPTURE(i);
        const auto reply = caller.send(post());
        REQUIRE_FALSE(reply);
        CHECK(reply.error().cls() == ErrorClass::retryable);
        CHECK(reply.error().outcome_unknown());
        CHECK(caller.client().figures().idle == 0);
    }
}

TEST_CASE("a body without length or chunks needs the peer's goodbye") {
    TlsServer server([&](Peer& peer, int connection) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\n\r\nhello");
        if (connection == 1) peer.say_goodbye();
        peer.shut_down();
        peer.wait_for_end();
    });
    Caller caller(server);
    const auto whole = caller.send(post());
    REQUIRE(whole);
    CHECK(whole->body == "hello");
    const auto cut = caller.send(post());
    REQUIRE_FALSE(cut);
    CHECK(mentions(cut.error(), "cut off"));
    CHECK(cut.error().outcome_unknown());
}

TEST_CASE("what is not an answer is refused, and the outcome of a write is unknown") {
    struct Odd {
        std::string text, why;
    };
    const Odd odd[] = {
        {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx", "compressed"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nxxx", "Content-Length"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nxx", ""},
        {"HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n", "status"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "too large"},
        {"HTTP/1.1 200 OK\r\nA: " + std::string(200'000, 'x') + "\r\n\r\n", "header"},
        {"\x15\x03\x01 garbage \r\n\r\n", "not HTTP"},
        {"<html>502</html>\r\n\r\n", "not HTTP"},
    };
    TlsServer server([&](Peer& peer, int connection) {
        peer.read_request();
        peer.write(odd[connection - 1].text);
        peer.wait_for_end();
    });
    Caller caller(server);
    for (const Odd& at : odd) {
        CAPTURE(at.text.substr(0, 60));
        const auto reply = caller.send(post());
        REQUIRE_FALSE(reply);
        CHECK(mentions(reply.error(), at.why));
        CHECK(reply.error().reason() == ErrorReason::server);
        CHECK(reply.error().outcome_unknown());
    }
    CHECK(caller.client().figures().idle == 0);
}

TEST_CASE("a flood of interim answers is no answer") {
    TlsServer server([&](Peer& peer, int) {
        peer.read_request();
        for (int i = 0; i < 1000; ++i) peer.write("HTTP/1.1 100 Continue\r\n\r\n");
        peer.wait_for_end();
    });
    Caller caller(server);
    const auto reply = caller.send(post());
    REQUIRE_FALSE(reply);
    CHECK(mentions(reply.error(), "interim"));
}

TEST_CASE("an oversized body is given up at the limit") {
    TlsServer server([&](Peer& peer, int) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 1000; ++i) peer.write("8000\r\n" + std::string(0x8000, 'x') + "\r\n");
    });
    Caller caller(server);
    caller.options.reply.body_bytes = 1U << 20;
    const auto reply = caller.send(get());
    REQUIRE_FALSE(reply);
    CHECK(mentions(reply.error(), "too large"));
}

TEST_CASE("a redirect is an answer and is not followed") {
    TlsServer server([&](Peer& peer, int) {
        serve_all(peer, answer(302, "", "Location: https://127.0.0.1:1/\r\n"));
    });
    Caller caller(server);
    const auto reply = caller.send(get());
    REQUIRE(reply);
    CHECK(reply->status == 302);
    caller.made.reset();
    CHECK(server.connections() == 1);
}

TEST_CASE("bytes after an answer are not taken for the next one") {
    TlsServer server([&](Peer& peer, int connection) {
        peer.read_request();
        peer.write(answer(200, std::to_string(connection)) + answer(200, "smuggled"));
        peer.wait_for_end();
    });
    Caller caller(server);
    CHECK(caller.send(get())->body == "1");
    CHECK(caller.client().figures().idle == 0);
    CHECK(caller.send(get())->body == "2");
}

TEST_CASE("bytes that come later, unasked, end a kept connection") {
    std::binary_semaphore answered(0), smuggled(0);
    TlsServer server([&](Peer& peer, int connection) {
        peer.read_request();
        peer.write(answer(200, std::to_string(connection)));
        if (connection > 1) return;
        answered.acquire();
        peer.write(answer(200, "smuggled"));
        smuggled.release();
        peer.wait_for_end();
    });
    Caller caller(server);
    CHECK(caller.send(get())->body == "1");
    CHECK(caller.client().figures().idle == 1);
    answered.release();
    smuggled.acquire();
    CHECK(caller.send(get())->body == "2");
}

TEST_CASE("a connection that the server wants to end is not used again") {
    TlsServer server([&](Peer& peer, int connection) {
        peer.read_request();
        peer.write(answer(200, std::to_string(connection), "Connection: close\r\n"));
        peer.wait_for_end();
    });
    Caller caller(server);
    CHECK(caller.send(get())->body == "1");
    CHECK(caller.client().figures().idle == 0);
    CHECK(caller.send(get())->body == "2");
}

TEST_CASE("a connection that the server ended is noticed before it is used again") {
    for (const bool politely : {true, false}) {
        CAPTURE(politely);
        TlsServer server([&](Peer& peer, int connection) {
            peer.read_request();
            peer.write(answer(200, std::to_string(connection)));
            if (politely) peer.say_goodbye();
        });
        Caller caller(server);
        CHECK(caller.send(post())->body == "1");
        server.wait_until_idle();
        const auto reply = caller.send(post());
        REQUIRE(reply);
        CHECK(reply->body == "2");
    }
}

TEST_CASE("a GET that dies on a kept connection is repeated once, a write never") {
    TlsServer server([&](Peer& peer, int connection) {
        peer.read_request();
        peer.write(answer(200, std::to_string(connection)));
        peer.read_request();  // and dies with the second
        peer.reset();
    });
    {
        Caller caller(server);
        CHECK(caller.send(get())->body == "1");
        const auto reply = caller.send(get());
        REQUIRE(reply);
        CHECK(reply->body == "2");
    }
    Caller caller(server);
    CHECK(caller.send(post())->body == "3");
    const auto reply = caller.send(post());
    REQUIRE_FALSE(reply);
    CHECK(reply.error().outcome_unknown());
    CHECK(reply.error().reason() == ErrorReason::network);
    CHECK(caller.send(post())->body == "4");
}

TEST_CASE("a GET that dies on a fresh connection is not repeated") {
    TlsServer server([&](Peer& peer, int) { peer.read_request(); });
    Caller caller(server);
    const auto reply = caller.send(get());
    REQUIRE_FALSE(reply);
    CHECK_FALSE(reply.error().outcome_unknown());
    CHECK(server.connections() == 1);
}

TEST_CASE("a GET is repeated only where no byte of an answer came") {
    TlsServer server([&](Peer& peer, int connection) {
        peer.read_request();
        peer.write(answer(200, std::to_string(connection)));
        peer.read_request();
        peer.write("HTTP/1.1 200");
    });
    Caller caller(server);
    CHECK(caller.send(get())->body == "1");
    CHECK_FALSE(caller.send(get()));
    CHECK(server.connections() == 1);
}

TEST_CASE("what failed before a byte was sent has certainly not happened") {
    SUBCASE("nobody listens") {
        unsigned short port = 0;
        {
            port = TlsServer([](Peer&, int) {}).port();
        }
        Caller caller(port);
        const auto reply = caller.send(post());
        REQUIRE_FALSE(reply);
        CHECK(reply.error().cls() == ErrorClass::retryable);
        CHECK(reply.error().reason() == ErrorReason::network);
        CHECK_FALSE(reply.error().outcome_unknown());
        CHECK(mentions(reply.error(), "refused"));
    }
    SUBCASE("the name is not known") {
        Caller caller(1, "no-such-host.invalid");
        const auto reply = caller.send(post());
        REQUIRE_FALSE(reply);
        CHECK_FALSE(reply.error().outcome_unknown());
        CHECK(mentions(reply.error(), "no-such-host.invalid"));
    }
    SUBCASE("the port does not speak TLS") {
        TlsServer server({{}, false}, [](Peer& peer, int) {
            peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
            peer.wait_for_end();
        });
        Caller caller(server);
        const auto reply = caller.send(post());
        REQUIRE_FALSE(reply);
        CHECK_FALSE(reply.error().outcome_unknown());
        CHECK(mentions(reply.error(), "does not speak TLS"));
    }
    SUBCASE("the connection is reset in the handshake") {
        TlsServer server({{}, false}, [](Peer& peer, int) { peer.reset(); });
        Caller caller(server);
        const auto reply = caller.send(post());
        REQUIRE_FALSE(reply);
        CHECK_FALSE(reply.error().outcome_unknown());
    }
    SUBCASE("a header field has a line feed") {
        TlsServer server([](Peer& peer, int) { serve_all(peer, answer(200, "")); });
        Caller caller(server);
        HttpRequest request = post();
        request.fields.push_back({"X-Auth-Token", "a\r\nX-Evil: b"});
        const auto reply = caller.send(request);
        REQUIRE_FALSE(reply);
        CHECK_FALSE(reply.error().outcome_unknown());
        CHECK(server.connections() == 0);
    }
}

TEST_CASE("certificates that do not prove the host are refused") {
    struct Bad {
        const char* what;
        CertificateWish wish;
        const char* why;
    };
    std::vector<Bad> all;
    const auto bad = [&](const char* what, const char* why) -> CertificateWish& {
        all.push_back({what, {}, why});
        return all.back().wish;
    };
    bad("another address", "IP address mismatch").names = "IP:127.0.0.2";
    bad("a name instead of the address", "IP address mismatch").names = "DNS:127.0.0.1";
    bad("the address only as common name", "IP address mismatch").names = "";
    all.back().wish.common_name = "127.0.0.1";
    bad("expired", "expired").until_s = -60;
    bad("not yet valid", "not yet valid").from_s = 3600;
    bad("signed by itself", "self-signed").signed_by_authority = false;
    bad("for clients", "purpose").purpose = "clientAuth";
    for (const Bad& at : all) {
        CAPTURE(at.what);
        TlsServer server({authority().issue(at.wish)}, [](Peer& peer, int) {
            serve_all(peer, answer(200, ""));
        });
        Caller caller(server);
        const auto reply = caller.send(post());
        REQUIRE_FALSE(reply);
        CHECK(mentions(reply.error(), "certificate was not accepted"));
        CHECK(mentions(reply.error(), at.why));
        CHECK_FALSE(reply.error().outcome_unknown());
        CHECK(reply.error().reason() == ErrorReason::network);
    }
    SUBCASE("of an unknown authority") {
        const Authority other;
        TlsServer server({other.issue()}, [](Peer& peer, int) { serve_all(peer, answer(200, "")); });
        Caller caller(server);
        const auto reply = caller.send(post());
        REQUIRE_FALSE(reply);
        CHECK(mentions(reply.error(), "local issuer"));
    }
    SUBCASE("of a private authority, against the system's store") {
        TlsServer server([](Peer& peer, int) { serve_all(peer, answer(200, "")); });
        Caller caller(server);
        caller.options.ca_file.reset();
        CHECK_FALSE(caller.send(post()));
    }
}

TEST_CASE("a host name is looked up, sent and verified") {
    for (const bool good : {true, false}) {
        CertificateWish wish;
        wish.names = good ? "DNS:localhost" : "DNS:elsewhere.example,IP:127.0.0.1";
        wish.common_name = "localhost";
        TlsServer server({authority().issue(wish)}, [](Peer& peer, int) {
            serve_all(peer, answer(200, "ok"));
        });
        Caller caller(server.port(), "localhost");
        const auto reply = caller.send(get());
        CHECK(bool(reply) == good);
        if (!good) CHECK(mentions(reply.error(), "hostname mismatch"));
    }
}

TEST_CASE("TLS below 1.2 is refused, 1.2 is enough") {
    TlsServer old({authority().issue(), true, TLS1_1_VERSION}, [](Peer& peer, int) {
        serve_all(peer, answer(200, ""));
    });
    Caller to_old(old);
    CHECK_FALSE(to_old.send(get()));
    TlsServer fine({authority().issue(), true, TLS1_2_VERSION}, [](Peer& peer, int) {
        peer.read_request();
        peer.write(answer(200, "ok", "Connection: close\r\n"));
        peer.say_goodbye();
    });
    Caller caller(fine);
    for (int i = 0; i < 3; ++i) CHECK(caller.send(get()));
    CHECK(caller.client().figures().resumed == 2);
}

TEST_CASE("sessions are resumed") {
    TlsServer server([](Peer& peer, int) {
        peer.read_request();
        peer.write(answer(200, "ok", "Connection: close\r\n"));
        peer.say_goodbye();
    });
    Caller caller(server);
    for (int i = 0; i < 10; ++i) CHECK(caller.send(get()));
    CHECK(caller.client().figures().opened == 10);
    CHECK(caller.client().figures().resumed == 9);
}

TEST_CASE("every step has a deadline") {
    const auto timed_out = [](const Result<HttpReply>& reply, bool unknown) {
        REQUIRE_FALSE(reply);
        CHECK(reply.error().cls() == ErrorClass::retryable);
        CHECK(reply.error().reason() == ErrorReason::timeout);
        CHECK(reply.error().outcome_unknown() == unknown);
    };
    SUBCASE("the handshake") {
        TlsServer server({authority().issue(), true, 0, 0, false}, [](Peer&, int) {});
        Caller caller(server);
        caller.limits.handshake = 30ms;
        timed_out(caller.send(post()), false);
    }
    SUBCASE("the header") {
        TlsServer server([](Peer& peer, int) { peer.wait_for_end(); });
        Caller caller(server);
        caller.limits.header = 30ms;
        timed_out(caller.send(post()), true);
        timed_out(caller.send(get()), false);
    }
    SUBCASE("the body") {
        TlsServer server([](Peer& peer, int) {
            peer.read_request();
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
            peer.wait_for_end();
        });
        Caller caller(server);
        caller.limits.body = 30ms;
        timed_out(caller.send(post()), true);
    }
    SUBCASE("all together, however slowly bytes drip") {
        TlsServer server([](Peer& peer, int) {
            peer.read_request();
            for (int i = 0; i < 200; ++i) {
                peer.write("H");
                std::this_thread::sleep_for(2ms);
            }
        });
        Caller caller(server);
        caller.limits.whole = 60ms;
        const auto reply = caller.send(post());
        CHECK_FALSE(reply);  // as a time-out, or as nonsense
        CHECK(reply.error().outcome_unknown());
    }
    SUBCASE("a request that nobody reads") {
        TlsServer server([](Peer& peer, int) { peer.wait_for_hangup(); });
        Caller caller(server);
        caller.limits.header = 50ms;
        timed_out(caller.send(post(std::string(12U << 20, 'x'))), true);
    }
}

TEST_CASE("a deadline of one call does not hurt the next on the same connection") {
    TlsServer server([](Peer& peer, int) { serve_all(peer, answer(200, "ok")); });
    Caller caller(server);
    caller.limits.whole = caller.limits.header = 200ms;
    for (int i = 0; i < 4; ++i) {
        CHECK(caller.send(get()));
        caller.io.restart();
        caller.io.run_for(70ms);
    }
    CHECK(server.connections() == 1);
}

TEST_CASE("idle connections are closed after a while") {
    TlsServer server([](Peer& peer, int) { serve_all(peer, answer(200, "ok")); });
    Caller caller(server);
    caller.options.idle = 30ms;
    CHECK(caller.send(get()));
    CHECK(caller.client().figures().idle == 1);
    caller.io.restart();
    caller.io.run();  // ends when the last connection is closed
    CHECK(caller.client().figures().idle == 0);
    CHECK(caller.send(get()));
    CHECK(server.connections() == 2);
}

TEST_CASE("no more calls at once than connections are allowed") {
    std::atomic<int> at_once = 0, most = 0;
    TlsServer server([&](Peer& peer, int) {
        while (!peer.read_request().empty()) {
            most = std::max<int>(most, ++at_once);
            std::this_thread::sleep_for(1ms);
            --at_once;
            peer.write(answer(200, "ok"));
        }
    });
    Caller caller(server);
    caller.options.max_connections = 4;
    TaskGroup group(caller.io.get_executor());
    int good = 0;
    auto one = [&]() -> Task<> {
        const auto reply = co_await caller.client().send(get(), caller.limits);
        if (reply) ++good;
    };
    for (int i = 0; i < 50; ++i) group.spawn(one());
    run_task(caller.io, group.join());
    CHECK(good == 50);
    CHECK(most <= 4);
    CHECK(server.connections() <= 4);
    caller.made.reset();
}

TEST_CASE("a cancelled call leaves nothing behind") {
    std::atomic<int> ended = 0;
    TlsServer server([&](Peer& peer, int) {
        peer.read_request();
        peer.wait_for_end();
        ++ended;
    });
    Caller caller(server);
    caller.options.max_connections = 2;
    TaskGroup group(caller.io.get_executor());
    int cancelled = 0, other = 0;
    auto one = [&]() -> Task<> {
        try {
            const auto reply = co_await caller.client().send(post(), caller.limits);
            ++other;
        } catch (const boost::system::system_error& e) {
            if (e.code() == boost::asio::error::operation_aborted) ++cancelled;
        }
    };
    SUBCASE("while it waits for its answer, others for their turn") {
        for (int i = 0; i < 5; ++i) group.spawn(one());
        caller.io.run_for(100ms);
    }
    SUBCASE("before it began") {
        for (int i = 0; i < 5; ++i) group.spawn(one());
    }
    SUBCASE("at any early moment") {
        for (int i = 0; i < 5; ++i) group.spawn(one());
        for (int i = 0; i < 4; ++i) caller.io.run_one();
    }
    group.cancel();
    run_task(caller.io, group.join());
    CHECK(cancelled == 5);
    CHECK(other == 0);
    const auto figures = caller.client().figures();
    CHECK(figures.idle == 0);
    CHECK(figures.active == 0);
    CHECK(figures.in_flight == 0);
}

TEST_CASE("a client may go while calls are in flight") {
    TlsServer server([&](Peer& peer, int) {
        peer.read_request();
        peer.wait_for_end();
    });
    Caller caller(server);
    TaskGroup group(caller.io.get_executor());
    std::optional<Result<HttpReply>> reply;
    caller.limits.header = 50ms;
    auto one = [&]() -> Task<> { reply = co_await caller.client().send(post(), caller.limits); };
    group.spawn(one());
    caller.io.run_for(20ms);
    caller.made.reset();
    run_task(caller.io, group.join());
    REQUIRE(reply);
    CHECK_FALSE(*reply);
}

TEST_CASE("a loop may go with calls in it") {
    TlsServer server([&](Peer& peer, int) {
        peer.read_request();
        peer.wait_for_end();
    });
    std::optional<Caller> caller(std::in_place, server);
    caller->client();
    auto one = [](Caller* at) -> Task<> {
        const auto reply = co_await at->client().send(post(), at->limits);
        CHECK_FALSE(reply);
    };
    boost::asio::co_spawn(caller->io, one(&*caller), [](std::exception_ptr) {});
    caller->io.run_for(20ms);
    caller.reset();
}
