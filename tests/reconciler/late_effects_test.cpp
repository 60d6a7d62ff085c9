// What comes late, or is shown late, must not make us lose sight of a row that is ours.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/reconciler/world.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr WallTime now{std::chrono::hours(24 * 365 * 56)};
constexpr Duration settle = 60s;
constexpr Duration hidden = settle + settle / 2;  ///< of what an update makes

InstanceChannel row_of(const ChannelSpec& spec, const InstanceId& instance, const std::string& id) {
    InstanceChannel row;
    row.instance = instance;
    row.name = "VPC_demo";
    row.id = id;
    row.create_time = now;
    row.spec = spec;
    row.spec.instance_ids.clear();
    row.members_known = row.health_known = true;
    return row;
}

/// Ours on i1; an update that also names i2 was sent a moment ago.
struct Updating {
    Updating() {
        manifest.key = {"default", "VPC_demo"};
        manifest.spec = demo_spec();
        record.phase = Phase::updating;
        record.since = now - 5s;
        record.applied = record.pending = demo_spec();
        record.applied->instance_ids = {"i1"};
        record.ids = {{"i1", "a"}};
        seen.rows = {row_of(demo_spec(), "i1", "a")};
    }
    Action next(bool wanted) const {
        return next_action({wanted ? &manifest : nullptr, &record, seen, now, settle}).action;
    }
    Manifest manifest;
    Record record;
    ObservedChannel seen;
};

TEST_CASE("a row that an update made is noted as ours before the channel is deleted") {
    Updating at;
    at.record.since = now - hidden;
    at.seen.rows.push_back(row_of(demo_spec(), "i2", "b"));
    const Action action = at.next(false);
    REQUIRE(std::holds_alternative<Adopt>(action));
    CHECK(std::get<Adopt>(action).ids == std::map<InstanceId, std::string>{{"i1", "a"}, {"i2", "b"}});
}

TEST_CASE("deleting waits while an update may still make a row") {
    Updating at;
    REQUIRE(std::holds_alternative<Wait>(at.next(false)));
    at.record.since = now - hidden;
    CHECK(std::holds_alternative<Delete>(at.next(false)));
}

TEST_CASE("a row on an instance that the update named and the manifest no longer does is noted too") {
    Updating at;
    at.record.since = now - hidden;
    at.record.pending->instance_ids = {"i1", "i2", "i3"};
    at.seen.rows.push_back(row_of(demo_spec(), "i2", "b"));
    at.seen.rows.push_back(row_of(demo_spec(), "i3", "c"));
    const Action action = at.next(true);
    REQUIRE(std::holds_alternative<Adopt>(action));
    CHECK(std::get<Adopt>(action).ids.size() == 3);
}

TEST_CASE("what an update made is not taken for ours where it is not what we sent") {
    Updating at;
    at.record.since = now - hidden;
    ChannelSpec other = demo_spec();
    other.port = 23;
    at.seen.rows.push_back(row_of(other, "i2", "b"));
    const Action action = at.next(false);
    REQUIRE(std::holds_alternative<Delete>(action));
    CHECK(std::get<Delete>(action).rows.size() == 1);
}

TEST_CASE("nothing is done to a row that an update may have made and that is not what was sent") {
    Updating at;
    ChannelSpec more = demo_spec();
    more.members->push_back(more.members->front());
    more.members->back().host = "192.168.0.77";
    at.seen.rows.push_back(row_of(more, "i2", "b"));
    CHECK(std::holds_alternative<Stall>(at.next(true)));
}

/// A create of two instances that was sent a while ago, and not answered.
struct Creating : Updating {
    explicit Creating(Duration ago) {
        record.phase = Phase::ambiguous;
        record.since = now - ago;
        record.intent_at = now - ago;
        record.applied.reset();
        record.ids.clear();
        seen.rows = {row_of(demo_spec(), "i1", "a"), row_of(demo_spec(), "i2", "b")};
    }
};

TEST_CASE("what a lost create made is ours, also where our clock is ahead of the cloud's") {
    for (const Duration ahead : {Duration(0s), Duration(6min), Duration(20min)}) {
        CAPTURE(ahead.count());
        Creating at(10s);
        for (InstanceChannel& row : at.seen.rows) row.create_time = *at.record.intent_at - ahead;
        CHECK(std::holds_alternative<Adopt>(at.next(true)));
    }
    Creating at(10s);
    for (InstanceChannel& row : at.seen.rows) row.create_time = *at.record.intent_at - 25min;
    CHECK(std::holds_alternative<Stall>(at.next(true)));
}

TEST_CASE("a part of what a create made is not believed to be all sooner than an absence is") {
    for (const bool wanted : {true, false}) {
        CAPTURE(wanted);
        Creating at(hidden - 1s);
        at.seen.rows.pop_back();
        const Action early = at.next(wanted);
        REQUIRE(std::holds_alternative<Wait>(early));
        CHECK(std::get<Wait>(early).pause == 1s);
        at.record.since = now - hidden;
        CHECK(std::holds_alternative<Adopt>(at.next(wanted)));
    }
}

