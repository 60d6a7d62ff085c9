#include "controller/listener/request_head.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace fairway;

namespace {

const HeadLimits limits;

std::string head(const std::string& lines) {
    return lines + "\r\n";
}

/// The status of the refusal; 200 where the head is accepted.
int verdict(const std::string& text, const HeadLimits& with = limits) {
    const auto result = parse_request_head(text, with);
    const auto* refusal = std::get_if<HeadRefusal>(&result);
    return refusal == nullptr ? 200 : refusal->status;
}

}  // namespace

TEST_CASE("a request is taken apart") {
    const auto result = parse_request_head(
        head("GET /readyz?verbose=1&x HTTP/1.1\r\nhOsT: localhost:9464\r\nAccept: */*\r\n"), limits
    );
    REQUIRE(std::holds_alternative<RequestHead>(result));
    const auto& request = std::get<RequestHead>(result);
    CHECK(request.method == "GET");
    CHECK(request.path == "/readyz");
    CHECK(request.query == "verbose=1&x");
    CHECK(request.host == "localhost:9464");
    CHECK(request.body == 0);
    CHECK(request.keep_alive);
}

TEST_CASE("a connection is kept as the version and Connection say") {
    const auto kept = [](const std::string& text) {
        return std::get<RequestHead>(parse_request_head(text, limits)).keep_alive;
    };
    CHECK(kept(head("GET / HTTP/1.1\r\nHost: a\r\n")));
    CHECK_FALSE(kept(head("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n")));
    CHECK_FALSE(kept(head("GET / HTTP/1.0\r\nHost: a\r\n")));
    CHECK(kept(head("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n")));
}

TEST_CASE("the end of a head is found, or that there will be none") {
    const auto size = [](const std::string& text) { return find_head_end(text, limits).size; };
    const auto refused = [](const std::string& text) { return find_head_end(text, limits).refused; };
    CHECK(size("") == 0);
    CHECK(size("GET / HTTP/1.1\r\nHost: a\r\n") == 0);
    CHECK(size("GET / HTTP/1.1\r\n\r\nmore") == 18);
    CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\n") == 0);
    CHECK(refused("\x16\x03\x01") == 400);
    CHECK(refused("get /") == 400);
    CHECK(refused("\r\nGET /") == 400);
    CHECK(refused("GET / HTTP/1.1\n") == 400);
    const std::string start = "GET / HTTP/1.1\r\nA: ";
    CHECK(size(start + std::string(8192 - start.size() - 4, 'x') + "\r\n\r\n") == 8192);
    CHECK(refused(start + std::string(8192 - start.size() - 3, 'x') + "\r\n\r\n") == 431);
    CHECK(refused(start + std::string(8192, 'x')) == 431);
}

TEST_CASE("whatever two parsers could read in two ways is refused") {
    const std::string good = "GET / HTTP/1.1\r\nHost: a\r\n";
    CHECK(verdict(head(good)) == 200);
    CHECK(verdict(head(good + "Content-Length: 0\r\n")) == 200);
    CHECK(verdict(head(good + "Content-Length: 1\r\n")) == 400);
    CHECK(verdict(head(good + "Content-Length: 0\r\nContent-Length: 0\r\n")) == 400);
    CHECK(verdict(head(good + "Content-Length: 0, 0\r\n")) == 400);
    CHECK(verdict(head(good + "Content-Length: +0\r\n")) == 400);
    CHECK(verdict(head(good + "Content-Length: -1\r\n")) == 400);
    CHECK(verdict(head(good + "Content-Length:\r\n")) == 400);
    CHECK(verdict(head(good + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n")) == 400);
    CHECK(verdict(head(good + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n")) == 400);
    CHECK(verdict(head(good + "Transfer-Encoding: identity\r\n")) == 400);
    CHECK(verdict(head("GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n")) == 400);
    CHECK(verdict(head(good + "Host: a\r\n")) == 400);
    CHECK(verdict(head("GET / HTTP/1.1\r\n")) == 400);
    CHECK(verdict(head(good + " folded: yes\r\n")) == 400);
    CHECK(verdict(head(good + "\tfolded\r\n")) == 400);
    CHECK(verdict(head(good + "A : b\r\n")) == 400);
    CHECK(verdict(head(good + ": b\r\n")) == 400);
    CHECK(verdict(head(good + "no colon\r\n")) == 400);
    CHECK(verdict(head(good + "A: b\rc\r\n")) == 400);
    CHECK(verdict(head(good + std::string("A: b\0c\r\n", 8))) == 400);
    CHECK(verdict(head(good + "A: \x01\r\n")) == 400);
    CHECK(verdict(head(good + "Expect: 100-continue\r\n")) == 417);
    CHECK(verdict(head(good + "Upgrade: h2c\r\n")) == 400);
}

TEST_CASE("targets are paths, versions are 1.0 and 1.1, methods are those allowed") {
    const auto line = [](const std::string& text) { return verdict(text + "\r\nHost: a\r\n\r\n"); };
    CHECK(line("HEAD / HTTP/1.1") == 200);
    CHECK(line("GET http://a/ HTTP/1.1") == 400);
    CHECK(line("GET a:80 HTTP/1.1") == 400);
    CHECK(line("GET * HTTP/1.1") == 400);
    CHECK(line("GET /a#b HTTP/1.1") == 400);
    CHECK(line("GET /a b HTTP/1.1") == 400);
    CHECK(line("GET /\x7f HTTP/1.1") == 400);
    CHECK(line("GET  / HTTP/1.1") == 400);
    CHECK(line("GET / HTTP/1.2") != 200);
    CHECK(line("GET / HTTP/2.0") != 200);
    CHECK(line("GET / http/1.1") == 400);
    CHECK(line("GET /") == 400);
    for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "FOO"}) {
        CAPTURE(method);
        CHECK(line(std::string(method) + " / HTTP/1.1") == 405);
    }
    CHECK(line("CONNECT a:80 HTTP/1.1") == 405);
}

TEST_CASE("what is no whole head is refused, not read") {
    const std::string whole = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        const auto judged = parse_request_head(whole.substr(0, size), limits);
        REQUIRE(std::holds_alternative<HeadRefusal>(judged));
        CHECK(std::get<HeadRefusal>(judged).status == 400);
    }
}

TEST_CASE("there is a limit to the number of fields") {
    std::string text = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 99; ++i) text += "A: b\r\n";
    CHECK(verdict(head(text)) == 200);
    CHECK(verdict(head(text + "A: b\r\n")) == 431);
}

TEST_CASE("bodies are accepted where they are asked for, up to their limit") {
    HeadLimits control;
    control.methods = {"GET", "POST"};
    control.body = 10;
    const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
    CHECK(verdict(head(post + "Content-Length: 10\r\n"), control) == 200);
    CHECK(verdict(head(post + "Content-Length: 11\r\n"), control) == 413);
    CHECK(verdict(head(post + "Content-Length: 99999999999999999999\r\n"), control) == 400);
    CHECK(verdict(head(post + "Transfer-Encoding: chunked\r\n"), control) == 400);
    CHECK(verdict(head("HEAD / HTTP/1.1\r\nHost: a\r\n"), control) == 405);
}
