#include "controller/app/config/config_values.hpp"

#include <doctest/doctest.h>

namespace fairway {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a duration is a whole number and a unit") {
    CHECK(parse_duration("200ms") == Duration(200ms));
    CHECK(parse_duration("30s") == Duration(30s));
    CHECK(parse_duration("5m") == Duration(5min));
    CHECK(parse_duration("1h") == Duration(1h));
    CHECK(parse_duration("0s") == Duration(0s));
    for (const auto* text :
         {"", "s", "5", "5 s", " 5s", "5s ", "-5s", "+5s", "5.5s", "5d", "5us", "5S", "1h30m",
          "9999999999s", "0x5s"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_duration(text));
    }
}

TEST_CASE("a duration is told in its largest whole unit") {
    CHECK(to_text(Duration(90s)) == "90s");
    CHECK(to_text(Duration(60s)) == "1m");
    CHECK(to_text(Duration(24h)) == "24h");
    CHECK(to_text(Duration(1500ms)) == "1500ms");
    CHECK(to_text(Duration(0s)) == "0s");
}

TEST_CASE("an endpoint is https, a host and perhaps a port") {
    for (const auto* text :
         {"https://roma.cn-north-4.myhuaweicloud.com", "https://localhost", "https://127.0.0.1:8443",
          "https://[::1]", "https://[fd00::1]:443", "HTTPS://host", "https://xn--bcher-kva.example",
          "https://10.0.0.1:65535"}) {
        CAPTURE(text);
        CHECK_FALSE(check_endpoint(text));
    }
    for (const auto* text :
         {"http://host",
          "host",
          "https:host",
          "https://",
          "https://host/",
          "https://host/path",
          "https://host?x",
          "https://host#x",
          "https://user:secret@host",
          "https://host:0",
          "https://host:65536",
          "https://host:",
          "https://host:08",
          "https://host.",
          "https://::1",
          "https://[::1",
          "https://[1.2.3.4]",
          "https://[::1]x",
          "https://169.254.169.254",
          "https://[fe80::1]",
          "https://0x7f.1",
          "https://2130706433",
          "https://a b",
          "https://bücher.example",
          "ftp://host",
          "https://a:b:c",
          "https://host\\x"}) {
        CAPTURE(text);
        CHECK(check_endpoint(text));
    }
}

TEST_CASE("a password in an endpoint is not repeated") {
    for (const auto* text : {"https://user:hunter2@host", "http://user:hunter2@host"}) {
        CHECK(check_endpoint(text)->wrong.find("hunter2") == std::string::npos);
    }
}

}  // namespace
}  // namespace fairway
