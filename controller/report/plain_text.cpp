#include "controller/report/plain_text.hpp"

#include <array>

namespace fairway {

std::string plain(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            constexpr std::array<char, 17> hex{"0123456789abcdef"};
            out += "\\x";
            out += hex[static_cast<unsigned char>(c) >> 4U];
            out += hex[static_cast<unsigned char>(c) & 0xfU];
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace fairway
