#include "tests/simulation/life.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace fairway::sim {

namespace asio = boost::asio;

Life::Life(Stage& stage, Timeline::Owner owner) : stage_(stage), owner_(owner), clock_(*this) {
    ++stage_.trace.counts.lives;
}

Life::~Life() {
    tear_down();
}

bool Life::dies(Op op, When when) {
    if (dead_) return true;
    const auto& plans = stage_.options.crashes;
    if (!stage_.faults_on || stage_.next_crash >= plans.size()) return false;
    const CrashPlan& plan = plans[stage_.next_crash];
    if (plan.op != op || plan.when != when || ++stage_.passings < plan.passing) return false;
    ++stage_.next_crash;
    stage_.passings = 0;
    const std::size_t at = point(op, when);
    ++stage_.trace.counts.points[at];
    stage_.trace.hit(Fault::crash_point);
    stage_.note("crash", point_name(at));
    dead_ = true;
    return true;
}

Task<> Life::hang() {
    asio::steady_timer never(loop_, asio::steady_timer::time_point::max());
    co_await never.async_wait(asio::use_awaitable);
}

Task<> Life::die(std::string_view where) {
    stage_.trace.hit(Fault::crash_point);
    stage_.note("crash", where);
    dead_ = true;
    return hang();
}

Task<> Life::VirtualClock::sleep_until(TimePoint when) {
    Timeline& timeline = life_.stage_.timeline;
    if (when <= timeline.now()) co_return;
    asio::steady_timer timer(life_.loop_, asio::steady_timer::time_point::max());
    bool due = false;
    const Timeline::Id id = timeline.at(when, life_.owner_, [&] {
        due = true;
        timer.cancel();
    });
    boost::system::error_code woken;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (!due) {
        timeline.cancel(id);
        throw boost::system::system_error(asio::error::operation_aborted);
    }
}

Task<> Life::pause(Duration duration) {
    if (duration <= Duration::zero()) co_return;
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    asio::steady_timer timer(loop_, asio::steady_timer::time_point::max());
    bool due = false;
    stage_.timeline.at(stage_.timeline.now() + duration, owner_, [&] {
        due = true;
        timer.cancel();
    });
    while (!due) {
        boost::system::error_code woken;
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
}

void Life::run_ready() {
    loop_.restart();
    while (!dead_ && loop_.poll_one() > 0) {
    }
}

void Life::tear_down() {
    stage_.timeline.drop(owner_);
    loop_.shutdown();
}

bool Life::idle() {
    loop_.restart();
    loop_.poll();
    return loop_.stopped() && !stage_.timeline.has(owner_);
}

}  // namespace fairway::sim
