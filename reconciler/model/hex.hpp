#pragma once

#include <span>
#include <string>

namespace fairway {

/// The bytes in hex, in lower case.
inline std::string hex_of(std::span<const unsigned char> bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const unsigned char byte : bytes) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

}  // namespace fairway
