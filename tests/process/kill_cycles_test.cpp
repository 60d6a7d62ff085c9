// The real daemon, killed two hundred times amid its creates.
#include <doctest/doctest.h>

#include <csignal>
#include <map>
#include <random>

#include "tests/process/owner.hpp"
#include "tests/support/sanitized.hpp"

namespace fairway {
namespace {

constexpr int channels = 500, cycles = sanitized ? 50 : 200;
/// How long a daemon may take until it writes, if there is something to write.
constexpr std::chrono::milliseconds patience(sanitized ? 3000 : 300);

std::string name_of(int number) {
    return "channel_" + std::to_string(number);
}

/// Writes that took effect.
std::size_t committed(const Stage& stage) {
    return stage.cloud.audit_summary().committed;
}

/// Foreign channels under names that are near to ours, and what they looked like.
std::map<std::string, int> plant_foreign(Stage& stage) {
    std::map<std::string, int> planted;
    for (int i = 0; i < 10; ++i) {
        const std::string name = name_of(i) + (i % 2 == 0 ? "_" : "0000");
        const std::string body = R"({"name":")" + name + R"(","port":)" + std::to_string(7000 + i) +
                                 R"(,"balance_strategy":1,"member_type":"ip"})";
        stage.cloud.plant(Stage::first_instance, body);
        planted[name] = 7000 + i;
    }
    return planted;
}

TEST_CASE("killed two hundred times amid five hundred creates, nothing is doubled, lost or touched") {
    Owner stage;
    stage.reconcile = "{settle: 200ms, drift_interval: 1s, workers: 3}";
    stage.configure();
    for (int i = 0; i < channels; ++i) stage.declare(name_of(i));
    stage.cloud.set_switch("channel_limit", "0");
    const auto foreign = plant_foreign(stage);
    stage.cloud.set_latency({{"CreateProjectVpcChannel", 15}});
    apic_simulator::FaultRule lost;
    lost.kind = apic_simulator::FaultKind::reset_after_commit;
    lost.operation = "CreateProjectVpcChannel";
    lost.probability = 0.05;
    stage.cloud.set_faults({lost});

    std::mt19937_64 random(1);
    std::uniform_int_distribution<int> more(0, 2), late(0, 4);
    std::string address;
    int amid = 0;
    for (int cycle = 0; cycle < cycles; ++cycle) {
        const std::size_t before = committed(stage);
        const std::size_t until = before + static_cast<std::size_t>(more(random));
        Process daemon = stage.daemon(address, {"--unsafe-settle"});
        // Late in the test nothing may be left to write: then it is killed while it looks.
        eventually([&] { return committed(stage) >= until; }, patience);
        for (int pause = late(random); pause > 0; --pause) pause_briefly();
        amid += committed(stage) > before ? 1 : 0;
        daemon.signal(SIGKILL);
        CHECK(daemon.wait() == 128 + SIGKILL);
    }
    CAPTURE(amid);
    CHECK(amid >= cycles / 2);

    stage.cloud.clear_faults();
    Process daemon = stage.daemon(address, {"--unsafe-settle"});
    CHECK(eventually(
        [&] {
            return Stage::metric(address, "fairway_channels{project=\"default\",state=\"in_sync\"}") ==
                   channels;
        },
        std::chrono::seconds(60)
    ));
    std::map<std::string, int> rows;
    for (const auto& channel : stage.cloud.channels()) {
        const auto planted = foreign.find(channel.name);
        if (planted == foreign.end()) {
            ++rows[channel.name];
        } else {
            CHECK(channel.port == planted->second);
        }
    }
    CHECK(rows.size() == channels);
    for (const auto& [name, count] : rows) {
        CAPTURE(name);
        CHECK(count == 2);
    }
    CHECK(stage.cloud.channels().size() == 2 * channels + foreign.size());
    CHECK(stage.deletes() == 0);

    const std::size_t writes = stage.writes();
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
    const auto again = stage.run({"apply", "--yes", "--unsafe-settle"});
    CAPTURE(again.out);
    CHECK(again.code == 0);
    CHECK(stage.writes() == writes);
}

}  // namespace
}  // namespace fairway
