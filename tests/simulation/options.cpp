#include "tests/simulation/options.hpp"

#include <algorithm>
#include <sstream>

namespace fairway::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, fault_count> fault_names{
    "unreachable",    "lost_before",     "lost_after",     "late",         "partial_500",
    "partial_201",    "garbage_201",     "slow",           "paced",        "throttled",
    "throttled_500",  "unauthorized",    "forbidden",      "quota",        "refused",
    "server_error",   "blocked_delete",  "read_failed",    "stale_read",   "features_fail",
    "store_busy",     "store_full",      "store_unknown",  "store_slow",   "power_cut",
    "crash_time",     "crash_point",     "shutdown",       "source_error", "source_broken",
    "source_empty",   "source_reverted", "foreign_create", "foreign_edit", "foreign_delete",
    "foreign_rename", "throttled_after", "disk_read",      "disk_write",   "disk_forgets",
    "disk_lost",      "disk_kept",       "disk_torn",      "name_lost",    "cut_off",
    "half_closed",    "truncated",       "corrupted",      "total_off",    "row_repeated",
    "row_missing"};

constexpr std::array<std::string_view, op_count> op_names{
    "load",      "load_all",    "save",         "forget",     "bury",          "direct",
    "take_back", "directives",  "observe",      "note",       "deletes_since", "find",
    "list",      "show",        "create",       "put",        "remove",        "put_members",
    "features",  "source_load", "source_check", "disk_write", "disk_sync",     "disk_truncate",
    "disk_make", "disk_remove"};

constexpr std::array rare{Op::take_back, Op::take_back, Op::take_back,    Op::direct,
                          Op::direct,    Op::bury,      Op::bury,         Op::bury,
                          Op::bury,      Op::bury,      Op::put_members,  Op::put_members,
                          Op::remove,    Op::remove,    Op::remove,       Op::remove,
                          Op::show,      Op::forget,    Op::source_check, Op::source_check};

/// How likely a fault is to be active in a world, and how often it then strikes.
struct Range {
    double active, least, most;
};
Range range_of(Fault fault) {
    switch (fault) {
        case Fault::stale_read:
            return {0.35, 0.05, 0.6};
        case Fault::late:
            return {0.35, 0.05, 0.5};
        case Fault::blocked_delete:
            return {0.3, 0.3, 0.9};
        case Fault::paced:
            return {0.3, 0.05, 0.6};
        case Fault::store_unknown:
            return {0.15, 0.005, 0.03};
        case Fault::store_busy:
        case Fault::store_full:
            return {0.2, 0.005, 0.1};
        case Fault::power_cut:
            return {0.6, 0.5, 1.0};
        case Fault::unauthorized:
        case Fault::forbidden:
        case Fault::refused:
        case Fault::quota:
            return {0.15, 0.02, 0.2};
        default:
            return {0.3, 0.02, 0.3};
    }
}

void draw_temper(Temper& temper, Stream& stream) {
    const unsigned kind = stream.below(4);
    temper.uniqueness = kind < 2    ? Uniqueness::project
                        : kind == 2 ? Uniqueness::listed
                                    : Uniqueness::none;
    temper.most_late = stream.chance(0.5) ? 90s : 20s;
    temper.most_lag = stream.chance(0.5) ? 90s : 20s;
    if (temper.uniqueness == Uniqueness::none) {
        // Where the cloud takes a name twice only waiting helps: what is late, and then hidden by a
        // stale list, must show before the second look (30 s of the call, 90 s of settling).
        temper.most_late = 20s;
        temper.most_lag = 20s;
    }
    temper.ids_answered = stream.chance(0.5);
    temper.list_shows_health = stream.chance(0.5);
    temper.fills_defaults = stream.chance(0.8);
    temper.shuffles = stream.chance(0.5);
    temper.changes_case = stream.chance(0.5);
    temper.copies_weights = stream.chance(0.6);
    temper.empty_members_clear = stream.chance(0.4);
    temper.members_upsert = stream.chance(0.4);
    temper.absent_list_clears = stream.chance(0.6);
    temper.absent_health_clears = stream.chance(0.4);
}

void draw_crashes(Options& options, Stream& stream) {
    if (stream.chance(options.rate(Fault::crash_point) > 0 ? 0.9 : 0.0)) {
        const unsigned count = 4 + stream.below(4);
        for (unsigned i = 0; i < count; ++i) {
            CrashPlan plan{};
            plan.op = static_cast<Op>(stream.below(port_op_count));
            if (options.about_deleting && (i == 0 || stream.chance(0.9)))
                plan.op = rare[stream.below(rare.size())];
            plan.when = static_cast<When>(stream.below(3));
            plan.passing = 1 + (stream.chance(options.about_deleting ? 0.9 : 0.6) ? 0 : stream.below(5));
            options.crashes.push_back(plan);
        }
    }
    if (options.rate(Fault::crash_time) > 0) options.time_crashes = stream.below(3);
    if (options.rate(Fault::shutdown) > 0) options.shutdowns = stream.below(3);
}

