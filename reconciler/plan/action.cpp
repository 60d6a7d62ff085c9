#include "reconciler/plan/action.hpp"

#include <algorithm>
#include <set>

#include "reconciler/model/mutant.hpp"
#include "reconciler/plan/decide.hpp"

namespace fairway {
namespace {

/// Two rows on one instance: a person decides.
std::optional<Decision> doubled(const ObservedChannel& seen) {
    std::set<InstanceId> met;
    for (const InstanceChannel& row : seen.rows) {
        if (met.insert(row.instance).second) continue;
        return Decision{
            Stall{
                "two channels of this name exist on " + row.instance + ": " + places(seen) +
                    "; remove the wrong one by hand",
                true},
            {}};
    }
    return std::nullopt;
}

/// Whether a create was sent, or may have been, that no look has shown yet.
bool is_unsettled_create(const Record& record) {
    return record.phase == Phase::intent || record.phase == Phase::ambiguous ||
           record.phase == Phase::created;
}

Decision meet_vanished(const Situation& at, Duration elapsed) {
    Decision decision{Nothing{}, {}, true};
    decision.changes.push_back(
        {{}, {"", "", "the channel is missing", FieldGroup::existence}, Reason::live_drifted}
    );
    if (deleted_by_us(*at.record)) {  // it makes way for another
        decision.drifted = false;
        decision.changes.front().reason = Reason::manifest_changed;
    }
    const std::optional<Action> wait = not_yet_gone(at, elapsed);
    decision.action = wait ? *wait : create_of(at.desired->spec);
    return decision;
}

std::optional<Decision> suspended(const std::optional<Suspension>& suspend, WallTime now) {
    if (!suspend || (suspend->until && now >= *suspend->until)) return std::nullopt;
    if (mutant(Mutant::suspension_ignored)) return std::nullopt;
    const std::string why = suspend->reason.empty() ? std::string() : ": " + suspend->reason;
    return Decision{Leave{Leave::Kind::suspended, "suspended" + why}, {}};
}

Decision next_step(const Situation& at) {
    if (auto left = suspended(at.suspended, at.now)) return *std::move(left);
    if (at.desired == nullptr) {
        if (at.record == nullptr) return {Nothing{}, {}};
        // Which of two our create made is not known, so none of them may be deleted as ours.
        if (auto conflict = doubled(at.seen); conflict && is_unsettled_create(*at.record))
            return *std::move(conflict);
        return meet_unwanted(at, at.now - at.record->since);
    }
    if (auto left = suspended(at.desired->lifecycle.suspend, at.now)) return *std::move(left);
    if (auto conflict = doubled(at.seen)) return *std::move(conflict);
    if (at.record == nullptr) {
        if (at.seen.rows.empty()) return {create_of(at.desired->spec), {}};
        return meet_foreign(at);
    }

    const Record& record = *at.record;
    const Duration elapsed = at.now - record.since;
    switch (record.phase) {
        case Phase::intent:
        case Phase::ambiguous:
            if (mutant(Mutant::no_lookup)) return {create_of(at.desired->spec), {}};
            if (!at.seen.rows.empty()) return explain_rows(at);
            if (auto wait = not_yet_certain(at, elapsed, "the outcome of the create is not known yet"))
                return *wait;
            return {create_of(at.desired->spec), {}};
        case Phase::created:
            if (at.seen.rows.empty()) {
                if (auto wait =
                        not_yet_certain(at, elapsed, "the created channel is not in the list yet"))
                    return *wait;
                return {create_of(at.desired->spec), {}};
            }
            return read_back(at);
        case Phase::conflict:
            if (at.seen.rows.empty()) return meet_vanished(at, elapsed);
            return record.ids.empty() ? meet_foreign(at) : compare_owned(at);
        case Phase::ready:
        case Phase::updating:
        case Phase::deleting:
            return at.seen.rows.empty() ? meet_vanished(at, elapsed) : compare_owned(at);
    }
    return {Nothing{}, {}};
}

}  // namespace

std::string_view to_string(Reason reason) {
    switch (reason) {
        case Reason::first_time:
            return "first time";
        case Reason::manifest_changed:
            return "the manifest changed";
        case Reason::live_drifted:
            return "the live channel drifted";
        case Reason::drift_left:
            return "the live channel drifted, and lifecycle.drift: warn leaves it so";
    }
    return "unknown";
}

bool is_drift(Reason reason) {
    return reason == Reason::live_drifted || reason == Reason::drift_left;
}

bool corrects_drift(const std::vector<FieldChange>& changes) {
    return std::any_of(changes.begin(), changes.end(), [](const FieldChange& change) {
        return change.reason == Reason::live_drifted;
    });
}

std::string_view to_string(Forget::Cause cause) {
    switch (cause) {
        case Forget::Cause::deleted:
            return "deleted";
        case Forget::Cause::vanished:
            return "the manifest is gone, and the channel is not there";
        case Forget::Cause::orphaned:
            return "the manifest is gone, and lifecycle.deletion: orphan leaves the channel as it is";
    }
    return "unknown";
}

bool needs_leave(const Action& action) {
    if (const auto* forget = std::get_if<Forget>(&action))
        return forget->cause == Forget::Cause::orphaned;
    return std::holds_alternative<Delete>(action);
}

std::optional<Action> deletion_in(const Decision& decision) {
    if (needs_leave(decision.action)) return decision.action;
    if (decision.surplus) return *decision.surplus;
    return std::nullopt;
}

bool needs_pass(const Decision& decision) {
    return decision.noted || (!std::holds_alternative<Stall>(decision.action) &&
                              !std::holds_alternative<Leave>(decision.action));
}

Decision next_action(const Situation& at) {
    Decision decision = next_step(at);
    if (at.record != nullptr && at.desired != nullptr &&
        at.record->deletion != at.desired->lifecycle.deletion) {
        if (!decision.noted) decision.noted = *at.record;
        decision.noted->deletion = at.desired->lifecycle.deletion;
    }
    return decision;
}

}  // namespace fairway
