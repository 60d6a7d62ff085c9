#include "controller/listener/reply_text.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>

namespace fairway {
namespace {

std::string_view status_text(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 202:
            return "Accepted";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 417:
            return "Expectation Failed";
        case 421:
            return "Misdirected Request";
        case 431:
            return "Request Header Fields Too Large";
        case 429:
            return "Too Many Requests";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Status";
    }
}

std::string http_date() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto two = [](int number) {
        return std::string{
            static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
    };
    return std::string(days[static_cast<std::size_t>(parts.tm_wday)]) + ", " + two(parts.tm_mday) + ' ' +
           months[static_cast<std::size_t>(parts.tm_mon)] + ' ' + std::to_string(parts.tm_year + 1900) +
           ' ' + two(parts.tm_hour) + ':' + two(parts.tm_min) + ':' + two(parts.tm_sec) + " GMT";
}

/// A value of ours or of a handler's, which must not end its line.
std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; }, ' '
    );
    return text;
}

}  // namespace

std::string reply_head(const ListenerReply& reply, const std::string& allow, bool keep_alive) {
    std::string text = "HTTP/1.1 " + std::to_string(reply.status) + ' ';
    text += status_text(reply.status);
    text += "\r\nDate: " + http_date();
    text += "\r\nContent-Type: " + one_line(reply.content_type);
    text += "\r\nContent-Length: " + std::to_string(reply.body.size());
    if (reply.status == 405) text += "\r\nAllow: " + allow;
    if (reply.status == 401) text += "\r\nWWW-Authenticate: Bearer realm=\"fairway\"";
    if (reply.status == 429) text += "\r\nRetry-After: 1";
    text += keep_alive ? "\r\nConnection: keep-alive" : "\r\nConnection: close";
    text +=
        "\r\nCache-Control: no-store"
        "\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'"
        "\r\nReferrer-Policy: no-referrer"
        "\r\nX-Content-Type-Options: nosniff"
        "\r\nX-Frame-Options: DENY\r\n\r\n";
    return text;
}

}  // namespace fairway
