#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>

#include "controller/store/checksum.hpp"

namespace fairway {

Checksum& Checksum::add(std::string_view text) {
    state_ = XXH3_64bits_withSeed(text.data(), text.size(), state_);
    return mix(text.size());
}

Checksum& Checksum::mix(std::uint64_t value) {
    std::array<unsigned char, 8> bytes{};
    for (auto& byte : bytes) {
        byte = static_cast<unsigned char>(value & 0xFF);
        value >>= 8;
    }
    state_ = XXH3_64bits_withSeed(bytes.data(), bytes.size(), state_);
    return *this;
}

}  // namespace fairway
