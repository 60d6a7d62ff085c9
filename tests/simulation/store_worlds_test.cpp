#include <doctest/doctest.h>

#include "tests/simulation/report.hpp"
#include "tests/simulation/world_count.hpp"

namespace fairway::sim {
namespace {

std::uint64_t worlds() {
    return world_count(5000, 300) / 2;
}

Overrides real_store() {
    Overrides overrides;
    overrides.store = true;
    return overrides;
}

void live_through(std::uint64_t first) {
    Counts sum;
    for (std::uint64_t seed = first; seed < first + worlds(); ++seed) {
        const Verdict verdict = run_world(seed, real_store(), false);
        sum += verdict.counts;
        if (!verdict.failure.empty()) FAIL(report_of(seed, real_store()));
    }
    // Once in a while is not enough, where the usual number of worlds is run.
    const bool usual = worlds() >= 2500;
    const std::uint64_t least = usual ? 20 : 0, least_point = usual ? 3 : 0;
    for (std::size_t i = 0; i < store_fault_count; ++i) {
        const Fault fault = static_cast<Fault>(i);
        if (fault == Fault::throttled_after) continue;  // not drawn here
        CHECK_MESSAGE(sum.faults[i] >= least, "the fault " << to_string(fault));
    }
    for (std::size_t i = 0; i < point_count; ++i) {
        CHECK_MESSAGE(sum.points[i] >= least_point, "the crash point " << point_name(i));
    }
}

TEST_CASE("no world with the real store breaks a rule: the first half") {
    live_through(8000001);
}
TEST_CASE("no world with the real store breaks a rule: the second half") {
    live_through(9000001);
}

TEST_CASE("with the real store too the same seed gives the same world") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Verdict one = run_world(seed, real_store(), false);
        CHECK(run_world(seed + 1, real_store(), false).hash != one.hash);
        CHECK(run_world(seed, real_store(), true).hash == one.hash);
    }
}

}  // namespace
}  // namespace fairway::sim
