#include "controller/async/real_clock.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace fairway {

TimePoint RealClock::now() const {
    return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
}

WallTime RealClock::wall() const {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

Task<> RealClock::sleep_until(TimePoint when) {
    boost::asio::steady_timer timer(executor_, when);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

RealEntropy::RealEntropy() : engine_(std::random_device{}()) {}

double RealEntropy::random01() {
    return std::uniform_real_distribution<double>(0, 1)(engine_);
}

}  // namespace fairway
