#include "reconciler/schedule/work_queue.hpp"

#include <doctest/doctest.h>

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{};
const ChannelKey a{"default", "aaa"}, b{"default", "bbb"};

std::optional<ChannelKey> take(WorkQueue& queue, TimePoint now) {
    const auto taken = queue.take(now);
    return taken ? std::optional(taken->key) : std::nullopt;
}

TEST_CASE("a key waits at most once") {
    WorkQueue queue;
    queue.add(a, t0, Priority::user);
    queue.add(a, t0, Priority::user);
    CHECK(take(queue, t0) == a);
    queue.done(a);
    CHECK(queue.idle());
}

TEST_CASE("a key in flight is not handed out again until it is done") {
    WorkQueue queue;
    queue.add(a, t0, Priority::user);
    REQUIRE(take(queue, t0) == a);
    queue.add(a, t0, Priority::user);  // edited while we were working on it
    CHECK_FALSE(queue.take(t0));
    queue.done(a);
    CHECK(take(queue, t0) == a);
}

TEST_CASE("an edit overtakes a retry, and a retry a routine check") {
    WorkQueue queue;
    const ChannelKey c{"default", "ccc"};
    queue.add(a, t0, Priority::resync);
    queue.add(b, t0, Priority::retry);
    queue.add(c, t0 + 1s, Priority::user);
    CHECK(take(queue, t0 + 2s) == c);
    CHECK(take(queue, t0 + 2s) == b);
    CHECK(take(queue, t0 + 2s) == a);
}

TEST_CASE("among equals the first to be ready goes first") {
    WorkQueue queue;
    queue.add(b, t0, Priority::user);
    queue.add(a, t0, Priority::user);
    CHECK(take(queue, t0) == b);
    CHECK(take(queue, t0) == a);
}

TEST_CASE("a key is not handed out before its time, and next_ready tells when that is") {
    WorkQueue queue;
    queue.add(a, t0 + 5s, Priority::retry);
    CHECK_FALSE(queue.take(t0 + 4s));
    CHECK(queue.next_ready() == t0 + 5s);
    CHECK(take(queue, t0 + 5s) == a);
    CHECK_FALSE(queue.next_ready());
}

TEST_CASE("an edit brings a waiting retry forward, a routine check does not") {
    WorkQueue queue;
    queue.add(a, t0 + 60s, Priority::retry);
    queue.add(a, t0, Priority::resync);
    CHECK_FALSE(queue.take(t0));
    queue.add(a, t0, Priority::user);
    const auto taken = queue.take(t0);
    REQUIRE(taken);
    CHECK(taken->priority == Priority::user);
}

TEST_CASE("the depth counts what waits, by priority") {
    WorkQueue queue;
    queue.add(a, t0, Priority::resync);
    queue.add(b, t0, Priority::resync);
    CHECK(queue.depth(Priority::resync) == 2);
    queue.add(a, t0, Priority::user);
    CHECK(queue.depth(Priority::resync) == 1);
    CHECK(queue.depth(Priority::user) == 1);
    CHECK(take(queue, t0) == a);
    CHECK(queue.depth(Priority::user) == 0);
}

TEST_CASE("a closed queue hands nothing out and takes nothing in") {
    WorkQueue queue;
    queue.add(a, t0, Priority::user);
    queue.add(b, t0, Priority::user);
    REQUIRE(take(queue, t0) == a);
    queue.add(a, t0, Priority::user);
    queue.close();
    queue.add(b, t0, Priority::user);
    CHECK_FALSE(queue.take(t0));
    queue.done(a);
    CHECK(queue.idle());
}

}  // namespace
}  // namespace fairway
