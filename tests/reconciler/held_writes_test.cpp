// What our own limiter holds back must not go on what was seen long ago: the cloud knows no condition on
// a write.
#include <doctest/doctest.h>

#include "tests/reconciler/world.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

/// Lets `meanwhile` happen while the first write of the world is held back for so long.
void hold_first_write(World& world, Duration time, std::function<void()> meanwhile) {
    world.cloud.while_held_back = [&world, time, meanwhile, first = true]() mutable {
        if (!std::exchange(first, false)) return;
        world.clock.advance(time);
        meanwhile();
    };
}

TEST_CASE("a create that was held back looks again, and meets the channel of somebody else") {
    World world;
    hold_first_write(world, 20s, [&] { world.cloud.plant("VPC_demo", demo_spec(), "i1"); });
    world.settle_down();
    CHECK(world.cloud.writes() == 0);
    CHECK(world.conditions.at(world.key).conflict);
    CHECK_FALSE(world.store.rows.contains(world.key));
}

TEST_CASE("a create that was held back for long goes after another look, once") {
    World world;
    hold_first_write(world, 20s, [] {});
    world.settle_down();
    CHECK(world.cloud.writes() == 1);
    CHECK(world.conditions.at(world.key).state == ChannelState::in_sync);
}

TEST_CASE("a write that was held back for a moment goes as it was decided") {
    World world;
    hold_first_write(world, 4s, [] {});
    world.settle_down();
    CHECK(
        world.cloud.calls ==
        std::vector<std::string>{
            "list default", "features i1", "features i2", "create VPC_demo", "find VPC_demo"}
    );
}

TEST_CASE("an update that was held back does not overwrite what somebody made meanwhile") {
    World world;
    world.settle_down();
    const std::size_t before = world.cloud.writes();
    ChannelSpec grown = demo_spec();
    grown.instance_ids.push_back("i3");
    world.wish = snapshot_of(world.key, grown);
    hold_first_write(world, 20s, [&] {
        ChannelSpec foreign = demo_spec();
        foreign.port = 80;
        world.cloud.plant("VPC_demo", foreign, "i3");
    });
    world.settle_down();
    CHECK(world.cloud.writes() == before);
    CHECK(world.conditions.at(world.key).conflict);
    CHECK(world.cloud.rows.back().spec.port == 80);
    CHECK_FALSE(world.store.rows.at(world.key).ids.contains("i3"));
}

TEST_CASE("of an update in two requests the one that was held back goes after another look") {
    World world;
    world.settle_down();
    world.cloud.rows.erase(world.cloud.rows.begin());  // i1: made anew by one request, i2 by another
    ChannelSpec changed = demo_spec();
    changed.port = 80;
    world.wish = snapshot_of(world.key, changed);
    int puts = 0;
    world.cloud.while_held_back = [&] {
        if (++puts == 2) world.clock.advance(20s);
    };
    world.settle_down();
    CHECK(puts == 3);
    CHECK(world.conditions.at(world.key).state == ChannelState::in_sync);
    CHECK(world.conditions.at(world.key).failures == 0);
    for (const InstanceChannel* row : world.cloud.of("VPC_demo"))
        CHECK(world.store.rows.at(world.key).ids.at(row->instance) == row->id);
    CHECK(world.cloud.of("VPC_demo").size() == 2);
}

}  // namespace
}  // namespace fairway
