#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>

#include "reconciler/ports/clock.hpp"

namespace fairway {

/// Virtual time over one io_context: it moves only when nothing else is left to do, and then at once.
class SimClock : public Clock {
public:
    explicit SimClock(boost::asio::io_context& context) : context_(context) {}

    TimePoint now() const override { return now_; }
    WallTime wall() const override {
        return WallTime(std::chrono::hours(24 * 365 * 56)) + (now_ - TimePoint{}) + set_by_;
    }

    Task<> sleep_until(TimePoint when) override {
        if (when <= now_) co_return;
        boost::asio::steady_timer timer(context_, boost::asio::steady_timer::time_point::max());
        const auto place = sleepers_.emplace(when, &timer);
        boost::system::error_code woken;
        co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
        if (now_ < when) {  // not woken by time
            sleepers_.erase(place);
            throw boost::system::system_error(boost::asio::error::operation_aborted);
        }
    }

    void advance(Duration by) { move_to(now_ + by); }
    /// Somebody sets the wall clock, or the machine slept: the other clock does not see it.
    void set_wall(Duration by) { set_by_ += by; }

    /// Runs `task` to its end; time jumps to the next sleeper whenever nothing else is ready.
    void run(Task<> task) {
        std::exception_ptr failure;
        bool ended = false;
        boost::asio::co_spawn(context_, std::move(task), [&](std::exception_ptr thrown) {
            failure = thrown;
            ended = true;
        });
        while (!ended) {
            context_.restart();
            if (context_.poll_one() > 0) continue;
            if (sleepers_.empty())
                throw std::logic_error("the task waits for something that cannot come");
            move_to(sleepers_.begin()->first);
        }
        if (failure) std::rethrow_exception(failure);
    }

private:
    void move_to(TimePoint when) {
        now_ = when;
        while (!sleepers_.empty() && sleepers_.begin()->first <= now_) {
            boost::asio::steady_timer* timer = sleepers_.begin()->second;
            sleepers_.erase(sleepers_.begin());
            timer->cancel();
        }
    }

    boost::asio::io_context& context_;
    TimePoint now_{};
    Duration set_by_{};
    std::multimap<TimePoint, boost::asio::steady_timer*> sleepers_;
};

}  // namespace fairway
