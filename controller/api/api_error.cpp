#include "controller/api/api_error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>

namespace fairway {
namespace {

using namespace std::chrono_literals;
using enum ErrorClass;

constexpr Duration longest_pause = 1h;

/// How to go on. `hint` is a way out, for people.
struct Verdict {
    ErrorClass cls = terminal;
    ErrorReason reason = ErrorReason::validation;
    Duration pause{};  ///< asked for by the kind of failure; 0 for none
    std::string_view hint = {};
};

struct Row {
    std::string_view code;  ///< without APIG. or APIGW.; others whole
    int status;             ///< 0 for any
    Verdict verdict;
};

constexpr Verdict token{auth, ErrorReason::auth};
constexpr Verdict forbidden{terminal, ErrorReason::auth, {}, "give the user or key this permission"};
constexpr Verdict account{terminal, ErrorReason::auth, {}, "the account itself must be put right"};
constexpr Verdict full{quota, ErrorReason::quota, {}, "raise the quota or remove something"};
constexpr Verdict blocked{
    conflict, ErrorReason::conflict, {}, "what still uses the channel must be changed first"};
constexpr Verdict busy{retryable, ErrorReason::server};
constexpr Verdict slow{throttled, ErrorReason::throttled};
constexpr Verdict wrong{terminal, ErrorReason::validation};
constexpr Verdict gone{not_found, ErrorReason::not_found};

constexpr std::array table{
    Row{"2108", 0, {retryable, ErrorReason::server, 60s, "the microservice cannot be reached"}},
    Row{"3208", 0, {conflict, ErrorReason::conflict}},
    Row{"3309", 0, {conflict, ErrorReason::conflict}},
    Row{"3330", 0, {conflict, ErrorReason::conflict}},
    Row{"3710", 0, blocked},
    Row{"1000", 401, token},
    Row{"1001", 401, token},
    Row{"1002", 401, token},
    Row{"1003", 401, token},
    Row{"1007", 401, token},
    Row{"1008", 401, token},
    Row{"1009", 401, token},
    Row{"1005", 0, forbidden},
    Row{"1010", 0, busy},
    Row{"1029", 0, busy},
    Row{"1011", 0, account},
    Row{"1012", 0, account},
    Row{"1013", 0, account},
    Row{"1020", 0, forbidden},
    Row{"1113", 0, forbidden},
    Row{"1136", 0, forbidden},
    Row{"1140", 0, forbidden},
    Row{"3100", 0, full},
    Row{"3109", 0, full},
    Row{"3110", 0, full},
    Row{"3414", 0, blocked},
    Row{"3471", 0, {terminal, ErrorReason::validation, {}, "not possible for this type of channel"}},
    Row{"3023", 0, gone},
    Row{"3024", 0, gone},
    Row{"3030", 0, {terminal, ErrorReason::not_found, {}, "check instance_ids"}},
    Row{"3087", 0, gone},
    Row{"3092", 0, {terminal, ErrorReason::not_found, {}, "check ecs_id"}},
    Row{"3711", 0, {retryable, ErrorReason::conflict, 60s, {}}},
    Row{"3718", 0, busy},
    Row{"3719", 0, blocked},
    Row{"APIC.7701", 0, {retryable, ErrorReason::server, 60s, "the instance is being upgraded"}},
    Row{"APIC.7712", 0, {terminal, ErrorReason::server, {}, "the instance is locked"}},
    Row{"3458", 0, {terminal, ErrorReason::validation, {}, "the instance needs newer software"}},
    Row{"3500", 0, busy},
    Row{"9004", 0, busy},
    Row{"9005", 0, busy},
    Row{"9006", 0, busy},
    Row{"9007", 0, busy},
    Row{"9008", 0, slow},
    Row{"9999", 0, busy},
    Row{"APIC.9999", 0, busy},
    Row{"0301", 0, token},
    Row{"0302", 0, forbidden},
    Row{"0307", 0, token},
    Row{"0308", 0, slow},
    Row{"0101", 0, {terminal, ErrorReason::not_found, {}, "check region, endpoint and project_id"}},
    Row{"0613", 0, busy},
};

std::string_view without_family(std::string_view code) {
    for (const std::string_view family : {"APIG.", "APIGW."}) {
        if (code.substr(0, family.size()) == family) return code.substr(family.size());
    }
    return code;
}

Verdict by_status(int status, bool has_code) {
    if (status == 429) return slow;
    if (status == 401) return token;
    if (status == 403) return forbidden;
    if (status == 404 && has_code) return gone;
    if (status == 404) {
        return {terminal, ErrorReason::not_found, {}, "check region, endpoint and project_id"};
    }
    if (status == 407) {
        return {retryable, ErrorReason::network, {}, "a proxy on the way wants credentials"};
    }
    if (status == 408) return {retryable, ErrorReason::timeout};
    if (status == 409) return {conflict, ErrorReason::conflict};
    if (status == 423 || status == 425) return busy;
    if (status >= 300 && status < 400) {
        return {terminal, ErrorReason::server, {}, "redirects are not followed: check the endpoint"};
    }
    if (status >= 400 && status < 500) return wrong;
    return busy;  // 5xx; and what should not come here
}

Verdict judge(const Refusal& refusal) {
    const std::string_view code = without_family(refusal.error_code);
    const auto row = std::find_if(table.begin(), table.end(), [&](const Row& at) {
        return at.code == code && (at.status == 0 || at.status == refusal.status);
    });
    Verdict verdict = row == table.end() || refusal.status == 429
                          ? by_status(refusal.status, !refusal.error_code.empty())
                          : row->verdict;
    if (refusal.error_msg.find("vpc_name_modifiable") != refusal.error_msg.npos) {
        verdict.hint = "set the feature vpc_name_modifiable of the instance to \"off\"";
    }
    if (code == "0301" && refusal.error_msg.find("signature expired") != refusal.error_msg.npos) {
        verdict.hint = "check the clock of this machine";
    }
    return verdict;
}

bool may_have_happened(const Refusal& refusal) {
    if (!refusal.write) return false;
    // Nobody says where on the way it was slowed down: what is repeatable is just repeated.
    if (refusal.status == 429) return refusal.create;
    if (refusal.error_code.empty()) return true;  // a proxy, a login page: not the API's word
    if (without_family(refusal.error_code) == "3719")
        return false;  // a 409 that says what stands against it
    switch (refusal.status) {
        case 407:
        case 408:
        case 409:
            return true;
        default:
            return refusal.status < 400 || refusal.status >= 500;
    }
}

bool two_digits(std::string_view text, int& value) {
    const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failure == std::errc() && stop == text.data() + text.size() && value >= 0;
}

/// How many bytes the character of UTF-8 has that `text` begins with; 0 where it begins with none.
std::size_t utf8_character(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = at(0);
    if (lead < 0x80) return 1;
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((at(i) & 0xC0U) != 0x80) return 0;
    }
    // Longer than need be, a half of a pair, or beyond the last character.
    const bool low = (lead == 0xE0 && at(1) < 0xA0) || (lead == 0xF0 && at(1) < 0x90);
    const bool high = (lead == 0xED && at(1) > 0x9F) || (lead == 0xF4 && at(1) > 0x8F);
    return low || high ? 0 : size;
}

/// C1 controls, separators of lines and marks of direction.
bool is_unseen(std::string_view character) {
    return (character >= "\xC2\x80" && character <= "\xC2\x9F") ||
           (character >= "\xE2\x80\x8E" && character <= "\xE2\x80\x8F") ||
           (character >= "\xE2\x80\xA8" && character <= "\xE2\x80\xAE") ||
           (character >= "\xE2\x81\xA6" && character <= "\xE2\x81\xA9");
}

}  // namespace

