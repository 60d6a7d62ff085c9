#include "controller/listener/listener.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <random>

#include "tests/controller/listener/client.hpp"

using namespace fairway;
using namespace std::chrono_literals;
using test::Client;
using test::converse;
using test::get;
using test::Server;
using test::status;

TEST_CASE("what a handler says is what the client gets, and the connection is kept") {
    Server server;
    Client client(server.port());
    client.send(get(server, "/livez"));
    CHECK(client.reply().ends_with("\r\n\r\nok\n"));
    client.send(get(server, "/livez?verbose"));
    CHECK(client.reply().ends_with("\r\n\r\nok, in many words\n"));
    client.send(get(server, "/readyz"));
    const std::string reply = client.reply();
    CHECK(reply.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    CHECK(reply.ends_with("not yet\n"));
    client.send(get(server, "/livez", "Connection: close\r\n"));
    CHECK(client.rest().find("\r\nConnection: close\r\n") != std::string::npos);
}

TEST_CASE("HEAD gets the same head without the body") {
    Server server;
    Client client(server.port());
    client.send("HEAD /livez HTTP/1.1\r\nHost: " + server.host() + "\r\n\r\n");
    const std::string head = client.reply(true);
    CHECK(status(head) == "200");
    CHECK(head.find("\r\nContent-Length: 3\r\n") != std::string::npos);
    client.send(get(server, "/livez", "Connection: close\r\n"));
    CHECK(status(client.rest()) == "200");  // and not a stray body
}

TEST_CASE("replies carry what keeps browsers from harm, and nothing that lets other sites in (H20)") {
    Server server;
    for (const char* path : {"/livez", "/nothing"}) {
        const std::string reply = converse(
            server,
            get(server, path, "Origin: http://evil.example\r\nCookie: a=b\r\nConnection: close\r\n")
        );
        CHECK(reply.find("\r\nX-Content-Type-Options: nosniff\r\n") != std::string::npos);
        CHECK(
            reply.find("\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n") !=
            std::string::npos
        );
        CHECK(reply.find("\r\nCache-Control: no-store\r\n") != std::string::npos);
        CHECK(reply.find("\r\nReferrer-Policy: no-referrer\r\n") != std::string::npos);
        CHECK(reply.find("\r\nX-Frame-Options: DENY\r\n") != std::string::npos);
        CHECK(reply.find("Access-Control") == std::string::npos);
        CHECK(reply.find("Set-Cookie") == std::string::npos);
        CHECK(reply.find("Server:") == std::string::npos);
    }
    CHECK(
        converse(server, get(server, "/odd", "Connection: close\r\n")).find("\r\nSet-Cookie") ==
        std::string::npos
    );
}

TEST_CASE("a handler that throws is a 500 without its words") {
    Server server;
    const std::string reply = converse(server, get(server, "/broken", "Connection: close\r\n"));
    CHECK(status(reply) == "500");
    CHECK(reply.find("secret") == std::string::npos);
}

TEST_CASE("other methods are refused, and the connection ends (H1)") {
    Server server;
    for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "BREW"}) {
        CAPTURE(method);
        const std::string reply = converse(
            server, std::string(method) + " /livez HTTP/1.1\r\nHost: " + server.host() + "\r\n\r\n"
        );
        CHECK(status(reply) == "405");
        CHECK(reply.find("\r\nAllow: GET, HEAD\r\n") != std::string::npos);
        CHECK(reply.find("\r\nConnection: close\r\n") != std::string::npos);
    }
    CHECK(
        status(converse(server, "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n")) ==
        "405"
    );
}

TEST_CASE(
    "bodies and doubtful framing are refused, and what follows is never taken for a request (H2-H6)"
) {
    Server server;
    const std::string hidden = get(server, "/livez");
    for (const char* fields : {
             "Content-Length: 5\r\n",                                // H2
             "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",  // H3
             "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",  // H3
             "Content-Length: 0\r\nContent-Length: 0\r\n",           // H4
             "Transfer-Encoding: identity\r\n",                      // H5
             "Transfer-Encoding: chunked\r\n",
             "Transfer-Encoding: gzip, chunked\r\n",
         }) {
        CAPTURE(fields);
        const std::string reply = converse(server, get(server, "/livez", fields) + hidden);
        CHECK(status(reply) == "400");
        CHECK(reply.find("HTTP/1.1", 1) == std::string::npos);
    }
    const std::string old =
        "GET /livez HTTP/1.0\r\nHost: " + server.host() + "\r\nTransfer-Encoding: chunked\r\n\r\n";
    CHECK(status(converse(server, old)) == "400");  // H6
}

