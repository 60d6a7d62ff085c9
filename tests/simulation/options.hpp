#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/plan/guard.hpp"
#include "tests/simulation/random.hpp"

namespace fairway::sim {

/// What can go wrong. Each has a rate of its own, drawn per world; many are zero.
enum class Fault : std::uint8_t {
    unreachable,     ///< nothing was sent
    lost_before,     ///< sent, and never seen by the cloud
    lost_after,      ///< done, and the answer lost
    late,            ///< done after we gave up
    partial_500,     ///< done on the first j of k instances, answered 500
    partial_201,     ///< the same, answered 201 with those rows
    garbage_201,     ///< done, answered with something else than rows
    slow,            ///< takes up to 25 s
    paced,           ///< held back by our own limiter before it is sent
    throttled,       ///< 429, mostly with Retry-After
    throttled_500,   ///< 500 APIG.9008
    unauthorized,    ///< 401
    forbidden,       ///< 403
    quota,           ///< 403 APIG.3109
    refused,         ///< 400 APIG.2012
    server_error,    ///< 500 APIG.9999, 502, 503, 504, some from a proxy
    blocked_delete,  ///< 403 APIG.3414, 409 APIG.3719
    read_failed,     ///< a read that breaks off half way
    stale_read,      ///< a read that shows the past
    features_fail,   ///< the features of an instance cannot be had
    store_busy,
    store_full,
    store_unknown,  ///< the disk fails amid a commit: done or not, and nothing works until a restart
    store_slow,
    power_cut,        ///< a crash that takes what was not synced
    crash_time,       ///< a crash at any moment
    crash_point,      ///< a crash at a port
    shutdown,         ///< an orderly one
    source_error,     ///< the manifests cannot be read
    source_broken,    ///< one of them is invalid
    source_empty,     ///< all of them are gone for a while
    source_reverted,  ///< they are as they were before
    foreign_create,
    foreign_edit,
    foreign_delete,
    foreign_rename,
    throttled_after,  ///< a create that is done, whole or in part, and answered 429
    // Of a simulated disk under the real store.
    disk_read,     ///< a read fails
    disk_write,    ///< a write fails, maybe half done
    disk_forgets,  ///< a sync that failed: what it was to write never reaches the disk, and still reads
    disk_lost,     ///< a power cut takes all that was written to a file since its last sync
    disk_kept,     ///< it takes nothing of it
    disk_torn,     ///< it takes some sectors
    name_lost,     ///< it takes back what was done to the name of a file
    // Of an answer on the wire.
    cut_off,       ///< the connection breaks within it
    half_closed,   ///< the cloud closes properly within it
    truncated,     ///< its body is cut, and its length says so
    corrupted,     ///< a byte in it is another
    total_off,     ///< a page counts one row too many, or too few
    row_repeated,  ///< a page begins with a row of the one before
    row_missing,   ///< a page begins one row too late
    count
};
inline constexpr std::size_t fault_count = static_cast<std::size_t>(Fault::count);
/// How many there are where the store is simulated.
inline constexpr std::size_t port_fault_count = static_cast<std::size_t>(Fault::disk_read);
/// How many there are where the calls do not go over the wire.
inline constexpr std::size_t store_fault_count = static_cast<std::size_t>(Fault::cut_off);
std::string_view to_string(Fault fault);

/// What leaves the process: at each of these it may die before, after the effect, or after the reply.
enum class Op : std::uint8_t {
    load,
    load_all,
    save,
    forget,
    bury,
    direct,
    take_back,
    directives,
    observe,
    note,
    deletes_since,
    find,
    list,
    show,
    create,
    put,
    remove,
    put_members,
    features,
    source_load,
    source_check,
    // Of the real store at its simulated disk; "effect" is half of it done.
    disk_write,
    disk_sync,
    disk_truncate,
    disk_make,
    disk_remove,
    count
};
inline constexpr std::size_t op_count = static_cast<std::size_t>(Op::count);
inline constexpr std::size_t port_op_count = static_cast<std::size_t>(Op::disk_write);
std::string_view to_string(Op op);
enum class When : std::uint8_t { before, effect, reply };
inline constexpr std::size_t point_count = op_count * 3, port_point_count = port_op_count * 3;
constexpr std::size_t point(Op op, When when) {
    return static_cast<std::size_t>(op) * 3 + static_cast<std::size_t>(when);
}
std::string point_name(std::size_t point);

enum class Uniqueness : std::uint8_t { project, listed, none };

/// What the vendor does not document, as this world's cloud has it.
struct Temper {
    Uniqueness uniqueness = Uniqueness::project;
    Duration most_late{};  ///< how long after we gave up a write may still be applied
    Duration most_lag{};   ///< how old a stale read may be
    Duration clock_off{};  ///< how far the cloud's clock is ahead of ours
    bool ids_answered = true, list_shows_health = true;
    bool fills_defaults = true, shuffles = false, changes_case = false, copies_weights = false;
    bool empty_members_clear = false, members_upsert = false;
    bool absent_list_clears = true, absent_health_clears = false;
};

/// A process that is to die at a port, on the n-th passing.
struct CrashPlan {
    Op op;
    When when;
    unsigned passing;
};

/// How the process dies of a create, once it has begun to send it.
enum class Death : std::uint8_t {
    none,
    first_bytes,  ///< the cloud never gets the whole request
    under_way,    ///< the cloud does it later
    partly,       ///< the cloud has done a part, and never does the rest
};

/// How the cloud meets the first create, where that is not left to chance.
struct ScriptedReply {
    std::size_t most;  ///< on how many instances it is done
    int status;        ///< 0: no answer comes
    std::string code = {};
    bool believable = false;  ///< a 201 that says all
    bool reset = false;       ///< the connection breaks at once
    Death death = Death::none;
};

/// Everything a world draws before it starts, from its seed alone.
struct Options {
    std::uint64_t seed = 0;
    unsigned channels = 3, instances = 2;
    unsigned edits = 4, foreign_acts = 2;
    Duration chaos{};
    std::array<double, fault_count> rates{};
    Temper temper;
    std::vector<CrashPlan> crashes;
    unsigned time_crashes = 0, shutdowns = 0, source_faults = 0;

