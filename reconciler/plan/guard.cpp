#include "reconciler/plan/guard.hpp"

#include <algorithm>

#include "reconciler/model/fingerprint.hpp"
#include "reconciler/model/mutant.hpp"

namespace fairway {
namespace {

/// How many may go where we own too few for a percentage to mean anything.
constexpr std::size_t few = 2;

bool deletes(const Candidate& candidate) {
    return std::holds_alternative<Delete>(candidate.action);
}

std::size_t rows_of(const Candidate& candidate) {
    const auto* step = std::get_if<Delete>(&candidate.action);
    return step == nullptr ? 0 : step->rows.size();
}

std::string deletes_id(const GuardInput& input, const std::vector<const Candidate*>& asked) {
    Fingerprint print;
    print.add(input.lineage);
    print.add("delete");
    for (const Candidate* candidate : asked) {
        print.add(candidate->key.project);
        print.add(candidate->key.name);
        print.add(std::to_string(candidate->revision));
        for (const auto& [instance, id] : std::get<Delete>(candidate->action).rows) {
            print.add(instance);
            print.add(id);
        }
    }
    return print.hex();
}

std::string updates_id(const GuardInput& input) {
    Fingerprint print;
    print.add(input.lineage);
    print.add("update");
    print.add(input.wish);
    for (const Updated& update : input.updates) {
        print.add(update.key.project);
        print.add(update.key.name);
        print.add(std::to_string(update.revision));
    }
    return print.hex();
}

std::string percent_text(std::size_t part, std::size_t whole) {
    return std::to_string(part) + " of " + std::to_string(whole) + " instance channels (" +
           std::to_string(part * 100 / whole) + " %)";
}

bool over(std::size_t part, std::size_t whole, int percent) {
    return part * 100 > whole * static_cast<std::size_t>(std::max(0, percent));
}

/// Why so many may not go; empty where they may.
std::string over_budget(const GuardInput& input, std::size_t going) {
    if (mutant(Mutant::budget_ignored)) return {};
    const DeletionBudget& budget = input.rules.budget;
    const auto threshold = static_cast<std::size_t>(std::max(0, budget.at_least));
    const std::size_t owned = std::max(input.owned, going);
    if (owned < threshold) {
        if (going >= owned)
            return "all " + std::to_string(owned) + " instance channels of ours would go";
        if (going > few) {
            return std::to_string(going) + " of only " + std::to_string(owned) +
                   " instance channels would go";
        }
    } else {
        if (going > static_cast<std::size_t>(std::max(0, budget.per_pass))) {
            return std::to_string(going) + " instance channels would go at once, more than " +
                   std::to_string(budget.per_pass);
        }
        if (over(going, owned, budget.percent)) {
            return percent_text(going, owned) + " would go at once, more than " +
                   std::to_string(budget.percent) + " %";
        }
    }
    const std::size_t then = owned + input.deleted_last_day;
    const std::size_t sum = going + input.deleted_last_day;
    if (input.deleted_last_day == 0) return {};
    if (then < threshold ? sum > few : over(sum, then, budget.per_day_percent)) {
        return percent_text(sum, then) + " would be gone within 24 hours, more than " +
               (then < threshold ? std::to_string(few) : std::to_string(budget.per_day_percent) + " %");
    }
    return {};
}

/// What holds for one candidate alone; allowed where nothing does.
Verdict judge_alone(const GuardInput& input, const Candidate& candidate) {
    const GuardRules& rules = input.rules;
    if (rules.mode == PruneMode::off)
        return {false, PruneBlock::approval, "deleting is off (reconcile.prune, or --prune)"};
    if (!input.whole) {
        return {
            false, PruneBlock::source_error, "not every manifest could be read, so nothing is deleted"};
    }
    if (deletes(candidate) && candidate.origin == Origin::adopted && !rules.delete_adopted &&
        !mutant(Mutant::adopted_deleted)) {
        return {
            false, PruneBlock::protected_,
            "it was adopted, and what was adopted is not deleted (reconcile.delete_adopted)"};
    }
    if (input.empty && !rules.allow_empty) {
        return {
            false, PruneBlock::empty_source,
            "there is not a single manifest, which is more often a mistake than a wish "
            "(reconcile.allow_empty)"};
    }
    if (rules.mode == PruneMode::plan)
        return {false, PruneBlock::approval, "reconcile.prune: plan shows deletions only"};
    return {true, {}, {}};
}

Verdict judge_time(const GuardInput& input, const Candidate& candidate) {
    const Duration delay = input.rules.budget.delay;
    if (mutant(Mutant::patience_skipped)) return {true, {}, {}};
    if (!input.rules.patient || (candidate.snapshots >= 2 && candidate.missing >= delay))
        return {true, {}, {}};
    const auto minutes = std::chrono::ceil<std::chrono::minutes>(delay - candidate.missing).count();
    return {
        false, PruneBlock::delay,
        candidate.missing < delay
            ? "it is deleted in " + std::to_string(minutes) + " minutes if nothing changes"
            : "it is deleted after one more look at the manifests"};
}

/// `what`, and how to go on all the same.
Excess excess(const GuardInput& input, std::string id, const std::string& what) {
    Excess found;
    found.approved = input.approvals.contains(id);
    found.why = what + "; to allow it for an hour: fairway approve " + id;
    found.id = std::move(id);
    return found;
}

Excess judge_updates(const GuardInput& input) {
    const DeletionBudget& budget = input.rules.budget;
    if (input.updates.empty()) return {};
    std::size_t rows = input.updated_lately;
    for (const Updated& update : input.updates) rows += update.rows;
    if (!is_too_much(budget, rows, input.owned)) return {};
    return excess(
        input, updates_id(input),
        percent_text(rows, input.owned) + " would change at once, more than " +
            std::to_string(budget.percent) + " %"
    );
}

}  // namespace

std::string_view to_string(PruneMode mode) {
    switch (mode) {
        case PruneMode::off:
            return "off";
        case PruneMode::plan:
            return "plan";
        case PruneMode::on:
            return "on";
    }
    return "unknown";
}

std::string_view to_string(PruneBlock value) {
    switch (value) {
        case PruneBlock::budget:
            return "budget";
        case PruneBlock::empty_source:
            return "empty_source";
        case PruneBlock::protected_:
            return "protected";
        case PruneBlock::approval:
            return "approval";
        case PruneBlock::source_error:
            return "source_error";
        case PruneBlock::delay:
            return "delay";
    }
    return "unknown";
}

bool is_too_much(const DeletionBudget& budget, std::size_t updated, std::size_t owned) {
    return owned >= static_cast<std::size_t>(std::max(0, budget.at_least)) &&
           over(updated, owned, budget.percent);
}

bool is_refusal(PruneBlock value) {
    return value != PruneBlock::approval && value != PruneBlock::delay;
}

std::map<PruneBlock, std::size_t> Judgement::blocked() const {
    std::map<PruneBlock, std::size_t> counts;
    for (const auto& [key, verdict] : verdicts) {
        if (!verdict.allowed) ++counts[verdict.block];
    }
    return counts;
}

Judgement judge(const GuardInput& input) {
    Judgement judgement;
    judgement.updates = judge_updates(input);
    std::vector<const Candidate*> asked;
    std::size_t going = 0;
    for (const Candidate& candidate : input.candidates) {
        Verdict& verdict = judgement.verdicts[candidate.key];
        verdict = judge_alone(input, candidate);
        if (!verdict.allowed || candidate.approved || !deletes(candidate)) continue;
        asked.push_back(&candidate);
        going += rows_of(candidate);
    }
    std::sort(asked.begin(), asked.end(), [](const Candidate* a, const Candidate* b) {
        return a->key < b->key;
    });
    std::string too_much = asked.empty() ? std::string() : over_budget(input, going);
    if (!asked.empty() && input.empty) too_much = "there is not a single manifest";
    if (!too_much.empty()) {
        judgement.deletes = excess(input, deletes_id(input, asked), too_much);
        for (const Candidate* candidate : asked) {
            if (judgement.deletes.approved) break;
            judgement.verdicts[candidate->key] = {
                false, PruneBlock::budget, "too much would be deleted at once"};
        }
    }
    for (const Candidate& candidate : input.candidates) {
        Verdict& verdict = judgement.verdicts[candidate.key];
        // Whoever approved has looked.
        const bool looked = candidate.approved || judgement.deletes.approved;
        if (verdict.allowed && !looked) verdict = judge_time(input, candidate);
    }
    return judgement;
}

}  // namespace fairway
