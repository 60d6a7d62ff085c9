#include <doctest/doctest.h>

#include <string>

#include "controller/api/https_client.hpp"
#include "controller/api/tls.hpp"
#include "tests/controller/api/tls_server.hpp"

using namespace fairway;
using namespace fairway::testing;

TEST_CASE("a CA file that cannot be used is told with its name") {
    struct Bad {
        std::string file, why;
    };
    const std::string pem = authority().pem();
    std::string ten_thousand;
    for (int i = 0; i < 10000; ++i) ten_thousand += pem;
    const Bad bad[] = {
        {"/nowhere/ca.pem", "does not exist"},
        {"/tmp", "is not a file"},
        {temporary_file("empty.pem", ""), "holds no certificate"},
        {temporary_file("text.pem", "not a certificate\n"), "holds no certificate"},
        {temporary_file("damaged.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
         "damaged"},
        {temporary_file("ten-thousand.pem", ten_thousand), "holds more than 1000 certificates"},
        {temporary_file("half.pem", pem + pem.substr(0, pem.size() / 2)), "damaged"},
    };
    for (const Bad& at : bad) {
        CAPTURE(at.file);
        const auto opened = TlsContext::open("localhost", {at.file, {}, {}});
        REQUIRE_FALSE(opened);
        CHECK(opened.error().cls() == ErrorClass::terminal);
        CHECK(opened.error().reason() == ErrorReason::validation);
        CHECK(opened.error().what().find(at.file) != std::string::npos);
        CHECK(opened.error().what().find(at.why) != std::string::npos);
    }
    CHECK(TlsContext::open("localhost", {authority().file(), {}, {}}));
    CHECK(TlsContext::open("localhost", {}));
    std::string many;
    for (int i = 0; i < 1000; ++i) many += pem;
    CHECK(TlsContext::open("localhost", {temporary_file("many.pem", "# a comment\n" + many), {}, {}}));
    std::string different;
    for (int i = 0; i < 1000; ++i) different += authority().issue().certificate;
    CHECK(TlsContext::open("localhost", {temporary_file("different.pem", different), {}, {}}));
}

TEST_CASE("an endpoint is https, a host and perhaps a port") {
    const auto plain = parse_endpoint("https://roma.cn-north-4.myhuaweicloud.com");
    REQUIRE(plain);
    CHECK(plain->host == "roma.cn-north-4.myhuaweicloud.com");
    CHECK(plain->port == 443);
    const auto v4 = parse_endpoint("https://127.0.0.1:8443");
    REQUIRE(v4);
    CHECK(v4->host == "127.0.0.1");
    CHECK(v4->port == 8443);
    const auto v6 = parse_endpoint("https://[::1]:9");
    REQUIRE(v6);
    CHECK(v6->host == "::1");
    CHECK(v6->port == 9);
    for (const char* bad :
         {"",
          "http://a",
          "https://",
          "https://:1",
          "https://a:",
          "https://a:0",
          "https://a:65536",
          "https://a:1x",
          "https://a/",
          "https://a/b",
          "https://u@a",
          "https://u:p@a",
          "https://a b",
          "https://[::1",
          "https://[::1]x",
          "https://[a]",
          "https://::1",
          "HTTPS://a?b",
          "https://a\n",
          "https://a#b"}) {
        CAPTURE(bad);
        const auto parsed = parse_endpoint(bad);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().reason() == ErrorReason::validation);
    }
}
