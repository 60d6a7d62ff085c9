#include <doctest/doctest.h>

#include <string>

#include "tests/simulation/mutants.hpp"
#include "tests/simulation/world.hpp"

namespace fairway::sim {
namespace {

constexpr std::uint64_t most_worlds = 2000;

TEST_CASE("each planted bug is found within 2,000 worlds") {
    std::string table;
    int killed = 0, all = 0;
    for (unsigned i = 1; i < static_cast<unsigned>(Mutant::count); ++i) {
        const Mutant which = static_cast<Mutant>(i);
        const Planted bug(which);
        ++all;
        std::uint64_t worlds = 0;
        std::string invariant;
        Overrides tier;
        tier.store = is_in_store(which);
        tier.wire = which == Mutant::secrets_shown;
        while (invariant.empty() && worlds < most_worlds)
            invariant = run_world(++worlds, tier, false).invariant;
        CHECK_MESSAGE(!invariant.empty(), to_string(which) << " lives");
        killed += invariant.empty() ? 0 : 1;
        table += "| " + std::string(to_string(which)) + " | " + (invariant.empty() ? "-" : invariant) +
                 " | " + std::to_string(worlds) + " |\n";
    }
    MESSAGE(killed << " of " << all << " found\n" << table);
}

}  // namespace
}  // namespace fairway::sim
