#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apic_simulator {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// A request as it came in.
struct Request {
    std::string method;
    std::string target;  ///< path and query, still escaped
    Pairs headers;       ///< names in lower case, values trimmed
    std::string body;
    std::uint64_t connection = 0;

    // Taken from `target` by split_target().
    std::vector<std::string> path;  ///< segments, unescaped
    Pairs query;                    ///< in the order sent, unescaped

    const std::string* header(std::string_view lower_case_name) const;
    const std::string* parameter(std::string_view name) const;
};

struct Reply {
    int status = 200;
    std::string body;
    Pairs headers;
    std::string content_type = "application/json";
    std::string error_code;  ///< for the audit log; empty when all went well
};

/// Fills `path` and `query`.
void split_target(Request& request);
std::string unescape(std::string_view text);
/// Percent-escapes all but letters, digits and `-_.~`.
std::string escape(std::string_view text);

/// A request is given up: thrown by whatever finds a reason, before anything is written.
struct Refusal {
    int status;
    std::string code;
    std::string message;
    bool by_gateway = false;  ///< made by the cloud's gateway: its body carries the request id

    Refusal(int http_status, std::string error_code, std::string text, bool gateway = false)
        : status(http_status),
          code(std::move(error_code)),
          message(std::move(text)),
          by_gateway(gateway) {}
};

}  // namespace apic_simulator
