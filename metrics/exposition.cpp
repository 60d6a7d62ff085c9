#include "metrics/exposition.hpp"

#include <charconv>
#include <iterator>

namespace fairway {
namespace {

/// How many bytes at the start of `text` make one valid character; 0 for none.
std::size_t character(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = at(0);
    if (lead < 0x80) return 1;
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return 0;
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((at(i) & 0xC0u) != 0x80u) return 0;
    }
    const bool overlong = (lead == 0xE0 && at(1) < 0xA0) || (lead == 0xF0 && at(1) < 0x90);
    const bool surrogate = lead == 0xED && at(1) > 0x9F;
    const bool too_large = lead == 0xF4 && at(1) > 0x8F;
    return overlong || surrogate || too_large ? 0 : bytes;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const std::size_t bytes = character(text);
        result += bytes > 0 ? text.substr(0, bytes) : std::string_view("\xEF\xBF\xBD");
        text.remove_prefix(bytes > 0 ? bytes : 1);
    }
    return result;
}

void append_label(std::string& page, std::string_view name, std::string_view value) {
    page += name;
    page += "=\"";
    for (const char c : valid_utf8(value)) {
        switch (c) {
            case '\n':
                page += "\\n";
                break;
            case '"':
            case '\\':
                page += '\\';
                [[fallthrough]];
            default:
                page += c;
        }
    }
    page += '"';
}

void append_head(std::string& page, const MetricInfo& metric) {
    page += "# HELP ";
    page += metric.name;
    page += ' ';
    page += metric.help;
    page += "\n# TYPE ";
    page += metric.name;
    page += ' ';
    page += to_string(metric.kind);
    page += '\n';
}

void append_single(std::string& page, std::string_view name, double value) {
    append_head(page, metric_info(name));
    char digits[32];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
    page += name;
    page += ' ';
    page.append(digits, end);
    page += '\n';
}

}  // namespace fairway
