#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "reconciler/model/channel.hpp"

namespace fairway {

/// How far a channel is on its way from a wish to something we own.
enum class Phase : std::uint8_t {
    intent,     ///< a create is about to be sent, or was: a crash here leaves the outcome unknown
    ambiguous,  ///< a create was sent and not clearly answered
    created,    ///< a create was answered well; not yet read back
    ready,      ///< ours, with known ids
    updating,   ///< a PUT is about to be sent, or was; it may be repeated as it is
    deleting,   ///< deletes are about to be sent, or were; each may be repeated as it is
    conflict,   ///< the cloud holds what we cannot explain: a person decides
};

enum class Origin : std::uint8_t { created, adopted };

/// What removal of the manifest means, under the prune mode.
enum class DeletionPolicy : std::uint8_t { delete_, orphan, forbid };

std::string_view to_string(Phase phase);
std::string_view to_string(Origin origin);
std::optional<Phase> parse_phase(std::string_view text);
std::optional<Origin> parse_origin(std::string_view text);
std::string_view to_string(DeletionPolicy policy);
std::optional<DeletionPolicy> parse_deletion_policy(std::string_view text);

/// Our row for one channel: that we own it, what we wrote last, what we were doing.
struct Record {
    Phase phase = Phase::intent;
    Origin origin = Origin::created;
    WallTime since{};          ///< of the phase; waiting counts from here, also after a restart
    unsigned empty_looks = 0;  ///< how often an ambiguous create, or a vanished channel, was not found
    /// When the create that `pending` describes was about to be sent: rows older than this are not its
    /// work.
    std::optional<WallTime> intent_at;
    std::optional<ChannelSpec> applied;  ///< written last and confirmed by a look
    std::optional<ChannelSpec> pending;  ///< being written, or deleted: then all that was there
    std::map<InstanceId, std::string> ids;
    /// Of the last manifest: protection outlives the manifest that asked for it.
    DeletionPolicy deletion = DeletionPolicy::delete_;
    std::string why;             ///< of a conflict, for people
    std::uint64_t revision = 0;  ///< of the store: a save that carries an older one is refused
};

}  // namespace fairway
