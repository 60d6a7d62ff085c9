#pragma once

#include <optional>

#include "reconciler/model/time.hpp"

namespace fairway {

struct BreakerOptions {
    unsigned failures = 20;  ///< in a row, that open it
    Duration probe_interval{
        std::chrono::seconds(1)};  ///< between the calls that look whether it is over
};

/// Keeps calls back while nobody answers: an outage is neither prolonged by our calls nor do they pile
/// up in it. Plain data; callers pass the time in.
class CircuitBreaker {
public:
    explicit CircuitBreaker(BreakerOptions options = {}) : options_(options) {}

    /// How long it is until a call may be sent; nothing where that is now.
    std::optional<Duration> refuses(TimePoint now) const;
    /// A call goes out. While the circuit is open that is a probe, and the next one has to wait.
    void sent(TimePoint now);
    /// A call was answered, well or not, by a cloud that works. Returns whether that ended an outage.
    bool answered();
    /// A call was not answered, or with an error of the server. Returns whether that opened the circuit.
    bool failed(TimePoint now);
    bool is_open() const { return open_; }

private:
    BreakerOptions options_;
    unsigned in_a_row_ = 0;
    bool open_ = false;
    TimePoint next_probe_{};
};

}  // namespace fairway
