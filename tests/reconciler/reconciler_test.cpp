#include <doctest/doctest.h>

#include "tests/reconciler/world.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

TEST_CASE("what is wanted is created once, and then nothing more is sent") {
    World world;
    world.settle_down();
    CHECK(world.cloud.of("VPC_demo").size() == 2);
    CHECK(world.store.rows.at(world.key).phase == Phase::ready);
    CHECK(world.store.rows.at(world.key).ids.size() == 2);

    world.cloud.calls.clear();
    world.settle_down();
    CHECK(world.cloud.calls == std::vector<std::string>{"list default"});
}

TEST_CASE("the queue tells since when its oldest key waits, and that none does") {
    World world;
    auto two = std::make_shared<ManifestSnapshot>(*world.wish);
    auto second = std::make_shared<Manifest>(*two->find(world.key));
    second->key.name = "second";
    two->manifests.emplace(second->key, second);
    world.wish = two;
    world.workers = 1;
    world.cloud.create_takes = 3s;
    const WallTime asked = world.clock.wall();
    world.settle_down();
    CHECK(world.metrics.oldest.front() == asked);  // the second waits while the first is worked on
    CHECK(world.metrics.oldest.back() == WallTime());
}

TEST_CASE("an answer without ids is read back") {
    World world;
    world.cloud.answers_ids = false;
    world.settle_down();
    CHECK(world.store.rows.at(world.key).ids.at("i1") == "id1");
}

TEST_CASE("killed at any moment of its life, a channel is neither lost nor doubled") {
    const auto as_it_is = [](World&) {};
    const int moments = killed_at_every_moment<World>(as_it_is, [](World& world) {
        CHECK(world.cloud.of("VPC_demo").size() == 2);
        REQUIRE(world.store.rows.contains(world.key));
        CHECK(world.store.rows.at(world.key).phase == Phase::ready);
    });
    CHECK(moments > 8);  // it did live through that many
}

TEST_CASE("a create whose answer is lost is looked for, and adopted once it is explained") {
    for (const Fate met : {Fate::lost_before, Fate::lost_after, Fate::halfway}) {
        CAPTURE(static_cast<int>(met));
        World world;
        bool first = true;
        world.cloud.fate = [&](const std::string& call) {
            return call == "create VPC_demo" && std::exchange(first, false) ? met : Fate::fine;
        };
        world.settle_down();
        CHECK(world.cloud.of("VPC_demo").size() == 2);
        CHECK(world.store.rows.at(world.key).phase == Phase::ready);
        const auto creates =
            std::count(world.cloud.calls.begin(), world.cloud.calls.end(), "create VPC_demo");
        CHECK(creates == (met == Fate::lost_before ? 2 : 1));
    }
}

TEST_CASE("a lost create is not sent again before the settle time and two empty looks") {
    World world;
    std::vector<TimePoint> creates;
    world.cloud.fate = [&](const std::string& call) {
        if (call != "create VPC_demo") return Fate::fine;
        creates.push_back(world.clock.now());
        return creates.size() == 1 ? Fate::lost_before : Fate::fine;
    };
    world.settle_down();
    REQUIRE(creates.size() == 2);
    CHECK(creates[1] - creates[0] >= 90s);
}

TEST_CASE("a refused create leaves nothing behind and is not repeated") {
    World world;
    world.cloud.fate = [](const std::string& call) {
        return call.starts_with("create") ? Fate::refused : Fate::fine;
    };
    world.settle_down();
    CHECK(world.store.rows.empty());
    CHECK(world.cloud.writes() == 1);
    CHECK(world.conditions.at(world.key).state == ChannelState::stalled);
}

TEST_CASE("a throttled create is repeated after a look") {
    World world;
    int met = 0;
    world.cloud.fate = [&](const std::string& call) {
        return call.starts_with("create") && ++met <= 3 ? Fate::throttled : Fate::fine;
    };
    world.settle_down();
    CHECK(world.cloud.of("VPC_demo").size() == 2);
    CHECK(world.cloud.writes() == 4);
}

TEST_CASE("a foreign channel of the same name is never written to") {
    World world;
    ChannelSpec foreign = demo_spec();
    foreign.port = 80;
    world.cloud.plant("VPC_demo", foreign, "i1");
    world.settle_down();
    CHECK(world.cloud.writes() == 0);
    CHECK(world.store.rows.empty());
    CHECK(world.conditions.at(world.key).conflict);
}

TEST_CASE("a foreign channel that is equal is adopted only where the manifest says so") {
    World world;
    for (const InstanceId instance : {"i1", "i2"}) world.cloud.plant("VPC_demo", demo_spec(), instance);
    world.settle_down();
    CHECK(world.store.rows.empty());

    Lifecycle lifecycle;
    lifecycle.adopt = AdoptPolicy::if_equal;
    world.wish = snapshot_of(world.key, demo_spec(), lifecycle);
    world.settle_down();
    CHECK(world.cloud.writes() == 0);
    CHECK(world.store.rows.at(world.key).origin == Origin::adopted);
}

