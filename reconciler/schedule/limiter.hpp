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
    std::optional<unsigned> concurrency;  ///< calls in flight at most; 32 where left out
};

/// How fast a project may be asked, and how much at once. A token bucket for reads and one for writes. A
/// throttle halves their rates, though never below what the cloud has just been answering well, for that
/// much it does grant; they recover slowly. Time-outs halve what may be in flight, good answers bring it
/// back one by one. What an outage left undone is caught up with at less than twice the pace before it.
/// Plain data: no timer and no clock; callers pass the time in and do the waiting.
class Limiter {
public:
    Limiter(LimiterOptions options, TimePoint now);

    /// How long it takes until a token may be used, 0 for at once.
    Duration wait(CallClass cls, TimePoint now);
    /// Uses one.
    void take(CallClass cls, TimePoint now);
    /// A call was answered without a throttle.
    void succeeded(CallClass cls, TimePoint now);
    /// The cloud asked us to slow down. Slows at most once a second: many calls meet the same wall at
    /// once.
    void throttled(TimePoint now, std::optional<Duration> retry_after);
    /// A call took too long, or found no room. Halves what may be in flight, at most once a second.
    void overloaded(TimePoint now);
    /// Nobody answers any more.
    void outage_began(TimePoint now);
    /// Somebody answers again.
    void outage_ended(TimePoint now);

    double rate(CallClass cls) const { return buckets_[static_cast<std::size_t>(cls)].rate; }
    unsigned concurrency() const { return concurrency_; }

private:
    struct Bucket {
        double rate = 20;
        std::optional<double> ceiling;
        TimePoint next{};        ///< when the next token is due, if none is used ahead of its time
        TimePoint changed{};     ///< when the rate last changed
        bool saturated = false;  ///< somebody had to wait since then: more would be used
        TimePoint counted_since{};
        unsigned answered = 0;       ///< well, since then
        double answered_before = 0;  ///< a second, in the window before

        double used = 0;  ///< calls a second, over the last minute or so
        TimePoint used_at{};
        double used_before = 0, rate_before = 0;  ///< the outage
        bool catching_up = false;                 ///< with what it left undone
    };
    static double used_by(const Bucket& bucket, TimePoint now);
    static double answered_rate(const Bucket& bucket, TimePoint now);
    void grow(Bucket& bucket, TimePoint now) const;

    std::array<Bucket, 2> buckets_;
    unsigned concurrency_, most_concurrency_;
    unsigned answered_in_time_ = 0;  ///< since concurrency_ changed
    TimePoint crowded_;              ///< when it was halved last
    bool throttled_once_ = false;
    TimePoint slowed_, paused_until_;
};

}  // namespace fairway
