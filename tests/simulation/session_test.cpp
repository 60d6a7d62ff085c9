// Scenes that a seed found first, told by hand.
#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>

#include "controller/app/daemon_session.hpp"
#include "tests/simulation/checks.hpp"

namespace fairway::sim {
namespace {

using namespace std::chrono_literals;

Options without_faults() {
    Overrides none;
    none.some_faults = true;
    return draw(1, none);
}

TEST_CASE("a session that is told to stop while it starts leaves nothing behind") {
    Stage stage(without_faults(), false);
    Disk disk;
    Wishes wishes(stage);
    Checks checks(stage, disk, wishes);
    Cloud cloud(stage, checks);
    checks.watch(cloud);
    Life life(stage, 1);
    SimEntropy entropy(Stream(1, "entropy"));
    NoMetrics metrics;
    Log log = Log::mute();
    Config config;
    ProjectEndpoint project;
    project.name = "p";
    config.projects.push_back(std::move(project));
    DaemonSession::Parts parts;
    parts.store = std::make_unique<SimStore>(life, disk);
    parts.source = std::make_unique<SimSource>(life, wishes);
    const Core::Ports ports{*parts.store, metrics, life.clock(), entropy};
    parts.core = std::make_unique<Core>(
        std::make_unique<CloudPort>(life, cloud, checks), config, ports,
        DaemonSession::core_options(config, "lineage")
    );
    DaemonSession session(
        life.executor(), config, DaemonSession::Ports{life.clock(), entropy, metrics, log},
        std::move(parts)
    );
    int ended = 0;
    boost::asio::co_spawn(life.executor(), session.run(), [&](std::exception_ptr, Result<>) {
        ++ended;
    });
    life.run_ready();  // it reads the manifests
    boost::asio::co_spawn(life.executor(), session.stop(), [&](std::exception_ptr) { ++ended; });
    life.run_ready();
    while (stage.timeline.step(TimePoint{} + 5s)) life.run_ready();
    CHECK(ended == 2);
    CHECK(life.idle());
    CHECK(cloud.now().empty());
    life.tear_down();
}

}  // namespace
}  // namespace fairway::sim
