#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "controller/async/event.hpp"
#include "controller/async/task_group.hpp"
#include "reconciler/ports/clock.hpp"

namespace fairway {

/// A sleep that may be cut short. One sleeper at a time; join() before it goes.
class Alarm {
public:
    Alarm(boost::asio::any_io_executor executor, Clock& clock)
        : clock_(clock), rung_(executor), timers_(executor) {}

    /// Returns at `when`, or at once after ring(), also where that came before.
    Task<> sleep_until(TimePoint when);
    void ring();
    Task<> join();

private:
    Task<> wake_at(TimePoint when);

    Clock& clock_;
    Event rung_;
    TaskGroup timers_;
    bool ringing_ = false;
};

}  // namespace fairway
