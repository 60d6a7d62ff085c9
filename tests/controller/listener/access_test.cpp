// Who is let in: by token, by route, and how often.
#include "controller/listener/access.hpp"

#include <doctest/doctest.h>

#include "controller/listener/allowance.hpp"
#include "tests/controller/listener/client.hpp"

using namespace fairway;
using namespace std::chrono_literals;
using test::Client;
using test::converse;
using test::get;
using test::Server;
using test::status;

namespace {

ListenerOptions with_token(const std::string& token) {
    ListenerOptions options;
    options.access.token = Secret(token);
    return options;
}

std::string asked(const Server& server, const std::string& path, const std::string& fields = {}) {
    return converse(server, get(server, path, fields + "Connection: close\r\n"));
}

}  // namespace

TEST_CASE("a token is borne whole, or not at all") {
    const Secret token("0123456789abcdef");
    const auto borne = [&](const char* header) { return bears(Secret(std::string(header)), token); };
    CHECK(borne("Bearer 0123456789abcdef"));
    CHECK(borne("bearer   0123456789abcdef"));
    CHECK_FALSE(borne("Bearer 0123456789abcdeg"));
    CHECK_FALSE(borne("Bearer 0123456789abcde"));
    CHECK_FALSE(borne("Bearer 0123456789abcdef0"));
    CHECK_FALSE(borne("Bearer 0123456789abcdef "));
    CHECK_FALSE(borne("Bearer0123456789abcdef"));
    CHECK_FALSE(borne("Basic 0123456789abcdef"));
    CHECK_FALSE(borne("Bearer "));
    CHECK_FALSE(borne("Bearer"));
    CHECK_FALSE(borne(""));
    CHECK_FALSE(bears(Secret("Bearer "), Secret("")));
}

TEST_CASE("where there is a token, open routes alone are answered without it, and know it") {
    Server server(with_token("0123456789abcdef"));
    const std::string right = "Authorization: Bearer 0123456789abcdef\r\n";
    CHECK(status(asked(server, "/echo", right)) == "200");
    for (const std::string& wrong :
         {std::string(), std::string("Authorization: Bearer 0123456789abcdeX\r\n"),
          std::string("Authorization: Basic MDEyMzQ1Njc4OWFiY2RlZg==\r\n")}) {
        CAPTURE(wrong);
        const std::string reply = asked(server, "/echo", wrong);
        CHECK(status(reply) == "401");
        CHECK(reply.find("\r\nWWW-Authenticate: Bearer realm=\"fairway\"\r\n") != std::string::npos);
        CHECK(reply.find("/livez") == std::string::npos);
        CHECK(status(asked(server, "/nothing", wrong)) == "401");
        CHECK(asked(server, "/livez?verbose", wrong).ends_with("\r\n\r\nok\n"));
    }
    CHECK(asked(server, "/livez?verbose", right).ends_with("\r\n\r\nok, in many words\n"));
    CHECK(status(asked(server, "/echo", right + right)) == "400");
}

TEST_CASE("a new token holds for connections that are open already") {
    Server server(with_token("0123456789abcdef"));
    const std::string old = get(server, "/echo", "Authorization: Bearer 0123456789abcdef\r\n");
    Client client(server.port());
    client.send(old);
    CHECK(status(client.reply()) == "200");
    server.on_loop([&] {
        ListenerAccess access;
        access.token = Secret("fedcba9876543210");
        server.listener->admit(std::move(access));
    });
    CHECK(client.closed());
    Client again(server.port());
    again.send(old);
    CHECK(status(again.reply()) == "401");
}

TEST_CASE("a POST is for the routes that take it, and they take nothing else (H1)") {
    Server server;
    const auto post = [&](const std::string& path, const std::string& body) {
        return converse(
            server, "POST " + path + " HTTP/1.1\r\nHost: " + server.host() +
                        "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
                        "\r\n\r\n" + body
        );
    };
    CHECK(post("/hook", "hello").ends_with("\r\n\r\nPOST  hello"));
    CHECK(status(post("/hook", std::string(1001, 'x'))) == "413");
    for (const char* path : {"/livez", "/echo", "/nothing", "/hook/more", "/hook/"}) {
        CAPTURE(path);
        const std::string reply = post(path, "hello");
        CHECK(status(reply) == "405");
        CHECK(reply.find("\r\nAllow: GET, HEAD\r\n") != std::string::npos);
    }
    const std::string got = asked(server, "/hook");
    CHECK(status(got) == "405");
    CHECK(got.find("\r\nAllow: POST\r\n") != std::string::npos);
    CHECK(status(asked(server, "/echo", "Content-Length: 5\r\n")) == "400");  // H2
}

