#include <array>
#include <cstdint>
#include <cstdio>

#include "controller/codec/channel_json.hpp"

namespace fairway {
namespace {

/// Takes what is expected off the front of a text; once something is missing, everything is.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    int digits(std::size_t count) {
        int value = 0;
        if (rest_.size() < count) return fail();
        for (std::size_t i = 0; i < count; ++i) {
            if (rest_[i] < '0' || rest_[i] > '9') return fail();
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(count);
        return value;
    }
    bool take(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char wanted) {
        if (!take(wanted)) fail();
    }
    /// The digits after the point, as microseconds; what is finer is cut off.
    int microseconds() {
        int value = 0, taken = 0;
        for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; ++taken) {
            if (taken < 6) value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        if (taken == 0) return fail();
        for (; taken < 6; ++taken) value *= 10;
        return value;
    }
    bool at_end() const { return good_ && rest_.empty(); }

private:
    int fail() {
        good_ = false;
        rest_ = {};
        return 0;
    }
    std::string_view rest_;
    bool good_ = true;
};

}  // namespace

std::optional<WallTime> parse_time(std::string_view text) {
    Scanner scan(text);
    const int year = scan.digits(4);
    scan.expect('-');
    const int month = scan.digits(2);
    scan.expect('-');
    const int day = scan.digits(2);
    if (!scan.take('T') && !scan.take('t')) scan.expect(' ');
    const int hour = scan.digits(2);
    scan.expect(':');
    const int minute = scan.digits(2);
    scan.expect(':');
    const int second = scan.digits(2);
    const int fraction = scan.take('.') ? scan.microseconds() : 0;
    int offset = 0;  // minutes ahead of UTC
    if (!scan.take('Z') && !scan.take('z')) {
        const bool ahead = scan.take('+');
        if (!ahead) scan.expect('-');
        const int hours = scan.digits(2);
        scan.expect(':');
        const int minutes = scan.digits(2);
        if (hours > 23 || minutes > 59) return std::nullopt;
        offset = (hours * 60 + minutes) * (ahead ? 1 : -1);
    }
    const std::chrono::year_month_day date{
        std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
        std::chrono::day(static_cast<unsigned>(day))};
    // Nothing of the cloud is older than 1970: year 1 is what the server's language prints for "never".
    // A leap second is the first moment of the next minute.
    if (!scan.at_end() || !date.ok() || year < 1970 || hour > 23 || minute > 59 || second > 60) {
        return std::nullopt;
    }
    return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
           std::chrono::minutes(minute - offset) + std::chrono::seconds(second) +
           std::chrono::microseconds(fraction);
}

std::string format_time(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss<Duration> clock(time - day);
    std::array<char, 64> text{};
    int length = std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count())
    );
    std::string result(text.data(), static_cast<std::size_t>(length));
    if (const auto fraction = clock.subseconds().count(); fraction != 0) {
        length = std::snprintf(text.data(), text.size(), ".%06d", static_cast<int>(fraction));
        result.append(text.data(), static_cast<std::size_t>(length));
    }
    return result + 'Z';
}

}  // namespace fairway
