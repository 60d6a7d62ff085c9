#include "controller/app/watchdog.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

#include "controller/app/health.hpp"
#include "controller/async/event.hpp"
#include "controller/async/task_group.hpp"
#include "tests/support/sim_clock.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

/// A watchdog of 60 s, with a store that answers or not.
struct Desk {
    boost::asio::io_context context;
    SimClock clock{context};
    Event answered{context.get_executor()};
    bool stuck = false;
    Duration slow{0};
    std::vector<TimePoint> beats;
    Watchdog watchdog{
        clock, 60s,
        [this]() -> Task<> {
            if (slow > 0s) co_await clock.sleep_until(clock.now() + slow);
            while (stuck) co_await answered.wait();
        },
        [this] { beats.push_back(clock.now()); }};

    /// Lets time go by with the watchdog at work, and something done in the middle.
    void live(Duration before, const std::function<void()>& event, Duration after) {
        clock.run([](Desk& desk, Duration first, std::function<void()> act, Duration second) -> Task<> {
            TaskGroup work(desk.context.get_executor());
            work.spawn(desk.watchdog.run());
            co_await desk.clock.sleep_until(desk.clock.now() + first);
            act();
            co_await desk.clock.sleep_until(desk.clock.now() + second);
            work.cancel();
            co_await work.join();
        }(*this, before, event, after));
    }
};

TEST_CASE("the watchdog is fed twice in its period") {
    Desk desk;
    desk.live(
        45s, [] {}, 60s
    );
    CHECK(desk.beats == std::vector{TimePoint(0s), TimePoint(30s), TimePoint(60s), TimePoint(90s)});
}

TEST_CASE("while the store does not answer nothing is fed, and when it does it is at once") {
    Desk desk;
    desk.live(
        45s, [&] { desk.stuck = true; }, 3600s
    );
    CHECK(desk.beats == std::vector{TimePoint(0s), TimePoint(30s)});
    desk.beats.clear();
    const TimePoint now = desk.clock.now();
    desk.live(
        45s,
        [&] {
            desk.stuck = false;
            desk.answered.notify();
        },
        20s
    );
    // And asked anew at once, for that question took longer than the pause between two.
    CHECK(desk.beats == std::vector{now + 45s, now + 45s});
}

TEST_CASE("a slow store makes the beats no rarer than they need be") {
    Desk desk;
    desk.slow = 20s;
    desk.live(
        45s, [] {}, 60s
    );
    CHECK(desk.beats == std::vector{TimePoint(20s), TimePoint(50s), TimePoint(80s)});
}

TEST_CASE("the status is one line: channels by state, and what is wrong") {
    Health health;
    CHECK(health.status({}) == "loading the manifests");
    health.sources_loaded = true;
    health.projects["default"].listed = true;
    CHECK(health.status({}) == "0 channels");
    CHECK(health.status({{ChannelState::in_sync, 1}}) == "1 channel: 1 in_sync");
    health.projects["other"];
    health.projects["third"].trouble = "throttled";
    health.config_refused = true;
    CHECK(
        health.status(
            {{ChannelState::in_sync, 10}, {ChannelState::failed, 2}, {ChannelState::deleting, 0}}
        ) ==
        "the new configuration is refused, the old one at work; 12 channels: 10 in_sync, 2 failed; "
        "project other is being listed; project third: throttled"
    );
    health.ending = true;
    CHECK(health.status({{ChannelState::in_sync, 10}}) == "stopping");
}

}  // namespace
}  // namespace fairway
