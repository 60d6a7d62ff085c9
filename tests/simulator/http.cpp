#include "tests/simulator/http.hpp"

#include <algorithm>

namespace apic_simulator {
namespace {

const std::string* find(const Pairs& pairs, std::string_view name) {
    const auto found =
        std::find_if(pairs.begin(), pairs.end(), [&](const auto& one) { return one.first == name; });
    return found == pairs.end() ? nullptr : &found->second;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

/// Calls `use` with every part of `text` between separators.
template <class Use>
void each_part(std::string_view text, char separator, Use use) {
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        use(text.substr(begin, end - begin));
        begin = end + 1;
    }
}

}  // namespace

const std::string* Request::header(std::string_view lower_case_name) const {
    return find(headers, lower_case_name);
}

const std::string* Request::parameter(std::string_view name) const {
    return find(query, name);
}

std::string unescape(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
            hex_value(text[i + 2]) >= 0) {
            plain += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

std::string escape(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string escaped;
    escaped.reserve(text.size());
    for (const char c : text) {
        if (unreserved(c)) {
            escaped += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            escaped += {'%', digits[byte >> 4], digits[byte & 15]};
        }
    }
    return escaped;
}

void split_target(Request& request) {
    const std::string_view target = request.target;
    const std::size_t mark = std::min(target.find('?'), target.size());
    request.path.clear();
    request.query.clear();
    each_part(target.substr(0, mark), '/', [&](std::string_view part) {
        if (!part.empty()) request.path.push_back(unescape(part));
    });
    if (mark == target.size()) return;
    each_part(target.substr(mark + 1), '&', [&](std::string_view part) {
        if (part.empty()) return;
        std::string plus_is_space(part);
        std::replace(plus_is_space.begin(), plus_is_space.end(), '+', ' ');
        const std::string_view text = plus_is_space;
        const std::size_t equals = std::min(text.find('='), text.size());
        const std::string_view value = equals == text.size() ? "" : text.substr(equals + 1);
        request.query.emplace_back(unescape(text.substr(0, equals)), unescape(value));
    });
}

}  // namespace apic_simulator
