#include "reconciler/engine/pruner.hpp"

#include <algorithm>

namespace fairway {
namespace {

using namespace std::chrono_literals;

/// How long the gate stays open for one deletion, its retries included.
constexpr Duration open_for = 10min;

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

}  // namespace

Gate::Rows rows_to_delete(const Action& action) {
    const auto* step = std::get_if<Delete>(&action);
    if (step == nullptr) return {};
    return {step->rows.begin(), step->rows.end()};
}

Pruner::Missing& Pruner::missing(const ChannelKey& key, const Action& action, bool whole) {
    Gate::Rows rows = rows_to_delete(action);
    auto [it, fresh] = missing_.try_emplace(key);
    Missing& entry = it->second;
    if (fresh || entry.rows != rows) entry = Missing{std::move(rows), clock_.now(), 0};
    if (whole) ++entry.snapshots;  // what cannot be read in full says nothing of what is missing
    return entry;
}

GuardInput Pruner::input_of(const Survey& survey, const ManifestSnapshot& wish) {
    GuardInput input;
    input.rules = options_.rules;
    input.lineage = options_.lineage;
    input.owned = survey.owned;
    input.whole = wish.complete();
    input.empty = wish.manifests.empty();
    input.wish = wish.revision;
    std::set<ChannelKey> named;
    for (const auto& [key, finding] : survey.findings) {
        const Action& action = finding.decision.action;
        if (const std::size_t rows = rows_updated(action); rows > 0)
            input.updates.push_back({key, rows, finding.revision});
        const std::optional<Action> deletion = deletion_in(finding.decision);
        if (!deletion) continue;
        named.insert(key);
        const Missing& entry = missing(key, *deletion, input.whole);
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
    return input;
}

Task<Result<>> Pruner::judge(Survey& survey, std::shared_ptr<const ManifestSnapshot> wish) {
    owned_[survey.project] = survey.owned;
    GuardInput input = input_of(survey, *wish);
    for (auto& [key, finding] : survey.findings) {
        if (gate_.observing().empty()) break;
        if (gate_.refuses(key, finding.decision.action, clock_.now()))
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
        input.deleted_last_day = *deleted;
    }

    Judgement judgement = fairway::judge(input);
    for (auto& [key, finding] : survey.findings) {
        auto* leave = std::get_if<Leave>(&finding.decision.action);
        if (leave == nullptr || !leave->forbidden || input.rules.mode == PruneMode::off) continue;
        judgement.verdicts[key] = {false, PruneBlock::protected_, leave->why};
        leave->refused = true;
    }
    if (updates_approved_[survey.project] == wish->revision) judgement.updates = {};
    const bool held =
        options_.rules.hold_updates && !judgement.updates.id.empty() && !judgement.updates.approved;
    gate_.hold_updates(survey.project, held ? judgement.updates.why : std::string());
    if (judgement.updates.approved) {
        updates_approved_[survey.project] = wish->revision;
        const Result<> used = co_await use(judgement.updates);
        if (!used) co_return used.error();
    }
    if (judgement.deletes.approved) {
        const Result<> used = co_await use(judgement.deletes);
        if (!used) co_return used.error();
    }
    for (auto& [key, finding] : survey.findings) {
        const std::optional<Action> deletion = deletion_in(finding.decision);
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
        } else if (judgement.deletes.approved) {
            approved_[key] = rows_to_delete(*deletion);
        }
    }
    survey.judgement = std::move(judgement);
    co_return Result<>();
}

void Pruner::allow(const ChannelKey& key, const Action& action) {
    gate_.allow(key, rows_to_delete(action), clock_.now() + open_for);
}

std::size_t Pruner::owned(const std::string& project) const {
    const auto it = owned_.find(project);
    return it == owned_.end() ? 0 : it->second;
}

Task<Result<>> Pruner::use(const Excess& excess) {
    Directive directive;
    directive.kind = Directive::Kind::approval;
    directive.subject = excess.id;
    co_return co_await store_.take_back(std::move(directive));
}

}  // namespace fairway
