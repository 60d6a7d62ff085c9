#include "controller/async/alarm.hpp"

#include <utility>

namespace fairway {

Task<> Alarm::sleep_until(TimePoint when) {
    if (!ringing_) {
        timers_.spawn(wake_at(when));
        while (!ringing_) co_await rung_.wait();
        timers_.cancel();
    }
    ringing_ = false;
}

void Alarm::ring() {
    ringing_ = true;
    rung_.notify();
}

Task<> Alarm::join() {
    timers_.cancel();
    co_await timers_.join();
}

Task<> Alarm::wake_at(TimePoint when) {
    co_await clock_.sleep_until(when);
    ring();
}

}  // namespace fairway
