#include "controller/app/watchdog.hpp"

#include <utility>

namespace fairway {

Watchdog::Watchdog(Clock& clock, Duration period, Question store_answers, Feed feed)
    : clock_(clock), period_(period), store_answers_(std::move(store_answers)), feed_(std::move(feed)) {}

Task<> Watchdog::run() {
    for (;;) {
        const TimePoint asked = clock_.now();
        co_await store_answers_();
        feed_();
        co_await clock_.sleep_until(asked + period_ / 2);
    }
}

}  // namespace fairway
