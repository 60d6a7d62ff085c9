#include "controller/listener/request_head.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>
#include <optional>
#include <utility>

#include "controller/listener/wiping_memory.hpp"

namespace fairway {
namespace http = boost::beast::http;
namespace {

constexpr std::string_view line_end = "\r\n", head_end = "\r\n\r\n";

/// What Beast lets pass: folded lines, bare line feeds, and any number of fields.
std::optional<HeadRefusal> check_lines(std::string_view head, const HeadLimits& limits) {
    std::size_t lines = 0;
    for (head.remove_suffix(line_end.size()); !head.empty(); ++lines) {
        const auto end = head.find(line_end);
        const std::string_view line = head.substr(0, end);
        head.remove_prefix(end + line_end.size());
        if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
            return HeadRefusal{400, "stray control character"};
        }
        if (line.starts_with(' ') || line.starts_with('\t'))
            return HeadRefusal{400, "folded header line"};
        if (lines == 0) continue;
        const auto colon = line.find(':');
        if (colon == 0 || colon == std::string_view::npos || line[colon - 1] == ' ' ||
            line[colon - 1] == '\t') {
            return HeadRefusal{400, "malformed header line"};
        }
    }
    if (lines > limits.fields + 1) return HeadRefusal{431, "too many header fields"};
    return std::nullopt;
}

}  // namespace

HeadEnd find_head_end(std::string_view received, const HeadLimits& limits) {
    HeadEnd result;
    if (received.empty()) return result;
    // A TLS greeting, another protocol, noise: no need to wait for an end that never comes.
    if (received.front() < 'A' || received.front() > 'Z') {
        result.refused = 400;
        return result;
    }
    const auto end = received.find(head_end);
    const std::string_view head = received.substr(0, end);
    for (auto feed = head.find('\n'); feed != std::string_view::npos; feed = head.find('\n', feed + 1)) {
        if (feed == 0 || head[feed - 1] != '\r') {
            result.refused = 400;
            return result;
        }
    }
    const bool too_long = end == std::string_view::npos ? received.size() >= limits.bytes
                                                        : end + head_end.size() > limits.bytes;
    if (too_long) {
        result.refused = 431;
    } else if (end != std::string_view::npos) {
        result.size = end + head_end.size();
    }
    return result;
}

std::variant<RequestHead, HeadRefusal> parse_request_head(
    std::string_view head, const HeadLimits& limits
) {
    if (!head.ends_with(head_end)) return HeadRefusal{400, "the head has no end"};
    if (const auto wrong = check_lines(head, limits)) return *wrong;

    http::request_parser<http::empty_body, WipingMemory<char>> parser;
    parser.header_limit(static_cast<std::uint32_t>(limits.bytes));
    parser.body_limit(boost::none);  // ours is judged below
    boost::system::error_code error;
    parser.put(boost::asio::buffer(head.data(), head.size()), error);
    // Beast refuses some framings by itself: what is below would refuse them as well.
    if (error || !parser.is_header_done()) return HeadRefusal{400, "malformed request"};
    const auto& message = parser.get();
    if (message.version() != 10 && message.version() != 11)
        return HeadRefusal{505, "HTTP/1.0 or 1.1 only"};

    RequestHead result;
    result.method = std::string(message.method_string());
    if (std::find(limits.methods.begin(), limits.methods.end(), result.method) == limits.methods.end()) {
        return HeadRefusal{405, "method not allowed"};
    }
    const std::string_view target(message.target().data(), message.target().size());
    if (!target.starts_with('/')) return HeadRefusal{400, "the target must be a path"};
    for (const char c : target) {
        if (c <= ' ' || c >= 0x7F || c == '#') return HeadRefusal{400, "malformed target"};
    }
    const auto question = target.find('?');
    result.path = target.substr(0, question);
    if (question != std::string_view::npos) result.query = target.substr(question + 1);

    std::size_t hosts = 0, lengths = 0, authorizations = 0;
    for (const auto& field : message) {
        const std::string_view value(field.value().data(), field.value().size());
        switch (field.name()) {
            case http::field::host:
                ++hosts;
                result.host = value;
                break;
            case http::field::content_type:
                result.content_type = value;
                break;
            case http::field::authorization:
                if (++authorizations > 1) return HeadRefusal{400, "more than one Authorization"};
                result.authorization = Secret(std::string(value));
                break;
            case http::field::content_length: {
                ++lengths;
                const char* const end = value.data() + value.size();
                const auto read = std::from_chars(value.data(), end, result.body);
                if (value.empty() || read.ec != std::errc() || read.ptr != end || lengths > 1) {
                    return HeadRefusal{400, "malformed Content-Length"};
                }
                break;
            }
            case http::field::transfer_encoding:
                return HeadRefusal{400, "Transfer-Encoding is not accepted"};
            case http::field::expect:
                return HeadRefusal{417, "Expect is not accepted"};
            case http::field::upgrade:
                return HeadRefusal{400, "Upgrade is not accepted"};
            default:
                break;
        }
        std::string name(field.name_string());
        for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        if (std::find(limits.kept.begin(), limits.kept.end(), name) == limits.kept.end()) continue;
        const bool first = result.fields.emplace(std::move(name), Secret(value)).second;
        if (!first) return HeadRefusal{400, "a field stands there twice"};
    }
    if (hosts != 1) return HeadRefusal{400, hosts == 0 ? "no Host" : "more than one Host"};
    const std::size_t most = result.method == "POST" ? limits.body : 0;
    if (result.body > most) {
        return HeadRefusal{
            most == 0 ? 400 : 413, most == 0 ? "no body is accepted" : "the body is too large"};
    }
    result.keep_alive = message.keep_alive();
    return result;
}

}  // namespace fairway
