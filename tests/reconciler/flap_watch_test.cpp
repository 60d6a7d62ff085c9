#include <doctest/doctest.h>

#include "reconciler/schedule/flap_watch.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

const ChannelKey key{"default", "web"}, other{"default", "shop"};

TEST_CASE("twice is chance, three times within an hour is somebody else") {
    FlapWatch watch;
    TimePoint now{};
    CHECK_FALSE(watch.not_before(key, now));
    for (int i = 0; i < 2; ++i) watch.corrected(key, now += 5min);
    CHECK_FALSE(watch.flapping(key, now));
    CHECK_FALSE(watch.not_before(key, now));
    watch.corrected(key, now += 5min);
    CHECK(watch.flapping(key, now));
    CHECK(watch.not_before(key, now) == now + 5min);
    CHECK_FALSE(watch.not_before(key, now + 5min));  // then once more
    CHECK_FALSE(watch.flapping(other, now));
}

TEST_CASE("the longer it goes on, the slower we are, but never slower than half an hour") {
    FlapWatch watch;
    TimePoint now{};
    for (int i = 0; i < 3; ++i) watch.corrected(key, now);
    Duration before{};
    for (int i = 0; i < 500; ++i) {
        const auto until = watch.not_before(key, now);
        if (until) {
            CHECK(*until - now >= std::min<Duration>(before, 5min));
            CHECK(*until - now <= 30min);
            before = *until - now;
            now = *until;
        }
        watch.corrected(key, now);
    }
    CHECK(watch.count(key, now) <= 64);
}

TEST_CASE("an hour of peace, or a new wish, ends it") {
    FlapWatch watch;
    const TimePoint now{};
    for (int i = 0; i < 3; ++i) watch.corrected(key, now);
    CHECK_FALSE(watch.flapping(key, now + 1h));
    watch.forget(key);
    CHECK_FALSE(watch.flapping(key, now));
}

}  // namespace
}  // namespace fairway
