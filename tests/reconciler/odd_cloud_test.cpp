// A cloud that shows things late, twice, under other names or other than they were asked for.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/reconciler/world.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

std::ptrdiff_t count_of(const World& world, const std::string& call) {
    return std::count(world.cloud.calls.begin(), world.cloud.calls.end(), call);
}

TEST_CASE("a name that exists because our own create came late is ours") {
    World world;
    int creates = 0;
    world.cloud.fate = [&](const std::string& call) {
        if (call != "create VPC_demo") return Fate::fine;
        if (++creates == 1) return Fate::lost_before;
        // The first one is applied only now, right before the second.
        for (const InstanceId instance : {"i1", "i2"})
            world.cloud.plant("VPC_demo", demo_spec(), instance);
        return Fate::fine;
    };
    world.settle_down();
    CHECK(creates == 2);
    CHECK(world.cloud.writes() == 2);
    CHECK(world.store.rows.at(world.key).phase == Phase::ready);
    CHECK(world.store.rows.at(world.key).origin == Origin::created);
}

TEST_CASE("two rows of one name on one instance are a conflict, told with both ids, and left alone") {
    World world;
    SUBCASE("before anything is ours") {
        for (int i = 0; i < 2; ++i) world.cloud.plant("VPC_demo", demo_spec(), "i1");
    }
    SUBCASE("beside the one that is ours") {
        world.settle_down();
        world.cloud.calls.clear();
        world.cloud.plant("VPC_demo", demo_spec(), "i1");
    }
    const std::size_t rows = world.cloud.rows.size();
    world.settle_down();
    CHECK(world.cloud.writes() == 0);
    CHECK(world.cloud.rows.size() == rows);
    const ChannelCondition& condition = world.conditions.at(world.key);
    CHECK(condition.conflict);
    for (const InstanceChannel& row : world.cloud.rows) {
        if (row.instance == "i1") CHECK(condition.why.find("id " + row.id) != std::string::npos);
    }
}

TEST_CASE("an id that belongs to another name now is not written to, and ours counts as gone") {
    World world;
    world.settle_down();
    for (InstanceChannel& row : world.cloud.rows) row.name = "VPC_other";
    const std::vector<InstanceChannel> others = world.cloud.rows;
    world.cloud.calls.clear();
    world.settle_down();
    CHECK(count_of(world, "create VPC_demo") == 1);
    CHECK(world.cloud.writes() == 1);
    for (const InstanceChannel& other : others) {
        CHECK(
            std::find(world.cloud.rows.begin(), world.cloud.rows.end(), other) != world.cloud.rows.end()
        );
    }
    const auto& ids = world.store.rows.at(world.key).ids;
    CHECK(ids.size() == 2);
    for (const InstanceChannel& other : others) CHECK(ids.at(other.instance) != other.id);
}

/// Hides the channel's rows from all looks for so long after `since`.
struct StaleAfterCreate {
    StaleAfterCreate(World& of, Duration for_how_long) : world(of) {
        world.cloud.fate = [this, for_how_long](const std::string& call) {
            if (call == "create VPC_demo" && !made) made = world.clock.now();
            const bool stale = made && world.clock.now() < *made + for_how_long;
            if (call.starts_with("find") || call.starts_with("list")) {
                auto& from = stale ? world.cloud.rows : hidden;
                auto& to = stale ? hidden : world.cloud.rows;
                to.insert(to.end(), from.begin(), from.end());
                from.clear();
            }
            return Fate::fine;
        };
    }
    World& world;
    std::optional<TimePoint> made;
    std::vector<InstanceChannel> hidden;
};

TEST_CASE("a list that does not show yet what we made leads to no second create") {
    for (const Duration late : {Duration(1s), Duration(30s), Duration(80s)}) {
        CAPTURE(late.count());
        World world;
        StaleAfterCreate stale(world, late);
        world.settle_down();
        CHECK(count_of(world, "create VPC_demo") == 1);
        CHECK(world.cloud.of("VPC_demo").size() == 2);
        CHECK(world.store.rows.at(world.key).phase == Phase::ready);
    }
}

TEST_CASE("an instance that keeps other weights and remarks than asked for is told, and not hammered") {
    World world;
    const auto spoil = [&] {
        for (InstanceChannel& row : world.cloud.rows) {
            if (row.instance != "i2") continue;
            for (MemberGroup& group : *row.spec.member_groups) {
                group.member_group_weight = 1;
                group.member_group_remark = "";
            }
        }
    };
    world.cloud.fate = [&](const std::string& call) {
        if (call.starts_with("find") || call.starts_with("list") || call.starts_with("show")) spoil();
        return Fate::fine;
    };
    const TimePoint before = world.clock.now();
    world.settle_down();
    const auto puts = count_of(world, "put VPC_demo");
    CHECK(puts <= 20);  // the attempts of a command, each after its back-off
    CHECK(puts >= 1);
    CHECK(world.clock.now() - before >= 10min);
    CHECK(count_of(world, "create VPC_demo") == 1);
    const ChannelCondition& condition = world.conditions.at(world.key);
    CHECK(condition.state == ChannelState::failed);
    CHECK(condition.why.find("/member_groups/") != std::string::npos);
    CHECK(world.store.rows.at(world.key).ids.size() == 2);  // ours all the same
}

}  // namespace
}  // namespace fairway
