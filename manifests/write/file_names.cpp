#include "manifests/write/file_names.hpp"

#include <string_view>

#include "manifests/digest.hpp"
#include "manifests/text.hpp"

namespace fairway {
namespace {

constexpr std::size_t longest = 200;  // bytes; file systems take 255

bool stands_for_itself(char32_t c, bool first) {
    if (c >= 0x4E00 && c <= 0x9FA5) return true;  // the ideographs of names; no other spelling exists
    if (c == U'.' || c == U'-') return !first;    // would be hidden, or taken for an option
    return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || (c >= U'0' && c <= U'9') || c == U'_';
}

/// One name, one spelling: everything but the characters above as %XX, so that no two names meet.
std::string escaped(std::string_view name) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    for (std::string_view rest = name; !rest.empty();) {
        const std::string_view before = rest;
        const auto c = take_code_point(rest);
        if (!c) rest.remove_prefix(1);
        const std::string_view bytes = before.substr(0, before.size() - rest.size());
        if (c && stands_for_itself(*c, out.empty())) {
            out += bytes;
            continue;
        }
        for (const char byte : bytes) {
            out += '%';
            out += hex[static_cast<unsigned char>(byte) >> 4U];
            out += hex[static_cast<unsigned char>(byte) & 0xFU];
        }
    }
    return out.empty() ? "%" : out;
}

/// No name is spelt with a ~, so this meets no other.
std::string marked(std::string stem, std::string_view name) {
    DigestOfParts digest;
    digest.add(name);
    return std::move(stem) + '~' + digest.hex().substr(0, 8);
}

std::string shortened(std::string stem, std::string_view name) {
    if (stem.size() <= longest) return stem;
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(stem[end]) & 0xC0U) == 0x80U) --end;
    stem.resize(end);
    return marked(std::move(stem), name);
}

}  // namespace

std::map<std::string, std::string> manifest_file_names(const std::vector<std::string>& names) {
    std::map<std::string, std::string> stems;
    std::map<std::string, std::size_t> without_case;
    for (const std::string& name : names) {
        const auto [it, fresh] = stems.emplace(name, shortened(escaped(name), name));
        if (fresh) ++without_case[lower_case(it->second)];
    }
    for (auto& [name, stem] : stems) {
        if (without_case.at(lower_case(stem)) > 1) stem = marked(std::move(stem), name);
        stem += ".yaml";
    }
    return stems;
}

}  // namespace fairway
