#include "tests/simulator/audit.hpp"

#include <algorithm>

namespace apic_simulator {

void Audit::add(AuditEntry entry) {
    entry.sequence = ++sequence_;
    entry.body = mask_secrets(std::move(entry.body));
    if (entry.body.size() > body_bytes_) entry.body.resize(body_bytes_);
    const std::string name = entry.operation.empty() ? "unknown" : entry.operation;
    ++summary_.requests;
    summary_.committed += entry.committed;
    ++summary_.by_status[name][entry.status];
    if (!entry.fault.empty()) ++summary_.by_fault[name][entry.fault];
    entries_.push_back(std::move(entry));
    if (entries_.size() > most_) entries_.pop_front();
}

std::vector<AuditEntry> Audit::entries(std::uint64_t since, std::string_view operation) const {
    const auto first = std::upper_bound(
        entries_.begin(), entries_.end(), since,
        [](std::uint64_t sequence, const AuditEntry& entry) { return sequence < entry.sequence; }
    );
    std::vector<AuditEntry> found;
    std::copy_if(first, entries_.end(), std::back_inserter(found), [&](const AuditEntry& entry) {
        return operation.empty() || entry.operation == operation;
    });
    return found;
}

void Audit::clear() {
    entries_.clear();
    summary_ = {};
}

std::string mask_secrets(std::string json) {
    for (const std::string_view key : {"\"password\"", "\"secret\"", "\"securitytoken\"", "\"token\""}) {
        for (std::size_t at = json.find(key); at != std::string::npos; at = json.find(key, at)) {
            at += key.size();
            const std::size_t colon = json.find_first_not_of(" \t\r\n", at);
            if (colon == std::string::npos || json[colon] != ':') continue;
            const std::size_t quote = json.find_first_not_of(" \t\r\n", colon + 1);
            if (quote == std::string::npos || json[quote] != '"') continue;
            std::size_t end = quote + 1;
            while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
            end = std::min(end, json.size());
            json.replace(quote + 1, end - quote - 1, "***");
            at = quote;
        }
    }
    return json;
}

}  // namespace apic_simulator