std::string shown(std::string_view text, std::size_t limit) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        if (out.size() >= limit) return out + "...";
        const auto byte = static_cast<unsigned char>(text[i]);
        const std::size_t size = utf8_character(text.substr(i));
        const std::string_view character = text.substr(i, std::max<std::size_t>(1, size));
        i += character.size();
        if (byte < 0x20 || byte == 0x7F) {
            out += "\\x";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else if (size == 0 || is_unseen(character)) {
            out += '?';
        } else {
            out += character;
        }
    }
    return out;
}

std::optional<WallTime> parse_http_date(std::string_view text) {
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != 29 || text[3] != ',' || text.substr(25) != " GMT" || text[19] != ':') return {};
    int day = 0, year = 0, hour = 0, minute = 0, second = 0;
    const auto month = months.find(text.substr(8, 3));
    if (!two_digits(text.substr(5, 2), day) || !two_digits(text.substr(12, 4), year) ||
        !two_digits(text.substr(17, 2), hour) || !two_digits(text.substr(20, 2), minute) ||
        !two_digits(text.substr(23, 2), second) || month == months.npos || month % 3 != 0) {
        return {};
    }
    const std::chrono::year_month_day date(
        std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
        std::chrono::day(static_cast<unsigned>(day))
    );
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return {};
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
}

