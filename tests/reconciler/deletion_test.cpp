#include <doctest/doctest.h>

#include <functional>

#include "tests/reconciler/world.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<const ManifestSnapshot> no_wish() {
    auto snapshot = std::make_shared<ManifestSnapshot>();
    auto other = std::make_shared<Manifest>();  // a wish without any manifest is refused
    other->key = {"another project", "other"};
    snapshot->manifests.emplace(other->key, other);
    snapshot->revision = "r2";
    return snapshot;
}

/// A channel that is there and ours, with deleting allowed, and much else that is ours.
struct Owning : World {
    Owning() {
        settle_down();
        cloud.calls.clear();
        rules.mode = PruneMode::on;
        rules.budget.at_least = 1;
        rules.budget.percent = rules.budget.per_day_percent = 100;
    }
    void change(const std::function<void(Manifest&)>& edit) {
        auto manifest = std::make_shared<Manifest>(*wish->find(key));
        edit(*manifest);
        auto snapshot = std::make_shared<ManifestSnapshot>();
        snapshot->manifests.emplace(key, manifest);
        snapshot->revision = "r3";
        wish = snapshot;
    }
    std::vector<std::string> writes() const {
        std::vector<std::string> made;
        for (const std::string& call : cloud.calls) {
            if (!call.starts_with("list") && !call.starts_with("find") && !call.starts_with("show") &&
                !call.starts_with("features"))
                made.push_back(call);
        }
        return made;
    }
};

TEST_CASE("a channel whose manifest is gone is deleted on each instance, and can be had back") {
    Owning world;
    world.wish = no_wish();
    world.settle_down();
    CHECK(world.writes() == std::vector<std::string>{"remove VPC_demo i1", "remove VPC_demo i2"});
    CHECK(world.cloud.rows.empty());
    CHECK(world.store.rows.empty());
    REQUIRE(world.store.buried.size() == 1);
    CHECK(world.store.buried[0].spec.instance_ids == std::vector<InstanceId>{"i1", "i2"});
    CHECK(differences(demo_spec(), world.store.buried[0].spec).empty());
    CHECK(world.store.entries.back().action == "delete");

    world.cloud.calls.clear();
    world.settle_down();
    CHECK(world.cloud.calls == std::vector<std::string>{"list default"});
}

TEST_CASE("where deleting is off, nothing is sent and nothing is forgotten") {
    Owning world;
    world.rules.mode = PruneMode::off;
    world.wish = no_wish();
    world.settle_down();
    CHECK(world.cloud.calls == std::vector<std::string>{"list default"});
    CHECK(world.store.rows.size() == 1);
}

TEST_CASE("killed at any moment of a deletion, it is completed, and nothing else goes") {
    const auto prepare = [](Owning& world) {
        world.cloud.plant("other", demo_spec(), "i1");
        world.wish = no_wish();
    };
    const int moments = killed_at_every_moment<Owning>(prepare, [](Owning& world) {
        CHECK(world.cloud.of("VPC_demo").empty());
        CHECK(world.cloud.of("other").size() == 1);
        CHECK(world.store.rows.empty());
        CHECK(world.store.buried.size() == 1);
    });
    CHECK(moments > 8);
}

TEST_CASE("a delete whose answer is lost is repeated until the channel is seen to be gone") {
    for (const Fate met : {Fate::lost_before, Fate::lost_after, Fate::throttled}) {
        CAPTURE(static_cast<int>(met));
        Owning world;
        world.wish = no_wish();
        bool first = true;
        world.cloud.fate = [&](const std::string& call) {
            return call == "remove VPC_demo i1" && std::exchange(first, false) ? met : Fate::fine;
        };
        world.settle_down();
        CHECK(world.cloud.rows.empty());
        CHECK(world.store.rows.empty());
    }
}

