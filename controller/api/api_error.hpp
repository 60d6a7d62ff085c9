#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "reconciler/model/error.hpp"
#include "reconciler/model/time.hpp"

namespace fairway {

/// An answer that is no success, taken apart.
struct Refusal {
    bool write = false;  ///< the request was not a GET
    bool create =
        false;  ///< a write that must not be repeated unless it is certain that it was not done
    int status = 0;
    std::string_view error_code, error_msg;  ///< empty where the body was not the API's
    std::string_view request_id;
    std::string_view retry_after;  ///< the header, as it is
    WallTime now;
};

/// What a refusal means for our next step. Goes by code, then by status, never by the text. A write
/// whose answer does not say for certain that nothing was done is unsure().
Error api_error(const Refusal& refusal);

/// Seconds or an HTTP date, at most an hour; nothing for anything else.
std::optional<Duration> parse_retry_after(std::string_view value, WallTime now);
/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<WallTime> parse_http_date(std::string_view text);
/// How far our clock is from that of an answer, for people; empty within a minute or without a date.
std::string clock_skew(std::string_view date_header, WallTime now);
/// Foreign text on one line: shortened, without control and direction characters.
std::string shown(std::string_view text, std::size_t limit = 200);

}  // namespace fairway
