#include "reconciler/engine/pass.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace fairway {

std::string summary_of(const std::vector<FieldChange>& changes) {
    constexpr std::size_t most = 8;
    std::set<std::string_view> paths;
    for (const FieldChange& change : changes) {
        if (change.reason != Reason::drift_left) paths.insert(change.field.path);
    }
    std::string text;
    std::size_t told = 0;
    for (const std::string_view path : paths) {
        if (++told > most) return text + " and " + std::to_string(paths.size() - most) + " more";
        text += (text.empty() ? "" : ", ") + std::string(path);
    }
    return text;
}

ChangeResult result_of(const std::optional<Error>& failed, std::size_t sent) {
    if (!failed) return ChangeResult::ok;
    return sent > 0 ? ChangeResult::partial : ChangeResult::error;
}

void add_instances(std::vector<InstanceId>& to, const std::vector<InstanceId>& more) {
    for (const InstanceId& instance : more) {
        if (std::find(to.begin(), to.end(), instance) == to.end()) to.push_back(instance);
    }
}

void tell_failure(HistoryEntry& entry, const Error& error) {
    entry.result = error.outcome_unknown() ? "unknown" : "error";
    entry.detail += ": " + error.what();
    entry.request_id = error.fault().request_id;
}

}  // namespace fairway
