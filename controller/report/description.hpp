#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/model/manifest_snapshot.hpp"
#include "reconciler/model/record.hpp"
#include "reconciler/plan/action.hpp"
#include "reconciler/ports/state_store.hpp"

namespace fairway {

/// Something that is so of a channel, or is not, and why.
struct Condition {
    std::string type;  ///< Synced, Drifted, Stalled, Suspended
    bool status = false;
    std::string reason;
};

struct DescribedMember {
    std::string address;  ///< host:port, or the server's id
    std::string group;
    int weight = 0;
    bool is_backup = false, available = true;
    HealthStatus health = HealthStatus::unknown;
};

/// A channel in one gateway instance, as it was seen last.
struct DescribedInstance {
    InstanceId instance;
    std::string instance_name;
    std::string id;        ///< of what is there, else of what was ours
    bool wanted = false;   ///< the manifest names the instance
    bool present = false;  ///< it was there at the last look
    bool ours = false;     ///< it bears the id that we noted
    std::optional<ChannelStatus> status;
    WallTime created_at{}, seen_at{};  ///< no time at all: not known
    std::vector<FieldChange> fields;   ///< in which it differs from the manifest
    bool members_known = false;
    std::vector<DescribedMember> members;
};

/// All that manifests and store say of one channel.
struct ChannelDescription {
    ChannelKey key;
    Place place;          ///< of the manifest; no file: there is none
    std::string problem;  ///< why the manifest cannot be read; empty where it can
    std::map<std::string, std::string> labels, annotations;
    std::vector<InheritedField> inherited;   ///< what the manifest has from defaults
    std::optional<DeletionPolicy> deletion;  ///< of the manifest, else of our row
    std::optional<Phase> phase;              ///< of our row; nothing: it is not ours
    Origin origin = Origin::created;
    WallTime phase_since{}, seen_at{};
    std::vector<Condition> conditions;
    std::vector<DescribedInstance> instances;  ///< in the manifest's order, others behind them
    std::vector<HistoryEntry> attempts;        ///< the newest first
};

/// What a description is made of. Null means: not stored.
struct DescriptionInput {
    ChannelKey key;
    const ManifestSnapshot& wish;
    const Record* record = nullptr;
    const ObservedChannel* seen = nullptr;
    std::optional<Suspension> suspended = {};  ///< by `fairway suspend`
    std::vector<HistoryEntry> attempts = {};
    WallTime now{};
    Duration settle{};
};

/// Asks nobody: it tells what was seen and done last.
ChannelDescription describe(const DescriptionInput& from);

/// For people, in lines of about a hundred columns.
std::string description_text(const ChannelDescription& channel, WallTime now);
std::string description_json(const ChannelDescription& channel);

}  // namespace fairway
