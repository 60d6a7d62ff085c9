#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "reconciler/plan/action.hpp"

namespace fairway {

/// Whether anything is deleted at all: never, only shown, or within the budget.
enum class PruneMode : std::uint8_t { off, plan, on };
std::string_view to_string(PruneMode mode);

/// How much may go without asking a person; counted in instance channels.
struct DeletionBudget {
    int percent = 30;          ///< of what we own, in one pass
    int at_least = 10;         ///< owning fewer, two may go, and never all
    int per_pass = 20;         ///< in one pass, whatever we own
    int per_day_percent = 30;  ///< of what we own, in 24 hours
    Duration delay =
        std::chrono::minutes(10);  ///< since when a manifest must be missing, for the daemon
    bool operator==(const DeletionBudget&) const = default;
};

/// Whether an update of so many instance channels at once is more than the budget's share of those that
/// are ours.
bool is_too_much(const DeletionBudget& budget, std::size_t updated, std::size_t owned);

struct GuardRules {
    PruneMode mode = PruneMode::off;
    bool allow_empty = false;     ///< may a whole snapshot without manifests delete?
    bool delete_adopted = false;  ///< may what was adopted be deleted?
    DeletionBudget budget;
    /// Whether too many updates wait for an approval; not where a person has just seen them.
    bool hold_updates = true;
    /// For the daemon: something must be missing for `budget.delay`, in two snapshots. A person at a
    /// terminal has looked.
    bool patient = false;
};

/// Why deletions wait, in the words of the metric `prune_blocked`.
enum class PruneBlock : std::uint8_t { budget, empty_source, protected_, approval, source_error, delay };
std::string_view to_string(PruneBlock value);
/// Whether this stands against what was asked for, rather than being what was asked for.
bool is_refusal(PruneBlock value);
inline constexpr std::array all_prune_blocks{PruneBlock::budget,       PruneBlock::empty_source,
                                             PruneBlock::protected_,   PruneBlock::approval,
                                             PruneBlock::source_error, PruneBlock::delay};

/// Something that next_action() would delete, or let go.
struct Candidate {
    ChannelKey key;
    Action action;  ///< one that needs_leave()
    Origin origin = Origin::created;
    std::uint64_t revision = 0;  ///< of our row: an approval is for what it was then
    Duration missing{};          ///< for how long this was to be deleted
    unsigned snapshots = 1;      ///< in how many whole snapshots
    bool approved = false;       ///< a person approved just this before
};

/// A channel that an update would change.
struct Updated {
    ChannelKey key;
    std::size_t rows = 0;  ///< instance channels
    std::uint64_t revision = 0;
};

/// Everything a judgement rests on, over the whole of one project.
struct GuardInput {
    GuardRules rules;
    std::string lineage;               ///< of the store: an approval is for no other
    std::size_t owned = 0;             ///< instance channels that are ours
    std::size_t deleted_last_day = 0;  ///< of them, by us
    bool whole = false;                ///< every manifest was read and is valid
    bool empty = false;                ///< and there are none
    std::string wish;                  ///< the digest of the manifests
    std::vector<Candidate> candidates;
    std::vector<Updated> updates;     ///< that nobody has approved yet
    std::size_t updated_lately = 0;   ///< instance channels, edited a moment ago and written already
    std::set<std::string> approvals;  ///< ids that a person approved
};

struct Verdict {
    bool allowed = false;
    PruneBlock block = PruneBlock::approval;  ///< where it is not
    std::string why;
};

/// An excess that a person may approve: by this id, once, and nothing else.
struct Excess {
    std::string id;   ///< empty where nothing is too much
    std::string why;  ///< for people, with the way out
    bool approved = false;
};

/// What the guard says of one pass.
struct Judgement {
    std::map<ChannelKey, Verdict> verdicts;  ///< of every candidate
    Excess deletes, updates;
    std::map<PruneBlock, std::size_t> blocked() const;
};

/// Judges all deletions and updates of a pass at once: a few may be right where many are a mistake. The
/// order of its questions: is deleting wanted, is the wish whole, is it ours to delete, is it protected,
/// is it too much, has it been missing long enough.
Judgement judge(const GuardInput& input);

}  // namespace fairway
