#include "manifests/git/git_source.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "controller/async/task_group.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/sim_clock.hpp"
#include "tests/support/temp_dir.hpp"

using namespace fairway;
using namespace std::chrono_literals;

namespace {

struct Half : Entropy {
    double random01() override { return 0.5; }
};

/// A source whose server refuses every connection, in simulated time.
struct Desk {
    Desk() {
        GitOptions options;
        options.url = "https://127.0.0.1:1/x.git";
        options.name = "main";
        options.folder = here.file("git/channels");
        source.emplace("channels", options, ManifestContext{}, loop.get_executor(), clock, entropy);
    }
    /// How long changed() waits.
    Duration wait() {
        const TimePoint began = clock.now();
        clock.run(source->changed());
        return clock.now() - began;
    }

    TempDir here;
    boost::asio::io_context loop;
    SimClock clock{loop};
    Half entropy;
    std::optional<GitSource> source;
};

TEST_CASE("after each failure a server is asked again later") {
    Desk desk;
    CHECK(desk.wait() == 0s);  // nothing is known yet
    Duration before = 0s;
    for (int i = 0; i < 4; ++i) {
        CHECK_FALSE(run_task(desk.loop, desk.source->load()));
        const Duration now = desk.wait();
        CHECK(now > before);
        before = now;
    }
    CHECK(before <= 8s);
}

TEST_CASE("whoever knows of something new has the server asked at once") {
    Desk desk;
    CHECK_FALSE(run_task(desk.loop, desk.source->load()));
    desk.clock.advance(1500ms);  // the pause after the failure is 3 s
    CHECK(desk.source->fetch_now());
    CHECK(desk.wait() == 0s);

    CHECK_FALSE(run_task(desk.loop, desk.source->load()));
    desk.clock.advance(1500ms);
    bool returned = false;
    boost::asio::co_spawn(desk.loop, desk.source->changed(), [&](std::exception_ptr) {
        returned = true;
    });
    desk.loop.restart();
    desk.loop.poll();
    CHECK_FALSE(returned);
    desk.source->fetch_now();
    desk.loop.restart();
    desk.loop.poll();
    CHECK(returned);
}

TEST_CASE("waiting for news ends as every wait does when it is cancelled") {
    Desk desk;
    CHECK_FALSE(run_task(desk.loop, desk.source->load()));
    TaskGroup waiting(desk.loop.get_executor());
    waiting.spawn(desk.source->changed());
    desk.loop.restart();
    desk.loop.poll();
    REQUIRE(waiting.size() == 1);
    waiting.cancel();
    CHECK_NOTHROW(desk.clock.run(waiting.join()));
}

TEST_CASE("a flood of news makes one fetch a second, and none of it is lost") {
    Desk desk;
    for (int i = 0; i < 5; ++i) {
        CHECK_FALSE(run_task(desk.loop, desk.source->load()));
        CHECK(desk.source->fetch_now());
        for (int j = 0; j < 100; ++j) CHECK_FALSE(desk.source->fetch_now());
        CHECK(desk.wait() == 1s);
        CHECK(desk.wait() == 0s);  // until it is loaded
    }
    // Of what comes while the server is being asked, nobody knows whether the answer holds it.
    const auto load = [&]() -> Task<> {
        const auto loaded = co_await desk.source->load();
        CHECK_FALSE(loaded);
    };
    boost::asio::co_spawn(desk.loop, load(), boost::asio::detached);
    desk.loop.restart();
    desk.loop.poll();
    CHECK(desk.source->fetch_now());
    desk.loop.restart();
    desk.loop.run();
    CHECK(desk.wait() == 1s);
}

}  // namespace
