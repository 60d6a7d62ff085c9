#include "reconciler/schedule/circuit_breaker.hpp"

namespace fairway {

std::optional<Duration> CircuitBreaker::refuses(TimePoint now) const {
    if (!open_ || now >= next_probe_) return std::nullopt;
    return next_probe_ - now;
}

void CircuitBreaker::sent(TimePoint now) {
    if (open_) next_probe_ = now + options_.probe_interval;
}

bool CircuitBreaker::answered() {
    const bool ended = open_;
    in_a_row_ = 0;
    open_ = false;
    return ended;
}

bool CircuitBreaker::failed(TimePoint now) {
    if (open_ || ++in_a_row_ < options_.failures) return false;
    open_ = true;
    next_probe_ = now + options_.probe_interval;
    return true;
}

}  // namespace fairway
