#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/engine/reconciler.hpp"

namespace fairway {

/// The state of one pass. Lives in the frame of reconcile(), which outlives every step it awaits.
struct Reconciler::Pass {
    Pass(ChannelKey for_key, std::shared_ptr<const ManifestSnapshot> from)
        : key(std::move(for_key)), manifests(std::move(from)) {}

    ChannelKey key;
    std::shared_ptr<const ManifestSnapshot> manifests;
    std::optional<Record> record;
    ObservedChannel seen;
    std::vector<FieldChange> changes;  ///< of the decision that is being carried out
    TimePoint looked_at{};             ///< since when `seen` may be out of date
    bool looked_again = false;         ///< because a write had waited
    bool looked = false;               ///< `seen` is this pass's own look: worth storing
    bool updated = false;              ///< one update a pass: what does not stick is not hammered
    bool members_put = false;
    bool deleted = false;
    bool over = false;
    PassReport report;
};

/// The paths that differ, each once, for the history.
std::string summary_of(const std::vector<FieldChange>& changes);
/// What became of several writes of which `sent` were answered well before one failed, or none did.
ChangeResult result_of(const std::optional<Error>& failed, std::size_t sent);
/// Adds what is not there yet.
void add_instances(std::vector<InstanceId>& to, const std::vector<InstanceId>& more);
/// Says in the history what went wrong, and whether the outcome is known.
void tell_failure(HistoryEntry& entry, const Error& error);

}  // namespace fairway