TEST_CASE("one look that misses a row which is to go does not make it nobody's") {
    Updating at;
    at.record.phase = Phase::ready;
    at.record.applied = demo_spec();
    at.record.ids = {{"i1", "a"}, {"i2", "b"}};
    at.manifest.spec.instance_ids = {"i1"};
    REQUIRE(std::holds_alternative<LookAgain>(at.next(true)));
    at.record.empty_looks = 1;
    CHECK(std::holds_alternative<Wait>(at.next(true)));
    at.record.since = now - hidden;
    const Action action = at.next(true);
    REQUIRE(std::holds_alternative<Adopt>(action));
    CHECK(std::get<Adopt>(action).ids.size() == 1);
}

TEST_CASE("an update looks in full at what it does not manage before it sends anything") {
    Updating at;
    at.record.phase = Phase::ready;
    at.manifest.spec.instance_ids = {"i1"};
    at.manifest.spec.vpc_health_config.reset();
    at.manifest.spec.port = 23;
    at.seen.rows[0].health_known = false;
    at.seen.rows[0].spec.vpc_health_config.reset();
    CHECK(std::holds_alternative<Show>(at.next(true)));
    at.seen.rows[0] = row_of(demo_spec(), "i1", "a");
    const Action action = at.next(true);
    REQUIRE(std::holds_alternative<Update>(action));
    CHECK(std::get<Update>(action).puts.front().vpc_health_config == demo_spec().vpc_health_config);
}

TEST_CASE("a delete without an answer keeps the id, whatever the next look shows") {
    World world;
    world.settle_down();
    world.rules.mode = PruneMode::on;
    world.rules.budget.at_least = 1;
    world.rules.budget.percent = world.rules.budget.per_day_percent = 100;
    auto snapshot = std::make_shared<ManifestSnapshot>();
    auto other = std::make_shared<Manifest>();
    other->key = {"another project", "other"};
    snapshot->manifests.emplace(other->key, other);
    world.wish = snapshot;
    std::size_t kept = 0;
    world.cloud.fate = [&, removed = false](const std::string& call) mutable {
        if (removed) kept = std::max(kept, world.store.rows.at(world.key).ids.size());
        if (!call.starts_with("remove") || removed) return Fate::fine;
        removed = true;
        return Fate::lost_after;
    };
    world.settle_down();
    CHECK(kept == 2);
    CHECK(world.cloud.rows.empty());
    CHECK(world.store.rows.empty());
}

/// One engine whose passes are started by hand.
struct Hand : World {
    Hand() { options.settle = 60s; }
    void pass(std::shared_ptr<const ManifestSnapshot> manifests) {
        clock.run(run(std::move(manifests)));
    }
    void allow_deletion(const std::string& revision) {
        Gate::Rows rows;
        for (const InstanceChannel& row : cloud.rows) rows.emplace(row.instance, row.id);
        reconciler.gate().allow(key, std::move(rows), revision, clock.now() + 10min);
    }
    Survey survey(std::shared_ptr<const ManifestSnapshot> manifests) {
        Survey found;
        clock.run(look(std::move(manifests), found));
        return found;
    }
    ReconcilerOptions options;
    Reconciler reconciler{cloud, store, clock, metrics, options};

private:
    Task<> look(std::shared_ptr<const ManifestSnapshot> manifests, Survey& found) {
        Observer observer(cloud, store, clock, metrics, reconciler.directions(), ObserverOptions());
        Result<Survey> survey = co_await observer.survey("default", std::move(manifests));
        REQUIRE(survey);
        found = std::move(*survey);
    }
    Task<> run(std::shared_ptr<const ManifestSnapshot> manifests) {
        const PassReport report = co_await reconciler.reconcile(key, std::move(manifests), {});
        reports.push_back(report);
    }
};

std::shared_ptr<ManifestSnapshot> nothing_wanted() {
    auto snapshot = std::make_shared<ManifestSnapshot>();
    snapshot->revision = "none";
    return snapshot;
}

TEST_CASE("a delete that waited for its turn is not sent once it is not allowed any more") {
    Hand world;
    world.pass(world.wish);
    world.allow_deletion("none");
    world.cloud.while_held_back = [&] { world.reconciler.gate().forbid_all(); };
    world.pass(nothing_wanted());
    CHECK(world.cloud.rows.size() == 2);
    CHECK(world.reports.back().state != ChannelState::in_sync);
    world.cloud.while_held_back = [] {};
    const std::size_t writes = world.cloud.writes();
    world.pass(world.wish);  // nothing is on its way: what is wanted again need not wait
    CHECK(world.reports.back().state == ChannelState::in_sync);
    CHECK(world.cloud.writes() == writes);
}

TEST_CASE("an allowed deletion is not done under manifests that cannot all be read") {
    Hand world;
    world.pass(world.wish);
    world.allow_deletion("none");
    auto broken = nothing_wanted();
    broken->invalid = 1;
    world.pass(broken);
    CHECK(world.cloud.rows.size() == 2);
    world.pass(nothing_wanted());
    CHECK(world.cloud.rows.empty());
}

