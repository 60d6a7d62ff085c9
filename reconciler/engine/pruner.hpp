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

    /// Judges the findings of `survey`. What may not be done becomes a Leave that says why. Uses up an
    /// approval that lets deletions go.
    Task<Result<>> judge(Survey& survey, std::shared_ptr<const ManifestSnapshot> wish);
    /// Opens the gate, for a while, for a deletion that judge() has let stand.
    void allow(const ChannelKey& key, const Action& action);
    /// How many instance channels were ours when the project was last surveyed.
    std::size_t owned(const std::string& project) const;
    const GuardRules& rules() const { return options_.rules; }

private:
    struct Missing {
        Gate::Rows rows;
        TimePoint since;
        unsigned snapshots = 0;
    };
    GuardInput input_of(const Survey& survey, const ManifestSnapshot& wish);
    Missing& missing(const ChannelKey& key, const Action& action, bool whole);
    Task<Result<>> use(const Excess& excess);

    StateStore& store_;
    Clock& clock_;
    Gate& gate_;
    PrunerOptions options_;
    std::map<ChannelKey, Missing> missing_;
    std::map<ChannelKey, Gate::Rows> approved_;
    std::map<std::string, std::size_t> owned_;
    std::map<std::string, std::string> updates_approved_;  ///< by project: for this wish
};

/// The rows that an action would delete; none for another kind.
Gate::Rows rows_to_delete(const Action& action);

}  // namespace fairway
