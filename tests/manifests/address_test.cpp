#include <doctest/doctest.h>

#include "manifests/addresses.hpp"
#include "manifests/value_rules.hpp"

namespace fairway {
namespace {

TEST_CASE("an IPv4 address is four decimal numbers and nothing else") {
    CHECK(parse_ipv4("192.168.0.5") == std::array<std::uint8_t, 4>{192, 168, 0, 5});
    for (const auto* text :
         {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "1.2.3.", ".1.2.3", "1..2.3", "0x7f.0.0.1",
          "1.2.3.4 ", "1.2.3.-4", "+1.2.3.4", "2130706433"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_ipv4(text));
    }
}

TEST_CASE("an IPv6 address has neither brackets nor a zone") {
    CHECK(parse_ipv6("fd00::5"));
    CHECK(parse_ipv6("::"));
    for (const auto* text :
         {"", "[fd00::5]", "fd00::5%eth0", "fd00:::5", "1.2.3.4", "g::1", "1:2:3:4:5:6:7:8:9"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_ipv6(text));
    }
}

TEST_CASE("one address has one spelling") {
    CHECK(canonical_host("FD00:0:0::1") == canonical_host("fd00::1"));
    CHECK(canonical_host("DB.Example") == "db.example");
    CHECK(canonical_host("10.0.0.1") == "10.0.0.1");
}

TEST_CASE("a moment needs a date, a time and a zone") {
    using namespace std::chrono;
    const WallTime six = sys_days(2026y / December / 1) + hours(6);
    CHECK(rules::parse_moment("2026-12-01T06:00:00Z") == six);
    CHECK(rules::parse_moment("2026-12-01t06:00:00z") == six);
    CHECK(rules::parse_moment("2026-12-01T14:00:00+08:00") == six);
    CHECK(rules::parse_moment("2026-12-01T00:30:00-05:30") == six);
    CHECK(rules::parse_moment("2026-12-01T06:00:00.123456789Z") == six + microseconds(123456));
    CHECK(rules::parse_moment("2028-02-29T00:00:00Z"));
    for (const auto* text :
         {"", "2026-12-01", "2026-12-01T06:00:00", "2026-12-01 06:00:00Z", "2026-02-29T00:00:00Z",
          "2026-12-01T06:00:60Z", "2026-12-01T06:00:00.Z", "2026-12-01T06:00:00Zx", "2026-12-01T06:00Z",
          "20261201T060000Z", "2026-12-01T06:00:00+8"}) {
        CAPTURE(text);
        CHECK_FALSE(rules::parse_moment(text));
    }
}

}  // namespace
}  // namespace fairway
