#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "reconciler/plan/action.hpp"

namespace fairway {

/// What a pass may do of what the guard judges. The reconciler asks here right before it acts, whatever
/// brought it there: what was not allowed for just these rows a moment ago is not done.
class Gate {
public:
    using Rows = std::set<std::pair<InstanceId, std::string>>;  ///< (instance, id)

    /// Lets these rows of ours be deleted, or let go, until then; not once the manifests say anything
    /// else than `wish`, the revision that was judged.
    void allow(const ChannelKey& key, Rows rows, std::string wish, TimePoint until);
    void forbid(const ChannelKey& key);
    void forbid_all();
    /// No updates in this project, and why; empty: updates again.
    void hold_updates(const std::string& project, std::string why);

    /// Nothing at all may be written, and why; empty: again.
    void observe_only(std::string why) { observing_ = std::move(why); }
    const std::string& observing() const { return observing_; }

    /// Why this may not be done for the manifests of revision `wish`; nothing where it may.
    std::optional<std::string> refuses(
        const ChannelKey& key, const Action& action, const std::string& wish, TimePoint now
    ) const;

private:
    struct Leave {
        Rows rows;
        std::string wish;
        TimePoint until;
    };
    std::map<ChannelKey, Leave> allowed_;
    std::map<std::string, std::string> held_;
    std::string observing_;
};

}  // namespace fairway
