#pragma once

#include <malloc.h>

#include <chrono>
#include <cstddef>
#include <fstream>
#include <string>

#include "tests/support/sanitized.hpp"

namespace fairway::testing {

inline constexpr std::size_t mebibyte = 1 << 20;
inline constexpr std::size_t allowance = (sanitized ? 1024 : 32) * mebibyte;
inline constexpr std::chrono::milliseconds longest = std::chrono::milliseconds(sanitized ? 10000 : 2500);

/// Bytes of this process, by a line of /proc/self/status.
inline std::size_t memory(const std::string& name) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(name + ":")) return std::stoul(line.substr(name.size() + 1)) * 1024;
    }
    return 0;
}

/// Begins to measure anew; gives what is in use now.
inline std::size_t forget_the_peak() {
    malloc_trim(0);  // or what was freed before would hide what is taken next
    std::ofstream("/proc/self/clear_refs") << "5";
    return memory("VmRSS");
}

/// How much more than `before` was in use at any time since.
inline std::size_t peak_beyond(std::size_t before) {
    const std::size_t peak = memory("VmHWM");
    return peak > before ? peak - before : 0;
}

}  // namespace fairway::testing
