#include "controller/async/task_group.hpp"

#include <doctest/doctest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

#include "tests/support/run_task.hpp"

namespace fairway {
namespace {

Task<> forever(boost::asio::io_context& context, int& ended) {
    struct Count {
        int& ended;
        ~Count() { ++ended; }
    } count{ended};
    boost::asio::steady_timer timer(context, boost::asio::steady_timer::time_point::max());
    co_await timer.async_wait(boost::asio::use_awaitable);
}

Task<> fail() {
    throw std::runtime_error("broken");
    co_return;
}

Task<> join(TaskGroup& group) {
    co_await group.join();
}

TEST_CASE("cancel ends every task, and join returns when the last one has ended") {
    boost::asio::io_context context;
    TaskGroup group(context.get_executor());
    int ended = 0;
    for (int i = 0; i < 5; ++i) group.spawn(forever(context, ended));
    context.poll();
    CHECK(group.size() == 5);
    group.cancel();
    run_task(context, group.join());
    CHECK(ended == 5);
    CHECK(group.size() == 0);
}

TEST_CASE("an exception of a task comes out of join") {
    boost::asio::io_context context;
    TaskGroup group(context.get_executor());
    group.spawn(fail());
    CHECK_THROWS_AS(run_task(context, group.join()), std::runtime_error);
}

TEST_CASE("a cancelled join ends its tasks and waits for them") {
    boost::asio::io_context context;
    TaskGroup inner(context.get_executor()), outer(context.get_executor());
    int ended = 0;
    inner.spawn(forever(context, ended));
    outer.spawn(join(inner));
    context.poll();
    outer.cancel();
    run_task(context, outer.join());
    CHECK(ended == 1);
    CHECK(inner.size() == 0);
}

}  // namespace
}  // namespace fairway
