#include <doctest/doctest.h>

#include "controller/codec/channel_json.hpp"

namespace fairway {
namespace {

/// Seconds since 1970 of what was read; -1 for nothing.
double seconds(std::string_view text) {
    const auto time = parse_time(text);
    return time ? std::chrono::duration<double>(time->time_since_epoch()).count() : -1;
}

}  // namespace

TEST_CASE("a time is read with and without a fraction, in UTC or with an offset") {
    CHECK(seconds("1970-01-01T00:00:00Z") == 0);
    CHECK(seconds("2020-07-23T07:11:57Z") == 1595488317);
    CHECK(
        parse_time("2020-07-23T07:11:57.244829604Z") ==
        WallTime(std::chrono::microseconds(1595488317244829))
    );
    CHECK(seconds("2020-01-04T09:05:22.701000Z") == doctest::Approx(1578128722.701));
    CHECK(seconds("2020-07-23T15:11:57+08:00") == 1595488317);
    CHECK(seconds("2020-07-23T01:41:57.000-05:30") == 1595488317);
    CHECK(seconds("2020-07-23 07:11:57z") == 1595488317);
    CHECK(seconds("2020-02-29T00:00:00Z") == 1582934400);
}

TEST_CASE("a leap second is the first moment of the next minute") {
    CHECK(parse_time("2016-12-31T23:59:60Z") == parse_time("2017-01-01T00:00:00Z"));
}

TEST_CASE("what is no time of the cloud is nothing") {
    for (const std::string text :
         {"", "never", "2020", "2020-07-23", "2020-07-23T07:11:57", "2020-07-23T07:11Z",
          "2020-02-30T00:00:00Z", "2020-13-01T00:00:00Z", "2020-07-23T24:00:00Z", "2020-07-23T07:60:57Z",
          "2020-07-23T07:11:61Z", "2020-07-23T07:11:57.Z", "2020-07-23T07:11:57Z ",
          "2020-07-23T07:11:57+8", "2020-07-23T07:11:57+24:00", "0000-01-01T00:00:00Z",
          "0001-01-01T00:00:00Z", "-020-07-23T07:11:57Z", "1595488317"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_time(text));
    }
}

TEST_CASE("a time is written in UTC, with a fraction only where there is one") {
    CHECK(format_time(WallTime()) == "1970-01-01T00:00:00Z");
    CHECK(format_time(*parse_time("2020-07-23T15:11:57+08:00")) == "2020-07-23T07:11:57Z");
    CHECK(format_time(*parse_time("2020-07-23T07:11:57.244829604Z")) == "2020-07-23T07:11:57.244829Z");
    CHECK(format_time(*parse_time("2020-07-23T07:11:57.000050Z")) == "2020-07-23T07:11:57.000050Z");
}

}  // namespace fairway