std::optional<Duration> parse_retry_after(std::string_view value, WallTime now) {
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
    if (value.empty()) return {};
    if (value.find_first_not_of("0123456789") == value.npos) {
        if (value.size() > 9) return longest_pause;
        long seconds = 0;
        std::from_chars(value.data(), value.data() + value.size(), seconds);
        return std::min<Duration>(std::chrono::seconds(seconds), longest_pause);
    }
    const auto date = parse_http_date(value);
    if (!date) return {};
    return std::clamp<Duration>(*date - now, Duration::zero(), longest_pause);
}

std::string clock_skew(std::string_view date_header, WallTime now) {
    const auto date = parse_http_date(date_header);
    if (!date) return {};
    const auto ahead = std::chrono::duration_cast<std::chrono::seconds>(now - *date);
    const auto off = std::abs(ahead.count());
    if (off < 60) return {};
    const bool minutes = off < 2 * 60 * 60;
    return "this machine's clock is " + std::to_string(minutes ? (off + 30) / 60 : (off + 1800) / 3600) +
           (minutes ? " min " : " h ") + (ahead.count() > 0 ? "ahead of" : "behind") + " the server's";
}

Error api_error(const Refusal& refusal) {
    const Verdict verdict = judge(refusal);
    std::string text = std::to_string(refusal.status);
    if (refusal.error_code.empty()) {
        text += " without an error code";
    } else {
        text += ' ' + shown(refusal.error_code, 40);
    }
    std::string_view message = refusal.error_msg;
    if (without_family(refusal.error_code) == "0301") {
        // With a wrong signature the text goes on with the request as the server saw it, headers
        // included.
        message = message.substr(0, std::min(message.find('|'), message.find("canonical")));
    }
    if (!message.empty()) text += ": " + shown(message);
    if (!refusal.request_id.empty()) text += " (request " + shown(refusal.request_id, 80) + ")";
    if (!verdict.hint.empty()) text.append("; ").append(verdict.hint);

    Error error(verdict.cls, verdict.reason, std::move(text));
    error = std::move(error).with(
        {refusal.status, shown(refusal.error_code, 40), shown(refusal.request_id, 80)}
    );
    const auto asked = parse_retry_after(refusal.retry_after, refusal.now);
    const bool passing = verdict.cls == retryable || verdict.cls == throttled;
    if (asked && passing) {
        error = std::move(error).after(*asked);
    } else if (verdict.pause > Duration::zero()) {
        error = std::move(error).after(verdict.pause);
    }
    if (may_have_happened(refusal)) error = std::move(error).unsure();
    return error;
}

}  // namespace fairway
