#include "reconciler/engine/reconciler.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <variant>

#include "reconciler/engine/looks.hpp"
#include "reconciler/engine/pass.hpp"
#include "reconciler/model/mutant.hpp"
#include "reconciler/plan/explain.hpp"

namespace fairway {

namespace {

constexpr int most_steps = 12;

/// Whether a 201 says plainly that all of `spec` was made, and nothing else. Anything less is no
/// certainty.
bool echoes(const std::vector<InstanceChannel>& rows, const std::string& name, const ChannelSpec& spec) {
    std::set<InstanceId> missing(spec.instance_ids.begin(), spec.instance_ids.end());
    for (const InstanceChannel& row : rows) {
        if (row.name != name || missing.erase(row.instance) == 0) return false;
    }
    return missing.empty();
}

bool shows_any(const ObservedChannel& seen, const std::map<InstanceId, std::string>& ids) {
    return std::any_of(seen.rows.begin(), seen.rows.end(), [&](const InstanceChannel& row) {
        const auto ours = ids.find(row.instance);
        return ours != ids.end() && !row.id.empty() && ours->second == row.id;
    });
}

/// What a person has to know where no disk takes the ids of a channel that was created.
Error unkept(const Error& store, const Error& rescue, const std::map<InstanceId, std::string>& ids) {
    std::string text = store.what() + "; nor are the ids of what was created kept elsewhere (" +
                       rescue.what() + "), so write them down:";
    for (const auto& [instance, id] : ids) text += " " + instance + "=" + (id.empty() ? "?" : id);
    return {store.cls(), store.reason(), std::move(text)};
}

/// Whether nothing of ours is to go: of a decision that rests on a full look.
bool all_is_wanted(const Decision& decision) {
    const Action& action = decision.action;
    return !decision.surplus &&
           (std::holds_alternative<Nothing>(action) || std::holds_alternative<Update>(action) ||
            std::holds_alternative<PutMembers>(action));
}

/// Whether what is done next rests on how long ago something was done or seen.
bool waits(const Record& record) {
    return record.phase != Phase::ready || record.empty_looks > 0;
}

}  // namespace

Task<PassReport> Reconciler::reconcile(
    ChannelKey key, std::shared_ptr<const ManifestSnapshot> manifests,
    std::optional<ObservedChannel> look_of_list
) {
    Pass pass(std::move(key), std::move(manifests));
    PassReport& report = pass.report;
    if (pass.manifests->unreadable.contains(pass.key)) {  // never act on a typo
        report.result = PassResult::skipped;
        report.state = ChannelState::stalled;
        report.why = "its manifest cannot be read";
        co_return std::move(report);
    }

    Result<> done = co_await begin(pass, std::move(look_of_list));
    for (int step = 0; done && !pass.over; ++step) {
        if (step == most_steps) {
            done = Error(ErrorClass::retryable, ErrorReason::internal, "a pass came to no end");
            break;
        }
        if (pass.record &&
            (pass.record->phase == Phase::intent || pass.record->phase == Phase::updating ||
             (pass.record->phase == Phase::deleting && !answered_.contains(pass.key)))) {
            // It may have been sent last thing before we died; or the store refused to note when.
            const auto unheard = unheard_.find(pass.key);
            const WallTime sent = unheard == unheard_.end() ? born_ : unheard->second;
            pass.record->since = std::max(pass.record->since, sent);
        }
        if (pass.record && waits(*pass.record)) {
            Record& row = *pass.record;
            row.since = waits_.since(pass.key, row.since, clock_.wall(), clock_.now());
        }
        const Record* ours = pass.record ? &*pass.record : nullptr;
        const Situation at{
            pass.manifests->find(pass.key),
            ours,
            pass.seen,
            clock_.wall(),
            options_.settle,
            directions_.suspension(pass.key),
            directions_.may_replace.contains(pass.key)};
        Decision decision = next_action(at);
        if (step == 0) {
            report.changes = decision.changes;
            report.drifted = decision.drifted;
        }
        pass.changes = std::move(decision.changes);
        if (decision.noted) {  // then decided anew, on what is stored by now
            done = co_await save(pass, *std::move(decision.noted));
            continue;
        }
        // A leave is for the wish that it was given under: one that came back in between ends it.
        if (at.desired != nullptr && all_is_wanted(decision)) gate_.forbid(pass.key);
        const bool broken = !pass.manifests->complete();
        if (auto refused =
                gate_.refuses(pass.key, decision.action, pass.manifests->revision, clock_.now())) {
            decision.action = Leave{Leave::Kind::held, *std::move(refused)};
        } else if (needs_leave(decision.action) && broken) {
            // It was allowed under manifests that could be read; these are others.
            decision.action =
                Leave{Leave::Kind::held, "not every manifest could be read, so nothing is deleted"};
        }
        Task<Result<>> performed =
            std::visit([&](auto& chosen) { return perform(pass, std::move(chosen)); }, decision.action);
        done = co_await std::move(performed);
    }
    if (done && pass.looked) {
        std::vector<StoredObservation> seen;
        seen.push_back({pass.key, std::move(pass.seen)});
        done = co_await store_.observe(std::move(seen));
    }
    if (!done) {
        report.result = PassResult::failed;
        report.state = ChannelState::failed;
        report.error = done.error();
    }
    co_return std::move(report);
}

Task<> Reconciler::prepare(std::string project, std::vector<InstanceId> instances) {
    for (InstanceId& instance : instances) {
        std::vector<InstanceId> one;
        one.push_back(std::move(instance));
        const Result<> usable = co_await instances_.usable(project, std::move(one));
        if (!usable && usable.error().cls() == ErrorClass::auth)
            co_return;  // do not knock again and again
    }
}

Task<Result<>> Reconciler::begin(Pass& pass, std::optional<ObservedChannel> look_of_list) {
    Result<std::optional<Record>> record = co_await store_.load(pass.key);
    if (!record) co_return Error(record.error()).in("load");
    pass.record = std::move(*record);
    const Result<> remembered = co_await save_answer(pass);
    if (!remembered) co_return remembered.error();
    const auto fresh = [&](WallTime seen_at) {
        const Duration age = clock_.wall() - seen_at;
        return age >= Duration::zero() && age <= options_.fresh;
    };
    if (look_of_list && fresh(look_of_list->observed_at)) {
        pass.seen = std::move(*look_of_list);
        pass.looked_at = clock_.now();
        co_return Result<>();
    }
    co_return co_await look(pass);
}

/// What a create answered while the store was busy or full: nothing is decided without it.
Task<Result<>> Reconciler::save_answer(Pass& pass) {
    const auto unsaved = unsaved_.find(pass.key);
    if (unsaved == unsaved_.end()) co_return Result<>();
    if (pass.record && pass.record->phase == Phase::intent) {
        Record row = unsaved->second;
        row.revision = pass.record->revision;
        const Result<> saved = co_await save(pass, std::move(row));
        if (!saved) co_return saved.error();
    }
    unsaved_.erase(pass.key);
    co_return Result<>();
}

Task<Result<>> Reconciler::perform(Pass& pass, Nothing) {
    pass.over = true;
    pass.report.state = ChannelState::in_sync;
    pass.report.result = pass.report.done.empty() ? PassResult::noop : PassResult::changed;
    co_return Result<>();
}

Task<Result<>> Reconciler::perform(Pass& pass, Leave step) {
    pass.over = true;
    pass.report.state = state_of(step.kind);
    pass.report.result = pass.report.done.empty() ? PassResult::skipped : PassResult::changed;
    pass.report.why = std::move(step.why);
    co_return Result<>();
}

Task<Result<>> Reconciler::perform(Pass& pass, Wait step) {
    pass.over = true;
    pass.report.state = ChannelState::out_of_sync;
    pass.report.result = PassResult::requeued;
    pass.report.why = std::move(step.why);
    pass.report.again = step.pause;
    co_return Result<>();
}

Task<Result<>> Reconciler::perform(Pass& pass, LookAgain step) {
    Record row = *pass.record;
    if (!mutant(Mutant::looks_not_counted)) ++row.empty_looks;
    row.since = step.since;
    const Result<> saved = co_await save(pass, std::move(row));
    if (!saved) co_return saved.error();
    pass.over = true;
    pass.report.state = ChannelState::out_of_sync;
    pass.report.result = PassResult::requeued;
    pass.report.why = "not found; looking once more";
    pass.report.again = step.pause;
    co_return Result<>();
}

Task<Result<>> Reconciler::perform(Pass& pass, Show step) {
    pass.looked = true;
    co_return co_await show_rows(api_, pass.key, std::move(step), pass.seen);
}

Task<Result<>> Reconciler::perform(Pass& pass, Create step) {
    const Result<> usable = co_await instances_.usable(pass.key.project, step.spec.instance_ids);
    if (!usable) co_return usable.error();
    if (must_look_again(pass)) co_return co_await look(pass);  // then decided anew

    std::map<InstanceId, std::string> none;
    const Result<> told = co_await note_gone(pass, std::move(none));
    if (!told) co_return told.error();
    const std::optional<Record> before = pass.record;
    Record row = pass.record.value_or(Record{});
    row.phase = Phase::intent;
    row.since = clock_.wall();
    row.intent_at = row.since;
    row.empty_looks = 0;
    row.pending = step.spec;
    row.ids.clear();
    row.why.clear();
    // Protection must not wait for the read-back: a crash before it would leave the channel without.
    if (const Manifest* manifest = pass.manifests->find(pass.key))
        row.deletion = manifest->lifecycle.deletion;
    const Result<> intent =
        co_await save(pass, std::move(row));  // durable before the first byte is sent
    if (!intent) co_return intent.error();

    ChannelApi::MaySend may_send = while_fresh(pass);
    Result<std::vector<InstanceChannel>> made =
        co_await api_.create(pass.key, step.spec, std::move(may_send));
    if (!made && made.error().reason() == ErrorReason::guard) {  // it never left us
        const Result<> withdrawn = co_await withdraw(pass, before);
        if (!withdrawn) co_return withdrawn.error();
        co_return co_await look(pass);  // then decided anew
    }
    row = *pass.record;
    const bool taken = !made && made.error().has_code("APIG.3208");
    const bool unknown =
        !made && made.error().outcome_unknown() && !mutant(Mutant::refusal_of_everything);
    if (!made && !unknown && !taken) {
        changed(pass, ChangeKind::create, ChangeResult::error);
        const Error refused = made.error();
        HistoryEntry entry;
        entry.action = "create";
        entry.result = "error";
        entry.detail = refused.what();
        entry.request_id = refused.fault().request_id;
        const Result<> noted = co_await note(pass, std::move(entry));
        if (!noted) co_return noted.error();
        const Result<> withdrawn = co_await withdraw(pass, before);
        co_return withdrawn ? refused : withdrawn.error();
    }

    if (taken && before && !before->ids.empty()) {  // perhaps only the lists had lost what is ours
        const Result<> seen = co_await look(pass);
        if (seen && shows_any(pass.seen, before->ids)) co_return co_await withdraw(pass, before);
    }

    // Of what was told to slow down nothing is under way any more, though it may have been done.
    const bool slowed = unknown && made.error().fault().http_status == 429;
    const bool certain = made && echoes(*made, pass.key.name, step.spec);
    if (certain) {
        row.phase = Phase::created;
        row.since = clock_.wall();
        for (const InstanceChannel& made_row : *made) row.ids[made_row.instance] = made_row.id;
    } else if (slowed) {
        row.phase = Phase::ambiguous;
        row.since = clock_.wall() - hidden_for(options_.settle);  // so the next look decides
        row.empty_looks = 1;
    } else {
        row.phase = Phase::ambiguous;
        row.since = sent_by(pass.key, row);
    }
    const Record answered = row;
    const Result<> kept = co_await save(pass, std::move(row));
    if (!kept) {
        unsaved_[pass.key] = answered;
        const Result<> rescued = certain ? store_.rescue(pass.key, answered) : Result<>();
        if (rescued) co_return kept.error();
        pass.report.ids_lost = true;
        co_return unkept(kept.error(), rescued.error(), answered.ids);
    }
    changed(pass, ChangeKind::create, certain ? ChangeResult::ok : ChangeResult::error);

    HistoryEntry entry;
    entry.action = "create";
    entry.result = certain ? "ok" : "unknown";
    if (!made) {
        entry.detail = made.error().what();
        entry.request_id = made.error().fault().request_id;
    } else if (!certain) {
        entry.detail = "the answer does not name every instance asked for";
    }
    const Result<> noted = co_await note(pass, std::move(entry));
    if (!noted) co_return noted.error();
    if (slowed) co_return made.error();  // the look too comes when the pause is over
    co_return co_await look(pass);
}

Task<Result<>> Reconciler::perform(Pass& pass, Adopt step) {
    if (mutant(Mutant::update_not_ended) && pass.record && pass.record->phase == Phase::updating) {
        pass.over = true;
        co_return Result<>();
    }
    const Result<> told = co_await note_gone(pass, step.ids);
    if (!told) co_return told.error();
    Record row = *(pass.record ? pass.record : std::optional<Record>(Record{}));
    const bool news = !pass.record || row.phase == Phase::intent || row.phase == Phase::ambiguous ||
                      row.phase == Phase::conflict || row.origin != step.origin;
    row.phase = Phase::ready;
    row.since = clock_.wall();
    row.empty_looks = 0;
    row.origin = step.origin;
    row.intent_at.reset();
    row.pending.reset();
    row.why.clear();
    row.applied = std::move(step.applied);
    row.ids = std::move(step.ids);
    if (const Manifest* manifest = pass.manifests->find(pass.key))
        row.deletion = manifest->lifecycle.deletion;
    const Result<> saved = co_await save(pass, std::move(row));
    if (!saved) co_return saved.error();
    if (!news) co_return Result<>();
    HistoryEntry entry;
    entry.action = "adopt";
    entry.result = "ok";
    entry.detail = step.origin == Origin::created ? "explained by our own create" : "taken over";
    co_return co_await note(pass, std::move(entry));
}

Task<Result<>> Reconciler::perform(Pass& pass, Stall step) {
    pass.over = true;
    pass.report.result = PassResult::stalled;
    pass.report.state = ChannelState::stalled;
    pass.report.conflict = step.conflict;
    if (mutant(Mutant::told_in_sync)) pass.report.state = ChannelState::in_sync;
    pass.report.why = step.why;
    const bool unexplained =
        step.conflict && pass.record &&
        (pass.record->phase == Phase::intent || pass.record->phase == Phase::ambiguous ||
         pass.record->phase == Phase::created || pass.record->phase == Phase::updating);
    if (!unexplained || mutant(Mutant::conflict_not_kept)) co_return Result<>();
    Record row = *pass.record;  // a foreign channel that is made equal later must not pass for ours
    row.phase = Phase::conflict;
    row.since = clock_.wall();
    row.empty_looks = 0;
    row.why = std::move(step.why);
    co_return co_await save(pass, std::move(row));
}

Task<Result<>> Reconciler::look(Pass& pass) {
    Result<ObservedChannel> seen = co_await api_.find(pass.key);
    if (!seen) co_return Error(seen.error()).in("look");
    pass.seen = std::move(*seen);
    pass.looked = true;
    pass.looked_at = clock_.now();
    co_return Result<>();
}

/// Whether what a write rests on was seen long ago: once in a pass, for where all is slow it has to go
/// on.
bool Reconciler::must_look_again(Pass& pass) const {
    if (pass.looked_again || clock_.now() - pass.looked_at <= options_.fresh) return false;
    pass.looked_again = true;
    return true;
}

/// The limiter may hold a write back for longer than its look is good for.
ChannelApi::MaySend Reconciler::while_fresh(const Pass& pass) const {
    if (mutant(Mutant::old_look_sent)) return {};
    return [this, &pass] { return clock_.now() - pass.looked_at <= options_.held; };
}

Task<Result<>> Reconciler::save(Pass& pass, Record record) {
    const bool kept_back =
        (mutant(Mutant::intent_not_saved) && record.phase == Phase::intent) ||
        (mutant(Mutant::update_intent_not_saved) && record.phase == Phase::updating) ||
        (mutant(Mutant::delete_intent_not_saved) && record.phase == Phase::deleting);
    if (kept_back) {
        pass.record = std::move(record);
        co_return Result<>();
    }
    const Result<std::uint64_t> revision = co_await store_.save(pass.key, record);
    if (!revision) co_return Error(revision.error()).in("save");
    record.revision = *revision;
    if (waits(record)) {
        waits_.begin(pass.key, record.since, clock_.wall(), clock_.now());
    } else {
        waits_.end(pass.key);
    }
    pass.record = std::move(record);
    co_return Result<>();
}

Task<Result<>> Reconciler::withdraw(Pass& pass, std::optional<Record> before) {
    if (!before) {
        const Result<> forgotten = co_await store_.forget(pass.key);
        if (!forgotten) co_return Error(forgotten.error()).in("withdraw");
        pass.record.reset();
        co_return Result<>();
    }
    Record row = *before;  // it was ours before, and a refused re-creation does not change that
    row.revision = pass.record->revision;
    co_return co_await save(pass, std::move(row));
}

Task<Result<>> Reconciler::note(const Pass& pass, HistoryEntry entry) {
    entry.at = clock_.wall();
    entry.key = pass.key;
    entry.revision = pass.manifests->shown_version();
    if (!pass.manifests->change.empty()) entry.revision += ' ' + pass.manifests->change;
    co_return co_await store_.note(std::move(entry));
}

/// Our limiter, a token, a look-up of a name and a handshake come after the intent is stored, and nobody
/// says when the first byte left: at the latest right before we heard that it went wrong.
WallTime Reconciler::sent_by(const ChannelKey& key, const Record& record) {
    const WallTime sent = std::max(record.since, clock_.wall());
    unheard_[key] = sent;
    return sent;
}

void Reconciler::changed(Pass& pass, ChangeKind kind, ChangeResult result) {
    metrics_.changed(pass.key.project, kind, result);
    if (result == ChangeResult::ok) pass.report.done.push_back(kind);
}

}  // namespace fairway
