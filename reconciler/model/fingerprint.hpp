#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fairway {

/// A short id of a list of texts (FNV-1a), for people to repeat and to tell one plan from another. Not
/// against forgery.
class Fingerprint {
public:
    Fingerprint& add(std::string_view text) {
        for (const char c : text) mix(static_cast<unsigned char>(c));
        mix(0xff);  // no byte of UTF-8: where one text ends
        return *this;
    }
    /// 16 hex digits.
    std::string hex() const {
        constexpr char digits[] = "0123456789abcdef";
        std::string text;
        for (int shift = 60; shift >= 0; shift -= 4) text += digits[(value_ >> shift) & 15];
        return text;
    }

private:
    void mix(unsigned byte) { value_ = (value_ ^ byte) * 1099511628211ull; }
    std::uint64_t value_ = 14695981039346656037ull;
};

}  // namespace fairway