TEST_CASE("a list that still shows what we deleted leads to no further write") {
    for (const Duration late : {Duration(1s), Duration(50s), Duration(10min)}) {
        CAPTURE(late.count());
        Owning world;
        const std::vector<InstanceChannel> before = world.cloud.rows;
        std::optional<TimePoint> first;
        int stale_looks = 0;
        world.cloud.fate = [&](const std::string& call) {
            if (call.starts_with("remove") && !first) first = world.clock.now();
            const bool looks = call.starts_with("find") || call.starts_with("list");
            if (looks && first) {
                if (world.clock.now() < *first + late) {
                    world.cloud.rows = before;
                    ++stale_looks;
                } else {
                    world.cloud.rows.clear();
                }
            }
            return Fate::fine;
        };
        world.wish = no_wish();
        for (int runs = 0; runs < 3; ++runs) {
            world.settle_down();
            world.clock.advance(10min);
        }
        CHECK(world.writes() == std::vector<std::string>{"remove VPC_demo i1", "remove VPC_demo i2"});
        CHECK(stale_looks > 0);
        CHECK(world.store.rows.empty());
        REQUIRE_FALSE(world.store.buried.empty());
        CHECK(world.store.buried[0].spec.instance_ids == std::vector<InstanceId>{"i1", "i2"});
    }
}

TEST_CASE("a delete that another object blocks is told, and not hammered") {
    Owning world;
    world.wish = no_wish();
    world.cloud.fate = [](const std::string& call) {
        return call.starts_with("remove") ? Fate::refused : Fate::fine;
    };
    world.settle_down();
    CHECK(world.writes() == std::vector<std::string>{"remove VPC_demo i1"});
    CHECK(world.conditions.at(world.key).state == ChannelState::stalled);
    CHECK(world.conditions.at(world.key).error->has_code("APIG.3414"));
    CHECK(world.store.rows.size() == 1);
}

TEST_CASE("a deletion that takes several passes can be had back with all its instances") {
    const auto check_journal = [](const Owning& world) {
        REQUIRE(world.store.buried.size() == 1);
        std::vector<InstanceId> instances = world.store.buried[0].spec.instance_ids;
        std::sort(instances.begin(), instances.end());
        CHECK(instances == std::vector<InstanceId>{"i1", "i2"});
        CHECK(differences(demo_spec(), world.store.buried[0].spec).empty());
    };
    SUBCASE("blocked on one instance") {
        for (const std::string blocked : {"remove VPC_demo i1", "remove VPC_demo i2"}) {
            CAPTURE(blocked);
            Owning world;
            world.wish = no_wish();
            world.cloud.fate = [&](const std::string& call) {
                return call == blocked ? Fate::refused : Fate::fine;
            };
            if (blocked == "remove VPC_demo i1")
                std::swap(world.cloud.rows.front(), world.cloud.rows.back());
            world.settle_down();
            CHECK(world.cloud.of("VPC_demo").size() == 1);
            world.cloud.fate = [](const std::string&) { return Fate::fine; };
            world.settle_down();
            CHECK(world.cloud.of("VPC_demo").empty());
            check_journal(world);
        }
    }
    SUBCASE("killed at any moment") {
        const auto prepare = [](Owning& world) { world.wish = no_wish(); };
        killed_at_every_moment<Owning>(prepare, check_journal);
    }
}

TEST_CASE("of a name, only the rows that are ours go") {
    Owning world;
    world.cloud.plant("VPC_demo", demo_spec(), "i3");
    world.wish = no_wish();
    world.settle_down();
    REQUIRE(world.cloud.of("VPC_demo").size() == 1);
    CHECK(world.cloud.of("VPC_demo")[0]->instance == "i3");
}

TEST_CASE("a channel that was deleted and made again by somebody is not ours to delete") {
    Owning world;
    world.cloud.rows.clear();
    world.cloud.plant("VPC_demo", demo_spec(), "i1");
    world.wish = no_wish();
    world.settle_down();
    world.settle_down();
    CHECK(world.writes().empty());
    CHECK(world.cloud.of("VPC_demo").size() == 1);
    CHECK(world.store.rows.empty());  // and forgotten
}

