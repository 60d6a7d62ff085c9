#include "controller/report/report.hpp"

#include <algorithm>

namespace fairway {
namespace {

ChangeAction action_of(const Action& action) {
    if (std::holds_alternative<Create>(action)) return ChangeAction::create;
    if (std::holds_alternative<Adopt>(action)) return ChangeAction::adopt;
    if (std::holds_alternative<Update>(action)) return ChangeAction::update;
    if (std::holds_alternative<PutMembers>(action)) return ChangeAction::update;
    if (const auto* step = std::get_if<Delete>(&action)) {
        return step->cause == Delete::Cause::replaced ? ChangeAction::replace : ChangeAction::delete_;
    }
    if (std::holds_alternative<Forget>(action)) return ChangeAction::release;
    if (std::holds_alternative<Stall>(action)) return ChangeAction::refused;
    if (const auto* leave = std::get_if<Leave>(&action))
        return leave->refused ? ChangeAction::refused : ChangeAction::left;
    return ChangeAction::wait;
}

std::string why_of(const Action& action) {
    if (const auto* stall = std::get_if<Stall>(&action)) return stall->why;
    if (const auto* leave = std::get_if<Leave>(&action)) return leave->why;
    if (const auto* wait = std::get_if<Wait>(&action)) return wait->why;
    if (const auto* step = std::get_if<Delete>(&action)) {
        switch (step->cause) {
            case Delete::Cause::removed:
                return "the manifest is gone";
            case Delete::Cause::shrunk:
                return "the manifest no longer names the instance";
            case Delete::Cause::replaced:
                return "its type changed, and replacing was allowed";
        }
    }
    if (const auto* forget = std::get_if<Forget>(&action)) {
        const bool orphaned = forget->cause == Forget::Cause::orphaned;
        return std::string(to_string(orphaned ? Forget::Cause::orphaned : Forget::Cause::vanished));
    }
    if (std::holds_alternative<LookAgain>(action)) return "it is missing; a second look decides";
    return {};
}

bool renotes(const Action& action) {
    const auto* adopt = std::get_if<Adopt>(&action);
    return adopt != nullptr && !adopt->news;
}

/// Nothing that anybody else would see.
bool is_bookkeeping(const Decision& decision) {
    return renotes(decision.action) && !decision.surplus;
}

/// What people want to know of it: not that we note something before we delete.
Action shown_action(const Decision& decision) {
    if (!renotes(decision.action) || !decision.surplus) return decision.action;
    if (decision.held.empty()) return *decision.surplus;
    return Leave{Leave::Kind::held, decision.held, decision.held_refused};
}

/// Folds what is the same on several instances into one field.
std::vector<ReportedField> fold(const std::vector<FieldChange>& changes) {
    std::vector<ReportedField> fields;
    for (const FieldChange& change : changes) {
        const std::string reason(to_string(change.reason));
        const auto same = std::find_if(fields.begin(), fields.end(), [&](const ReportedField& field) {
            return field.path == change.field.path && field.before == change.field.before &&
                   field.after == change.field.after && field.reason == reason;
        });
        ReportedField& field =
            same != fields.end()
                ? *same
                : fields.emplace_back(ReportedField{
                      change.field.path, change.field.before, change.field.after, reason, {}, {}});
        if (!change.instance.empty()) field.instances.push_back(change.instance);
    }
    return fields;
}

}  // namespace

std::string_view to_string(ChangeAction action) {
    switch (action) {
        case ChangeAction::create:
            return "create";
        case ChangeAction::adopt:
            return "adopt";
        case ChangeAction::update:
            return "update";
        case ChangeAction::delete_:
            return "delete";
        case ChangeAction::replace:
            return "replace";
        case ChangeAction::release:
            return "release";
        case ChangeAction::wait:
            return "wait";
        case ChangeAction::refused:
            return "refused";
        case ChangeAction::left:
            return "left";
    }
    return "unknown";
}

std::string_view to_string(ChangeOutcome outcome) {
    switch (outcome) {
        case ChangeOutcome::planned:
            return "planned";
        case ChangeOutcome::done:
            return "done";
        case ChangeOutcome::failed:
            return "failed";
    }
    return "unknown";
}

std::size_t Report::count(ChangeAction action) const {
    return static_cast<std::size_t>(std::count_if(
        changes.begin(), changes.end(),
        [&](const ReportedChange& change) { return change.action == action; }
    ));
}

std::size_t Report::count(ChangeOutcome outcome) const {
    return static_cast<std::size_t>(std::count_if(
        changes.begin(), changes.end(),
        [&](const ReportedChange& change) { return change.outcome == outcome; }
    ));
}

bool Report::has_changes() const {
    return std::any_of(changes.begin(), changes.end(), [](const ReportedChange& change) {
        return change.action != ChangeAction::refused && change.action != ChangeAction::left;
    });
}

void add_survey(Report& report, const Survey& survey, const ManifestSnapshot& wish) {
    report.unchanged += survey.in_sync.size();
    for (const Excess* excess : {&survey.judgement.deletes, &survey.judgement.updates}) {
        if (!excess->id.empty() && !excess->approved) report.warnings.push_back(excess->why);
    }
    for (const auto& [key, finding] : survey.findings) {
        if (is_bookkeeping(finding.decision)) {
            ++report.unchanged;
            continue;
        }
        ReportedChange change;
        change.key = key;
        const Action action = shown_action(finding.decision);
        change.action = action_of(action);
        change.why = why_of(action);
        if (change.why.empty()) change.why = finding.decision.held;
        change.fields = fold(finding.decision.changes);
        if (const auto* step = std::get_if<Delete>(&action)) {
            change.instances = step->spec.instance_ids;
        } else if (const Manifest* manifest = wish.find(key)) {
            change.instances = manifest->spec.instance_ids;
            change.defaults = manifest->inherited;
            for (ReportedField& field : change.fields) {
                if (const InheritedField* origin = manifest->origin_of(field.path))
                    field.from = told(*origin);
            }
        }
        report.changes.push_back(std::move(change));
    }
    std::sort(
        report.changes.begin(), report.changes.end(),
        [](const ReportedChange& a, const ReportedChange& b) { return a.key < b.key; }
    );
}

void add_problems(Report& report, const std::vector<ManifestProblem>& problems) {
    for (const ManifestProblem& problem : problems) {
        if (problem.severity == Severity::warning) {
            ManifestProblem plain = problem;  // the report says itself that it is a warning
            plain.severity = Severity::error;
            report.warnings.push_back(to_string(plain));
            continue;
        }
        ReportedError error;
        error.key = problem.key;
        error.message = (problem.field.empty() ? "" : problem.field + ": ") + problem.wrong;
        if (!problem.advice.empty()) error.message += "; " + problem.advice;
        error.error_class = to_string(ErrorClass::terminal);
        error.place = problem.place;
        report.errors.push_back(std::move(error));
    }
}

ReportedError reported(const ChannelKey& key, const Error& error) {
    ReportedError out;
    out.key = key;
    out.code = error.fault().error_code;
    out.message = error.what();
    out.error_class = to_string(error.cls());
    out.retryable = error.may_pass();
    out.request_id = error.fault().request_id;
    return out;
}

}  // namespace fairway
