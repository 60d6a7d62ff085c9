#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/simulation/world.hpp"

namespace fairway::sim {

/// How often what happened.
std::string text_of(const Counts& counts);

/// Makes a world that fails smaller, as long as it breaks the same invariant: fewer kinds of faults,
/// fewer crashes, fewer edits, fewer channels.
Overrides shrink(std::uint64_t seed, const Overrides& from);

/// What broke, in the smallest world that still shows it, and how to see it again.
std::string report_of(std::uint64_t seed, const Overrides& overrides);

}  // namespace fairway::sim
