#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reconciler/model/secret.hpp"

namespace fairway {

struct HeadLimits {
    std::size_t bytes = 8 * 1024;
    std::size_t fields = 100;
    std::size_t body = 0;                             ///< bytes of a POST; 0: no request may have one
    std::vector<std::string> methods{"GET", "HEAD"};  ///< anything else is 405
    std::vector<std::string> kept{};                  ///< fields that are handed on; in lower case
};

struct RequestHead {
    std::string method;
    std::string path;   ///< as sent, not decoded
    std::string query;  ///< behind the question mark, as sent
    std::string host;
    std::string content_type;
    Secret authorization;
    std::map<std::string, Secret> fields;  ///< those of the limits' `kept`
    std::uint64_t body = 0;                ///< bytes that follow
    bool keep_alive = true;
};

/// Why a request is not answered as asked; the connection ends with it.
struct HeadRefusal {
    int status;
    std::string_view why;
};

/// How far the bytes received so far go: up to the end of the head, not that far, or no further.
struct HeadEnd {
    std::size_t size = 0;  ///< of the head, its empty line included; 0: not there yet
    int refused = 0;       ///< a status when it is clear already that this is no request of ours
};
HeadEnd find_head_end(std::string_view received, const HeadLimits& limits);

/// Judges one whole head, strictly: whatever two parsers could read in two ways is refused.
std::variant<RequestHead, HeadRefusal> parse_request_head(
    std::string_view head, const HeadLimits& limits
);

}  // namespace fairway
