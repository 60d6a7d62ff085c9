#include <doctest/doctest.h>

#include <string>

#include "controller/api/reply_parser.hpp"
#include "tests/controller/api/tls_server.hpp"

using namespace fairway;
using fairway::testing::answer;

namespace {

/// What becomes of `text` when it comes in pieces of `piece` bytes and then, with `eof`, ends properly.
struct Read {
    explicit Read(
        const std::string& text, std::size_t piece = std::string::npos, bool eof = false,
        ReplyLimits limits = {}
    )
        : parser(limits) {
        std::string waiting;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t size = std::min(piece, text.size() - at);
            waiting.append(text, at, size);
            at += size;
            waiting.erase(0, parser.put(waiting));
        }
        rest = waiting.size();
        if (eof) parser.put_eof();
    }
    ReplyParser parser;
    std::size_t rest = 0;
};

const std::string chunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX: "
    "y\r\n\r\n";

}  // namespace

TEST_CASE("an answer is the same in whatever pieces it comes") {
    for (const std::string& text :
         {answer(201, "hello world", "X-Request-Id: 7\r\n"), chunked,
          "HTTP/1.1 100 Continue\r\n\r\n" + answer(200, "hello world")}) {
        for (std::size_t piece = 1; piece <= text.size(); ++piece) {
            CAPTURE(piece);
            Read read(text, piece);
            REQUIRE(read.parser.done());
            CHECK(read.rest == 0);
            CHECK(read.parser.keep_alive());
            CHECK(read.parser.take().body == "hello world");
        }
    }
}

TEST_CASE("a shortest chunked answer comes through byte by byte") {
    const std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        Read read(text, piece);
        CHECK(read.parser.done());
    }
}

TEST_CASE("an answer cut at any byte is never whole") {
    for (const std::string& text : {answer(201, "hello world"), chunked}) {
        for (std::size_t size = 0; size < text.size(); ++size) {
            CAPTURE(size);
            Read read(text.substr(0, size), std::string::npos, true);
            CHECK_FALSE(read.parser.done());
            CHECK_FALSE(read.parser.flaw().empty());
        }
    }
}

TEST_CASE("a body that lasts until the end needs a proper end") {
    const std::string text = "HTTP/1.1 200 OK\r\n\r\nhello";
    Read open(text);
    CHECK_FALSE(open.parser.done());
    Read ended(text, std::string::npos, true);
    CHECK(ended.parser.done());
    CHECK_FALSE(ended.parser.keep_alive());
    CHECK(ended.parser.take().body == "hello");
}

TEST_CASE("fields are found by name, case aside") {
    Read read(answer(200, "", "X-Request-Id: abc\r\nX-Subject-Token: 1\r\nx-subject-token: 2\r\n"));
    REQUIRE(read.parser.done());
    const HttpReply reply = read.parser.take();
    CHECK(reply.status == 200);
    CHECK(reply.field("x-request-ID") == "abc");
    CHECK(reply.field("X-Request").empty());
    CHECK(reply.count("X-Subject-Token") == 2);
}

TEST_CASE("answers without a body end with their header") {
    for (const int status : {204, 304}) {
        Read read("HTTP/1.1 " + std::to_string(status) + " x\r\n\r\n");
        CHECK(read.parser.done());
        CHECK(read.parser.keep_alive());
    }
}

TEST_CASE("framing that can be read in two ways is refused") {
    const char* const headers[] = {
        "Content-Length: 2\r\nContent-Length: 2",
        "Content-Length: 2\r\nContent-Length: 3",
        "Content-Length: 2, 2",
        "Content-Length: -1",
        "Content-Length: +2",
        "Content-Length: 0x2",
        "Content-Length: 99999999999999999999999",
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 2",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Content-Encoding: gzip\r\nContent-Length: 2",
        "Content-Encoding: br\r\nContent-Length: 2",
        "Content-Encoding: gzip, deflate\r\nContent-Length: 2",
        "Content-Length : 2",
        "no colon",
    };
    for (const char* header : headers) {
        CAPTURE(header);
        Read read(std::string("HTTP/1.1 200 OK\r\n") + header + "\r\n\r\nab");
        CHECK_FALSE(read.parser.flaw().empty());
        CHECK_FALSE(read.parser.done());
    }
}

