#include "manifests/write/yaml_text.hpp"

#include <algorithm>
#include <array>

#include "manifests/addresses.hpp"
#include "manifests/text.hpp"
#include "manifests/yaml_scalar.hpp"

namespace fairway {
namespace {

bool is_digit(char32_t c) {
    return c >= U'0' && c <= U'9';
}

bool is_alnum(char32_t c) {
    return is_digit(c) || (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
}

/// Blank, or changes how a line looks: not seen by whoever reviews the file.
bool is_invisible(char32_t c) {
    return is_control(c) || c == 0xA0 || c == 0xAD || (c >= 0x2000 && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202F) || (c >= 0x205F && c <= 0x206F) || c == 0x3000 || c == 0xFEFF;
}

/// Stands for itself anywhere in a plain scalar.
bool is_plain(char32_t c) {
    if (c < 0x80) return is_alnum(c) || c == U'_' || c == U'.' || c == U'/' || c == U'-' || c == U' ';
    return !is_invisible(c);
}

/// 2026-12-01 and what begins so.
bool is_date(std::string_view text) {
    return text.size() > 5 && std::all_of(text.begin(), text.begin() + 4, is_digit) && text[4] == '-' &&
           is_digit(static_cast<unsigned char>(text[5]));
}

/// What YAML 1.1 makes of a plain scalar, wider than any one reader of it.
bool is_typed_in_yaml_1_1(std::string_view text) {
    static constexpr std::array<std::string_view, 9> words{"y",   "n",    "yes",   "no",  "on",
                                                           "off", "true", "false", "null"};
    std::string lower = lower_case(text);
    if (std::find(words.begin(), words.end(), lower) != words.end()) return true;
    if (is_date(lower)) return true;
    std::erase(lower, '_');  // 1_000 is a number there
    if (scalar_type(lower) != ScalarType::text) return true;
    const bool figures = lower.find_first_not_of("0123456789.") == std::string::npos;
    if (figures) return !parse_ipv4(text);
    return lower.starts_with("0b") && lower.find_first_not_of("01", 2) == std::string::npos;
}

bool is_plain(std::string_view text) {
    if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
    if (text.front() == '-' || text.front() == '.')
        return false;  // may begin a marker, a list, a number
    for (std::string_view rest = text; !rest.empty();) {
        const auto c = take_code_point(rest);
        if (!c || !is_plain(*c)) return false;
    }
    return scalar_type(text) == ScalarType::text && !is_typed_in_yaml_1_1(text);
}

void add_hex(std::string& out, char kind, unsigned digits, char32_t value) {
    static constexpr std::string_view hex = "0123456789ABCDEF";
    out += '\\';
    out += kind;
    while (digits-- > 0) out += hex[(value >> (4 * digits)) & 0xF];
}

void add_quoted(std::string& out, char32_t c, std::string_view bytes) {
    switch (c) {
        case U'"':
            out += "\\\"";
            return;
        case U'\\':
            out += "\\\\";
            return;
        case U'\n':
            out += "\\n";
            return;
        case U'\t':
            out += "\\t";
            return;
        default:
            break;
    }
    if (!is_invisible(c)) {
        out += bytes;
    } else if (c <= 0xFF) {
        add_hex(out, 'x', 2, c);
    } else if (c <= 0xFFFF) {
        add_hex(out, 'u', 4, c);
    } else {
        add_hex(out, 'U', 8, c);
    }
}

}  // namespace

std::string yaml_text(std::string_view text) {
    if (is_plain(text)) return std::string(text);
    std::string out = "\"";
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view before = rest;
        if (const auto c = take_code_point(rest)) {
            add_quoted(out, *c, before.substr(0, before.size() - rest.size()));
        } else {  // no UTF-8: no answer that was read holds it, and no YAML could
            add_hex(out, 'x', 2, static_cast<unsigned char>(rest.front()));
            rest.remove_prefix(1);
        }
    }
    return out + '"';
}

}  // namespace fairway
