#include "controller/async/event.hpp"

#include <doctest/doctest.h>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "controller/async/task_group.hpp"
#include "tests/support/run_task.hpp"

namespace fairway {
namespace {

Task<> wait_for(Event& event, int& woken, bool& cancelled) {
    try {
        co_await event.wait();
        ++woken;
    } catch (const boost::system::system_error& error) {
        cancelled = error.code() == boost::asio::error::operation_aborted;
        throw;
    }
}

TEST_CASE("everybody who waits is woken once") {
    boost::asio::io_context context;
    Event event(context.get_executor());
    TaskGroup group(context.get_executor());
    int woken = 0;
    bool cancelled = false;
    for (int i = 0; i < 3; ++i) group.spawn(wait_for(event, woken, cancelled));
    context.poll();
    CHECK(woken == 0);
    event.notify();
    run_task(context, group.join());
    CHECK(woken == 3);
    CHECK_FALSE(cancelled);
}

TEST_CASE("waiting ends with an exception when the waiter is cancelled, not as if it were woken") {
    boost::asio::io_context context;
    Event event(context.get_executor());
    TaskGroup group(context.get_executor());
    int woken = 0;
    bool cancelled = false;
    group.spawn(wait_for(event, woken, cancelled));
    context.poll();
    group.cancel();
    run_task(context, group.join());
    CHECK(woken == 0);
    CHECK(cancelled);
}

}  // namespace
}  // namespace fairway