/// What the disk under the real store does. A commit has several writes, a pass several commits.
void draw_disk(Options& options, Stream& stream, bool calm) {
    options.rate(Fault::store_full) *= 0.4;
    const double sync_fails = 0.005 + 0.03 * stream.real01();
    options.rate(Fault::store_unknown) = stream.chance(0.35) && !calm ? sync_fails : 0;
    for (const Fault fault : {Fault::disk_read, Fault::disk_write}) {
        const double rate = 0.0005 + 0.004 * stream.real01();
        if (stream.chance(0.25) && !calm) options.rate(fault) = rate;
    }
    options.rate(Fault::disk_forgets) = 0.5;
    options.rate(Fault::disk_kept) = 0.4;
    options.rate(Fault::disk_torn) = 0.5;
    options.rate(Fault::name_lost) = stream.chance(0.7) ? 0.5 : 0;
    constexpr std::array log_pages{4, 40, 1000};
    options.log_pages = log_pages[stream.below(log_pages.size())];
}

/// What a network, a proxy or a busy server does to answers.
void draw_wire(Options& options, Stream& stream, bool calm) {
    for (std::size_t i = store_fault_count; i < fault_count; ++i) {
        const bool active = stream.chance(0.3) && !calm;
        const double rate = 0.01 + 0.1 * stream.real01();
        if (active) options.rates[i] = rate;
    }
    if (stream.chance(0.6)) options.page_rows = 1 + stream.below(4);
}

/// What was not drawn with the others: their draws stay as they are.
void draw_later(Options& options, bool calm) {
    Stream clocks(options.seed, "clocks");
    if (clocks.chance(0.5)) {
        const Duration off = clocks.between(0s, 20min);
        options.temper.clock_off = clocks.chance(0.5) ? off : -off;
    }
    Stream throttles(options.seed, "throttles");
    const double rate = 0.05 + 0.3 * throttles.real01();
    // The next look decides: where that may be behind, all that this comes to is a person's work.
    const bool seen_at_once = options.rate(Fault::stale_read) == 0;
    if (throttles.chance(0.4) && seen_at_once && !calm) options.rate(Fault::throttled_after) = rate;
}

void draw_disk_crashes(Options& options, Stream& stream) {
    if (options.rate(Fault::crash_point) == 0 || !stream.chance(0.7)) return;
    constexpr std::array<unsigned, 5> most_passings{60, 25, 15, 3, 1};
    for (unsigned left = 1 + stream.below(3); left > 0; --left) {
        const unsigned which = stream.below(most_passings.size());
        const CrashPlan plan{
            static_cast<Op>(port_op_count + which), static_cast<When>(stream.below(3)),
            1 + stream.below(most_passings[which])};
        const unsigned at = stream.below(options.crashes.size() + 1);
        options.crashes.insert(options.crashes.begin() + at, plan);
    }
}

}  // namespace

std::string_view to_string(Fault fault) {
    return fault_names[static_cast<std::size_t>(fault)];
}

std::string_view to_string(Op op) {
    return op_names[static_cast<std::size_t>(op)];
}

std::string point_name(std::size_t at) {
    constexpr std::array<std::string_view, 3> when{"before", "effect", "reply"};
    return std::string(op_names[at / 3]) + "/" + std::string(when[at % 3]);
}

