#include <doctest/doctest.h>

#include <string>

#include "tests/simulation/report.hpp"
#include "tests/simulation/world_count.hpp"

namespace fairway::sim {
namespace {

/// How many worlds each of the four cases below runs; a quarter of what FAIRWAY_WORLDS says.
std::uint64_t worlds() {
    return world_count(32000, 2000) / 4;
}

/// Runs a part of the worlds; tells of the first that breaks a rule.
void live_through(std::uint64_t part) {
    Counts sum;
    const std::uint64_t count = worlds();
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t seed = 1 + part * 1000000 + i;
        const Verdict verdict = run_world(seed, Overrides(), false);
        sum += verdict.counts;
        if (verdict.failure.empty()) continue;
        FAIL(report_of(seed, Overrides()));
    }
    // Some sixty times in all four, where the usual number of worlds is run.
    const std::uint64_t least = count >= 6000 ? 15 : 0;
    for (std::size_t i = 0; i < port_fault_count; ++i) {
        CHECK_MESSAGE(sum.faults[i] >= least, "the fault " << to_string(static_cast<Fault>(i)));
    }
    for (std::size_t i = 0; i < port_point_count; ++i) {
        CHECK_MESSAGE(sum.points[i] >= least, "the crash point " << point_name(i));
    }
}

TEST_CASE("no world breaks a rule: the first quarter") {
    live_through(0);
}
TEST_CASE("no world breaks a rule: the second quarter") {
    live_through(1);
}
TEST_CASE("no world breaks a rule: the third quarter") {
    live_through(2);
}
TEST_CASE("no world breaks a rule: the fourth quarter") {
    live_through(3);
}

TEST_CASE("the same seed gives the same world, event for event") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const Verdict one = run_world(seed, Overrides(), false),
                      other = run_world(seed, Overrides(), true);
        CHECK(one.hash == other.hash);
        CHECK(run_world(seed + 1, Overrides(), false).hash != one.hash);
    }
}

}  // namespace
}  // namespace fairway::sim