TEST_CASE("Host is required once, and must be ours (H7)") {
    Server server;
    const auto with = [&](const std::string& fields) {
        return status(converse(server, "GET /livez HTTP/1.1\r\n" + fields + "Connection: close\r\n\r\n")
        );
    };
    const std::string port = ':' + std::to_string(server.port());
    CHECK(with("Host: localhost" + port + "\r\n") == "200");
    CHECK(with("Host: [::1]" + port + "\r\n") == "200");
    CHECK(with("") == "400");
    CHECK(with("Host: localhost" + port + "\r\nHost: localhost" + port + "\r\n") == "400");
    CHECK(with("Host: evil.example" + port + "\r\n") == "421");
    CHECK(with("Host: localhost:1\r\n") == "421");
    CHECK(with("Host: localhost\r\n") == "421");
    CHECK(with("Host:\r\n") == "421");
    CHECK(status(converse(server, "GET /livez HTTP/1.0\r\n\r\n")) == "400");

    ListenerOptions options;
    options.access.hosts = {"metrics.example"};
    Server named(std::move(options));
    CHECK(
        status(converse(
            named, "GET /livez HTTP/1.1\r\nHost: metrics.example:" + std::to_string(named.port()) +
                       "\r\nConnection: close\r\n\r\n"
        )) == "200"
    );
}

TEST_CASE("targets that are no path of ours are refused or not found (H8, H9)") {
    Server server;
    const auto target = [&](const std::string& text) {
        return status(converse(server, get(server, text, "Connection: close\r\n")));
    };
    CHECK(target("http://" + server.host() + "/livez") == "400");
    CHECK(target(server.host()) == "400");
    for (const char* path :
         {"/", "/../livez", "/livez/", "//livez", "/livez/..", "/%2e%2e/livez", "/livez%00", "/%6civez",
          "/\\livez", "/livez;a", "/LIVEZ"}) {
        CAPTURE(path);
        CHECK(target(path) == "404");
    }
    CHECK(target('/' + std::string(8000, 'a')) == "404");
    CHECK(target('/' + std::string(8192, 'a')) == "431");
}

TEST_CASE("malformed and oversized heads are refused (H10)") {
    Server server;
    CHECK(
        status(converse(server, get(server, "/livez", "A: " + std::string(8192, 'x') + "\r\n"))) == "431"
    );
    CHECK(status(converse(server, get(server, "/livez", std::string(1'000'000, 'x')))) == "431");
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "a:b\r\n";
    CHECK(status(converse(server, get(server, "/livez", many))) == "431");
    CHECK(status(converse(server, get(server, "/livez", " folded\r\n"))) == "400");
    CHECK(status(converse(server, "GET /livez HTTP/1.1\nHost: " + server.host() + "\n\n")) == "400");
    CHECK(status(converse(server, get(server, "/livez", "A : b\r\n"))) == "400");
}

TEST_CASE("a head that comes too slowly ends the connection, as does silence (H11)") {
    ListenerOptions options;
    options.head_time = 30ms;
    options.idle_time = 60ms;
    Server server(std::move(options));
    Client slow(server.port()), silent(server.port());
    slow.send("GET /livez HTTP/1.1\r\n");
    CHECK(slow.closed());
    CHECK(silent.closed());
    Client kept(server.port());
    kept.send(get(server, "/livez"));
    CHECK(status(kept.reply()) == "200");
    CHECK(kept.closed());
}

TEST_CASE("a head may come byte by byte") {
    Server server;
    Client client(server.port());
    for (const char c : get(server, "/livez", "Connection: close\r\n"))
        client.send(std::string_view(&c, 1));
    CHECK(status(client.rest()) == "200");
}

TEST_CASE("a reply that is read too slowly is given up (H11)") {
    ListenerOptions options;
    options.reply_time = 50ms;
    Server server(std::move(options));
    Client client(server.port());
    client.send(get(server, "/large"));
    std::size_t open = 0;
    while (open == 0) server.on_loop([&] { open = server.listener->connections(); });
    while (open > 0) server.on_loop([&] { open = server.listener->connections(); });
    CHECK(client.rest().size() < 32 * 1024 * 1024);
}

TEST_CASE("five hundred idle connections keep nobody out (H12)") {
    ListenerOptions options;
    options.max_connections = 64;
    Server server(std::move(options));
    std::vector<std::unique_ptr<Client>> idle;
    for (int i = 0; i < 500; ++i) idle.push_back(std::make_unique<Client>(server.port()));
    CHECK(status(converse(server, get(server, "/livez", "Connection: close\r\n"))) == "200");
    std::size_t open = 1000;
    server.on_loop([&] { open = server.listener->connections(); });
    CHECK(open <= 65);
    CHECK(
        server.warnings() ==
        std::vector<std::string>{"too many connections; those that wait longest are closed"}
    );
}

