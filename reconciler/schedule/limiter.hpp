#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "reconciler/model/time.hpp"

namespace fairway {

enum class CallClass : std::uint8_t { read, write };

/// Optional ceilings. A rate that is given is where the limiter starts and what it never exceeds; one
/// that is left out is found: from 20 a second, doubling until the first throttle.
struct LimiterOptions {
    std::optional<double> reads_per_second, writes_per_second;
    std::optional<unsigned> concurrency;  ///< calls in flight; 32 where left out
};

/// How fast a project may be asked, and how much at once. A token bucket for reads and one for writes,
/// whose rates halve when the cloud throttles and recover slowly. Plain data: no timer and no clock;
/// callers pass the time in and do the waiting.
class Limiter {
public:
    Limiter(LimiterOptions options, TimePoint now);

    /// Takes one token; returns how long to wait before sending, 0 for at once. Whoever reserves first
    /// goes first.
    Duration reserve(CallClass cls, TimePoint now);
    /// A call was answered without a throttle.
    void succeeded(CallClass cls, TimePoint now);
    /// The cloud asked us to slow down. Halves at most once a second: many calls meet the same wall at
    /// once.
    void throttled(TimePoint now, std::optional<Duration> retry_after);

    double rate(CallClass cls) const { return buckets_[static_cast<std::size_t>(cls)].rate; }
    unsigned concurrency() const { return concurrency_; }

private:
    struct Bucket {
        double rate = 20;
        std::optional<double> ceiling;
        TimePoint next{};        ///< when the next token is due, if none is used ahead of its time
        TimePoint grown{};       ///< when the rate was last changed
        bool saturated = false;  ///< somebody had to wait since then: more would be used
    };
    void grow(Bucket& bucket, TimePoint now);

    std::array<Bucket, 2> buckets_;
    unsigned concurrency_, concurrency_ceiling_;
    TimePoint concurrency_grown_;
    bool throttled_once_ = false;
    TimePoint halved_, paused_until_;
};

}  // namespace fairway