TEST_CASE("a row that somebody changed since we looked is not deleted before the whole is judged anew") {
    const std::vector<std::function<void(InstanceChannel&)>> changes{
        [](InstanceChannel& row) { row.spec.port = 80; },
        [](InstanceChannel& row) { row.spec.members->pop_back(); },
        [](InstanceChannel& row) { row.spec.member_groups->front().member_group_remark = "keep"; },
        [](InstanceChannel& row) { row.spec.vpc_health_config.reset(); },
        [](InstanceChannel& row) { row.spec.vpc_health_config->path = "/other"; },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        CAPTURE(i);
        Owning world;
        world.wish = no_wish();
        bool first = true;
        world.cloud.fate = [&](const std::string& call) {
            if (call.starts_with("show") && std::exchange(first, false))
                changes[i](world.cloud.rows.front());
            return Fate::fine;
        };
        world.settle_down();
        CHECK(world.writes().empty());
        CHECK(world.cloud.of("VPC_demo").size() == 2);
        CHECK(world.store.rows.at(world.key).ids.size() == 2);
        CHECK(std::any_of(world.reports.begin(), world.reports.end(), [](const PassReport& report) {
            return report.error && report.error->cls() == ErrorClass::conflict &&
                   report.error->what().find("somebody changed") != std::string::npos;
        }));

        world.settle_down();  // a new look, and a new judgement
        CHECK(world.cloud.rows.empty());
        CHECK(world.store.buried.size() == 1);
    }
}

TEST_CASE("what the cloud itself changes on a row does not keep it from being deleted") {
    Owning world;
    world.wish = no_wish();
    bool first = true;
    world.cloud.fate = [&](const std::string& call) {
        if (call.starts_with("list")) {
            for (InstanceChannel& row : world.cloud.rows) row.health_known = row.members_known = false;
        }
        if (call.starts_with("show") && std::exchange(first, false)) {
            for (InstanceChannel& row : world.cloud.rows) {
                row.health_known = row.members_known = true;
                row.status = ChannelStatus::abnormal;
                std::reverse(row.spec.members->begin(), row.spec.members->end());
                row.spec.members->front().port.reset();
                row.spec.members->front().weight = 7;  // its group decides
            }
        }
        return Fate::fine;
    };
    world.settle_down();
    CHECK(world.cloud.rows.empty());
}

TEST_CASE("protection outlives the manifest") {
    Owning world;
    world.change([](Manifest& manifest) { manifest.lifecycle.deletion = DeletionPolicy::forbid; });
    world.settle_down();
    CHECK(world.writes().empty());
    world.wish = no_wish();
    world.settle_down();
    CHECK(world.writes().empty());
    CHECK(world.store.rows.at(world.key).deletion == DeletionPolicy::forbid);
}

TEST_CASE("protection is noted first, whatever keeps the channel from settling") {
    for (const DeletionPolicy policy : {DeletionPolicy::forbid, DeletionPolicy::orphan}) {
        for (const std::string met :
             {"drift", "suspended by its manifest", "suspended by a person", "failing", "throttled",
              "lost", "stalled", "conflict", "missing", "held"}) {
            CAPTURE(met);
            Owning world;
            if (met == "drift") world.cloud.rows.front().spec.port = 80;
            if (met == "suspended by a person") world.directions.suspended[world.key] = {};
            if (met == "conflict") world.cloud.rows.front().id = "another";
            if (met == "missing") world.cloud.rows.clear();
            if (met == "held") world.rules.mode = PruneMode::off;
            world.cloud.fate = [&](const std::string& call) {
                if (!call.starts_with("put") && !call.starts_with("create")) return Fate::fine;
                return met == "lost"        ? Fate::lost_before
                       : met == "throttled" ? Fate::throttled
                                            : Fate::refused;
            };
            world.change([&](Manifest& manifest) {
                manifest.lifecycle.deletion = policy;
                manifest.lifecycle.drift = DriftPolicy::warn;
                if (met == "suspended by its manifest") manifest.lifecycle.suspend.emplace();
                if (met == "failing" || met == "throttled" || met == "lost") manifest.spec.port = 80;
                if (met == "stalled") manifest.spec.vpc_channel_type = ChannelType::reference;
                if (met == "held") manifest.spec.instance_ids = {"i1"};
            });
            if (met == "stalled") {
                for (InstanceChannel& row : world.cloud.rows)
                    row.spec.vpc_channel_type = ChannelType::builtin;
            }
            world.settle_down();
            CHECK(world.store.rows.at(world.key).deletion == policy);

            world.cloud.fate = [](const std::string&) { return Fate::fine; };
            world.directions.suspended.clear();
            world.rules.mode = PruneMode::on;
            world.wish = no_wish();
            const std::size_t there = world.cloud.of("VPC_demo").size();
            world.settle_down();
            CHECK(world.cloud.of("VPC_demo").size() == there);
        }
    }
}

