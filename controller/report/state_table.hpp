#pragma once

#include <map>
#include <string>
#include <vector>

#include "reconciler/model/manifest_snapshot.hpp"
#include "reconciler/model/record.hpp"
#include "reconciler/ports/state_store.hpp"

namespace fairway {

/// One channel as `fairway get` shows it: what the store knows, set against the manifests.
struct ChannelRow {
    ChannelKey key;
    std::string state;  ///< Synced, OutOfSync, Drifted, Stalled, Suspended, Unmanaged, Unknown
    std::string phase;  ///< of our row; empty where we have none
    std::string why;
    std::size_t instances_ready = 0, instances_wanted = 0;
    std::map<InstanceId, std::string> ids;
    WallTime observed_at{};  ///< when what was seen changed last: later looks that saw the same leave it
};

/// By key. Asks nobody: it shows what was seen last. `suspended`: by people, beside the manifests.
/// `way_out`: what becomes of a channel whose manifest is gone, or who can do it.
std::vector<ChannelRow> state_rows(
    const std::map<ChannelKey, Record>& records, const std::vector<StoredObservation>& observations,
    const ManifestSnapshot& wish, WallTime now, Duration settle,
    const std::map<ChannelKey, Suspension>& suspended, const std::string& way_out
);
std::string state_text(const std::vector<ChannelRow>& rows, WallTime now);
std::string state_json(const std::vector<ChannelRow>& rows);

/// The id in the revision of an entry, and what is told after it.
std::pair<std::string, std::string> split_revision(const std::string& revision);

std::string history_text(const std::vector<HistoryEntry>& entries);
std::string history_json(const std::vector<HistoryEntry>& entries);

}  // namespace fairway
