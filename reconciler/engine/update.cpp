#include <algorithm>
#include <set>

#include "reconciler/engine/pass.hpp"
#include "reconciler/plan/explain.hpp"

namespace fairway {

/// An update that was sent, or a part of it.
struct Reconciler::SentUpdate {
    Record before;                  ///< our row before its intent
    std::set<InstanceId> made;      ///< where it makes a channel that no look has shown yet
    std::set<InstanceId> answered;  ///< where it was answered well
    std::size_t requests = 0;       ///< answered well
    std::optional<Error> failed;    ///< the last one sent
    bool held = false;              ///< the rest was not sent: it had waited for too long
};

Task<Result<>> Reconciler::perform(Pass& pass, Update step) {
    if (pass.updated) {
        const std::string path = pass.changes.empty() ? std::string() : pass.changes.front().field.path;
        co_return Error(
            ErrorClass::retryable, ErrorReason::server,
            "an update was answered well, but the channel still differs at " + path
        );
    }
    const Result<std::string> unusable = co_await drop_unusable(pass.key.project, step.puts);
    if (!unusable) co_return unusable.error();
    if (must_look_again(pass)) co_return co_await look(pass);  // then decided anew
    pass.updated = true;
    if (step.puts.empty()) {  // a stall, not an error: the next survey asks again
        Stall stall{*unusable, false};
        co_return co_await perform(pass, std::move(stall));
    }

    SentUpdate sent;
    sent.before = *pass.record;
    sent.made.insert(step.recreated.begin(), step.recreated.end());
    std::vector<InstanceId> written;
    for (const ChannelSpec& body : step.puts)
        written.insert(written.end(), body.instance_ids.begin(), body.instance_ids.end());
    const Result<> intent = co_await begin_update(pass, std::move(written));
    if (!intent) co_return intent.error();

    for (const ChannelSpec& body : step.puts) {
        ChannelApi::MaySend may_send = while_fresh(pass);
        const Result<> put = co_await api_.put(pass.key, body, std::move(may_send));
        if (!put) {
            sent.held = put.error().reason() == ErrorReason::guard;
            if (!sent.held) sent.failed = put.error();
            break;
        }
        ++sent.requests;
        sent.answered.insert(body.instance_ids.begin(), body.instance_ids.end());
    }
    if (sent.held) pass.updated = false;
    const Record& sent_row = *pass.record;
    if (!sent.failed && !sent.held && sent_row.applied &&
        !hidden_differences(*sent_row.pending, *sent_row.applied).empty()) {
        Record written_row = sent_row;  // no look will tell: this is known only here
        written_row.applied->microservice_info = written_row.pending->microservice_info;
        const Result<> kept = co_await save(pass, std::move(written_row));
        if (!kept) co_return kept.error();
    }
    const Result<> concluded = co_await conclude_update(pass, std::move(sent));
    if (!concluded || unusable->empty()) co_return concluded;
    Stall stall{*unusable, false};
    co_return co_await perform(pass, std::move(stall));
}

/// Takes out of `puts` the instances on which the project-level operations may not be used: the others
/// need not wait for them. Returns what to do about them; empty where there are none.
Task<Result<std::string>> Reconciler::drop_unusable(
    std::string project, std::vector<ChannelSpec>& puts
) {
    std::string why;
    for (ChannelSpec& put : puts) {
        std::vector<InstanceId> usable;
        for (const InstanceId& instance : put.instance_ids) {
            std::vector<InstanceId> one;
            one.push_back(instance);
            const Result<> asked = co_await instances_.usable(project, std::move(one));
            if (asked) {
                usable.push_back(instance);
            } else if (asked.error().cls() != ErrorClass::terminal) {
                co_return asked.error();
            } else {
                why += (why.empty() ? "" : "; ") + asked.error().what();
            }
        }
        put.instance_ids = std::move(usable);
    }
    std::erase_if(puts, [](const ChannelSpec& put) { return put.instance_ids.empty(); });
    co_return why;
}

Task<Result<>> Reconciler::perform(Pass& pass, PutMembers step) {
    if (pass.members_put) {
        co_return Error(
            ErrorClass::retryable, ErrorReason::server,
            "the members were replaced, but others than the manifest's are still there"
        );
    }
    pass.members_put = true;
    SentUpdate sent;
    sent.before = *pass.record;
    std::vector<InstanceId> none;
    const Result<> intent = co_await begin_update(pass, std::move(none));
    if (!intent) co_return intent.error();

    for (const auto& [instance, id] : step.rows) {
        const Result<> put = co_await api_.put_members(pass.key, instance, id, step.spec);
        if (!put) {
            sent.failed = put.error();
            break;
        }
        ++sent.requests;
    }
    co_return co_await conclude_update(pass, std::move(sent));
}

/// The intent of an update: it claims what appears on the instances that are `written`, and goes on
/// claiming what an earlier one may still make.
Task<Result<>> Reconciler::begin_update(Pass& pass, std::vector<InstanceId> written) {
    Record row = *pass.record;
    const bool unsettled = row.phase == Phase::updating && row.pending;
    if (unsettled) add_instances(written, row.pending->instance_ids);
    std::map<InstanceId, std::string> there;
    for (const InstanceChannel& one : pass.seen.rows) there.emplace(one.instance, one.id);
    const Result<> told = co_await note_gone(pass, std::move(there));
    if (!told) co_return told.error();
    row.since = clock_.wall();
    if (!unsettled || !row.intent_at) row.intent_at = row.since;
    row.phase = Phase::updating;
    row.pending = pass.manifests->find(pass.key)->spec;
    row.pending->instance_ids = std::move(written);
    co_return co_await save(pass, std::move(row));
}

/// Goes on claiming, in `row`, what was made and answered well before the refusal, and no look has shown
/// yet.
void Reconciler::keep_claiming(Record& row, const Record& claiming, const SentUpdate& sent) {
    std::vector<InstanceId> unseen;
    for (const InstanceId& instance : sent.made) {
        if (sent.answered.contains(instance)) unseen.push_back(instance);
    }
    if (unseen.empty()) return;
    const bool earlier = row.phase == Phase::updating && row.pending;
    if (earlier) add_instances(unseen, row.pending->instance_ids);  // which may make more
    row.phase = Phase::updating;
    row.since = claiming.since;
    row.intent_at = claiming.intent_at;
    row.pending = claiming.pending;
    row.pending->instance_ids = std::move(unseen);
}

/// What the answers mean: told, then a look at what became of it. Only what was answered well, or may
/// have been done, is claimed any longer: what somebody else makes there after a refusal is not ours.
Task<Result<>> Reconciler::conclude_update(Pass& pass, SentUpdate sent) {
    Result<> told;
    if (sent.failed || sent.requests > 0) told = co_await tell_update(pass, sent.failed, sent.requests);
    if (sent.failed && sent.failed->outcome_unknown()) {
        Record open = *pass.record;
        open.since = sent_by(pass.key, open);
        const Result<> kept = co_await save(pass, std::move(open));
        co_return kept ? Error(*sent.failed).in("update") : kept.error();
    }
    if (!sent.failed && !told) co_return told.error();

    const Result<> seen = co_await look(pass);
    const bool cut = sent.failed || sent.held;
    if (!cut && !seen) co_return seen.error();
    const Record claiming = *pass.record;
    Record row = cut ? sent.before : claiming;
    row.revision = claiming.revision;
    const Manifest& manifest = *pass.manifests->find(pass.key);
    const Ignored ignored(manifest.lifecycle.ignore);
    if (seen) {
        for (const InstanceChannel& live : pass.seen.rows) {
            if (!sent.made.contains(live.instance)) continue;
            // A refusal may come from one instance after others were written.
            const bool ours = sent.answered.contains(live.instance)
                                  ? !older_than_intent(claiming, live)
                                  : !needs_show(*claiming.pending, live) &&
                                        explained_by_update(claiming, live, ignored);
            if (!ours) continue;
            row.ids[live.instance] = live.id;
            sent.made.erase(live.instance);
        }
    }
    if (cut) keep_claiming(row, claiming, sent);
    if (cut || row.ids != claiming.ids) {
        const Result<> kept = co_await save(pass, std::move(row));
        if (!kept) co_return kept.error();
    }
    if (sent.failed) co_return Error(*sent.failed).in("update");
    co_return seen ? Result<>() : seen.error();
}

Task<Result<>> Reconciler::tell_update(Pass& pass, std::optional<Error> failed, std::size_t sent) {
    const ChangeResult result = result_of(failed, sent);
    changed(pass, ChangeKind::update, result);
    if (corrects_drift(pass.changes)) metrics_.drift_corrected(pass.key.project, result);
    HistoryEntry entry;
    entry.action = "update";
    entry.result = "ok";
    entry.detail = summary_of(pass.changes);
    if (failed) tell_failure(entry, *failed);
    co_return co_await note(pass, std::move(entry));
}

}  // namespace fairway
