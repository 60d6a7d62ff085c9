#include "reconciler/schedule/limiter.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr double first_rate = 20, least_rate = 1, most_rate_found = 1000;
constexpr unsigned first_concurrency = 32;
constexpr Duration step = 1s;  // how often a rate may change, and how long answers are counted together
constexpr double recovery = 0.05;                      // of the rate, a step
constexpr double margin = 0.9;                         // of what is answered well, after a throttle
constexpr double catch_up = 1.5, least_catch_up = 10;  // of the pace before an outage; a second
constexpr double memory_seconds = 60;                  // over which the pace is taken
constexpr Duration burst = 250ms;                      // how far ahead of its time a token may be used

double per_second(unsigned count, Duration span) {
    return static_cast<double>(count) * 1e6 / static_cast<double>(span.count());
}

}  // namespace

Limiter::Limiter(LimiterOptions options, TimePoint now)
    : concurrency_(options.concurrency.value_or(first_concurrency)),
      most_concurrency_(concurrency_),
      crowded_(now - step),
      slowed_(now - step),
      paused_until_(now) {
    buckets_[0].ceiling = options.reads_per_second;
    buckets_[1].ceiling = options.writes_per_second;
    for (Bucket& bucket : buckets_) {
        bucket.rate = bucket.ceiling.value_or(first_rate);
        bucket.next = bucket.changed = bucket.counted_since = bucket.used_at = now;
    }
}

Duration Limiter::wait(CallClass cls, TimePoint now) {
    Bucket& bucket = buckets_[static_cast<std::size_t>(cls)];
    const TimePoint due = std::max(bucket.next - burst, paused_until_);
    if (due <= now) return Duration::zero();
    bucket.saturated = true;
    return due - now;
}

void Limiter::take(CallClass cls, TimePoint now) {
    Bucket& bucket = buckets_[static_cast<std::size_t>(cls)];
    bucket.used = used_by(bucket, now) + 1 / memory_seconds;
    bucket.used_at = now;
    bucket.next = std::max(bucket.next, now) + Duration(static_cast<Duration::rep>(1e6 / bucket.rate));
}

void Limiter::succeeded(CallClass cls, TimePoint now) {
    Bucket& bucket = buckets_[static_cast<std::size_t>(cls)];
    const Duration counted = now - bucket.counted_since;
    if (counted >= step) {
        bucket.answered_before = per_second(bucket.answered, counted);
        bucket.answered = 0;
        bucket.counted_since = now;
    }
    ++bucket.answered;
    grow(bucket, now);
    if (concurrency_ == most_concurrency_ || ++answered_in_time_ < concurrency_) return;
    answered_in_time_ = 0;
    ++concurrency_;
}

void Limiter::overloaded(TimePoint now) {
    if (now - crowded_ < step) return;
    crowded_ = now;
    answered_in_time_ = 0;
    concurrency_ = std::max(1U, concurrency_ / 2);
}

void Limiter::outage_began(TimePoint now) {
    concurrency_ = most_concurrency_;  // it was not the crowd that made them slow
    for (Bucket& bucket : buckets_) {
        bucket.used_before = used_by(bucket, now);
        // One outage may follow another while we still catch up with the first.
        if (!bucket.catching_up) bucket.rate_before = bucket.rate;
    }
}

void Limiter::outage_ended(TimePoint now) {
    for (Bucket& bucket : buckets_) {
        bucket.rate = std::min(bucket.rate, std::max(least_catch_up, catch_up * bucket.used_before));
        bucket.catching_up = true;
        bucket.saturated = true;  // until a second passes in which nobody waits
        bucket.changed = now;
    }
}

double Limiter::used_by(const Bucket& bucket, TimePoint now) {
    const double seconds = std::chrono::duration<double>(now - bucket.used_at).count();
    return bucket.used * std::exp(-seconds / memory_seconds);
}

void Limiter::throttled(TimePoint now, std::optional<Duration> retry_after) {
    throttled_once_ = true;
    if (now - slowed_ >= step) {
        slowed_ = now;
        for (Bucket& bucket : buckets_) {
            const double slower =
                std::max({least_rate, bucket.rate / 2, margin * answered_rate(bucket, now)});
            bucket.rate = std::min(bucket.rate, slower);
            bucket.changed = now;
            bucket.saturated = false;
        }
    }
    if (!retry_after) return;
    paused_until_ = std::max(paused_until_, now + *retry_after);
    for (Bucket& bucket : buckets_)
        bucket.next = std::max(bucket.next, paused_until_ + burst);  // no rush then
}

double Limiter::answered_rate(const Bucket& bucket, TimePoint now) {
    const Duration counted = now - bucket.counted_since;
    if (counted >= 2 * step) return per_second(bucket.answered, counted);
    const double current = counted >= step / 4 ? per_second(bucket.answered, counted) : 0;
    return std::max(current, bucket.answered_before);
}

void Limiter::grow(Bucket& bucket, TimePoint now) const {
    if (bucket.catching_up && now - bucket.changed >= step) {
        bucket.changed = now;
        if (!bucket.saturated) {
            bucket.catching_up = false;
            bucket.rate = std::max(bucket.rate, bucket.rate_before);
        }
        bucket.saturated = false;
        return;
    }
    if (bucket.catching_up) return;
    if (!bucket.saturated || now - bucket.changed < step) return;
    bucket.changed = now;
    bucket.saturated = false;
    const double top = bucket.ceiling.value_or(std::max(most_rate_found, bucket.rate));
    bucket.rate = std::min(top, throttled_once_ ? bucket.rate * (1 + recovery) : bucket.rate * 2);
}

}  // namespace fairway