    Duration drift_interval{};
    PruneMode prune = PruneMode::off;
    DeletionBudget budget;
    bool allow_empty = false, delete_adopted = false;
    bool operator_approves = false;
    bool about_deleting = false;  ///< much is removed, and what is rarely done is where it dies
    bool takes_over = false;      ///< channels of others are there from the start, and to be adopted
    unsigned workers = 64;
    bool wire = false;         ///< the calls go through JSON and HTTP
    unsigned page_rows = 500;  ///< then, of a list
    bool store = false;        ///< the store is the real one, on a simulated disk
    int log_pages = 1000;      ///< after so many pages SQLite folds its log into the file
    bool one_channel = false;  ///< one manifest from the start, on every instance
    std::optional<ScriptedReply> first_create;

    /// Whether all that the cloud does late, and hides, is over before an unknown outcome is decided
    /// upon: beyond that a name may be left to a person.
    bool within_bounds() const {
        const Duration bound = std::chrono::seconds(20);
        // Without an id in the answer, a row that was deleted a moment ago may pass for the new one.
        const bool told_apart = temper.ids_answered || rate(Fault::stale_read) == 0;
        return temper.most_late <= bound && temper.most_lag <= bound && told_apart;
    }
    /// Whether what is to be stored may not be.
    bool store_refuses() const {
        return rate(Fault::store_busy) > 0 || rate(Fault::store_full) > 0 ||
               rate(Fault::store_unknown) > 0;
    }
    double rate(Fault fault) const { return rates[static_cast<std::size_t>(fault)]; }
    double& rate(Fault fault) { return rates[static_cast<std::size_t>(fault)]; }
};

/// What a person, or the shrinker, wants otherwise than drawn.
struct Overrides {
    bool some_faults = false;
    std::set<Fault> only;   ///< with `some_faults`
    unsigned channels = 0;  ///< 0: as drawn
    int edits = -1;         ///< -1: as drawn
    int crashes = -1;       ///< -1: as drawn
    bool wire = false;      ///< through JSON and HTTP
    bool store = false;     ///< with the real store
};

Options draw(std::uint64_t seed, const Overrides& overrides);
/// For people, on one line.
std::string to_string(const Options& options);
std::string to_string(const Overrides& overrides);

}  // namespace fairway::sim
