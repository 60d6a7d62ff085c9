#include "controller/log/log_line.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>

namespace fairway {
namespace {

/// One code point, or one byte that is none.
struct Decoded {
    std::uint32_t point = 0xFFFD;
    std::size_t bytes = 1;
    bool valid = false;
};

Decoded decode(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = at(0);
    if (lead < 0x80) return {lead, 1, true};
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
    std::uint32_t point = lead & (0x7Fu >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((at(i) & 0xC0u) != 0x80u) return {};
        point = point << 6 | (at(i) & 0x3Fu);
    }
    const bool overlong = (bytes == 3 && point < 0x800) || (bytes == 4 && point < 0x10000);
    if (overlong || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return {};
    return {point, bytes, true};
}

/// Characters that would break a line, move a terminal's cursor or turn text around.
bool harmful(std::uint32_t point) {
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 || point == 0x2029 ||
           point == 0x061C || point == 0x200E || point == 0x200F ||
           (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) ||
           point == 0xFEFF;
}

/// Plain in logfmt without quotes.
bool bare(char c) {
    return c > ' ' && c != '"' && c != '=' && c != '\\' && static_cast<unsigned char>(c) < 0x7F;
}

void append_escaped(std::string& line, std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    while (!text.empty()) {
        const Decoded next = decode(text);
        if (next.point == '"' || next.point == '\\') {
            line += '\\';
            line += static_cast<char>(next.point);
        } else if (!next.valid) {
            line += "\\ufffd";
        } else if (harmful(next.point)) {
            switch (next.point) {
                case '\n':
                    line += "\\n";
                    break;
                case '\r':
                    line += "\\r";
                    break;
                case '\t':
                    line += "\\t";
                    break;
                default:
                    line += "\\u";
                    for (int shift = 12; shift >= 0; shift -= 4) line += hex[next.point >> shift & 0xFu];
            }
        } else {
            line += text.substr(0, next.bytes);
        }
        text.remove_prefix(next.bytes);
    }
}

void append_quoted(std::string& line, std::string_view text, std::size_t max_value) {
    line += '"';
    if (text.size() <= max_value) {
        append_escaped(line, text);
    } else {
        std::size_t end = max_value;  // not inside a character
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
        append_escaped(line, text.substr(0, end));
        line += "... (";
        line += std::to_string(text.size());
        line += " bytes)";
    }
    line += '"';
}

template <class Number>
void append_number(std::string& line, Number number) {
    char digits[32];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
    line.append(digits, end);
}

/// In the largest unit that leaves a whole part: "1.5s", "12ms", "340us".
void append_duration(std::string& line, Duration duration) {
    const auto us = static_cast<double>(duration.count());
    const double size = std::abs(us);
    if (size >= 1e6) {
        append_number(line, us / 1e6);
        line += 's';
    } else if (size >= 1e3) {
        append_number(line, us / 1e3);
        line += "ms";
    } else {
        append_number(line, duration.count());
        line += duration.count() == 0 ? "s" : "us";
    }
}

void append_key(std::string& line, std::string_view key) {
    for (const char c : key) line += bare(c) ? c : '_';
}

}  // namespace

std::string rfc3339_millis(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time - day));
    std::string text = "0000-00-00T00:00:00.000Z";
    const auto put = [&](std::size_t at, std::size_t width, long long number) {
        for (std::size_t i = width; i-- > 0; number /= 10)
            text[at + i] = static_cast<char>('0' + number % 10);
    };
    put(0, 4, static_cast<int>(date.year()));
    put(5, 2, static_cast<unsigned>(date.month()));
    put(8, 2, static_cast<unsigned>(date.day()));
    put(11, 2, clock.hours().count());
    put(14, 2, clock.minutes().count());
    put(17, 2, clock.seconds().count());
    put(20, 3, clock.subseconds().count());
    return text;
}

void append_logfmt(
    std::string& line, WallTime time, LogLevel level, std::string_view message,
    std::initializer_list<Fact> facts, std::size_t max_value
) {
    line += "time=";
    line += rfc3339_millis(time);
    line += " level=";
    line += to_string(level);
    line += " msg=";
    append_quoted(line, message, max_value);
    for (const Fact& fact : facts) {
        line += ' ';
        append_key(line, fact.key());
        line += '=';
        switch (fact.kind()) {
            case Fact::Kind::text: {
                bool plain = !fact.text().empty() && fact.text().size() <= max_value;
                for (const char c : fact.text()) plain = plain && bare(c);
                if (plain) {
                    line += fact.text();
                } else {
                    append_quoted(line, fact.text(), max_value);
                }
                break;
            }
            case Fact::Kind::whole:
                append_number(line, fact.whole());
                break;
            case Fact::Kind::natural:
                append_number(line, fact.natural());
                break;
            case Fact::Kind::real:
                append_number(line, fact.real());
                break;
            case Fact::Kind::truth:
                line += fact.truth() ? "true" : "false";
                break;
            case Fact::Kind::duration:
                append_duration(line, fact.duration());
                break;
        }
    }
}

void append_json(
    std::string& line, WallTime time, LogLevel level, std::string_view message,
    std::initializer_list<Fact> facts, std::size_t max_value
) {
    line += R"({"time":")";
    line += rfc3339_millis(time);
    line += R"(","level":")";
    line += to_string(level);
    line += R"(","msg":)";
    append_quoted(line, message, max_value);
    for (const Fact& fact : facts) {
        line += ",\"";
        append_key(line, fact.key());
        line += "\":";
        switch (fact.kind()) {
            case Fact::Kind::text:
                append_quoted(line, fact.text(), max_value);
                break;
            case Fact::Kind::whole:
                append_number(line, fact.whole());
                break;
            case Fact::Kind::natural:
                append_number(line, fact.natural());
                break;
            case Fact::Kind::real:
                if (std::isfinite(fact.real())) {
                    append_number(line, fact.real());
                } else {
                    line += "null";  // JSON knows no infinity
                }
                break;
            case Fact::Kind::truth:
                line += fact.truth() ? "true" : "false";
                break;
            case Fact::Kind::duration:
                append_number(line, static_cast<double>(fact.duration().count()) / 1e6);
                break;
        }
    }
    line += '}';
}

}  // namespace fairway
