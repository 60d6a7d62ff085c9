#pragma once

#include <map>
#include <memory>
#include <string>

#include "reconciler/engine/directions.hpp"
#include "reconciler/model/manifest_snapshot.hpp"
#include "reconciler/plan/action.hpp"
#include "reconciler/plan/guard.hpp"
#include "reconciler/ports/channel_api.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/metrics.hpp"
#include "reconciler/ports/state_store.hpp"

namespace fairway {

/// A channel that a survey found something to say about.
struct Finding {
    Decision decision;
    ObservedChannel seen;
    bool owned = false;
    Origin origin = Origin::created;
    std::uint64_t revision = 0;  ///< of our row
};

/// What a list pass over one project showed, set against the wish.
struct Survey {
    std::string project;
    WallTime asked_at{};
    std::map<ChannelKey, Finding> findings;  ///< everything but "in sync"
    std::vector<ChannelKey> in_sync;
    std::size_t foreign = 0;  ///< live names that neither a manifest nor a row of ours mentions
    std::size_t owned = 0;    ///< instance channels that are ours
    /// Those that a delete took whose end we did not hear: not owned any more, and no history has them.
    std::size_t gone_unheard = 0;
    Judgement judgement;  ///< of the deletions and updates among the findings

    /// Tells one plan from another: what is to be done, why, and to which rows as they are.
    std::string digest() const;
    /// The channels of the findings whose rows another one of them still refers to.
    std::set<ChannelKey> referred_to() const;
    /// On which instances the findings would write.
    std::vector<InstanceId> instances_to_write() const;
};

struct ObserverOptions {
    Duration settle = std::chrono::seconds(60);
    /// Without a store: a live channel whose name is declared is taken for ours, so that a plan can be
    /// made.
    bool presume_ours = false;
    /// Whether what was seen is stored; a command that only reads has nowhere to.
    bool remember = true;
};

/// Looks at whole projects by list calls, and decides for every channel at once.
class Observer {
public:
    /// `directions`: what people said of single channels; outlives the observer.
    Observer(
        ChannelApi& api, StateStore& store, Clock& clock, Metrics& metrics, const Directions& directions,
        ObserverOptions options
    )
        : api_(api),
          store_(store),
          clock_(clock),
          metrics_(metrics),
          directions_(directions),
          options_(options) {}

    /// Lists the project, stores what was seen, and decides. Shows the rows that a decision needs in
    /// full. Nothing is written to the cloud.
    Task<Result<Survey>> survey(std::string project, std::shared_ptr<const ManifestSnapshot> wish);

private:
    ChannelApi& api_;
    StateStore& store_;
    Clock& clock_;
    Metrics& metrics_;
    const Directions& directions_;
    ObserverOptions options_;
};

}  // namespace fairway