TEST_CASE("killed at any moment after protection is asked for, nothing was sent before it is noted") {
    const auto prepare = [](Owning& world) {
        world.change([](Manifest& manifest) {
            manifest.lifecycle.deletion = DeletionPolicy::forbid;
            manifest.spec.port = 80;
        });
        world.cloud.fate = [&](const std::string& call) {
            if (call.starts_with("put"))
                CHECK(world.store.rows.at(world.key).deletion == DeletionPolicy::forbid);
            return Fate::fine;
        };
    };
    killed_at_every_moment<Owning>(prepare, [](Owning& world) {
        CHECK(world.store.rows.at(world.key).deletion == DeletionPolicy::forbid);
        CHECK(world.cloud.of("VPC_demo").front()->spec.port == 80);
    });
}

TEST_CASE("an orphan is let go and left as it is") {
    Owning world;
    world.change([](Manifest& manifest) { manifest.lifecycle.deletion = DeletionPolicy::orphan; });
    world.settle_down();
    world.wish = no_wish();
    world.settle_down();
    CHECK(world.writes().empty());
    CHECK(world.cloud.of("VPC_demo").size() == 2);
    CHECK(world.store.rows.empty());
}

TEST_CASE("an instance that the manifest no longer names is deleted there alone") {
    Owning world;
    world.change([](Manifest& manifest) { manifest.spec.instance_ids = {"i2"}; });
    world.settle_down();
    CHECK(world.writes() == std::vector<std::string>{"remove VPC_demo i1"});
    CHECK(world.cloud.of("VPC_demo").size() == 1);
    CHECK(world.store.rows.at(world.key).ids.size() == 1);
    CHECK(world.store.rows.at(world.key).phase == Phase::ready);
    world.cloud.calls.clear();
    world.settle_down();
    CHECK(world.cloud.calls == std::vector<std::string>{"list default"});
}

TEST_CASE("a change and a shrink are one apply") {
    Owning world;
    world.change([](Manifest& manifest) {
        manifest.spec.instance_ids = {"i2", "i3"};
        manifest.spec.port = 80;
    });
    world.settle_down();
    CHECK(world.cloud.of("VPC_demo").size() == 2);
    for (const InstanceChannel* row : world.cloud.of("VPC_demo")) {
        CHECK(row->instance != "i1");
        CHECK(row->spec.port == 80);
    }
}

TEST_CASE("where shrinking is not allowed, the rest of the change is made all the same") {
    Owning world;
    world.rules.mode = PruneMode::off;
    world.change([](Manifest& manifest) {
        manifest.spec.instance_ids = {"i2"};
        manifest.spec.port = 80;
    });
    world.settle_down();
    CHECK(world.writes() == std::vector<std::string>{"put VPC_demo"});
    CHECK(world.cloud.of("VPC_demo").size() == 2);
}

TEST_CASE("a changed type waits for a person, then all goes before the new one comes") {
    Owning world;
    world.change([](Manifest& manifest) {
        manifest.spec.vpc_channel_type = ChannelType::reference;
        manifest.spec.members.reset();
        manifest.spec.vpc_health_config.reset();
        MemberGroup group;
        group.member_group_name = "r";
        group.reference_vpc_channel_id = "id9";
        manifest.spec.member_groups = {group};
    });
    for (InstanceChannel& row : world.cloud.rows) row.spec.vpc_channel_type = ChannelType::builtin;
    world.settle_down();
    CHECK(world.writes().empty());
    CHECK(world.conditions.at(world.key).state == ChannelState::stalled);

    world.directions.may_replace.insert(world.key);
    world.settle_down();
    CHECK(
        world.writes() ==
        std::vector<std::string>{"remove VPC_demo i1", "remove VPC_demo i2", "create VPC_demo"}
    );
    CHECK(world.store.rows.at(world.key).phase == Phase::ready);
}

