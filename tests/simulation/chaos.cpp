// What happens to a world: edits, other people, crashes, trouble with the manifests.
#include "tests/simulation/world.hpp"

#include <algorithm>

namespace fairway::sim {
namespace {

using namespace std::chrono_literals;

}  // namespace

void World::schedule_chaos() {
    const Options& drawn = stage_.options;
    Stream when(drawn.seed, "when");
    const auto some_time = [&] { return TimePoint{} + when.between(0s, drawn.chaos); };
    for (unsigned i = 0; i < drawn.edits; ++i) {
        const TimePoint at = some_time();
        stage_.timeline.at(at, 0, [this] { wishes_.edit(); });
        if (!when.chance(0.4)) continue;  // and soon once more: whoever edits sees what came of it
        stage_.timeline.at(at + when.between(2s, 90s), 0, [this] {
            if (stage_.faults_on) wishes_.edit();
        });
    }
    for (unsigned i = 0; i < drawn.foreign_acts; ++i)
        stage_.timeline.at(some_time(), 0, [this] { meddle(); });
    for (unsigned i = 0; i < drawn.time_crashes; ++i) {
        stage_.timeline.at(some_time(), 0, [this] {
            if (!process_ || !stage_.faults_on) return;
            stage_.trace.hit(Fault::crash_time);
            stage_.note("killed");
            crash(cut_off());
        });
    }
    for (unsigned i = 0; i < drawn.shutdowns; ++i) {
        stage_.timeline.at(some_time(), 0, [this] {
            if (process_) stage_.trace.hit(Fault::shutdown);
            shut_down();
        });
    }
    if (drawn.operator_approves) {
        for (int i = 0; i < 8; ++i) stage_.timeline.at(some_time(), 0, [this] { approve(); });
    }
    for (unsigned i = 0; i < drawn.source_faults; ++i) {
        const TimePoint begins = some_time();
        const Duration lasts = when.between(5s, 15min);
        stage_.timeline.at(begins, 0, [this, lasts] { spoil_manifests(lasts); });
    }
}

/// One of those that are active in this world; nothing where none is.
std::optional<Fault> World::one_of(std::initializer_list<Fault> faults) {
    std::vector<Fault> active;
    for (const Fault fault : faults) {
        if (stage_.options.rate(fault) > 0) active.push_back(fault);
    }
    if (active.empty() || !stage_.faults_on) return std::nullopt;
    const Fault chosen = active[fate_.below(active.size())];
    stage_.trace.hit(chosen);
    stage_.note("fault", to_string(chosen));
    return chosen;
}

void World::spoil_manifests(Duration lasts) {
    const auto fault =
        one_of({Fault::source_error, Fault::source_broken, Fault::source_empty, Fault::source_reverted});
    if (!fault) return;
    if (*fault == Fault::source_reverted) return wishes_.revert();
    if (*fault == Fault::source_error) wishes_.trouble(Wishes::Trouble::unreadable);
    if (*fault == Fault::source_broken) wishes_.trouble(Wishes::Trouble::broken);
    if (*fault == Fault::source_empty) wishes_.trouble(Wishes::Trouble::empty);
    stage_.timeline.after(lasts, [this] { wishes_.heal(); });
}

ChannelSpec World::foreign_spec(const std::string& name) {
    const Snapshot& wish = wishes_.current();
    const Manifest* manifest = wish ? wish->find({"p", name}) : nullptr;
    if (manifest != nullptr && foreign_.chance(0.5)) return manifest->spec;
    return wishes_.some_spec();
}

/// What the first manifests want is there already, made by others.
void World::plant_all() {
    for (const auto& [key, manifest] : wishes_.current()->manifests) {
        for (const InstanceId& instance : manifest->spec.instance_ids)
            cloud_.plant(key.name, instance, manifest->spec);
        checks_.meddled(key.name);
    }
}

/// Waits until an update of ours may make a channel, and makes one in its place.
void World::forestall(Duration patience) {
    if (!stage_.faults_on || patience <= Duration::zero()) return;
    for (const auto& [key, record] : disk_.rows) {
        if (record.phase != Phase::updating || !record.pending) continue;
        const auto there = cloud_.named(key.name);
        for (const InstanceId& wanted : record.pending->instance_ids) {
            const bool taken = std::any_of(there.begin(), there.end(), [&](const auto& row) {
                return row->live.instance == wanted;
            });
            if (!taken) return plant_foreign(key.name, wanted);
        }
    }
    stage_.timeline.after(300ms, [this, patience] { forestall(patience - 300ms); });
}

void World::plant_foreign(const std::string& name, const InstanceId& instance) {
    checks_.meddled(name);
    stage_.note("foreign create", name, instance);
    cloud_.plant(name, instance, foreign_spec(name));
}

/// Somebody else does something.
void World::meddle() {
    if (!stage_.faults_on) return;
    const std::string name = wishes_.name(foreign_.below(wishes_.names().size()));
    const auto rows = cloud_.now();
    const auto row = rows.empty() ? nullptr : rows[foreign_.below(rows.size())];
    auto fault =
        one_of({Fault::foreign_create, Fault::foreign_edit, Fault::foreign_delete, Fault::foreign_rename}
        );
    if (!fault || (!row && *fault != Fault::foreign_create)) return;
    const bool taken =
        stage_.options.temper.uniqueness != Uniqueness::none && !cloud_.named(name).empty();
    switch (*fault) {
        case Fault::foreign_create: {
            if (stage_.options.temper.uniqueness != Uniqueness::project && foreign_.chance(0.8))
                return forestall(20min);
            if (!taken) {
                plant_foreign(name, "i" + std::to_string(1 + foreign_.below(stage_.options.instances)));
            }
            return;
        }
        case Fault::foreign_edit:
            stage_.note("foreign edit", row->live.name, row->live.id);
            checks_.meddled(row->live.name);
            cloud_.edit(*row, wishes_.changed(row->live.spec));
            return;
        case Fault::foreign_delete:
            stage_.note("foreign delete", row->live.name, row->live.id);
            checks_.meddled(row->live.name);
            checks_.robbed(row->live.name);
            cloud_.erase(*row);
            return;
        default:
            if (taken) return;
            stage_.note("foreign rename", row->live.name, row->live.id + " to " + name);
            checks_.meddled(row->live.name);
            checks_.meddled(name);
            checks_.robbed(row->live.name);
            cloud_.rename(*row, name);
            return;
    }
}

}  // namespace fairway::sim
