#include "tests/simulator/checks.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "tests/simulator/text.hpp"

namespace apic_simulator::checks {
namespace {

std::string about(std::string_view what, std::string_view field) {
    return std::string(what) + ",parameterName:" + std::string(field) +
           ". Please refer to the support documentation";
}

[[noreturn]] void refuse(std::string_view code, std::string_view what, std::string_view field) {
    throw Refusal(400, std::string(code), about(what, field));
}

/// One to three digits from 100 to 599, or -1.
int http_code(std::string_view text) {
    if (text.size() != 3 || text[0] < '1' || text[0] > '5') return -1;
    int code = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return -1;
        code = code * 10 + (c - '0');
    }
    return code;
}

}  // namespace

void missing(std::string_view field, std::string_view code) {
    refuse(code, "The request parameters must be specified", field);
}

void invalid(std::string_view field) {
    refuse("APIG.2012", "Invalid parameter value", field);
}

void present(const std::optional<std::string>& text, std::string_view field) {
    if (!text || text->empty()) missing(field);
}

void within(
    const std::optional<std::int64_t>& number, std::int64_t low, std::int64_t high,
    std::string_view field
) {
    if (number && (*number < low || *number > high)) {
        refuse("APIG.2004", "The parameter value is outside the allowable range", field);
    }
}

void port(const std::optional<std::int64_t>& number, std::int64_t low, std::string_view field) {
    if (number && (*number < low || *number > 65535)) refuse("APIG.2025", "Invalid port", field);
}

void not_longer(const std::optional<std::string>& text, std::size_t most, std::string_view field) {
    if (text && text->size() > most && code_points(*text).size() > most) {
        refuse("APIG.2006", "The parameter value is too long", field);
    }
}

void name(
    std::string_view text, std::size_t least, std::size_t most, bool period, std::string_view field
) {
    const std::u32string points = code_points(text);
    if (points.size() < least || points.size() > most) {
        refuse("APIG.2007", "The length of the parameter value is not within the allowed range", field);
    }
    if (!is_letter(points[0]) && !is_ideograph(points[0])) invalid(field);
    const bool fine = std::all_of(points.begin(), points.end(), [&](char32_t c) {
        return is_letter(c) || is_digit(c) || is_ideograph(c) || c == '-' || c == '_' ||
               (period && c == '.');
    });
    if (!fine) invalid(field);
}

void plain(
    std::string_view text, std::size_t least, std::size_t most, std::u32string_view others,
    bool ideographs, std::string_view field
) {
    const std::u32string points = code_points(text);
    if (points.size() < least || points.size() > most) {
        refuse("APIG.2007", "The length of the parameter value is not within the allowed range", field);
    }
    const bool fine = std::all_of(points.begin(), points.end(), [&](char32_t c) {
        return is_letter(c) || is_digit(c) || (ideographs && is_ideograph(c)) ||
               others.find(c) != std::u32string_view::npos;
    });
    if (!fine) invalid(field);
}

void label(const std::optional<std::string>& text, std::string_view field) {
    if (!text) missing(field);
    plain(*text, 1, 63, U"._-", false, field);
    const auto edge = [](char c) { return c != '.' && c != '_' && c != '-'; };
    if (!edge(text->front()) || !edge(text->back())) invalid(field);
}

void host(std::string_view text, std::size_t most, std::string_view field) {
    not_longer(std::string(text), most, field);
    const bool fine = std::all_of(text.begin(), text.end(), [](char c) {
        const auto point = static_cast<char32_t>(static_cast<unsigned char>(c));
        return is_letter(point) || is_digit(point) || c == '.' || c == '-' || c == '_' || c == ':';
    });
    // What looks like an address must be one; the rest are names.
    const std::string copy(text);
    in_addr v4{};
    in6_addr v6{};
    const bool like_v4 = text.find_first_not_of("0123456789.") == std::string_view::npos;
    const bool like_v6 = text.find(':') != std::string_view::npos;
    if (!fine || (like_v4 && inet_pton(AF_INET, copy.c_str(), &v4) != 1) ||
        (like_v6 && inet_pton(AF_INET6, copy.c_str(), &v6) != 1)) {
        refuse("APIG.2015", "Invalid IP address", field);
    }
}

void http_codes(std::string_view text, std::string_view field) {
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string_view item = text.substr(begin, end - begin);
        const std::size_t dash = std::min(item.find('-'), item.size());
        const int low = http_code(item.substr(0, dash));
        const int high = dash == item.size() ? low : http_code(item.substr(dash + 1));
        const bool range = dash != item.size();
        if (low < 0 || high < 0 || (range && low >= high)) invalid(field);
        begin = end + 1;
    }
}

}  // namespace apic_simulator::checks