TEST_CASE("a foreign channel met by our own create is a conflict, even when it is made equal later") {
    World world;
    world.cloud.fate = [&](const std::string& call) {
        if (call == "create VPC_demo" && world.cloud.rows.empty()) {
            ChannelSpec foreign = demo_spec();
            foreign.port = 80;
            world.cloud.plant("VPC_demo", foreign, "i1");
        }
        return Fate::fine;
    };
    world.settle_down();
    CHECK(world.store.rows.at(world.key).phase == Phase::conflict);
    world.cloud.rows.front().spec.port = 22;
    world.settle_down();
    CHECK(world.cloud.writes() == 1);
    CHECK(world.store.rows.at(world.key).phase == Phase::conflict);
}

TEST_CASE("a changed manifest is one update, and so is a drifted channel") {
    World world;
    world.settle_down();
    ChannelSpec changed = demo_spec();
    changed.port = 8080;
    world.wish = snapshot_of(world.key, changed);
    world.settle_down();
    CHECK(world.cloud.of("VPC_demo").front()->spec.port == 8080);
    CHECK(world.cloud.writes() == 2);
    CHECK(world.reports.back().changes.front().reason == Reason::manifest_changed);

    world.cloud.of("VPC_demo").back()->spec.port = 9090;
    world.settle_down();
    CHECK(world.cloud.of("VPC_demo").back()->spec.port == 8080);
    CHECK(world.cloud.writes() == 3);
    CHECK(world.reports.back().drifted);
    CHECK(world.reports.back().changes.front().reason == Reason::live_drifted);
}

TEST_CASE("an update that is lost is repeated until it shows") {
    World world;
    world.settle_down();
    ChannelSpec changed = demo_spec();
    changed.port = 8080;
    world.wish = snapshot_of(world.key, changed);
    int lost = 0;
    world.cloud.fate = [&](const std::string& call) {
        if (!call.starts_with("put")) return Fate::fine;
        return ++lost == 1 ? Fate::halfway : lost == 2 ? Fate::lost_before : Fate::fine;
    };
    world.settle_down();
    for (const InstanceChannel* row : world.cloud.of("VPC_demo")) CHECK(row->spec.port == 8080);
    CHECK(world.store.rows.at(world.key).phase == Phase::ready);
}

TEST_CASE("an update that the cloud does not keep is not hammered") {
    World world;
    world.settle_down();
    ChannelSpec changed = demo_spec();
    changed.port = 8080;
    world.wish = snapshot_of(world.key, changed);
    world.cloud.fate = [&](const std::string& call) {
        if (call.starts_with("find")) world.cloud.rows.front().spec.port = 22;
        return Fate::fine;
    };
    const std::size_t before = world.cloud.writes();
    world.settle_down();
    CHECK(world.cloud.writes() - before == 20);  // the attempts of a command, each after its back-off
    CHECK(world.conditions.at(world.key).state == ChannelState::failed);
}

TEST_CASE("an instance channel that was deleted by hand is brought back by one update") {
    World world;
    world.settle_down();
    world.cloud.rows.pop_back();
    world.settle_down();
    CHECK(world.cloud.of("VPC_demo").size() == 2);
    CHECK(world.cloud.calls.back() == "find VPC_demo");
    CHECK(world.store.rows.at(world.key).ids.at("i2") == "id3");
}

TEST_CASE("a channel that vanished everywhere is made again only after two empty looks") {
    World world;
    world.settle_down();
    world.cloud.rows.clear();
    const TimePoint before = world.clock.now();
    world.settle_down();
    CHECK(world.cloud.of("VPC_demo").size() == 2);
    CHECK(world.clock.now() - before >= 60s);
}

TEST_CASE("a refused re-creation does not forget that the channel was ours") {
    World world;
    world.settle_down();
    world.cloud.rows.clear();
    world.cloud.fate = [](const std::string& call) {
        return call.starts_with("create") ? Fate::refused : Fate::fine;
    };
    world.settle_down();
    REQUIRE(world.store.rows.contains(world.key));
    CHECK(world.store.rows.at(world.key).phase == Phase::ready);
    CHECK(world.store.rows.at(world.key).applied.has_value());
}

TEST_CASE("somebody else's channel in the place of ours is left alone") {
    World world;
    world.settle_down();
    world.cloud.rows.front().id = "another";
    world.cloud.rows.front().spec.port = 1;
    const std::size_t before = world.cloud.writes();
    world.settle_down();
    CHECK(world.cloud.writes() == before);
    CHECK(world.conditions.at(world.key).conflict);
}