/// A POST of `size` bytes.
std::string post(
    const std::string& path, const std::string& host, std::size_t size, std::string more = {}
) {
    return "POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + std::move(more) +
           "Content-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'x');
}

TEST_CASE("a body is read as it comes, by whoever the head was right for") {
    Server server;
    Client client(server.port());
    for (const unsigned size : {0u, 1u, 2'000'000u}) {
        client.send(post("/measure/a", server.host(), size));
        CHECK(client.reply().ends_with("\r\n\r\n" + std::to_string(size)));
    }
    client.send(post("/measure/a", server.host(), 5) + post("/measure/b", server.host(), 6));
    CHECK(client.reply().ends_with("\r\n\r\n5"));
    CHECK(client.reply().ends_with("\r\n\r\n6"));
    client.send(post("/measure/a", server.host(), 2'000'001));
    CHECK(status(client.rest()) == "413");

    // By the head alone: not a byte of the body is waited for, and none is taken for a request.
    Client refused(server.port());
    refused.send("POST /measure/a HTTP/1.1\r\nHost: x\r\nX-WISH: no\r\nContent-Length: 9\r\n\r\n");
    CHECK(status(refused.reply()) == "403");
    refused.send(get(server, "/livez"));
    CHECK(refused.closed());
    CHECK(status(converse(server, post("/measure/a", "x", 3, "X-Wish: throw\r\n"))) == "500");
    CHECK(status(converse(server, post("/measure/a", "x", 3, "X-Wish: a\r\nx-wish: a\r\n"))) == "400");
}

TEST_CASE("a path that ends in a slash stands for the names right beneath it") {
    Server server;
    const auto asked_for = [&](const std::string& path) {
        return status(converse(server, post(path, server.host(), 1, "Connection: close\r\n")));
    };
    CHECK(asked_for("/measure/") == "200");
    CHECK(asked_for("/measure/a.b-c_d") == "200");
    CHECK(asked_for("/measure") == "405");
    CHECK(asked_for("/measure/a/b") == "405");
    CHECK(asked_for("/measure/a/") == "405");
    CHECK(asked_for("/livez/a") == "405");
}

TEST_CASE("Host and token are not asked for where a route says so, and only there") {
    Server server(with_token("0123456789abcdef"));
    const auto sent = [&](const std::string& path, const std::string& host) {
        return status(converse(server, post(path, host, 1, "Connection: close\r\n")));
    };
    CHECK(sent("/measure/a", "public.example") == "200");
    CHECK(sent("/hook", "public.example") == "421");
    CHECK(sent("/hook", server.host()) == "401");
    CHECK(sent("/nothing", "public.example") == "421");
}

TEST_CASE("a body that comes too slowly ends the connection (H11)") {
    ListenerOptions options;
    options.head_time = 50ms;
    Server server(std::move(options));
    Client client(server.port());
    client.send("POST /measure/a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx");
    CHECK(client.closed());
}

TEST_CASE("who asks too often is told to come later; probes are not counted") {
    ListenerOptions options;
    options.max_requests_per_second = 3;
    Server server(std::move(options));
    Client client(server.port());
    int answered = 0, refused = 0;
    for (int i = 0; i < 50; ++i) {
        client.send(get(server, "/echo"));
        const std::string reply = client.reply();
        if (status(reply) == "200") ++answered;
        if (status(reply) != "429") continue;
        ++refused;
        CHECK(reply.find("\r\nRetry-After: 1\r\n") != std::string::npos);
    }
    CHECK(answered >= 3);
    CHECK(refused > 0);
    for (int i = 0; i < 50; ++i) {
        client.send(get(server, "/livez"));
        REQUIRE(status(client.reply()) == "200");
    }
}

TEST_CASE("an allowance fills up with time, up to that of a second") {
    Allowance allowance(2);
    const Allowance::Time start{100s};
    CHECK(allowance.take(start));
    CHECK(allowance.take(start));
    CHECK_FALSE(allowance.take(start));
    CHECK_FALSE(allowance.take(start + 499ms));
    CHECK(allowance.take(start + 500ms));
    CHECK_FALSE(allowance.take(start + 500ms));
    CHECK_FALSE(allowance.take(start));  // a clock that goes back gives nothing
    CHECK(allowance.take(start + 1h));
    CHECK(allowance.take(start + 1h));
    CHECK_FALSE(allowance.take(start + 1h));
    Allowance unlimited(0);
    for (int i = 0; i < 100; ++i) CHECK(unlimited.take(start));
}
