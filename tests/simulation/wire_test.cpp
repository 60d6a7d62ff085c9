#include <doctest/doctest.h>

#include "tests/simulation/report.hpp"
#include "tests/simulation/world_count.hpp"

namespace fairway::sim {
namespace {

const std::uint64_t half = world_count(6000, 500) / 2;

void live_through(std::uint64_t first, std::uint64_t worlds, bool store) {
    Overrides wire;
    wire.wire = true;
    wire.store = store;
    Counts sum;
    for (std::uint64_t seed = first; seed < first + worlds; ++seed) {
        const Verdict verdict = run_world(seed, wire, false);
        sum += verdict.counts;
        if (!verdict.failure.empty()) FAIL(report_of(seed, wire));
    }
    // A hundred times in both halves, where the usual number of worlds is run.
    const std::uint64_t least = worlds >= 3000 ? 50 : 0;
    for (std::size_t i = store_fault_count; i < fault_count; ++i) {
        CHECK_MESSAGE(sum.faults[i] >= least, "the fault " << to_string(static_cast<Fault>(i)));
    }
}

TEST_CASE("no world on the wire breaks a rule: the first half") {
    live_through(5000001, half, false);
}
TEST_CASE("no world on the wire breaks a rule: the second half") {
    live_through(6000001, half, false);
}
TEST_CASE("no world on the wire breaks a rule over the real store either") {
    live_through(7000001, world_count(6000, 500) / 20, true);
}

}  // namespace
}  // namespace fairway::sim
