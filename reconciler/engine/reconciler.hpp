#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconciler/engine/directions.hpp"
#include "reconciler/engine/gate.hpp"
#include "reconciler/engine/instances.hpp"
#include "reconciler/engine/waits.hpp"
#include "reconciler/model/manifest_snapshot.hpp"
#include "reconciler/plan/action.hpp"
#include "reconciler/ports/channel_api.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/metrics.hpp"
#include "reconciler/ports/state_store.hpp"

namespace fairway {

struct ReconcilerOptions {
    /// How long an unknown outcome waits before the look that decides.
    Duration settle = std::chrono::seconds(60);
    /// A look that is younger than this, from a list, saves the pass its own.
    Duration fresh = std::chrono::seconds(2);
    /// What a create or an update rests on may be this old when it is sent: the cloud knows no condition
    /// on a write, so what others do after the look is not seen.
    Duration held = std::chrono::seconds(5);
};

/// What one pass did, for the dispatcher to judge and for people to read.
struct PassReport {
    PassResult result = PassResult::noop;
    ChannelState state = ChannelState::in_sync;
    std::optional<Error> error;        ///< of result failed
    std::string why;                   ///< of a stall, a wait, or a channel that is left alone
    std::vector<FieldChange> changes;  ///< what differed when the pass began
    std::vector<ChangeKind> done;      ///< the writes that were answered well, in order
    std::optional<Duration> again;     ///< when to come back; nothing: when something changes
    bool drifted = false;              ///< live differed from what we had applied
    bool conflict = false;
    bool blocked = false;  ///< a delete was refused for what only another object can change
    /// The ids of a channel that was created are kept nowhere but in `error`.
    bool ids_lost = false;
};

/// Brings one channel closer to its manifest: looks, decides by next_action(), acts, until nothing is
/// left to do, something must be waited for, or a step failed. May be repeated, skipped or killed at any
/// point.
class Reconciler {
public:
    Reconciler(
        ChannelApi& api, StateStore& store, Clock& clock, Metrics& metrics, ReconcilerOptions options
    )
        : api_(api),
          store_(store),
          clock_(clock),
          metrics_(metrics),
          options_(options),
          instances_(api, clock),
          born_(clock.wall()) {}

    /// `look`: what a list showed of this channel, if one did. One pass at a time for a key.
    Task<PassReport> reconcile(
        ChannelKey key, std::shared_ptr<const ManifestSnapshot> manifests,
        std::optional<ObservedChannel> look
    );
    /// What the guard allows. The owner tells; without a word, nothing is deleted.
    Gate& gate() { return gate_; }
    /// What people told us of single channels.
    Directions& directions() { return directions_; }
    /// Asks beforehand what every create will need to know, so that many at once do not all ask.
    Task<> prepare(std::string project, std::vector<InstanceId> instances);

private:
    struct Pass;
    // One for each kind of Action. Each leaves `pass` ready for the next decision, or over.
    Task<Result<>> perform(Pass& pass, Nothing step);
    Task<Result<>> perform(Pass& pass, Leave step);
    Task<Result<>> perform(Pass& pass, Wait step);
    Task<Result<>> perform(Pass& pass, LookAgain step);
    Task<Result<>> perform(Pass& pass, Show step);
    Task<Result<>> perform(Pass& pass, Create step);
    Task<Result<>> perform(Pass& pass, Adopt step);
    Task<Result<>> perform(Pass& pass, Update step);
    Task<Result<>> perform(Pass& pass, PutMembers step);
    Task<Result<>> perform(Pass& pass, Delete step);
    Task<Result<>> perform(Pass& pass, Forget step);
    Task<Result<>> perform(Pass& pass, Stall step);
    struct SentUpdate;
    Task<Result<std::string>> drop_unusable(std::string project, std::vector<ChannelSpec>& puts);
    Task<Result<>> begin_update(Pass& pass, std::vector<InstanceId> written);
    Task<Result<>> conclude_update(Pass& pass, SentUpdate sent);
    static void keep_claiming(Record& row, const Record& claiming, const SentUpdate& sent);
    Task<Result<>> tell_update(Pass& pass, std::optional<Error> failed, std::size_t sent);
    Task<Result<>> note_gone(const Pass& pass, std::map<InstanceId, std::string> kept);
    Task<Result<bool>> remove_row(
        const Pass& pass, const Delete& step, InstanceId instance, std::string id
    );

    Task<Result<>> begin(Pass& pass, std::optional<ObservedChannel> look);
    Task<Result<>> look(Pass& pass);
    Task<Result<>> save(Pass& pass, Record record);
    Task<Result<>> save_answer(Pass& pass);
    bool must_look_again(Pass& pass) const;
    ChannelApi::MaySend while_fresh(const Pass& pass) const;
    /// The create was certainly refused: what we knew before it is true again.
    Task<Result<>> withdraw(Pass& pass, std::optional<Record> before);
    /// From when on the wait for an unknown outcome counts: the latest time at which it can have been
    /// sent.
    WallTime sent_by(const ChannelKey& key, const Record& record);
    Task<Result<>> note(const Pass& pass, HistoryEntry entry);
    void changed(Pass& pass, ChangeKind kind, ChangeResult result);

    ChannelApi& api_;
    StateStore& store_;
    Clock& clock_;
    Metrics& metrics_;
    ReconcilerOptions options_;
    Instances instances_;
    const WallTime born_;
    std::map<ChannelKey, WallTime> unheard_;  ///< when what was not answered can have been sent last
    std::map<ChannelKey, Record> unsaved_;    ///< what creates answered, and the store would not take
    std::set<ChannelKey> answered_;  ///< whose last delete was answered plainly, to this process
    Waits waits_;
    Gate gate_;
    Directions directions_;
};

}  // namespace fairway
