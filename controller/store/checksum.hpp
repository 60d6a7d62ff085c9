#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

namespace fairway {

/// Notices damage and rows of another store; no protection against somebody who means harm. Values are
/// kept apart: ("ab", "c") and ("a", "bc") differ. The same on every machine, for it is stored.
class Checksum {
public:
    explicit Checksum(std::uint64_t seed) : state_(seed) {}

    Checksum& add(std::string_view text);
    Checksum& add(std::integral auto value) { return mix(static_cast<std::uint64_t>(value)); }
    std::uint64_t value() const { return state_; }

private:
    Checksum& mix(std::uint64_t value);
    std::uint64_t state_;
};

}  // namespace fairway
