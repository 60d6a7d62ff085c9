#pragma once

namespace fairway {

/// Bugs that the simulation plants, one at a time, to see itself find them. Only its own build of the
/// core has them.
enum class Mutant : unsigned char {
    none,
    settle_skipped,       ///< an unknown create is decided upon at once
    second_look_skipped,  ///< one empty look is believed
    no_lookup,            ///< an unknown create is sent again, whatever is there
    intent_not_saved,     ///< the create is sent first
    update_intent_not_saved,
    delete_intent_not_saved,
    refusal_of_everything,    ///< every error of a create is taken for a refusal
    foreign_adopted,          ///< what is there under our name is ours
    conflict_ignored,         ///< another id than ours is ours
    vanished_at_once,         ///< one look that misses it is believed
    names_of_others_deleted,  ///< what is there is deleted, not what is ours
    prune_on_broken,          ///< absence is concluded from manifests that cannot all be read
    budget_ignored,
    protection_ignored,  ///< lifecycle.deletion: forbid
    leave_for_ever,      ///< an allowed deletion stays allowed
    unmanaged_dropped,   ///< an update sends only what the manifest says
    update_not_ended,    ///< the row of an update that went well stays in its phase
    old_look_sent,       ///< what was held back is sent on whatever was seen before
    told_in_sync,        ///< every pass says that all is well
    started_after_stop,  ///< a session that is told to stop while it starts goes on
    patience_skipped,    ///< what is missing is deleted at once
    adopted_deleted,     ///< reconcile.delete_adopted
    empty_deletes,       ///< no manifest at all is a wish like any other
    approval_kept,       ///< an approval is never used up
    conflict_not_kept,   ///< what is somebody else's may pass for ours later
    looks_not_counted,   ///< a second look never is one
    suspension_ignored,
    grace_without_end,    ///< a shutdown waits for whatever is in flight
    two_at_once,          ///< two passes of one channel at the same time
    case_matters,         ///< hosts differ by the case they are written in
    unasked_compared,     ///< what the manifest does not say must not be there
    group_weight_missed,  ///< a member's weight counts though its group has one
    // At the ports: what a store or a client could do wrong.
    save_not_synced,  ///< a crash takes back what was confirmed last
    list_drops_rows,  ///< a page is forgotten
    find_drops_rows,
    post_repeated,        ///< a create that failed is sent again by the client
    errors_are_certain,   ///< no failure says that it may have happened
    deletes_not_counted,  ///< the history forgets them
    other_row_deleted,    ///< a delete by name, not by id
    near_names_found,     ///< a look by name gives what is named alike as well
    secrets_shown,        ///< what an answer repeats is told as it is
    // In the real store.
    synchronous_off,         ///< nothing is synced
    commit_not_synced,       ///< what must be durable is written like bookkeeping
    commit_failure_ignored,  ///< a commit that failed is confirmed
    broken_disk_used,        ///< after an error of the disk it goes on
    witness_first,           ///< the witness hears of a commit before it is made
    rescue_not_synced,       ///< rescued ids are written and not synced
    rescue_not_named,        ///< the name of the file with rescued ids is not synced
    recovery_skips_journal,  ///< rescued ids are not looked for
    journal_removed_first,   ///< they are removed before they are in the store
    names_not_synced,        ///< the journal from before the log may come back
    unclean_end_ignored,     ///< what a failed sync dropped is not written again
    pragma_failure_ignored,  ///< a pragma that fails at its end is taken for done
    count
};

#ifdef FAIRWAY_MUTANTS
/// The one that is planted now.
extern Mutant planted;
inline bool mutant(Mutant which) {
    return planted == which;
}
#else
constexpr bool mutant(Mutant) {
    return false;
}
#endif

}  // namespace fairway
