#pragma once

#include <cstdint>
#include <cstdlib>

namespace fairway::sim {

/// How many worlds a part of the tests lives through: what FAIRWAY_WORLDS says, else the usual number,
/// or with sanitizers the `fewer`.
inline std::uint64_t world_count(std::uint64_t usual, std::uint64_t fewer) {
    const char* const wanted = std::getenv("FAIRWAY_WORLDS");
    if (wanted != nullptr) return std::strtoull(wanted, nullptr, 10);
#ifdef FAIRWAY_FEWER_WORLDS
    constexpr bool few = true;
#else
    constexpr bool few = false;
#endif
    return few ? fewer : usual;
}

}  // namespace fairway::sim