Options draw(std::uint64_t seed, const Overrides& overrides) {
    Options options;
    options.seed = seed;
    options.wire = overrides.wire;
    options.store = overrides.store;
    Stream stream(seed, "options");
    options.channels = 2 + stream.below(5);
    options.instances = 1 + stream.below(3);
    options.edits = stream.below(9);
    options.foreign_acts = stream.chance(0.5) ? 1 + stream.below(6) : 0;
    options.chaos = stream.chance(0.4) ? stream.between(1min, 4min) : stream.between(4min, 25min);
    const bool calm = stream.chance(0.05);
    for (std::size_t i = 0; i < port_fault_count; ++i) {
        const Fault fault = static_cast<Fault>(i);
        if (fault == Fault::throttled_after) continue;
        const Range range = range_of(fault);
        const bool active = stream.chance(range.active) && !calm;
        const double rate = range.least + (range.most - range.least) * stream.real01();
        if (active) options.rate(fault) = rate;
    }
    for (const Fault fault : {Fault::crash_point, Fault::crash_time, Fault::shutdown}) {
        options.rate(fault) = calm || stream.chance(0.25) ? 0 : 1;
    }
    draw_temper(options.temper, stream);
    options.source_faults = stream.chance(0.5) ? 1 + stream.below(3) : 0;
    options.drift_interval = stream.between(30s, 5min);
    const unsigned mode = stream.below(10);
    options.prune = mode < 2 ? PruneMode::off : mode == 2 ? PruneMode::plan : PruneMode::on;
    options.budget.delay = stream.chance(0.5) ? 3min : 10min;
    if (stream.chance(0.3)) options.budget.percent = options.budget.per_day_percent = 100;
    if (stream.chance(0.3)) options.budget.at_least = 2;
    options.allow_empty = stream.chance(0.2);
    options.delete_adopted = stream.chance(0.5);
    options.operator_approves = stream.chance(0.3);
    options.workers = stream.chance(0.3) ? 1 : 64;
    options.about_deleting = stream.chance(0.5);
    if (options.about_deleting) {
        options.prune = PruneMode::on;
        options.budget.delay = 3min;
        options.chaos = stream.between(15min, 25min);
        options.edits = 6 + stream.below(5);
        options.operator_approves = stream.chance(0.8);
        if (stream.chance(0.5)) options.rate(Fault::blocked_delete) = 0.6;
        options.takes_over = Stream(seed, "others").chance(0.3);
        Stream harsher(
            seed, "harsher"
        );  // deletes that our limiter holds back, by lists that are behind
        if (harsher.chance(0.3)) options.rate(Fault::paced) = 0.6;
        if (harsher.chance(0.3)) options.rate(Fault::stale_read) = 0.5;
        if (harsher.chance(0.15)) {
            options.rate(Fault::source_broken) = 0.3;
            options.source_faults += 3;
        }
    }
    if (stream.chance(0.1)) {  // what is late, and who waits for it, in a cloud that takes a name twice
        options.temper.uniqueness = Uniqueness::none;
        options.temper.most_late = options.temper.most_lag = 20s;
        options.rate(Fault::paced) = options.rate(Fault::late) = 0.5;
        options.rate(Fault::stale_read) = 0.3;
    }
    Stream waylaid(seed, "waylaid");  // somebody makes what our updates are about to make
    if (options.temper.uniqueness != Uniqueness::project && waylaid.chance(0.3)) {
        options.foreign_acts += 3;
        options.rate(Fault::foreign_create) = 0.5;
        options.rate(Fault::paced) = std::max(options.rate(Fault::paced), 0.4);
        if (waylaid.chance(0.5)) options.rate(Fault::lost_before) = 0.3;
        options.instances = 3;
        options.edits += 4;
    }
    Stream crashing(seed, "crashes"), disk(seed, "disk"), wire(seed, "wire");
    if (!options.store) draw_later(options, calm);
    if (options.store) draw_disk(options, disk, calm);
    if (options.wire) draw_wire(options, wire, calm);
    if (overrides.some_faults) {
        for (std::size_t i = 0; i < fault_count; ++i) {
            if (!overrides.only.contains(static_cast<Fault>(i))) options.rates[i] = 0;
        }
    }
    draw_crashes(options, crashing);
    if (options.store) draw_disk_crashes(options, disk);
    if (overrides.channels != 0) options.channels = std::min(options.channels, overrides.channels);
    if (overrides.edits >= 0)
        options.edits = std::min(options.edits, static_cast<unsigned>(overrides.edits));
    if (overrides.crashes >= 0 && options.crashes.size() > static_cast<std::size_t>(overrides.crashes))
        options.crashes.resize(static_cast<std::size_t>(overrides.crashes));
    return options;
}

std::string to_string(const Options& options) {
    std::ostringstream text;
    text << "seed=" << options.seed << " channels=" << options.channels
         << " instances=" << options.instances << " edits=" << options.edits
         << " chaos=" << options.chaos.count() / 1000000 << "s"
         << " drift_interval=" << options.drift_interval.count() / 1000000
         << "s prune=" << to_string(options.prune) << " percent=" << options.budget.percent
         << " at_least=" << options.budget.at_least << " workers=" << options.workers
         << " unique=" << static_cast<int>(options.temper.uniqueness)
         << " late=" << options.temper.most_late.count() / 1000000
         << "s lag=" << options.temper.most_lag.count() / 1000000 << "s"
         << " clock=" << options.temper.clock_off.count() / 1000000 << "s"
         << " page=" << options.page_rows << " ids=" << options.temper.ids_answered
         << " upsert=" << options.temper.members_upsert << " foreign_acts=" << options.foreign_acts
         << " shutdowns=" << options.shutdowns << " time_crashes=" << options.time_crashes
         << " source_faults=" << options.source_faults << " about_deleting=" << options.about_deleting
         << " takes_over=" << options.takes_over;
    for (const CrashPlan& crash : options.crashes)
        text << " crash=" << point_name(point(crash.op, crash.when)) << "#" << crash.passing;
    text << " faults=";
    for (std::size_t i = 0; i < fault_count; ++i) {
        if (options.rates[i] > 0) text << fault_names[i] << ":" << options.rates[i] << ",";
    }
    return text.str();
}

std::string to_string(const Overrides& overrides) {
    std::string text;
    if (overrides.some_faults) {
        text += " --only-faults ";
        std::string names;
        for (const Fault fault : overrides.only) {
            if (!names.empty()) names += ',';
            names += to_string(fault);
        }
        text += names.empty() ? "none" : names;
    }
    if (overrides.channels != 0) text += " --channels " + std::to_string(overrides.channels);
    if (overrides.edits >= 0) text += " --edits " + std::to_string(overrides.edits);
    if (overrides.wire) text += " --wire";
    if (overrides.store) text += " --store";
    if (overrides.crashes >= 0) text += " --crashes " + std::to_string(overrides.crashes);
    return text;
}

}  // namespace fairway::sim
