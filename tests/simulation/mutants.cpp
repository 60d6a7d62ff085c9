#include "tests/simulation/mutants.hpp"

#include <array>

namespace fairway {

Mutant planted = Mutant::none;

namespace sim {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Mutant::count)> names{
    "none",
    "settle_skipped",
    "second_look_skipped",
    "no_lookup",
    "intent_not_saved",
    "update_intent_not_saved",
    "delete_intent_not_saved",
    "refusal_of_everything",
    "foreign_adopted",
    "conflict_ignored",
    "vanished_at_once",
    "names_of_others_deleted",
    "prune_on_broken",
    "budget_ignored",
    "protection_ignored",
    "leave_for_ever",
    "unmanaged_dropped",
    "update_not_ended",
    "old_look_sent",
    "told_in_sync",
    "started_after_stop",
    "patience_skipped",
    "adopted_deleted",
    "empty_deletes",
    "approval_kept",
    "conflict_not_kept",
    "looks_not_counted",
    "suspension_ignored",
    "grace_without_end",
    "two_at_once",
    "case_matters",
    "unasked_compared",
    "group_weight_missed",
    "save_not_synced",
    "list_drops_rows",
    "find_drops_rows",
    "post_repeated",
    "errors_are_certain",
    "deletes_not_counted",
    "other_row_deleted",
    "near_names_found",
    "secrets_shown",
    "synchronous_off",
    "commit_not_synced",
    "commit_failure_ignored",
    "broken_disk_used",
    "witness_first",
    "rescue_not_synced",
    "rescue_not_named",
    "recovery_skips_journal",
    "journal_removed_first",
    "names_not_synced",
    "unclean_end_ignored",
    "pragma_failure_ignored"};

}  // namespace

std::string_view to_string(Mutant mutant) {
    return names[static_cast<std::size_t>(mutant)];
}

bool is_in_store(Mutant mutant) {
    return mutant >= Mutant::synchronous_off && mutant <= Mutant::pragma_failure_ignored;
}

}  // namespace sim
}  // namespace fairway