TEST_CASE("without descriptors connections wait and are taken later, and it does not spin (H12)") {
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
    MESSAGE("skipped: the sanitizer needs descriptors for its own checks");
    return;
#endif
#endif
    Server server;
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const rlimit old = limit;
    std::vector<int> free;  // five descriptors, and no more
    while (free.size() < 5) free.push_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
    for (const int fd : free) close(fd);
    limit.rlim_cur = static_cast<rlim_t>(free.back()) + 1;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    Client first(server.port()), second(server.port());
    std::size_t open_now = 0;
    while (open_now < 2) server.on_loop([&] { open_now = server.listener->connections(); });
    Client third(server.port());  // takes the last one
    third.send(get(server, "/livez"));
    CHECK(status(third.reply()) == "200");
    setrlimit(RLIMIT_NOFILE, &old);
    CHECK(first.closed());  // made room
    const auto warnings = server.warnings();
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0] == "cannot take a connection: Too many open files");
}

TEST_CASE("requests sent in a row are answered in that row (H13)") {
    Server server;
    Client client(server.port());
    std::string requests;
    for (int i = 0; i < 1000; ++i) requests += get(server, "/echo?" + std::to_string(i));
    client.send(requests);
    for (int i = 0; i < 1000; ++i) {
        const std::string reply = client.reply();
        REQUIRE(reply.ends_with("\r\n\r\nGET " + std::to_string(i) + ' '));
    }
}

TEST_CASE("other protocols and noise are refused at once (H14)") {
    Server server;
    CHECK(status(converse(server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) == "400");
    CHECK(
        status(converse(server, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11))) ==
        "400"
    );
    std::mt19937 random(7);
    for (int i = 0; i < 50; ++i) {
        std::string noise;
        for (int b = 0; b < 200; ++b) noise += static_cast<char>(random() % 256);
        noise[0] = static_cast<char>(noise[0] | 0x80);
        CHECK(status(converse(server, noise)) == "400");
    }
}

TEST_CASE("upgrades and expectations are refused, ranges and conditions ignored (H15, H16)") {
    Server server;
    CHECK(
        status(converse(server, get(server, "/livez", "Connection: upgrade\r\nUpgrade: websocket\r\n"))
        ) == "400"
    );
    CHECK(status(converse(server, get(server, "/livez", "Expect: 100-continue\r\n"))) == "417");
    const std::string reply = converse(
        server,
        get(server, "/livez",
            "Range: bytes=0-0\r\nIf-None-Match: *\r\nIf-Modified-Since: Tue, 24 Nov 2026 00:00:00 "
            "GMT\r\nConnection: close\r\n")
    );
    CHECK(status(reply) == "200");
    CHECK(reply.ends_with("\r\n\r\nok\n"));
}

TEST_CASE("stopping finishes replies under way and closes the rest (H19)") {
    Server server;
    Client busy(server.port()), idle(server.port()), half(server.port());
    busy.send(get(server, "/large"));
    half.send("GET /li");
    std::size_t open = 0;
    while (open < 3) server.on_loop([&] { open = server.listener->connections(); });
    server.on_loop([&] { server.listener->stop(); });
    CHECK(idle.closed());
    CHECK(half.closed());
    CHECK_THROWS(Client(server.port()));
    const std::string reply = busy.rest();
    CHECK(status(reply) == "200");
    CHECK(reply.size() > 32 * 1024 * 1024);
    server.stop();
}

TEST_CASE("a cancelled serve() ends everything it started") {
    boost::asio::io_context loop;
    auto listener = std::move(*Listener::on_port(loop.get_executor(), "127.0.0.1:0", {}));
    boost::asio::cancellation_signal stop;
    bool ended = false;
    boost::asio::co_spawn(
        loop, listener->serve(),
        boost::asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr) { ended = true; })
    );
    Client idle(listener->port()), half(listener->port());
    half.send("GET /");
    while (listener->connections() < 2) loop.run_one();
    boost::asio::post(loop, [&] { stop.emit(boost::asio::cancellation_type::terminal); });
    loop.run();
    CHECK(ended);
    CHECK(listener->connections() == 0);
    CHECK(idle.closed());
    CHECK(half.closed());
}

TEST_CASE("a port that is taken is told with advice") {
    Server server;
    boost::asio::io_context loop;
    const auto second = Listener::on_port(loop.get_executor(), server.host(), {});
    REQUIRE_FALSE(second);
    CHECK(
        second.error().what() ==
        "listen on " + server.host() +
            ": Address already in use; another program uses it, choose another one "
            "(server.listen)"
    );
    CHECK_FALSE(Listener::on_port(loop.get_executor(), "192.0.2.1:9464", {}));
    CHECK_FALSE(Listener::on_port(loop.get_executor(), "everywhere", {}));
}

TEST_CASE("parameters are found by their whole names") {
    ListenerRequest request;
    request.query = "verbose&name=a%20b&x=";
    CHECK(request.has("verbose"));
    CHECK_FALSE(request.has("verb"));
    CHECK(request.value("name") == "a%20b");
    CHECK(request.has("x"));
    CHECK(request.value("x").empty());
    CHECK(request.value("nothing").empty());
}
