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
enum class Reason : std::uint8_t { first_time, manifest_changed, live_drifted };
std::string_view to_string(Reason reason);

struct FieldChange {
    InstanceId instance;  ///< empty: the same everywhere
    Difference field;
    Reason reason = Reason::first_time;
};

/// Nothing is to be done.
struct Nothing {};
/// Nothing is done on purpose.
struct Leave {
    enum class Kind : std::uint8_t {
        suspended,   ///< the manifest says so
        unwanted,    ///< the manifest, or an instance in it, is gone, and deleting is off
        drift,       ///< drift is to be reported only
        unreadable,  ///< its manifest is broken: never act on a typo
    };
    Kind kind;
    std::string why;
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
};
/// PUT by name, once for each body; `recreated` instances get new ids by it.
struct Update {
    std::vector<ChannelSpec> puts;
    std::vector<InstanceId> recreated;
};
/// A person decides.
struct Stall {
    std::string why;
    bool conflict = false;  ///< the cloud holds what we cannot explain
};
using Action = std::variant<Nothing, Leave, Wait, LookAgain, Show, Create, Adopt, Update, Stall>;

/// Everything the decision rests on. Null means: no manifest asks for it; it is not ours.
struct Situation {
    const Manifest* desired;
    const Record* record;
    const ObservedChannel& seen;
    WallTime now;
    Duration settle;  ///< how long an unknown outcome waits before the look that decides
};

/// The one next step that brings a channel closer to its manifest, and what differs.
struct Decision {
    Action action;
    std::vector<FieldChange> changes;
    bool drifted = false;  ///< live differs from what we applied, in managed fields
};

/// Decides that step. The one place that compares desired, last applied and live.
Decision next_action(const Situation& at);

}  // namespace fairway
