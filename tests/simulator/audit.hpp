#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace apic_simulator {

/// One request to the API, noted when its answer was decided.
struct AuditEntry {
    std::uint64_t sequence = 0;           ///< from 1, in the order of decisions
    std::int64_t started_us = 0;          ///< arrival, on the steady clock
    std::int64_t decided_us = 0;          ///< on the steady clock
    std::int64_t wall_us = 0;             ///< arrival, microseconds since 1970
    std::string method, path, operation;  ///< path with its query; operation empty when unknown
    std::string channel;                  ///< its name, when the request tells it
    std::vector<std::string> instance_ids;
    int status = 0;  ///< 0: no answer was sent
    std::string error_code;
    bool committed = false;  ///< something was written
    std::string fault;       ///< what was made to go wrong, joined by +
    std::string request_id;
    std::string body;  ///< of the request, secrets masked, cut off at a limit
    std::uint64_t connection = 0;
};

struct AuditSummary {
    std::uint64_t requests = 0, committed = 0;
    std::uint64_t connections = 0;  ///< accepted; the last three are those of the server's whole life
    std::uint64_t handshakes = 0;   ///< completed
    std::uint64_t resumed = 0;      ///< of these, by a session ticket
    std::map<std::string, std::map<int, std::uint64_t>> by_status;  ///< operation, then status
    std::map<std::string, std::map<std::string, std::uint64_t>> by_fault;
};

/// The last requests, and counts of all.
class Audit {
public:
    Audit(std::size_t entries, std::size_t body_bytes) : most_(entries), body_bytes_(body_bytes) {}

    void add(AuditEntry entry);
    /// Entries with a sequence greater than `since`; of one operation, unless that is empty.
    std::vector<AuditEntry> entries(std::uint64_t since, std::string_view operation) const;
    const AuditSummary& summary() const { return summary_; }
    std::uint64_t last_sequence() const { return sequence_; }
    /// Forgets all; the sequence goes on.
    void clear();

private:
    std::size_t most_, body_bytes_;
    std::uint64_t sequence_ = 0;
    std::deque<AuditEntry> entries_;
    AuditSummary summary_;
};

/// `json` with the values of passwords, secrets and tokens replaced. Works on broken JSON too.
std::string mask_secrets(std::string json);

}  // namespace apic_simulator