TEST_CASE("a deletion that was allowed is allowed no more once the channel was wanted again") {
    Hand world;
    world.pass(world.wish);
    world.allow_deletion("none");
    world.pass(world.wish);
    world.pass(nothing_wanted());
    CHECK(world.cloud.rows.size() == 2);
}

TEST_CASE("the wait for an unknown create counts from when it can have been sent, not from the intent") {
    // In our own limiter, or until the connection stood: the connection breaks as soon as it is sent.
    for (const Duration held_up : {Duration(20s), Duration(70s)}) {
        CAPTURE(held_up.count());
        Hand world;
        world.cloud.create_takes = held_up;
        world.cloud.fate = [](const std::string& call) {
            return call.starts_with("create") ? Fate::lost_before : Fate::fine;
        };
        world.pass(world.wish);
        const Record& row = world.store.rows.at(world.key);
        REQUIRE(row.phase == Phase::ambiguous);
        CHECK(row.since == world.clock.wall());
        CHECK(world.reports.back().again == 60s);
    }
}

TEST_CASE("an intent of a process before us may have been sent until we came") {
    Hand world;
    Record row;
    row.phase = Phase::intent;
    row.since = *(row.intent_at = world.clock.wall() - 59s);
    row.pending = demo_spec();
    row.revision = 1;
    world.store.rows[world.key] = row;
    world.pass(world.wish);
    CHECK(world.reports.back().again == 60s);
}

TEST_CASE("a row that is gone after a delete whose end we did not hear counts as deleted") {
    Hand world;
    world.pass(world.wish);
    Record row = world.store.rows.at(world.key);
    row.phase = Phase::deleting;
    row.pending = demo_spec();
    world.store.rows[world.key] = row;
    world.cloud.rows.clear();
    world.pass(nothing_wanted());
    world.clock.advance(61s);
    world.pass(nothing_wanted());
    CHECK(world.store.rows.empty());
    const auto& told = world.store.entries;
    CHECK(std::count_if(told.begin(), told.end(), [](const HistoryEntry& entry) {
              return entry.action == "delete" && entry.result == "unknown";
          }) == 2);
}

TEST_CASE("a survey tells what a delete took whose end we did not hear") {
    Hand world;
    world.pass(world.wish);
    Record& row = world.store.rows.at(world.key);
    std::erase_if(world.cloud.rows, [](const InstanceChannel& live) { return live.instance == "i1"; });
    CHECK(world.survey(nothing_wanted()).gone_unheard == 0);  // somebody else's deed
    row.phase = Phase::deleting;
    row.pending = demo_spec();
    const Survey survey = world.survey(nothing_wanted());
    CHECK(survey.gone_unheard == 1);
    CHECK(survey.owned == 1);
}

TEST_CASE("what is wanted again is not written while a delete may still be on its way") {
    Updating at;
    at.record.phase = Phase::deleting;
    at.manifest.spec.instance_ids = {"i1"};
    at.manifest.spec.port = 23;
    CHECK(std::holds_alternative<Wait>(at.next(true)));
    at.record.since = now - hidden;
    CHECK(std::holds_alternative<Update>(at.next(true)));
}

TEST_CASE("a row that a shrink may still be taking away is not ours as before until that is over") {
    Updating at;  // once the row is ready again, nobody counts that the delete took it
    at.record.phase = Phase::deleting;
    at.record.pending->instance_ids = {"i2"};
    at.record.ids = {{"i1", "a"}, {"i2", "b"}};
    at.seen.rows.push_back(row_of(demo_spec(), "i2", "b"));
    at.manifest.spec.instance_ids = {"i1"};
    CHECK(std::holds_alternative<Wait>(at.next(true)));
    at.record.since = now - settle;
    CHECK_FALSE(std::holds_alternative<Wait>(at.next(true)));
}

TEST_CASE("what an update made in the place of a deleted row is ours, though the rest is refused") {
    World world;
    world.settle_down();
    Record& row = world.store.rows.at(world.key);
    const std::string gone = row.ids.at("i1");
    row.phase = Phase::deleting;  // a delete that was not answered, and a manifest that came back
    row.pending = demo_spec();
    row.since = world.clock.wall() - 2 * settle;
    std::erase_if(world.cloud.rows, [&](const InstanceChannel& one) { return one.id == gone; });
    ChannelSpec changed = demo_spec();
    changed.port = 80;
    world.wish = snapshot_of(world.key, changed);
    int puts = 0;
    world.cloud.fate = [&](const std::string& call) {
        if (puts == 2) return Fate::refused;  // no look shows what the first one made
        return call.starts_with("put") && ++puts == 2 ? Fate::refused : Fate::fine;
    };
    world.settle_down();
    REQUIRE(puts == 2);
    REQUIRE(world.cloud.of("VPC_demo").size() == 2);
    world.cloud.fate = [](const std::string&) { return Fate::fine; };
    world.settle_down();
    CHECK(world.conditions.at(world.key).state == ChannelState::in_sync);
    CHECK(world.store.rows.at(world.key).ids.size() == 2);
    for (const InstanceChannel* one : world.cloud.of("VPC_demo"))
        CHECK(world.store.rows.at(world.key).ids.at(one->instance) == one->id);
}

}  // namespace
}  // namespace fairway
