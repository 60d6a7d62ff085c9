#include "reconciler/engine/pruner.hpp"
#include "reconciler/model/mutant.hpp"

#include <algorithm>
#include <utility>

#include "reconciler/plan/normalise.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

/// How long the gate stays open for one deletion, its retries included.
constexpr Duration open_for = 10min;
/// Edits that follow each other faster are one change of many channels, whatever reads them one by one.
constexpr Duration at_once = 1min;

void hold(Finding& finding, std::string why, bool refused) {
    const auto* step = std::get_if<Delete>(&finding.decision.action);
    const bool wanted = !needs_leave(finding.decision.action) ||
                        (step != nullptr && step->cause != Delete::Cause::removed);
    finding.decision.action =
        Leave{wanted ? Leave::Kind::held : Leave::Kind::unwanted, std::move(why), refused};
}

std::size_t rows_updated(const Action& action) {
    if (const auto* members = std::get_if<PutMembers>(&action)) return members->rows.size();
    const auto* update = std::get_if<Update>(&action);
    if (update == nullptr) return 0;
    std::size_t rows = 0;
    for (const ChannelSpec& put : update->puts) rows += put.instance_ids.size();
    return rows - std::min(rows, update->recreated.size());
}

/// Whether the step only takes a secret's new value to where the old one is: its owner changed it, the
/// registry may refuse the old one by now, and nothing else of the channel changes.
bool only_takes_new_value(const Decision& decision) {
    return !decision.changes.empty() &&
           std::all_of(decision.changes.begin(), decision.changes.end(), [](const FieldChange& change) {
               return is_other_value(change.field);
           });
}

}  // namespace

Gate::Rows rows_to_delete(const Action& action) {
    const auto* step = std::get_if<Delete>(&action);
    if (step == nullptr) return {};
    return {step->rows.begin(), step->rows.end()};
}

Pruner::Missing Pruner::missing(const ChannelKey& key, const Action& action, bool whole, bool outdated) {
    Gate::Rows rows = rows_to_delete(action);
    const auto known = missing_.find(key);
    // What cannot be read in full says nothing of what is missing.
    const bool still = known != missing_.end() && known->second.rows == rows && whole;
    Missing entry = still ? known->second : Missing{std::move(rows), clock_.now(), 0};
    if (outdated) return entry;  // what it misses may be wanted again by now
    if (whole && entry.snapshots++ == 0) entry.since = clock_.now();
    missing_.insert_or_assign(key, entry);
    return entry;
}

std::set<std::string> Pruner::published(const ManifestSnapshot& before, const ManifestSnapshot& wish) {
    gate_.forbid_all();
    published_ = wish.revision;
    const auto wanted_again = [&](const auto& entry) {
        const Manifest* manifest = wish.find(entry.first);
        if (manifest == nullptr) return !wish.complete();
        const auto& wanted = manifest->spec.instance_ids;
        return std::any_of(entry.second.begin(), entry.second.end(), [&](const auto& row) {
            return std::find(wanted.begin(), wanted.end(), row.first) != wanted.end();
        });
    };
    std::erase_if(missing_, [&](const auto& entry) {
        return wanted_again(std::pair(entry.first, entry.second.rows));
    });
    std::erase_if(approved_, wanted_again);

    std::set<std::string> projects;
    for (const auto& [key, old, now] : changes_between(before, wish)) {
        if (now == nullptr) {  // it may come back with another wish
            last_wish_.try_emplace(*key, before.manifests.at(*key));
            continue;
        }
        const auto last = std::exchange(last_wish_[*key], wish.manifests.at(*key));
        const Manifest* const was = last ? last.get() : old;
        if (was == nullptr || was->spec == now->spec) continue;
        edits_[*key] = {clock_.now(), now->spec.instance_ids.size()};
        projects.insert(key->project);
    }
    const auto few_enough = [&](const std::string& project) {
        const auto owned = owned_.find(project);
        return owned == owned_.end() ||
               !is_too_much(options_.rules.budget, edited_lately(project, nullptr), owned->second);
    };
    std::erase_if(projects, few_enough);
    for (const std::string& project : projects) {
        gate_.hold_updates(project, "many channels changed at once, and the whole is looked at first");
    }
    return projects;
}

/// Whether other manifests have taken the place of these.
bool Pruner::is_outdated(const ManifestSnapshot& wish) const {
    return !published_.empty() && published_ != wish.revision;
}

/// Instance channels whose manifests were edited, but for those whose update is judged by itself.
std::size_t Pruner::edited_lately(const std::string& project, const GuardInput* pending) {
    const TimePoint then = clock_.now() - at_once;
    std::erase_if(edits_, [&](const auto& entry) { return entry.second.at < then; });
    std::size_t rows = 0;
    for (const auto& [key, edit] : edits_) {
        if (key.project != project) continue;
        const bool judged =
            pending != nullptr &&
            std::any_of(pending->updates.begin(), pending->updates.end(), [&](const Updated& update) {
                return update.key == key;
            });
        if (!judged) rows += edit.rows;
    }
    return rows;
}

