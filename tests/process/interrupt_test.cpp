// Ctrl-C at every prompt and amid every kind of call: what was begun is finished or recorded.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "tests/process/owner.hpp"

namespace fairway {
namespace {

/// A person at a terminal who answers the question with Ctrl-C; tells how the command ended.
int interrupted_at_prompt(const Stage& stage, const std::string& command) {
    const std::string keys = stage.folder.file("keys");
    REQUIRE(mkfifo(keys.c_str(), 0600) == 0);
    const int keyboard = open(keys.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(keyboard >= 0);
    Process person(
        {"/bin/sh", "-c",
         "exec script -qec '" + std::string(FAIRWAY_BINARY) + " --config " +
             stage.folder.file("fairway.yaml") + " " + command + "' /dev/null <" + keys},
        stage.folder.path()
    );
    CHECK(eventually([&] { return contains(person.out(), "Only \"yes\" goes ahead"); }));
    CHECK(write(keyboard, "\003", 1) == 1);
    const int code = person.wait().value_or(-1);
    close(keyboard);
    std::filesystem::remove(keys);
    return code;
}

TEST_CASE("Ctrl-C at whichever question ends with 130, and nothing was written or forgotten") {
    Owner stage;
    stage.own(4);
    stage.remove("channel_3");
    REQUIRE(stage.prune().code == 0);
    stage.cloud.plant(
        Owner::first_instance, R"({"name":"foreign","port":99,"balance_strategy":1,"member_type":"ip"})"
    );
    stage.declare_on("foreign", Owner::first_instance);
    stage.declare("fresh");
    stage.remove("channel_2");
    const std::size_t writes = stage.writes();
    const std::string ours = stage.run({"get", "-o", "json"}).out;
    for (const char* command :
         {"apply", "apply --prune", "adopt foreign", "release channel_0", "undelete channel_3"}) {
        CAPTURE(command);
        CHECK(interrupted_at_prompt(stage, command) == 130);
        CHECK(stage.writes() == writes);
    }
    CHECK(contains(stage.run({"describe", "channel_0"}).out, "created by us"));
    CHECK_FALSE(contains(stage.run({"describe", "foreign"}).out, "adopted by us"));
    CHECK(stage.run({"undelete", "channel_3", "--yes"}).code == 0);  // was not used up
}

TEST_CASE("Ctrl-C amid any write is 130, and the next apply finds a state that it can go on from") {
    struct Case {
        std::string operation;
        std::vector<std::string> command;
    };
    for (const Case& one : {
             Case{"CreateProjectVpcChannel", {"apply", "--yes"}},
             Case{"UpdateProjectVpcChannel", {"apply", "--yes"}},
             Case{"DeleteVpcChannelV2", {"apply", "--yes", "--prune"}},
         }) {
        CAPTURE(one.operation);
        Owner stage;
        stage.reconcile =
            "{drift_interval: 1h, workers: 1, deletion_budget: {percent: 100, at_least: 1, per_pass: "
            "1000, per_day_percent: 100}}";
        stage.configure();
        stage.own(10);
        for (int i = 0; i < 6; ++i) {
            const std::string number = std::to_string(i);
            if (one.operation[0] == 'C') stage.declare("fresh_" + number);
            if (one.operation[0] == 'U' && i < 2) stage.declare("channel_" + number, 8080);
            if (one.operation[0] == 'D') stage.remove("channel_" + number);
        }
        const auto answered = [&] { return stage.cloud.audit(0, one.operation).size(); };
        const std::size_t before = answered();
        stage.cloud.set_latency({{one.operation, 300}});
        Process apply = stage.start(one.command);
        REQUIRE(eventually([&] { return answered() > before; }));  // and the next one is on its way
        apply.signal(SIGINT);
        CHECK(apply.wait() == 130);
        const std::size_t sent = answered() - before;
        CHECK(sent >= 1);
        if (one.operation[0] != 'U') CHECK(sent < 6);
        stage.cloud.set_latency({});

        const auto next = stage.run(one.command);
        CAPTURE(next.out);
        CHECK(next.code == 0);
        CHECK(stage.run({"plan", "--prune", "--detailed-exitcode"}).code == 0);
        CHECK(stage.cloud.channels().size() == 2 * stage.live().size());  // none is doubled or lost
        CHECK(stage.live().size() == (one.operation[0] == 'C' ? 16 : one.operation[0] == 'D' ? 4 : 10));
    }
}

TEST_CASE("Ctrl-C while the first look is on its way ends with 130 at once, and nothing was written") {
    for (const char* command : {"apply", "plan"}) {
        CAPTURE(command);
        Owner stage;
        stage.declare("fresh");
        apic_simulator::FaultRule silence;
        silence.kind = apic_simulator::FaultKind::hang;
        stage.cloud.set_faults({silence});
        Process looking = stage.start({command});
        REQUIRE(eventually([&] { return stage.cloud.audit_summary().handshakes > 0; }));
        looking.signal(SIGINT);
        CHECK(looking.wait(std::chrono::seconds(20)) == 130);
        stage.cloud.clear_faults();
        CHECK(stage.writes() == 0);
        CHECK(stage.run({"apply", "--yes"}).code == 0);
        CHECK(stage.cloud.channels().size() == 2);
    }
}

}  // namespace
}  // namespace fairway