TEST_CASE("more than ten instances are created on ten and grown by update") {
    World world;
    ChannelSpec wide = demo_spec();
    wide.instance_ids.clear();
    for (int i = 0; i < 23; ++i) wide.instance_ids.push_back("i" + std::to_string(i));
    world.wish = snapshot_of(world.key, wide);
    world.settle_down();
    CHECK(world.cloud.of("VPC_demo").size() == 23);
    CHECK(world.cloud.writes() == 3);
    world.cloud.calls.clear();
    world.settle_down();
    CHECK(world.cloud.writes() == 0);
}

TEST_CASE("nothing is deleted, whatever disappears from the manifests") {
    World world;
    world.settle_down();
    world.wish = std::make_shared<ManifestSnapshot>();
    world.settle_down();
    CHECK(world.cloud.of("VPC_demo").size() == 2);
    CHECK(world.store.rows.contains(world.key));
}

TEST_CASE("a channel whose manifest cannot be read is not touched") {
    World world;
    world.settle_down();
    auto broken = std::make_shared<ManifestSnapshot>();
    broken->unreadable.insert(world.key);
    broken->invalid = 1;
    world.wish = broken;
    world.cloud.rows.front().spec.port = 80;
    const std::size_t before = world.cloud.writes();
    world.settle_down();
    CHECK(world.cloud.writes() == before);
}

TEST_CASE("a suspended channel is left alone until its time is over") {
    World world;
    world.settle_down();
    world.cloud.rows.front().spec.port = 80;
    Lifecycle lifecycle;
    lifecycle.suspend = Suspension{world.clock.wall() + 1h, "change freeze"};
    world.wish = snapshot_of(world.key, demo_spec(), lifecycle);
    const std::size_t before = world.cloud.writes();
    world.settle_down();
    CHECK(world.cloud.writes() == before);
    world.clock.advance(2h);
    world.settle_down();
    CHECK(world.cloud.writes() == before + 1);
}

TEST_CASE("drift is only told where the manifest says warn") {
    World world;
    Lifecycle lifecycle;
    lifecycle.drift = DriftPolicy::warn;
    world.wish = snapshot_of(world.key, demo_spec(), lifecycle);
    world.settle_down();
    world.cloud.rows.front().spec.port = 80;
    const std::size_t before = world.cloud.writes();
    world.settle_down();
    CHECK(world.cloud.writes() == before);
    CHECK(world.conditions.at(world.key).drifted);
}

TEST_CASE("an instance whose names can be modified refuses the create before it is sent") {
    World world;
    world.cloud.name_modifiable_on.insert("i2");
    world.settle_down();
    CHECK(world.cloud.writes() == 0);
    CHECK(world.store.rows.empty());
    CHECK(world.conditions.at(world.key).state == ChannelState::stalled);
}

TEST_CASE("a row that does not show the members is shown before it is compared") {
    World world;
    world.settle_down();
    for (InstanceChannel& row : world.cloud.rows) row.members_known = false;
    world.cloud.calls.clear();
    world.settle_down();
    CHECK(std::count(world.cloud.calls.begin(), world.cloud.calls.end(), "show VPC_demo") == 2);
    CHECK(world.cloud.writes() == 0);
}

TEST_CASE("the protection that a manifest asks for is noted before its create is sent") {
    World world;
    Lifecycle lifecycle;
    lifecycle.deletion = DeletionPolicy::forbid;
    world.wish = snapshot_of(world.key, demo_spec(), lifecycle);
    std::optional<DeletionPolicy> noted;
    world.cloud.fate = [&](const std::string& call) {
        if (call.starts_with("create")) noted = world.store.rows.at(world.key).deletion;
        return Fate::fine;
    };
    world.settle_down();
    REQUIRE(noted);
    CHECK(*noted == DeletionPolicy::forbid);
}

Task<> pass_over(Reconciler& reconciler, World& world, PassReport& report) {
    report = co_await reconciler.reconcile(world.key, world.wish, std::nullopt);
}

/// A store whose disk is full from the moment at which a create was answered.
struct FullStore : FakeStore {
    using FakeStore::FakeStore;
    std::map<ChannelKey, Record> rescued;
    Task<Result<std::uint64_t>> save(ChannelKey key, Record record) override {
        if (record.phase == Phase::created)
            co_return Error(ErrorClass::retryable, ErrorReason::internal, "the disk is full");
        co_return co_await FakeStore::save(key, record);
    }
    void rescue(const ChannelKey& key, const Record& created) override { rescued[key] = created; }
};

TEST_CASE("ids that cannot be stored are rescued, and the create is not sent again") {
    World world;
    FullStore store(world.killer);
    Reconciler reconciler(world.cloud, store, world.clock, world.metrics, ReconcilerOptions());
    for (int i = 0; i < 3; ++i) {
        PassReport report;
        world.clock.run(pass_over(reconciler, world, report));
        world.clock.advance(10min);
    }
    CHECK(world.cloud.of("VPC_demo").size() == 2);
    REQUIRE(store.rescued.contains(world.key));
    CHECK(store.rescued[world.key].ids.size() == 2);
    CHECK(store.rescued[world.key].intent_at);
}

}  // namespace
}  // namespace fairway
