#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "reconciler/model/manifest_snapshot.hpp"
#include "reconciler/model/record.hpp"
#include "reconciler/plan/normalise.hpp"

namespace fairway {

/// Why a field differs: told with every plan.
enum class Reason : std::uint8_t {
    first_time,
    manifest_changed,
    live_drifted,
    drift_left,  ///< drifted as well, and stays so beside what the manifest changed
};
std::string_view to_string(Reason reason);
/// Whether it differs because somebody changed the live channel.
bool is_drift(Reason reason);

struct FieldChange {
    InstanceId instance;  ///< empty: the same everywhere
    Difference field;
    Reason reason = Reason::first_time;
};

/// Whether writing these changes puts drift right.
bool corrects_drift(const std::vector<FieldChange>& changes);

/// Nothing is to be done.
struct Nothing {};
/// Nothing is done on purpose.
struct Leave {
    enum class Kind : std::uint8_t {
        suspended,   ///< the manifest or a person says so
        unwanted,    ///< nobody wants it, and deleting waits
        held,        ///< it is wanted, and a safeguard holds a part of the way there back
        drift,       ///< drift is to be reported only
        unreadable,  ///< its manifest is broken: never act on a typo
    };
    Kind kind;
    std::string why;
    bool refused = false;    ///< by a safeguard, against what was asked for
    bool forbidden = false;  ///< its last manifest forbade the deletion
};
/// An outcome is not yet certain: look again when `pause` is over.
struct Wait {
    Duration pause;
    std::string why;
};
/// Not found: note that (an empty look, and `since` as the time the wait counts from), then look once
/// more.
struct LookAgain {
    Duration pause;
    WallTime since;
};
/// Rows lack parts that the manifest manages: show these (instance, id) before deciding.
struct Show {
    std::vector<std::pair<InstanceId, std::string>> rows;
};
/// Intent, then POST.
struct Create {
    ChannelSpec spec;
};
/// The rows are ours: note their ids, and `applied` as written.
struct Adopt {
    std::map<InstanceId, std::string> ids;
    ChannelSpec applied;
    Origin origin = Origin::created;
    bool news = true;  ///< false: all of it was ours already, and only what we noted is out of date
};
/// PUT by name, once for each body; `recreated` instances, where nothing is, get new ids by it.
struct Update {
    std::vector<ChannelSpec> puts;
    std::vector<InstanceId> recreated;
};
/// PUT of a row's members, all of them: what a PUT of the channel cannot take away.
struct PutMembers {
    std::vector<std::pair<InstanceId, std::string>> rows;
    ChannelSpec spec;
};
/// Deletes rows of ours, one call each; done only where the guard (plan/guard.hpp) allows it.
struct Delete {
    enum class Cause : std::uint8_t {
        removed,   ///< the manifest is gone
        shrunk,    ///< the manifest no longer names these instances
        replaced,  ///< the type changed: a new one is made once all are gone
    };
    Cause cause = Cause::removed;
    std::vector<std::pair<InstanceId, std::string>> rows;
    ChannelSpec spec;  ///< all that is there, on these instances: kept so that it can be made again
};
/// Our row is dropped; the cloud is left as it is.
struct Forget {
    enum class Cause : std::uint8_t {
        deleted,   ///< we deleted the channel, and saw it gone
        vanished,  ///< nobody wants it, and it is not there
        orphaned,  ///< nobody wants it, and it shall stay without us; under the guard, as a deletion is
    };
    Cause cause = Cause::vanished;
};
std::string_view to_string(Forget::Cause cause);
/// A person decides.
struct Stall {
    std::string why;
    bool conflict = false;  ///< the cloud holds what we cannot explain
};
using Action = std::variant<
    Nothing, Leave, Wait, LookAgain, Show, Create, Adopt, Update, PutMembers, Delete, Forget, Stall>;

/// Everything the decision rests on. Null means: no manifest asks for it; it is not ours.
struct Situation {
    const Manifest* desired;
    const Record* record;
    const ObservedChannel& seen;
    WallTime now;
    Duration settle;  ///< how long an unknown outcome waits before the look that decides
    /// A person said to leave it alone.
    std::optional<Suspension> suspended = {};
    /// A person said that it may be deleted and made anew where its type changed.
    bool may_replace = false;
};

/// The one next step that brings a channel closer to its manifest, and what differs.
struct Decision {
    Action action;
    std::vector<FieldChange> changes;
    bool drifted = false;  ///< live differs from what we applied, in managed fields
    /// Rows of ours on instances that the manifest no longer names: the step may be another, but in the
    /// end these are to be deleted.
    std::optional<Delete> surplus = {};
    std::string held = {};      ///< why a part of the way waits, though the step may be taken
    bool held_refused = false;  ///< it waits against what was asked for
    /// Our row as it has to be stored before anything else is done, also where nothing else is: with the
    /// protection that the manifest asks for, which must not wait until all the rest is settled, and
    /// with the ids of rows that an update of ours explains.
    std::optional<Record> noted = {};
};

/// Whether a pass has something to do, if only in the store: refusals and what is left alone need none.
bool needs_pass(const Decision& decision);

/// What is to be deleted now or in the end, or let go; nothing where all stays.
std::optional<Action> deletion_in(const Decision& decision);

/// Whether a safeguard has the last word on it.
bool needs_leave(const Action& action);

/// Decides that step. The one place that compares desired, last applied and live.
Decision next_action(const Situation& at);

}  // namespace fairway
