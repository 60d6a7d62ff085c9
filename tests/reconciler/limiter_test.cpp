#include "reconciler/schedule/limiter.hpp"

#include <doctest/doctest.h>

#include "reconciler/schedule/backoff.hpp"
#include "tests/reconciler/tokens.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{};

/// How many calls get through in `span`, when as many as possible are made and none is throttled.
int calls_in(Limiter& limiter, TimePoint from, Duration span) {
    int calls = 0;
    for (TimePoint now = from; now < from + span; ++calls) {
        now += reserve(limiter, CallClass::write, now);
        limiter.succeeded(CallClass::write, now);
    }
    return calls;
}

TEST_CASE("a ceiling is kept over any second, apart from a small burst") {
    LimiterOptions options;
    options.writes_per_second = 50;
    Limiter limiter(options, t0);
    CHECK(calls_in(limiter, t0, 10s) <= 50 * 10 + 14);
    CHECK(limiter.rate(CallClass::write) == doctest::Approx(50));
}

TEST_CASE("without a ceiling the rate starts at 20 a second and doubles while it is used up") {
    Limiter limiter({}, t0);
    CHECK(limiter.rate(CallClass::write) == doctest::Approx(20));
    calls_in(limiter, t0, 3500ms);
    CHECK(limiter.rate(CallClass::write) >= 80);
}

TEST_CASE("a rate that is not used up does not grow") {
    Limiter limiter({}, t0);
    for (TimePoint now = t0; now < t0 + 60s; now += 1s) {
        CHECK(reserve(limiter, CallClass::read, now) == Duration::zero());
        limiter.succeeded(CallClass::read, now);
    }
    CHECK(limiter.rate(CallClass::read) == doctest::Approx(20));
}

TEST_CASE("a throttle halves the rate once, however many calls met it, and it recovers slowly") {
    LimiterOptions options;
    options.reads_per_second = 100;
    options.writes_per_second = 100;
    Limiter limiter(options, t0);
    for (int i = 0; i < 20; ++i) limiter.throttled(t0 + 10ms * i, std::nullopt);
    CHECK(limiter.rate(CallClass::write) == doctest::Approx(50));
    calls_in(limiter, t0 + 1s, 2s);
    CHECK(limiter.rate(CallClass::write) < 60);
    calls_in(limiter, t0 + 3s, 60s);
    CHECK(limiter.rate(CallClass::write) == doctest::Approx(100));
}

TEST_CASE("against a wall the rate settles near what the cloud grants, not far below it") {
    LimiterOptions options;
    options.writes_per_second = 1000;
    Limiter limiter(options, t0);
    constexpr double granted = 40;  // a second; what comes sooner is throttled
    double tokens = granted;
    TimePoint last = t0;
    int answered = 0, refused = 0;
    for (TimePoint now = t0; now < t0 + 120s;) {
        now += reserve(limiter, CallClass::write, now);
        tokens = std::min(granted, tokens + granted * static_cast<double>((now - last).count()) / 1e6);
        last = now;
        if (tokens >= 1) {
            tokens -= 1;
            ++answered;
            limiter.succeeded(CallClass::write, now);
        } else {
            ++refused;
            limiter.throttled(now, std::nullopt);
        }
    }
    CHECK(answered > 0.8 * granted * 120);
    CHECK(refused < answered / 3);
}

TEST_CASE("calls that are throttled by chance do not stop the others") {
    LimiterOptions options;
    options.writes_per_second = 5000;
    Limiter limiter(options, t0);
    int answered = 0;
    for (TimePoint now = t0; answered < 6000; now += 200us) {
        now += reserve(limiter, CallClass::write, now);
        if (static_cast<int>(now.time_since_epoch().count() / 200) % 10 == 0) {
            limiter.throttled(now, std::nullopt);
        } else {
            limiter.succeeded(CallClass::write, now);
            ++answered;
        }
        REQUIRE(now < t0 + 10s);
    }
}

TEST_CASE("nobody is let through before the pause that the cloud asked for is over") {
    Limiter limiter({}, t0);
    limiter.throttled(t0, 7s);
    CHECK(reserve(limiter, CallClass::write, t0 + 1s) >= 6s);
    CHECK(reserve(limiter, CallClass::read, t0 + 1s) >= 6s);
}

TEST_CASE("whoever waited for the pause goes at the rate, not all at once") {
    Limiter limiter({}, t0);
    limiter.throttled(t0, 7s);
    Duration last{};
    for (int i = 0; i < 20; ++i) last = reserve(limiter, CallClass::write, t0);
    CHECK(last >= 7s + 19 * 100ms);  // ten a second since the throttle
}

TEST_CASE("the rate never falls below one a second") {
    Limiter limiter({}, t0);
    for (int i = 0; i < 50; ++i) limiter.throttled(t0 + i * 2s, std::nullopt);
    CHECK(limiter.rate(CallClass::write) == doctest::Approx(1));
}

TEST_CASE("a back-off doubles up to its cap, and is jittered over its whole length") {
    const Backoff backoff;
    CHECK(backoff.delay(1, 0.999999) <= 1s);
    CHECK(backoff.delay(1, 0.999999) >= 999ms);
    CHECK(backoff.delay(4, 0.5) == 4s);
    CHECK(backoff.delay(100, 0.999999) <= 5min);
    CHECK(backoff.delay(100, 0.999999) >= 299s);
    CHECK(backoff.delay(9, 0.0) == Duration::zero());
}

}  // namespace
}  // namespace fairway
