#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "controller/api/call_slots.hpp"
#include "controller/async/task_group.hpp"

using namespace fairway;

namespace {

struct Hall {
    boost::asio::io_context io;
    CallSlots slots{io.get_executor(), 2};
    std::vector<int> order;
    std::vector<std::unique_ptr<CallSlots::Slot>> held;

    Task<> enter(int who) {
        auto slot = co_await slots.take();
        order.push_back(who);
        held.push_back(std::make_unique<CallSlots::Slot>(std::move(slot)));
    }
    void run() {
        io.restart();
        io.poll();
    }
};

}  // namespace

TEST_CASE("slots go to whoever came first") {
    Hall hall;
    TaskGroup group(hall.io.get_executor());
    for (int who = 1; who <= 5; ++who) group.spawn(hall.enter(who));
    hall.run();
    CHECK(hall.order == std::vector{1, 2});
    CHECK(hall.slots.used() == 2);
    CHECK(hall.slots.waiting() == 3);

    hall.held.erase(hall.held.begin());
    group.spawn(hall.enter(6));  // comes when a slot was just given back, but not to them
    hall.run();
    CHECK(hall.order == std::vector{1, 2, 3});
    hall.held.clear();
    hall.run();
    CHECK(hall.order == std::vector{1, 2, 3, 4, 5});
    hall.held.clear();
    hall.run();
    CHECK(hall.order == std::vector{1, 2, 3, 4, 5, 6});
    hall.held.clear();
    CHECK(hall.slots.used() == 0);
}

TEST_CASE("a higher limit lets waiting calls in, a lower one waits for the calls in flight") {
    Hall hall;
    TaskGroup group(hall.io.get_executor());
    for (int who = 1; who <= 5; ++who) group.spawn(hall.enter(who));
    hall.run();
    hall.slots.limit(4);
    hall.run();
    CHECK(hall.order.size() == 4);
    hall.slots.limit(1);
    hall.held.pop_back();
    hall.held.pop_back();
    hall.held.pop_back();
    hall.run();
    CHECK(hall.order.size() == 4);
    hall.held.clear();
    hall.run();
    CHECK(hall.order.size() == 5);
    hall.held.clear();
}

TEST_CASE("a caller that is cancelled while waiting takes nothing along") {
    Hall hall;
    TaskGroup first(hall.io.get_executor()), second(hall.io.get_executor()),
        third(hall.io.get_executor());
    first.spawn(hall.enter(1));
    first.spawn(hall.enter(2));
    second.spawn(hall.enter(3));
    third.spawn(hall.enter(4));
    hall.run();
    second.cancel();
    hall.run();
    CHECK(hall.slots.waiting() == 1);
    hall.held.clear();
    hall.run();
    CHECK(hall.order == std::vector{1, 2, 4});
    hall.held.clear();
    CHECK(hall.slots.used() == 0);
}
