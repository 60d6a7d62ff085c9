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

TEST_CASE("a create that was done and answered with a throttle is ours, and is not sent again") {
    World world;
    world.cloud.fate = [](const std::string& call) {
        return call.starts_with("create") ? Fate::throttled_after : Fate::fine;
    };
    const TimePoint before = world.clock.now();
    world.settle_down();
    CHECK(world.cloud.writes() == 1);
    CHECK(world.conditions.at(world.key).state == ChannelState::in_sync);
    CHECK(world.store.rows.at(world.key).ids.size() == 2);
    CHECK(world.clock.now() - before < world.settle);
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

/// A manifest that names i3 too.
ChannelSpec grown_spec(int port = 22) {
    ChannelSpec spec = demo_spec();
    spec.instance_ids.push_back("i3");
    spec.port = port;
    return spec;
}

bool tells(const World& world, const std::string& part) {
    return world.conditions.at(world.key).why.find(part) != std::string::npos;
}

TEST_CASE("what somebody makes where an update of ours was refused is not ours") {
    bool equal = false;
    SUBCASE("another channel") {
        equal = false;
    }
    SUBCASE("an equal one, later") {
        equal = true;
    }
    for (const bool growing : {true, false}) {
        CAPTURE(growing);
        World world;
        world.settle_down();
        const InstanceId instance = growing ? "i3" : "i2";
        if (growing) {
            world.wish = snapshot_of(world.key, grown_spec());
        } else {
            std::erase_if(world.cloud.rows, [](const auto& row) { return row.instance == "i2"; });
        }
        world.cloud.fate = [](const std::string& call) {
            return call.starts_with("put") ? Fate::refused : Fate::fine;
        };
        world.settle_down();
        CHECK(world.store.rows.at(world.key).phase == Phase::ready);
        ChannelSpec foreign = demo_spec();
        if (!equal) foreign.port = 80;
        world.clock.advance(1h);
        world.cloud.plant("VPC_demo", foreign, instance);
        world.cloud.fate = [](const std::string&) { return Fate::fine; };
        const std::size_t before = world.cloud.writes();
        world.settle_down();
        world.settle_down();
        CHECK(world.cloud.writes() == before);
        CHECK(world.conditions.at(world.key).conflict);
        CHECK(tells(world, "fairway adopt VPC_demo"));
        CHECK(tells(world, "somebody deleted it") == !growing);
    }
}

TEST_CASE("an update that was lost does not make a foreign channel ours") {
    bool equal = false;
    SUBCASE("that differs") {
        equal = false;
    }
    SUBCASE("that is older") {
        equal = true;
    }
    World world;
    world.settle_down();
    world.wish = snapshot_of(world.key, grown_spec());
    int puts = 0;
    world.cloud.fate = [&](const std::string& call) {
        if (!call.starts_with("put")) return Fate::fine;
        if (++puts == 1) {
            ChannelSpec foreign = demo_spec();
            if (!equal) foreign.port = 80;
            world.cloud.plant("VPC_demo", foreign, "i3");
            if (equal) *world.cloud.rows.back().create_time -= 1h;
        }
        return Fate::lost_before;
    };
    world.settle_down();
    CHECK(puts == 1);
    CHECK(world.conditions.at(world.key).conflict);
    world.cloud.of("VPC_demo").back()->spec.port = 22;  // made equal later
    world.settle_down();
    CHECK(puts == 1);
    CHECK(world.conditions.at(world.key).conflict);
    CHECK_FALSE(world.store.rows.at(world.key).ids.contains("i3"));
}

TEST_CASE("what an update of ours made is ours, though its answer is lost or refuses the rest") {
    World world;
    world.settle_down();
    world.wish = snapshot_of(world.key, grown_spec());
    bool first = true;
    SUBCASE("lost") {
        world.cloud.fate = [&](const std::string& call) {
            return call.starts_with("put") && std::exchange(first, false) ? Fate::lost_after
                                                                          : Fate::fine;
        };
    }
    SUBCASE("lost, and the manifest changes before it is seen") {
        world.cloud.fate = [&](const std::string& call) {
            if (call.starts_with("put") && std::exchange(first, false)) {
                world.wish = snapshot_of(world.key, grown_spec(8080));
                return Fate::lost_after;
            }
            return call.starts_with("find") ? Fate::lost_before : Fate::fine;
        };
        world.settle_down();
        world.cloud.fate = [](const std::string&) { return Fate::fine; };
    }
    SUBCASE("refused on another instance") {
        ChannelSpec wide = grown_spec();
        wide.instance_ids.push_back("i4");
        world.wish = snapshot_of(world.key, wide);
        world.cloud.fate = [&](const std::string& call) {
            if (!call.starts_with("put") || !std::exchange(first, false)) return Fate::fine;
            world.cloud.plant("VPC_demo", demo_spec(), "i3");
            return Fate::refused;
        };
        world.settle_down();
        CHECK(world.store.rows.at(world.key).phase == Phase::ready);
    }
    world.settle_down();
    world.settle_down();
    CHECK(world.store.rows.at(world.key).phase == Phase::ready);
    CHECK(world.store.rows.at(world.key).ids.contains("i3"));
    CHECK(world.store.rows.at(world.key).origin == Origin::created);
    for (const InstanceChannel* row : world.cloud.of("VPC_demo"))
        CHECK(row->spec.port == world.wish->find(world.key)->spec.port);
}

TEST_CASE("an instance channel that only the list had lost is still ours after a lost update") {
    World world;
    world.settle_down();
    const InstanceChannel hidden = world.cloud.rows.back();
    world.cloud.rows.pop_back();
    bool first = true;
    world.cloud.fate = [&](const std::string& call) {
        if (!call.starts_with("put") || !std::exchange(first, false)) return Fate::fine;
        world.cloud.rows.push_back(hidden);
        world.cloud.rows.back().create_time = *hidden.create_time - 1h;
        return Fate::lost_before;
    };
    world.settle_down();
    CHECK(world.store.rows.at(world.key).phase == Phase::ready);
    CHECK(world.store.rows.at(world.key).ids.at("i2") == hidden.id);
}

TEST_CASE("a foreign channel on a further instance becomes ours only as lifecycle.adopt says") {
    for (const AdoptPolicy policy :
         {AdoptPolicy::never, AdoptPolicy::if_equal, AdoptPolicy::overwrite}) {
        for (const bool equal : {true, false}) {
            CAPTURE(static_cast<int>(policy));
            CAPTURE(equal);
            World world;
            world.settle_down();
            Lifecycle lifecycle;
            lifecycle.adopt = policy;
            world.wish = snapshot_of(world.key, grown_spec(), lifecycle);
            ChannelSpec foreign = demo_spec();
            if (!equal) foreign.port = 80;
            world.cloud.plant("VPC_demo", foreign, "i3");
            const std::size_t before = world.cloud.writes();
            world.settle_down();
            CHECK(world.cloud.writes() == before);
            const bool taken = equal && policy == AdoptPolicy::if_equal;
            CHECK(world.store.rows.at(world.key).ids.contains("i3") == taken);
            CHECK((world.store.rows.at(world.key).origin == Origin::adopted) == taken);
            if (!taken) CHECK(tells(world, "fairway adopt VPC_demo"));
        }
    }
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

TEST_CASE("what only drifted is left beside a change of the manifest where it says warn") {
    World world;
    Lifecycle warn;
    warn.drift = DriftPolicy::warn;
    world.wish = snapshot_of(world.key, demo_spec(), warn);
    world.settle_down();
    InstanceChannel& row = world.cloud.rows.front();
    Member added;
    SUBCASE("a setting") {
        row.spec.balance_strategy = BalanceStrategy::sh;
    }
    SUBCASE("a health check") {
        row.spec.vpc_health_config->timeout = 9;
    }
    SUBCASE("a group's remark") {
        row.spec.member_groups->front().member_group_remark = "by hand";
    }
    SUBCASE("a group more") {
        row.spec.member_groups->emplace_back().member_group_name = "by-hand";
    }
    SUBCASE("a member more") {
        added.host = "10.0.0.1";
        added.port = 80;
        row.spec.members->push_back(added);
    }
    SUBCASE("a member less") {
        row.spec.members->pop_back();
    }
    const ChannelSpec drifted = row.spec;
    ChannelSpec changed = demo_spec();
    changed.port = 8080;
    world.wish = snapshot_of(world.key, changed, warn);
    const std::size_t before = world.cloud.writes();
    world.settle_down();
    const InstanceChannel& live = *world.cloud.of("VPC_demo").front();
    CHECK(world.cloud.writes() - before == 2);  // a body for each instance
    CHECK(live.spec.port == 8080);
    CHECK_FALSE(differences(demo_spec(), live, Ignored({"/port"})).empty());
    CHECK(live.spec.balance_strategy == drifted.balance_strategy);
    CHECK(live.spec.member_groups->size() == drifted.member_groups->size());
    CHECK(live.spec.members->size() == drifted.members->size());
    CHECK(world.cloud.of("VPC_demo").back()->spec.port == 8080);
    CHECK(world.conditions.at(world.key).drifted);
    CHECK(world.conditions.at(world.key).state == ChannelState::out_of_sync);
    CHECK(world.store.rows.at(world.key).phase == Phase::ready);
    CHECK(world.store.entries.back().detail == "/port");
    const auto& changes = world.reports.back().changes;
    CHECK(std::any_of(changes.begin(), changes.end(), [](const FieldChange& change) {
        return change.reason == Reason::drift_left;
    }));
    world.settle_down();
    CHECK(world.cloud.writes() - before == 2);
    world.wish = snapshot_of(world.key, changed);  // and drift: correct puts it right
    world.settle_down();
    CHECK(differences(changed, *world.cloud.of("VPC_demo").front()).empty());
}

TEST_CASE("a group that is missing comes back by an update, for the list of members needs it") {
    World world;
    Lifecycle warn;
    warn.drift = DriftPolicy::warn;
    world.wish = snapshot_of(world.key, demo_spec(), warn);
    world.settle_down();
    for (InstanceChannel& row : world.cloud.rows) {
        row.spec.member_groups->erase(row.spec.member_groups->begin());
        row.spec.members->front().member_group_name = "";
    }
    ChannelSpec changed = demo_spec();
    changed.port = 8080;
    world.wish = snapshot_of(world.key, changed, warn);
    world.settle_down();
    for (const InstanceChannel* row : world.cloud.of("VPC_demo")) {
        CHECK(row->spec.port == 8080);
        CHECK(row->spec.member_groups->size() == 2);
        CHECK(std::any_of(row->spec.members->begin(), row->spec.members->end(), [](const Member& one) {
            return one.host == "192.168.0.5" && one.member_group_name.value_or("").empty();
        }));
    }
    CHECK(world.conditions.at(world.key).drifted);
}

TEST_CASE("an instance that drift: warn leaves missing stays so beside a change of the manifest") {
    World world;
    Lifecycle warn;
    warn.drift = DriftPolicy::warn;
    world.wish = snapshot_of(world.key, demo_spec(), warn);
    world.settle_down();
    world.cloud.rows.pop_back();
    ChannelSpec changed = demo_spec();
    changed.port = 8080;
    world.wish = snapshot_of(world.key, changed, warn);
    world.settle_down();
    CHECK(world.cloud.of("VPC_demo").size() == 1);
    CHECK(world.cloud.rows.front().spec.port == 8080);
    CHECK(world.store.rows.at(world.key).ids.size() == 2);
}

TEST_CASE("what the manifest begins to manage is written where it says warn, whatever was live") {
    World world;
    Lifecycle warn;
    warn.drift = DriftPolicy::warn;
    ChannelSpec little = demo_spec();
    little.balance_strategy.reset();
    little.members.reset();
    world.wish = snapshot_of(world.key, little, warn);
    world.settle_down();
    for (InstanceChannel& row : world.cloud.rows) {
        row.spec.balance_strategy = BalanceStrategy::sh;
        Member other;
        other.host = "10.0.0.1";
        other.port = 80;
        row.spec.members = {other};
    }
    world.wish = snapshot_of(world.key, demo_spec(), warn);
    world.settle_down();
    for (const InstanceChannel* row : world.cloud.of("VPC_demo"))
        CHECK(differences(demo_spec(), *row).empty());
}

TEST_CASE("an update that was lost and then taken back is written where the manifest says warn") {
    World world;
    Lifecycle warn;
    warn.drift = DriftPolicy::warn;
    world.wish = snapshot_of(world.key, demo_spec(), warn);
    world.settle_down();
    ChannelSpec changed = demo_spec();
    changed.port = 8080;
    world.wish = snapshot_of(world.key, changed, warn);
    bool sent = false;
    world.cloud.fate = [&](const std::string& call) {
        if (call.starts_with("put")) sent = true;
        return call.starts_with("put") ? Fate::lost_after : sent ? Fate::lost_before : Fate::fine;
    };
    world.settle_down();
    world.cloud.fate = [](const std::string&) { return Fate::fine; };
    world.wish = snapshot_of(world.key, demo_spec(), warn);
    world.settle_down();
    for (const InstanceChannel* row : world.cloud.of("VPC_demo")) CHECK(row->spec.port == 22);
}

TEST_CASE("an instance whose names can be modified refuses the create before it is sent") {
    World world;
    world.cloud.name_modifiable_on.insert("i2");
    world.settle_down();
    CHECK(world.cloud.writes() == 0);
    CHECK(world.store.rows.empty());
    CHECK(world.conditions.at(world.key).state == ChannelState::stalled);
}

TEST_CASE("an instance whose names can be modified does not keep an update from the others") {
    World world;
    world.settle_down();
    world.cloud.name_modifiable_on.insert("i2");
    ChannelSpec changed = demo_spec();
    changed.port = 8080;
    world.wish = snapshot_of(world.key, changed);
    for (int again = 0; again < 2; ++again) {
        world.settle_down();
        CHECK(world.cloud.of("VPC_demo").front()->spec.port == 8080);
        CHECK(world.cloud.of("VPC_demo").back()->spec.port == 22);
        CHECK(world.cloud.writes() == 2);
        CHECK(world.conditions.at(world.key).state == ChannelState::stalled);
        CHECK(world.conditions.at(world.key).error);
        CHECK(tells(world, "instance i2 has the feature vpc_name_modifiable on"));
    }
    CHECK(std::count_if(world.store.entries.begin(), world.store.entries.end(), [](const auto& entry) {
              return entry.action == "update" && entry.result == "ok";
          }) == 1);
    world.cloud.name_modifiable_on.clear();
    world.settle_down();
    CHECK(world.cloud.of("VPC_demo").back()->spec.port == 8080);
    CHECK(world.store.rows.at(world.key).phase == Phase::ready);
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
    Result<> rescue(const ChannelKey& key, const Record& created) override {
        if (no_other_disk) return Error(ErrorClass::terminal, ErrorReason::internal, "no other disk");
        rescued[key] = created;
        return {};
    }
    bool no_other_disk = false;
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

TEST_CASE("ids that no disk takes are told, so that a person has them") {
    World world;
    FullStore store(world.killer);
    store.no_other_disk = true;
    Reconciler reconciler(world.cloud, store, world.clock, world.metrics, ReconcilerOptions());
    PassReport report;
    world.clock.run(pass_over(reconciler, world, report));
    CHECK(report.ids_lost);
    REQUIRE(report.error);
    CHECK(
        report.error->what() ==
        "save: the disk is full; nor are the ids of what was created kept elsewhere "
        "(no other disk), so write them down: i1=id1 i2=id2"
    );
}

}  // namespace
}  // namespace fairway
