#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace apic_simulator {

/// What goes wrong. "Commit" is the moment a write takes effect.
enum class FaultKind {
    status,               ///< an answer of that status and code instead of any work
    throttle,             ///< 429 APIGW.0308; with the code APIG.9008 it is 500
    reset_before_commit,  ///< the connection is reset, nothing is written
    reset_after_commit,   ///< the write is done, its answer never comes
    status_after_commit,  ///< the write is done, the answer is an error
    fail_midway,          ///< a project-level write breaks off after `instances` of them
    truncate_body,        ///< the write is done, the answer breaks off in its body
    delay,                ///< `delay_ms` before the work starts
    hang,                 ///< no answer and no work; the connection stays open
    hang_after_commit,    ///< the write is done; no answer, the connection stays open
    garbage,              ///< the write is done, the answer is 200 with something that is not JSON
    html,                 ///< the write is done, the answer is 200 with an HTML page
    oversized_body,  ///< the write is done, the answer is `bytes` of JSON white space and then the body
};

std::string_view name_of(FaultKind kind);
/// Throws std::invalid_argument.
FaultKind fault_kind_named(std::string_view name);

struct FaultRule {
    FaultKind kind = FaultKind::status;
    std::string operation = "*";  ///< operation id, or any
    std::string channel;          ///< pattern with * and ?; empty: any, also where no channel is named
    double probability = 1;
    std::uint64_t skip = 0;   ///< so many matching requests go through first
    std::uint64_t first = 0;  ///< fires at most so often; 0: without end

    int status = 500;
    std::string code = "APIG.9999";
    std::string body;  ///< instead of one made from the code; "{token}": the request's
    std::string content_type = "application/json";
    int retry_after = -1;  ///< seconds; negative: no such header
    int delay_ms = 0;      ///< for `delay`; before any other kind as well
    unsigned instances = 1;
    std::size_t bytes = 64U << 20U;
};

/// What the rules hold for one request.
struct FaultDraw {
    int delay_ms = 0;
    std::optional<FaultRule> rule;  ///< the first that fired, delays aside
    std::string name;               ///< of what fired, for the audit log
};

/// Decides what goes wrong, repeatably: the same requests in the same order meet the same faults.
class Faults {
public:
    void set(std::vector<FaultRule> rules, std::uint64_t seed);
    const std::vector<FaultRule>& rules() const { return rules_; }
    FaultDraw draw(std::string_view operation, std::string_view channel);

private:
    struct Count {
        std::uint64_t matched = 0, fired = 0;
    };

    std::vector<FaultRule> rules_;
    std::vector<Count> counts_;
    std::mt19937_64 random_;
};

}  // namespace apic_simulator