GuardInput Pruner::input_of(const Survey& survey, const ManifestSnapshot& wish) {
    GuardInput input;
    input.rules = options_.rules;
    input.lineage = options_.lineage;
    input.owned = survey.owned;
    input.whole = wish.complete() || mutant(Mutant::prune_on_broken);
    input.empty = wish.manifests.empty() && !mutant(Mutant::empty_deletes);
    input.wish = wish.revision;
    std::set<ChannelKey> named, updated;
    for (const auto& [key, finding] : survey.findings) {
        const Action& action = finding.decision.action;
        const std::size_t rows = rows_updated(action);
        if (rows > 0 && !only_takes_new_value(finding.decision)) {
            updated.insert(key);
            const auto approved = updates_approved_.find(key);
            if (approved == updates_approved_.end() || approved->second != wish.revision)
                input.updates.push_back({key, rows, finding.revision});
        }
        const std::optional<Action> deletion = deletion_in(finding.decision);
        if (!deletion) continue;
        named.insert(key);
        const Missing entry = missing(key, *deletion, input.whole, is_outdated(wish));
        Candidate candidate;
        candidate.key = key;
        candidate.action = *deletion;
        candidate.origin = finding.origin;
        candidate.revision = finding.revision;
        candidate.missing = clock_.now() - entry.since;
        candidate.snapshots = entry.snapshots;
        const auto approved = approved_.find(key);
        candidate.approved =
            approved != approved_.end() &&
            std::includes(
                approved->second.begin(), approved->second.end(), entry.rows.begin(), entry.rows.end()
            );
        input.candidates.push_back(std::move(candidate));
    }
    const auto unnamed = [&](const auto& entry) {  // a name that came back starts anew
        return entry.first.project == survey.project && !named.contains(entry.first);
    };
    std::erase_if(missing_, unnamed);
    std::erase_if(approved_, unnamed);
    std::erase_if(updates_approved_, [&](const auto& entry) {
        return entry.first.project == survey.project && !updated.contains(entry.first);
    });
    if (!input.updates.empty()) input.updated_lately = edited_lately(survey.project, &input);
    return input;
}

Task<Result<>> Pruner::judge(Survey& survey, std::shared_ptr<const ManifestSnapshot> wish) {
    owned_[survey.project] = survey.owned;
    GuardInput input = input_of(survey, *wish);
    for (auto& [key, finding] : survey.findings) {
        if (gate_.observing().empty()) break;
        if (gate_.refuses(key, finding.decision.action, wish->revision, clock_.now()))
            hold(finding, gate_.observing(), true);
    }
    if (!gate_.observing().empty()) co_return Result<>();
    if (!input.candidates.empty() || !input.updates.empty()) {
        Result<std::vector<Directive>> directives = co_await store_.directives();
        if (!directives) co_return Error(directives.error()).in("directives");
        for (const Directive& directive : *directives) {
            const bool over = directive.until && *directive.until <= clock_.wall();
            if (directive.kind == Directive::Kind::approval && !over)
                input.approvals.insert(directive.subject);
        }
        const Result<std::size_t> deleted =
            co_await store_.deletes_since(survey.project, clock_.wall() - 24h);
        if (!deleted) co_return Error(deleted.error()).in("history");
        input.deleted_last_day = *deleted + survey.gone_unheard;
    }

    Judgement judgement = fairway::judge(input);
    for (auto& [key, finding] : survey.findings) {
        auto* leave = std::get_if<Leave>(&finding.decision.action);
        if (leave == nullptr || !leave->forbidden || input.rules.mode == PruneMode::off) continue;
        judgement.verdicts[key] = {false, PruneBlock::protected_, leave->why};
        leave->refused = true;
    }
    const bool held =
        options_.rules.hold_updates && !judgement.updates.id.empty() && !judgement.updates.approved;
    // A judgement of manifests that changed meanwhile does not end what the change began.
    if (held || !is_outdated(*wish))
        gate_.hold_updates(survey.project, held ? judgement.updates.why : std::string());
    for (auto& [key, finding] : survey.findings) {
        if (held && rows_updated(finding.decision.action) > 0)
            hold(finding, "too many channels would change at once", true);
        const auto verdict = judgement.verdicts.find(key);
        if (verdict == judgement.verdicts.end()) continue;
        if (!verdict->second.allowed) {
            gate_.forbid(key);
            finding.decision.held = verdict->second.why;
            finding.decision.held_refused = is_refusal(verdict->second.block);
            if (needs_leave(finding.decision.action))
                hold(finding, verdict->second.why, is_refusal(verdict->second.block));
        }
    }
    survey.judgement = std::move(judgement);
    co_return Result<>();
}

Task<Result<>> Pruner::spend(const Survey& survey, std::shared_ptr<const ManifestSnapshot> wish) {
    std::map<ChannelKey, Gate::Rows> deleted;
    std::map<ChannelKey, std::string> updated;
    for (const auto& [key, finding] : survey.findings) {
        if (rows_updated(finding.decision.action) > 0) updated.emplace(key, wish->revision);
        const std::optional<Action> deletion = deletion_in(finding.decision);
        if (deletion && finding.decision.held.empty()) deleted.emplace(key, rows_to_delete(*deletion));
    }
    if (survey.judgement.updates.approved && !updated.empty()) {
        const Result<> used = co_await use(survey.judgement.updates);
        if (!used) co_return used.error();
        updates_approved_.merge(updated);
        std::erase_if(edits_, [&](const auto& entry) { return entry.first.project == survey.project; });
    }
    if (survey.judgement.deletes.approved && !deleted.empty()) {
        const Result<> used = co_await use(survey.judgement.deletes);
        if (!used) co_return used.error();
        for (auto& [key, rows] : deleted) approved_[key] = std::move(rows);
    }
    co_return Result<>();
}

void Pruner::allow(const ChannelKey& key, const Action& action, std::string wish) {
    gate_.allow(key, rows_to_delete(action), std::move(wish), clock_.now() + open_for);
}

Task<Result<>> Pruner::use(const Excess& excess) {
    Directive directive;
    directive.kind = Directive::Kind::approval;
    directive.subject = excess.id;
    if (mutant(Mutant::approval_kept)) co_return Result<>();
    co_return co_await store_.take_back(std::move(directive));
}

}  // namespace fairway
