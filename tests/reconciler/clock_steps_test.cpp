// The wall clock is set while something waits, or the machine sleeps: waits are as long as they were.
#include <doctest/doctest.h>

#include "reconciler/engine/waits.hpp"
#include "tests/reconciler/world.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr Duration decade = std::chrono::hours(24 * 3652);
const std::vector<Duration> steps{20min, -20min, 8h, decade, -decade};

TEST_CASE("a wall clock that is set while a create is open neither shortens nor lengthens the wait") {
    for (const Duration step : steps) {
        for (const std::string when : {"create VPC_demo", "find VPC_demo"}) {
            CAPTURE(step.count());
            CAPTURE(when);
            World world;
            std::vector<TimePoint> creates;
            bool set = false;
            world.cloud.fate = [&](const std::string& call) {
                if (call == "create VPC_demo") creates.push_back(world.clock.now());
                if (creates.size() == 1 && call == when && !std::exchange(set, true))
                    world.clock.set_wall(step);
                return creates.size() == 1 && call == "create VPC_demo" ? Fate::lost_before : Fate::fine;
            };
            world.settle_down();
            CHECK(set);
            REQUIRE(creates.size() == 2);
            CHECK(creates[1] - creates[0] >= 90s);
            CHECK(creates[1] - creates[0] <= 5min);
            CHECK(world.cloud.of("VPC_demo").size() == 2);
            CHECK(world.store.rows.at(world.key).phase == Phase::ready);
        }
    }
}

TEST_CASE("a wall clock that is set between two looks does not make a missing channel vanish sooner") {
    for (const Duration step : steps) {
        CAPTURE(step.count());
        World world;
        world.settle_down();
        world.cloud.rows.clear();
        const TimePoint before = world.clock.now();
        bool set = false;
        world.cloud.fate = [&](const std::string& call) {
            if (call == "find VPC_demo" && !std::exchange(set, true)) world.clock.set_wall(step);
            return Fate::fine;
        };
        world.settle_down();
        CHECK(world.cloud.of("VPC_demo").size() == 2);
        CHECK(world.clock.now() - before >= 60s);
        CHECK(world.clock.now() - before <= 5min);
    }
}

TEST_CASE("a wall clock that is set forth and back again leaves the wait as it was") {
    Waits waits;
    const ChannelKey key{"default", "VPC_demo"};
    const WallTime since{decade};
    const TimePoint begin{1h};
    waits.begin(key, since, since, begin);
    CHECK(waits.since(key, since, since + 10s, begin + 10s) == since);
    CHECK(waits.since(key, since, since + 20s + 20min, begin + 20s) == since + 20min);
    CHECK(waits.since(key, since + 20min, since + 20s + 20min, begin + 20s) == since + 20min);
    CHECK(waits.since(key, since, since + 30s, begin + 30s) == since);
    CHECK(waits.since(key, since, since + 30s - decade, begin + 30s) == since - decade);
    waits.begin(key, since, since - 1h, begin);  // it seems to begin in an hour
    CHECK(waits.since(key, since, since - 1h + 5s, begin + 5s) == since - 1h);
}

TEST_CASE("a survey is believed after the wall clock was set back") {
    World world;
    world.settle_down();
    NoMetrics metrics;
    Reconciler reconciler(world.cloud, world.store, world.clock, metrics, ReconcilerOptions());
    Dispatcher dispatcher(
        world.context.get_executor(), reconciler, world.clock, world.entropy, metrics,
        DispatcherOptions(), [](const ChannelKey&, const PassReport&, Duration) {}
    );
    const auto settled = [&](ChannelState state) {
        dispatcher.settled(world.key, world.clock.wall(), state, Decision{Nothing{}, {}}, {});
    };
    dispatcher.publish(world.wish, true);
    world.clock.run(dispatcher.run(true));
    world.clock.advance(1s);
    world.clock.set_wall(-20min);
    settled(ChannelState::deleting);
    CHECK(dispatcher.conditions().at(world.key).state == ChannelState::deleting);
}

TEST_CASE("a wall clock that is set between two runs keeps nobody waiting for years") {
    for (const Duration step : steps) {
        CAPTURE(step.count());
        World world;
        bool first = true;
        world.cloud.fate = [&](const std::string& call) {
            if (call == "create VPC_demo" && std::exchange(first, false)) return Fate::lost_before;
            if (call == "find VPC_demo" && !first) throw Killed{};
            return Fate::fine;
        };
        CHECK_THROWS_AS(world.settle_down(), Killed);
        world.cloud.fate = [](const std::string&) { return Fate::fine; };
        world.clock.set_wall(step);
        const TimePoint before = world.clock.now();
        world.settle_down();
        CHECK(world.clock.now() - before <= 5min);
        CHECK(world.cloud.of("VPC_demo").size() == 2);
        CHECK(world.store.rows.at(world.key).phase == Phase::ready);
    }
}

}  // namespace
}  // namespace fairway