TEST_CASE("impossible statuses and versions are refused") {
    for (const char* line :
         {"HTTP/1.1 000 x", "HTTP/1.1 99 x", "HTTP/1.1 999 x", "HTTP/1.1 600 x", "HTTP/1.1 101 x",
          "HTTP/2 200 OK", "HTTP/0.9 200 OK", "<html>", "SSH-2.0-x", "HTTP/1.1 2OO x"}) {
        CAPTURE(line);
        Read read(std::string(line) + "\r\nContent-Length: 0\r\n\r\n");
        CHECK_FALSE(read.parser.flaw().empty());
    }
}

TEST_CASE("interim answers are skipped, but not without end") {
    std::string text;
    for (int i = 0; i < 8; ++i)
        text += i % 2 == 0 ? "HTTP/1.1 100 Continue\r\n\r\n" : "HTTP/1.1 103 x\r\nA: b\r\n\r\n";
    Read few(text + answer(200, "ok"));
    REQUIRE(few.parser.done());
    CHECK(few.parser.take().body == "ok");
    Read many(text + "HTTP/1.1 102 x\r\n\r\n" + answer(200, "ok"));
    CHECK_FALSE(many.parser.done());
    CHECK(many.parser.flaw().find("interim") != std::string::npos);
}

TEST_CASE("what follows an answer is left") {
    Read read(answer(200, "ok") + "HTTP/1.1 200 OK\r\n");
    CHECK(read.parser.done());
    CHECK(read.rest > 0);
}

TEST_CASE("a connection is kept only where the answer allows it") {
    CHECK_FALSE(Read(answer(200, "", "Connection: close\r\n")).parser.keep_alive());
    CHECK_FALSE(Read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").parser.keep_alive());
    CHECK(Read(answer(200, "")).parser.keep_alive());
}

TEST_CASE("sizes are limited") {
    ReplyLimits limits;
    limits.header_bytes = 1000;
    limits.fields = 10;
    limits.body_bytes = 100;
    limits.chunk_header_bytes = 200;
    const auto refused = [&](const std::string& text) {
        for (const std::size_t piece : {std::size_t{7}, text.size()}) {
            Read read(text, piece, false, limits);
            if (read.parser.flaw().empty()) return false;
        }
        return true;
    };
    const std::string line = "HTTP/1.1 200 OK\r\n";
    CHECK_FALSE(refused(answer(200, std::string(100, 'x'))));
    CHECK(refused(answer(200, std::string(101, 'x'))));
    CHECK(refused(line + "Content-Length: 9000000000\r\n\r\n"));
    CHECK(refused(line + "\r\n" + std::string(101, 'x')));  // until the end
    CHECK(refused(line + "A: " + std::string(1200, 'x')));
    std::string fields;
    for (int i = 0; i < 11; ++i) fields += "A: b\r\n";
    CHECK(refused(line + fields + "\r\n"));
    fields.clear();
    for (int i = 0; i < 9; ++i) fields += "A: " + std::string(120, 'x') + "\r\n";
    CHECK(refused(line + fields + "\r\n"));
    const std::string chunks = line + "Transfer-Encoding: chunked\r\n\r\n";
    CHECK(refused(chunks + "65\r\n" + std::string(101, 'x') + "\r\n0\r\n\r\n"));
    CHECK(refused(chunks + "32\r\n" + std::string(50, 'x') + "\r\n33\r\n" + std::string(51, 'x')));
    CHECK(refused(chunks + "1;a=" + std::string(300, 'x')));
    CHECK(refused(chunks + "1;a=" + std::string(300, 'x') + "\r\nx\r\n0\r\n\r\n"));
    CHECK(refused(chunks + "FFFFFFFFFFFFFFFF\r\nx"));
    CHECK(refused(chunks + "0\r\nA: " + std::string(300, 'x')));
    CHECK(refused(chunks + "g\r\nxxxx"));
    CHECK(refused(chunks + "1\r\nxx\r\n0\r\n\r\n"));
}

TEST_CASE("many tiny chunks with long extensions do not pass the limit") {
    ReplyLimits limits;
    limits.body_bytes = 1U << 20;
    ReplyParser parser(limits);
    parser.put("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "1;a=" + std::string(8000, 'x') + "\r\ny\r\n";
    std::size_t sent = 0;
    std::string waiting;
    while (parser.flaw().empty() && sent < (8U << 20)) {
        waiting += chunk;
        waiting.erase(0, parser.put(waiting));
        sent += chunk.size();
    }
    CHECK_FALSE(parser.flaw().empty());
}

TEST_CASE("the header of a large token fits") {
    Read read(answer(201, "{}", "X-Subject-Token: " + std::string(65536, 't') + "\r\n"), 1000);
    REQUIRE(read.parser.done());
    CHECK(read.parser.take().field("X-Subject-Token").size() == 65536);
}
