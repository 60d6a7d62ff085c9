#include "reconciler/engine/pass.hpp"
#include "reconciler/plan/explain.hpp"

namespace fairway {
namespace {

std::string_view reason_for(Delete::Cause cause) {
    switch (cause) {
        case Delete::Cause::removed:
            return "the manifest is gone";
        case Delete::Cause::shrunk:
            return "the manifest no longer names the instance";
        case Delete::Cause::replaced:
            return "its type changed: it is made anew";
    }
    return {};
}

const InstanceChannel* row_of(
    const ObservedChannel& seen, const InstanceId& instance, const std::string& id
) {
    for (const InstanceChannel& row : seen.rows) {
        if (row.instance == instance && row.id == id) return &row;
    }
    return nullptr;
}

/// Refused for what no retry helps: an API, a plug-in or another channel uses it.
bool is_blocked(const Error& error) {
    return error.cls() == ErrorClass::conflict && !error.outcome_unknown() &&
           error.fault().http_status != 0;
}

}  // namespace

// The only place that sends deletes; reconcile() has asked the gate.
Task<Result<>> Reconciler::perform(Pass& pass, Delete step) {
    if (pass.deleted) {
        co_return Error(
            ErrorClass::retryable, ErrorReason::server,
            "the delete was answered well, but the channel is still listed"
        );
    }
    pass.deleted = true;
    Record row = *pass.record;
    // What an earlier pass of the same deletion took away is to be had back with the rest.
    if (row.phase == Phase::deleting && row.pending)
        add_instances(step.spec.instance_ids, row.pending->instance_ids);
    // Since when a delete before this one may be on its way; long over where there was none.
    const WallTime open_since =
        row.phase == Phase::deleting ? row.since : clock_.wall() - options_.settle;
    row.phase = Phase::deleting;
    row.since = clock_.wall();
    row.empty_looks = 0;
    row.pending = std::move(step.spec);  // to be had back, whatever becomes of us from here on
    answered_.erase(pass.key);
    const Result<> intent = co_await save(pass, std::move(row));
    if (!intent) co_return intent.error();

    std::optional<Error> failed;
    std::size_t gone = 0;
    for (const auto& [instance, id] : step.rows) {
        // While one row went, a person may have brought the manifest back.
        if (gate_.refuses(pass.key, step, pass.manifests->revision, clock_.now())) break;
        const Result<bool> removed = co_await remove_row(pass, step, instance, id);
        if (!removed && removed.error().reason() == ErrorReason::guard) {  // it never left us
            Record after = *pass.record;
            after.since = open_since;
            answered_.insert(pass.key);
            const Result<> kept = co_await save(pass, std::move(after));
            if (!kept) co_return kept.error();
            break;
        }
        HistoryEntry entry;
        entry.action = "delete";
        entry.result = "ok";
        entry.detail = "on " + instance + " (id " + id + "): " + std::string(reason_for(step.cause));
        if (!removed) {
            failed = removed.error();
            tell_failure(entry, *failed);
        }
        const Result<> noted = co_await note(pass, std::move(entry));
        if (!noted) co_return noted.error();
        // Makes the note durable with it: what was deleted counts against the budget, also after a power
        // cut. The API's word that a row is gone holds whatever a list that is behind still shows; that
        // one read missed it is no proof. What was answered plainly is not on its way any more.
        Record after = *pass.record;
        if (removed && *removed) after.ids.erase(instance);
        const bool unheard = failed && failed->outcome_unknown();
        after.since = unheard ? sent_by(pass.key, after) : open_since;
        if (!unheard) answered_.insert(pass.key);
        const Result<> kept = co_await save(pass, std::move(after));
        if (!kept) co_return kept.error();
        if (failed) break;
        ++gone;
    }
    if (failed || gone > 0) changed(pass, ChangeKind::delete_, result_of(failed, gone));
    const Result<> seen = co_await look(pass);
    if (!seen) co_return failed ? Error(*failed).in("delete") : seen.error();
    if (!failed) co_return Result<>();
    pass.report.blocked = is_blocked(*failed);
    co_return Error(*failed).in("delete");
}

/// Counts what a delete took away whose end we did not hear: we died, or the answer was lost. `kept` are
/// the ids that stay ours.
Task<Result<>> Reconciler::note_gone(const Pass& pass, std::map<InstanceId, std::string> kept) {
    if (!pass.record || pass.record->phase != Phase::deleting) co_return Result<>();
    const std::map<InstanceId, std::string> before = pass.record->ids;
    for (const auto& [instance, id] : before) {
        if (kept.contains(instance)) continue;
        HistoryEntry entry;
        entry.action = "delete";
        entry.result = "unknown";
        entry.detail = "on " + instance + " (id " + id + "): it was to be deleted, and is gone";
        const Result<> noted = co_await note(pass, std::move(entry));
        if (!noted) co_return noted.error();
    }
    co_return Result<>();
}

/// Reads the row by its id right before it goes: what bears our id under another name is not ours, and
/// what somebody changed since it was judged is judged anew. False where it was not there to be deleted.
Task<Result<bool>> Reconciler::remove_row(
    const Pass& pass, const Delete& step, InstanceId instance, std::string id
) {
    const Result<InstanceChannel> shown = co_await api_.show(pass.key, instance, id);
    if (!shown) {
        if (shown.error().cls() == ErrorClass::not_found) co_return false;
        co_return shown.error();
    }
    const InstanceChannel* judged = row_of(pass.seen, instance, id);
    if (judged == nullptr || was_changed(*judged, *shown)) {
        gate_.forbid(pass.key);
        co_return Error(
            ErrorClass::conflict, ErrorReason::conflict,
            "not sent: somebody changed the channel on " + instance + " (id " + id +
                ") since it was judged"
        );
    }
    ChannelApi::MaySend may_send = [this, &pass, &step] {
        return !gate_.refuses(pass.key, step, pass.manifests->revision, clock_.now());
    };
    const Result<> removed = co_await api_.remove(pass.key, instance, id, std::move(may_send));
    if (!removed && removed.error().cls() != ErrorClass::not_found) co_return removed.error();
    co_return true;
}

Task<Result<>> Reconciler::perform(Pass& pass, Forget step) {
    pass.over = true;
    pass.report.state = ChannelState::in_sync;
    pass.report.result = PassResult::changed;
    pass.report.why = to_string(step.cause);
    if (step.cause == Forget::Cause::deleted) {
        std::map<InstanceId, std::string> none;
        const Result<> told = co_await note_gone(pass, std::move(none));
        if (!told) co_return told.error();
        pass.record.reset();
        co_return co_await store_.bury(pass.key, clock_.wall());
    }
    HistoryEntry entry;
    entry.action = "forget";
    entry.result = "ok";
    entry.detail = pass.report.why;
    const Result<> noted = co_await note(pass, std::move(entry));
    if (!noted) co_return noted.error();
    pass.record.reset();
    pass.looked = false;  // nothing is kept of what is not ours
    co_return co_await store_.forget(pass.key);
}

}  // namespace fairway
