#include "controller/report/plain_text.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace fairway {
namespace {

/// The code point that `text` begins with; nothing where it is no well-formed UTF-8.
std::optional<std::uint32_t> first_point(std::string_view text, std::size_t& bytes) {
    const auto at = [&](std::size_t i) -> std::uint32_t { return static_cast<unsigned char>(text[i]); };
    const std::uint32_t lead = at(0);
    bytes = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (bytes == 1) return lead;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return std::nullopt;
    std::uint32_t point = lead & (0x7fU >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((at(i) & 0xc0U) != 0x80U) return std::nullopt;
        point = point << 6U | (at(i) & 0x3fU);
    }
    const bool overlong = (bytes == 3 && point < 0x800) || (bytes == 4 && point < 0x10000);
    if (overlong || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return std::nullopt;
    return point;
}

/// What moves a cursor, breaks a line or turns text around.
bool harmful(std::uint32_t point) {
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x061c || point == 0x200e ||
           point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

}  // namespace

std::string plain(std::string_view text) {
    constexpr std::array<char, 17> hex{"0123456789abcdef"};
    std::string out;
    while (!text.empty()) {
        std::size_t bytes = 1;
        const auto point = first_point(text, bytes);
        if (!point) bytes = 1;
        for (const char c : text.substr(0, bytes)) {
            if (point && !harmful(*point)) {
                out += c;
                continue;
            }
            out += "\\x";
            out += hex[static_cast<unsigned char>(c) >> 4U];
            out += hex[static_cast<unsigned char>(c) & 0xfU];
        }
        text.remove_prefix(bytes);
    }
    return out;
}

}  // namespace fairway
