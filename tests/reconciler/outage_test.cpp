// What keeps an outage from being made worse: the breaker, the budget of repetitions, the pace
// afterwards.
#include <doctest/doctest.h>

#include "reconciler/schedule/circuit_breaker.hpp"
#include "reconciler/schedule/limiter.hpp"
#include "reconciler/schedule/retry_budget.hpp"
#include "tests/reconciler/tokens.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{};

CircuitBreaker opened() {
    CircuitBreaker breaker;
    for (int i = 0; i < 20; ++i) breaker.failed(t0);
    return breaker;
}

TEST_CASE("a circuit opens after twenty failures in a row, and one good answer between starts anew") {
    CircuitBreaker breaker;
    for (int i = 0; i < 19; ++i) CHECK_FALSE(breaker.failed(t0));
    CHECK_FALSE(breaker.answered());
    for (int i = 0; i < 19; ++i) CHECK_FALSE(breaker.failed(t0));
    CHECK_FALSE(breaker.refuses(t0));
    CHECK(breaker.failed(t0));
    CHECK(breaker.is_open());
    CHECK_FALSE(breaker.failed(t0));  // told once
    CHECK(breaker.refuses(t0) == 1s);
}

TEST_CASE("an open circuit lets one probe a second through, for as long as it takes") {
    CircuitBreaker breaker = opened();
    int probes = 0;
    for (TimePoint now = t0; now < t0 + 1h; now += 10ms) {
        if (breaker.refuses(now)) continue;
        breaker.sent(now);
        breaker.failed(now);
        ++probes;
    }
    CHECK(probes == 3599);
}

TEST_CASE("the answer to a probe closes the circuit") {
    CircuitBreaker breaker = opened();
    CHECK_FALSE(breaker.refuses(t0 + 1s));
    breaker.sent(t0 + 1s);
    CHECK(breaker.refuses(t0 + 1500ms) == 500ms);
    CHECK(breaker.answered());
    CHECK_FALSE(breaker.is_open());
    CHECK_FALSE(breaker.refuses(t0 + 1500ms));
}

TEST_CASE("repetitions are a tenth of the first attempts, one a second, and a few at once") {
    RetryBudget budget({}, t0);
    int taken = 0;
    for (TimePoint now = t0; now < t0 + 100s; now += 10ms) {  // ten thousand, each failing three times
        budget.attempted();
        for (int tries = 0; tries < 3; ++tries) taken += budget.take(now) ? 1 : 0;
    }
    CHECK(taken >= 1000);
    CHECK(taken <= 1000 + 100 + 20);
}

TEST_CASE("time-outs halve what may be in flight once a second, and good answers bring it back") {
    LimiterOptions options;
    options.concurrency = 32;
    Limiter limiter(options, t0);
    for (int i = 0; i < 10; ++i) limiter.overloaded(t0);
    CHECK(limiter.concurrency() == 16);
    for (int i = 1; i < 20; ++i) limiter.overloaded(t0 + i * 1s);
    CHECK(limiter.concurrency() == 1);
    limiter.succeeded(CallClass::read, t0 + 30s);
    CHECK(limiter.concurrency() == 2);
    for (int i = 0; i < 1000; ++i) limiter.succeeded(CallClass::read, t0 + 30s);
    CHECK(limiter.concurrency() == 32);
}

/// Sends as fast as the limiter lets until `calls` are sent, each answered well; returns the most of
/// them in one second.
int busiest_second(Limiter& limiter, TimePoint& now, int calls) {
    int most = 0, in_second = 0;
    TimePoint second = now;
    for (int i = 0; i < calls; ++i) {
        now += reserve(limiter, CallClass::read, now);
        limiter.succeeded(CallClass::read, now);
        if (now - second >= 1s) {
            second = now;
            in_second = 0;
        }
        most = std::max(most, ++in_second);
    }
    return most;
}

TEST_CASE("what an outage left undone is caught up with at less than twice the pace before it") {
    LimiterOptions options;
    options.reads_per_second = 1000;
    Limiter limiter(options, t0);
    TimePoint now = t0;
    for (; now < t0 + 5min; now += 50ms) {  // twenty a second
        reserve(limiter, CallClass::read, now);
        limiter.succeeded(CallClass::read, now);
    }
    limiter.outage_began(now);
    now += 1h;
    limiter.outage_ended(now);
    CHECK(busiest_second(limiter, now, 5000) < 40);

    // Once nobody waits any more, the old ceiling holds again.
    for (int i = 0; i < 3; ++i) {
        now += 2s;
        reserve(limiter, CallClass::read, now);
        limiter.succeeded(CallClass::read, now);
    }
    CHECK(limiter.rate(CallClass::read) == doctest::Approx(1000));
}

TEST_CASE("after an outage in which nothing was wanted, ten calls a second get through") {
    Limiter limiter({}, t0);
    limiter.outage_began(t0);
    limiter.outage_ended(t0 + 1h);
    CHECK(limiter.rate(CallClass::write) == doctest::Approx(10));
}

}  // namespace
}  // namespace fairway
