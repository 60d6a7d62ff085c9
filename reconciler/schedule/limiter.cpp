#include "reconciler/schedule/limiter.hpp"

#include <algorithm>
#include <chrono>

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr double first_rate = 20, least_rate = 1, most_rate_found = 1000;
constexpr unsigned first_concurrency = 32;
constexpr Duration step = 1s;      // how often a rate may change
constexpr double recovery = 0.05;  // of the rate, a step
constexpr Duration burst = 250ms;  // how far ahead of its time a token may be used

}  // namespace

Limiter::Limiter(LimiterOptions options, TimePoint now)
    : concurrency_(options.concurrency.value_or(first_concurrency)),
      concurrency_ceiling_(concurrency_),
      concurrency_grown_(now),
      halved_(now - step),
      paused_until_(now) {
    buckets_[0].ceiling = options.reads_per_second;
    buckets_[1].ceiling = options.writes_per_second;
    for (Bucket& bucket : buckets_) {
        bucket.rate = bucket.ceiling.value_or(first_rate);
        bucket.next = bucket.grown = now;
    }
}

Duration Limiter::reserve(CallClass cls, TimePoint now) {
    Bucket& bucket = buckets_[static_cast<std::size_t>(cls)];
    bucket.next = std::max(bucket.next, now);
    const TimePoint due = std::max(bucket.next - burst, paused_until_);
    bucket.next += Duration(static_cast<Duration::rep>(1e6 / bucket.rate));
    if (due <= now) return Duration::zero();
    bucket.saturated = true;
    return due - now;
}

void Limiter::grow(Bucket& bucket, TimePoint now) {
    if (!bucket.saturated || now - bucket.grown < step) return;
    bucket.grown = now;
    bucket.saturated = false;
    const double top = bucket.ceiling.value_or(std::max(most_rate_found, bucket.rate));
    const double more = throttled_once_ ? bucket.rate * (1 + recovery) : bucket.rate * 2;
    bucket.rate = std::min(top, more);
}

void Limiter::succeeded(CallClass cls, TimePoint now) {
    grow(buckets_[static_cast<std::size_t>(cls)], now);
    if (concurrency_ < concurrency_ceiling_ && now - concurrency_grown_ >= step) {
        concurrency_grown_ = now;
        ++concurrency_;
    }
}

void Limiter::throttled(TimePoint now, std::optional<Duration> retry_after) {
    if (retry_after) {
        paused_until_ = std::max(paused_until_, now + *retry_after);
        for (Bucket& bucket : buckets_) bucket.next = std::max(bucket.next, paused_until_ + burst);  // no rush then
    }
    throttled_once_ = true;
    if (now - halved_ < step) return;
    halved_ = now;
    concurrency_ = std::max(1U, concurrency_ / 2);
    concurrency_grown_ = now;
    for (Bucket& bucket : buckets_) {
        bucket.rate = std::max(least_rate, bucket.rate / 2);
        bucket.grown = now;
        bucket.saturated = false;
    }
}

}  // namespace fairway