TEST_CASE("killed at any moment of a replacement, one channel of the new type is there in the end") {
    const auto prepare = [](Owning& world) {
        for (InstanceChannel& row : world.cloud.rows) row.spec.vpc_channel_type = ChannelType::builtin;
        world.change([](Manifest& manifest) {
            manifest.spec.vpc_channel_type = ChannelType::reference;
            manifest.spec.members.reset();
            manifest.spec.member_groups.reset();
        });
        world.directions.may_replace.insert(world.key);
    };
    killed_at_every_moment<Owning>(prepare, [](Owning& world) {
        REQUIRE(world.cloud.of("VPC_demo").size() == 2);
        for (const InstanceChannel* row : world.cloud.of("VPC_demo"))
            CHECK(row->spec.vpc_channel_type == ChannelType::reference);
        CHECK(world.store.rows.at(world.key).phase == Phase::ready);
    });
}

TEST_CASE("members are emptied by replacing them, not by the update that would keep them") {
    Owning world;
    world.change([](Manifest& manifest) { manifest.spec.members.emplace(); });
    world.settle_down();
    CHECK(world.writes() == std::vector<std::string>{"members VPC_demo i1", "members VPC_demo i2"});
    for (const InstanceChannel* row : world.cloud.of("VPC_demo")) CHECK(row->spec.members->empty());
    world.cloud.calls.clear();
    world.settle_down();
    CHECK(world.cloud.calls == std::vector<std::string>{"list default"});
}

TEST_CASE("a manifest that is broken, or comes back, deletes nothing") {
    Owning world;
    auto broken = std::make_shared<ManifestSnapshot>(*no_wish());
    broken->invalid = 1;
    world.wish = broken;
    world.settle_down();
    CHECK(world.writes().empty());
    world.wish = snapshot_of(world.key, demo_spec());
    world.settle_down();
    CHECK(world.writes().empty());
    CHECK(world.conditions.empty());
}

TEST_CASE("a channel that a person suspended is left alone, also without its manifest") {
    Owning world;
    world.directions.suspended[world.key] = Suspension{{}, "change freeze"};
    world.cloud.rows.pop_back();
    world.settle_down();
    CHECK(world.writes().empty());
    world.wish = no_wish();
    world.settle_down();
    CHECK(world.writes().empty());
}

TEST_CASE("an approval lets just what it names go, and only once") {
    Owning world;
    world.rules.budget = DeletionBudget{};  // all of two: over the budget
    world.wish = no_wish();
    world.settle_down();
    CHECK(world.writes().empty());

    GuardInput input;
    input.rules = world.rules;
    input.lineage = "lineage";
    input.owned = 2;
    input.whole = true;
    Candidate one;
    one.key = world.key;
    one.revision = world.store.rows.at(world.key).revision;
    Delete step;
    for (const auto& [instance, id] : world.store.rows.at(world.key).ids)
        step.rows.emplace_back(instance, id);
    one.action = step;
    input.candidates.push_back(one);
    world.store.told.push_back({Directive::Kind::approval, {}, judge(input).deletes.id, {}, {}});
    world.settle_down();
    CHECK(world.cloud.rows.empty());
    CHECK(world.store.told.empty());
}

TEST_CASE("what an old survey said of a channel that was deleted meanwhile does not stay") {
    World world;
    NoMetrics metrics;
    Reconciler reconciler(world.cloud, world.store, world.clock, metrics, ReconcilerOptions());
    Dispatcher dispatcher(
        world.context.get_executor(), reconciler, world.clock, world.entropy, metrics,
        DispatcherOptions(), [](const ChannelKey&, const PassReport&, Duration) {}
    );
    dispatcher.publish(std::make_shared<ManifestSnapshot>(), false);
    dispatcher.settled(
        world.key, world.clock.wall(), ChannelState::deleting, Decision{Nothing{}, {}}, "to be deleted"
    );
    Survey survey;
    survey.project = world.key.project;
    survey.asked_at = world.clock.wall() + 1s;
    SUBCASE("it is still ours") {
        survey.findings.emplace(world.key, Finding{});
        dispatcher.surveyed(survey);
        CHECK(dispatcher.conditions().contains(world.key));
    }
    SUBCASE("it is in sync, by a manifest that has gone since") {
        survey.in_sync.push_back(world.key);
        dispatcher.surveyed(survey);
        CHECK(dispatcher.conditions().contains(world.key));
    }
    SUBCASE("nothing is left of it") {
        dispatcher.surveyed(survey);
        CHECK(dispatcher.conditions().empty());
    }
}

}  // namespace
}  // namespace fairway
