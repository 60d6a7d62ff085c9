#include "manifests/git/fetch_schedule.hpp"

#include <doctest/doctest.h>

using namespace fairway;
using namespace std::chrono_literals;

namespace {

TEST_CASE("a server is asked about once an interval") {
    const FetchSchedule schedule{60s, {}};
    CHECK(schedule.pause(0, 0.0) == 54s);
    CHECK(schedule.pause(0, 0.5) == 60s);
    CHECK(schedule.pause(0, 0.999) > 65s);
    CHECK(schedule.pause(0, 0.999) < 66s);
}

TEST_CASE("after failures the pause grows, and is neither none nor longer than five minutes") {
    const FetchSchedule schedule;
    CHECK(schedule.pause(1, 0.0) == 1s);
    CHECK(schedule.pause(1, 0.99) < 2s);
    CHECK(schedule.pause(4, 0.99) > 10s);
    CHECK(schedule.pause(4, 0.99) < 16s);
    CHECK(schedule.pause(100, 0.999) <= 5min);
    CHECK(schedule.pause(100, 0.999) > 4min);
}

}  // namespace
