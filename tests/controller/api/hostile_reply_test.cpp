// Answers that are made to hurt: what they cost us in memory and time.
#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "controller/api/https_client.hpp"
#include "tests/controller/api/memory_peak.hpp"
#include "tests/controller/api/tls_server.hpp"
#include "tests/support/run_task.hpp"

using namespace fairway;
using namespace fairway::testing;
using namespace std::chrono_literals;

namespace {

struct Attack {
    const char* name;
    TlsServer::Script script;
};

void flood(Peer& peer, std::size_t bytes, char with) {
    const std::string piece(256U << 10U, with);
    for (std::size_t sent = 0; sent < bytes; sent += piece.size()) peer.write(piece);
}

std::vector<Attack> attacks() {
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    return {
        {"a body of 100 MB that is announced",
         [=](Peer& peer, int) {
             peer.read_request();
             peer.write(ok + "Content-Length: 100000000\r\n\r\n");
             flood(peer, 100 * mebibyte, 'x');
         }},
        {"a body of 100 MB without a length",
         [=](Peer& peer, int) {
             peer.read_request();
             peer.write(ok + "Connection: close\r\n\r\n");
             flood(peer, 100 * mebibyte, 'x');
         }},
        {"a header field without end",
         [=](Peer& peer, int) {
             peer.read_request();
             peer.write(ok + "X-Field: ");
             flood(peer, 100 * mebibyte, 'x');
         }},
        {"header fields without end",
         [=](Peer& peer, int) {
             peer.read_request();
             peer.write(ok);
             for (int i = 0; i < 1000000; ++i) peer.write("X-Field: x\r\n");
         }},
        {"interim answers without end",
         [=](Peer& peer, int) {
             peer.read_request();
             for (int i = 0; i < 1000000; ++i) peer.write("HTTP/1.1 102 Processing\r\n\r\n");
         }},
        {"a byte of the header every 50 ms",
         [=](Peer& peer, int) {
             peer.read_request();
             for (int i = 0; i < 60; ++i) {
                 peer.write("H");
                 std::this_thread::sleep_for(50ms);
             }
         }},
        {"a byte of the body every 50 ms",
         [=](Peer& peer, int) {
             peer.read_request();
             peer.write(ok + "Content-Length: 200\r\n\r\n");
             for (int i = 0; i < 60; ++i) {
                 peer.write("x");
                 std::this_thread::sleep_for(50ms);
             }
         }},
        {"chunks of one byte with long extensions",
         [=](Peer& peer, int) {
             peer.read_request();
             peer.write(ok + "Transfer-Encoding: chunked\r\n\r\n");
             const std::string chunk = "1;e=" + std::string(8000, 'e') + "\r\nx\r\n";
             for (int i = 0; i < 20000; ++i) peer.write(chunk);
         }},
    };
}

}  // namespace

TEST_CASE("no answer takes more than 32 MiB, or longer than its deadline and half a second") {
    for (const Attack& attack : attacks()) {
        CAPTURE(std::string(attack.name));
        TlsServer server(attack.script);
        boost::asio::io_context io;
        HttpsOptions options;
        options.host = "127.0.0.1";
        options.port = server.port();
        options.ca_file = authority().file();
        auto client = HttpsClient::open(io.get_executor(), options);
        REQUIRE(client);
        CallDeadlines limits;
        limits.header = 1s;
        limits.body = 2s;
        limits.whole = 2s;
        HttpRequest request;
        request.method = "GET";
        request.target = "/";

        const std::size_t before = forget_the_peak();
        const auto began = std::chrono::steady_clock::now();
        {
            const Result<HttpReply> reply = run_task(io, (*client)->send(std::move(request), limits));
            CHECK_FALSE(reply);
        }
        CHECK(std::chrono::steady_clock::now() - began < longest);
        const std::size_t peak = peak_beyond(before);
        CAPTURE(peak / mebibyte);
        CHECK(peak <= allowance);
    }
}
