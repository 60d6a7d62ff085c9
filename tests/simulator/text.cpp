#include "tests/simulator/text.hpp"

#include <algorithm>
#include <charconv>

namespace apic_simulator {
namespace {

/// Appends `value` in decimal, filled up with zeros.
void append(std::string& text, std::int64_t value, int digits) {
    char buffer[20];
    for (int i = digits; i-- > 0; value /= 10) buffer[i] = static_cast<char>('0' + value % 10);
    text.append(buffer, static_cast<std::size_t>(digits));
}

/// Date and time to the second, without zone; the rest in nanoseconds goes to `fraction`.
std::string date_time(WallTime time, std::int64_t& fraction) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const std::int64_t nanos = (time - day).count();
    fraction = nanos % 1'000'000'000;
    const std::int64_t seconds = nanos / 1'000'000'000;
    std::string text;
    text.reserve(32);
    append(text, int{date.year()}, 4);
    append(text += '-', unsigned{date.month()}, 2);
    append(text += '-', unsigned{date.day()}, 2);
    append(text += 'T', seconds / 3600, 2);
    append(text += ':', seconds / 60 % 60, 2);
    append(text += ':', seconds % 60, 2);
    return text;
}

template <class Change>
std::string changed(std::string_view text, Change change) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), change);
    return result;
}

}  // namespace

std::u32string code_points(std::string_view utf8) {
    std::u32string points;
    points.reserve(utf8.size());
    for (std::size_t i = 0; i < utf8.size();) {
        const auto lead = static_cast<unsigned char>(utf8[i++]);
        const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
        char32_t point = more == 3 ? lead & 7U : more == 2 ? lead & 15U : more == 1 ? lead & 31U : lead;
        for (int k = 0; k < more && i < utf8.size(); ++k) {
            point = (point << 6) | (static_cast<unsigned char>(utf8[i++]) & 63U);
        }
        points += point;
    }
    return points;
}

bool is_ideograph(char32_t c) {
    return c >= 0x4e00 && c <= 0x9fa5;
}
bool is_letter(char32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char32_t c) {
    return c >= '0' && c <= '9';
}

std::string lower_case(std::string_view ascii) {
    return changed(ascii, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

std::string upper_case(std::string_view ascii) {
    return changed(ascii, [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
}

bool matches_glob(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) && pattern[p] != '*') {
            ++p, ++t;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

std::string rfc3339(WallTime time, bool with_fraction) {
    std::int64_t fraction = 0;
    std::string text = date_time(time, fraction);
    if (with_fraction && fraction != 0) {
        append(text += '.', fraction, 9);
        while (text.back() == '0') text.pop_back();
    }
    return text += 'Z';
}

std::string http_time(WallTime time) {
    constexpr std::string_view days = "SunMonTueWedThuFriSat",
                               months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::string clock = rfc3339(time, false).substr(11, 8);
    std::string text(days.substr(3 * std::chrono::weekday(day).c_encoding(), 3));
    append(text += ", ", static_cast<unsigned>(date.day()), 2);
    text += ' ';
    text += months.substr(3 * (static_cast<unsigned>(date.month()) - 1), 3);
    return text + ' ' + std::to_string(static_cast<int>(date.year())) + ' ' + clock + " GMT";
}

std::string iam_time(WallTime time) {
    std::int64_t fraction = 0;
    std::string text = date_time(time, fraction);
    append(text += '.', fraction / 1000, 6);
    return text += 'Z';
}

bool parse_basic_time(std::string_view text, WallTime& time) {
    if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return false;
    const auto number = [&](std::size_t at, std::size_t length, int& value) {
        const char* const end = text.data() + at + length;
        const auto result = std::from_chars(text.data() + at, end, value);
        return result.ec == std::errc() && result.ptr == end && value >= 0;
    };
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (!number(0, 4, year) || !number(4, 2, month) || !number(6, 2, day) || !number(9, 2, hour) ||
        !number(11, 2, minute) || !number(13, 2, second)) {
        return false;
    }
    using namespace std::chrono;
    const year_month_day date{
        std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
        std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return false;
    time = sys_days{date} + hours{hour} + minutes{minute} + seconds{second};
    return true;
}

}  // namespace apic_simulator
