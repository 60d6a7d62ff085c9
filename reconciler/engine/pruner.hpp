#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "reconciler/engine/gate.hpp"
#include "reconciler/engine/observer.hpp"

namespace fairway {

struct PrunerOptions {
    GuardRules rules;
    std::string lineage;  ///< of the store
};

/// Puts the guard's questions to a survey, and turns down what it refuses. Remembers between surveys how
/// long something has been missing, which a restart forgets: then it waits anew.
class Pruner {
public:
    Pruner(StateStore& store, Clock& clock, Gate& gate, PrunerOptions options)
        : store_(store), clock_(clock), gate_(gate), options_(std::move(options)) {}

    /// Notes that `wish` is worked from instead of `before`: what was allowed is not any more, and what
    /// came back, or cannot be read in full, starts to be missing anew. Returns the projects in which so
    /// much was edited within a minute that the whole has to be judged first; until then their updates
    /// are held.
    std::set<std::string> published(const ManifestSnapshot& before, const ManifestSnapshot& wish);
    /// Judges the findings of `survey`. What may not be done becomes a Leave that says why.
    Task<Result<>> judge(Survey& survey, std::shared_ptr<const ManifestSnapshot> wish);
    /// Uses up the approvals without which what is left of `survey` could not be done; to be called once
    /// judge() has let it stand, before it is done.
    Task<Result<>> spend(const Survey& survey, std::shared_ptr<const ManifestSnapshot> wish);
    /// Opens the gate, for a while, for a deletion that judge() has let stand for the wish of that
    /// revision.
    void allow(const ChannelKey& key, const Action& action, std::string wish);
    const GuardRules& rules() const { return options_.rules; }

private:
    struct Missing {
        Gate::Rows rows;
        TimePoint since;
        unsigned snapshots = 0;
    };
    struct Edit {
        TimePoint at;
        std::size_t rows = 0;
    };
    GuardInput input_of(const Survey& survey, const ManifestSnapshot& wish);
    std::size_t edited_lately(const std::string& project, const GuardInput* pending);
    Missing missing(const ChannelKey& key, const Action& action, bool whole, bool outdated);
    bool is_outdated(const ManifestSnapshot& wish) const;
    Task<Result<>> use(const Excess& excess);

    StateStore& store_;
    Clock& clock_;
    Gate& gate_;
    PrunerOptions options_;
    std::map<ChannelKey, Missing> missing_;
    std::map<ChannelKey, Gate::Rows> approved_;
    std::map<std::string, std::size_t> owned_;
    std::map<ChannelKey, std::string> updates_approved_;  ///< for the wish of that revision
    std::map<ChannelKey, Edit> edits_;                    ///< of manifests, over the last minute
    std::map<ChannelKey, std::shared_ptr<const Manifest>> last_wish_;  ///< also of what went since
    std::string published_;  ///< the revision; empty: never told
};

/// The rows that an action would delete; none for another kind.
Gate::Rows rows_to_delete(const Action& action);

}  // namespace fairway
