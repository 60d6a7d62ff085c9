// Taking channels over by hand, and letting go of them.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

constexpr const char* first = Stage::first_instance;
constexpr const char* second = Stage::second_instance;

/// A foreign channel on both instances, and a manifest for it that wants another port.
struct Foreign : Stage {
    Foreign() {
        manifest("demo.yaml", Stage::demo());
        const std::string body =
            R"({"name":"VPC_demo","port":99,"balance_strategy":1,"member_type":"ip"})";
        cloud.plant(first, body);
        cloud.plant(second, body);
    }
};

TEST_CASE("adopt shows what would change, takes the channel over, and the next apply changes it") {
    const Foreign stage;
    CHECK(stage.run({"apply", "--yes"}).code == 5);
    const auto adopted = stage.run({"adopt", "VPC_demo", "--yes"});
    CAPTURE(adopted.err);
    CHECK(adopted.code == 0);
    CHECK(contains(adopted.out, "/port: 99 -> 22\n"));
    CHECK(contains(adopted.out, "reconcile.delete_adopted"));
    CHECK(contains(adopted.out, "default/VPC_demo: taken over"));
    CHECK(stage.writes() == 0);
    const auto history = stage.run({"history", "VPC_demo"}).out;
    CHECK(contains(history, "adopt"));
    CHECK(contains(history, "by hand"));

    const auto planned = stage.run({"plan", "--detailed-exitcode"});
    CHECK(planned.code == 2);
    CHECK(contains(planned.out, "1 to update"));
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    for (const auto& channel : stage.cloud.channels_named("VPC_demo")) CHECK(channel.port == 22);
    CHECK(stage.cloud.audit(0, "CreateProjectVpcChannel").empty());
    CHECK(stage.run({"plan", "--detailed-exitcode"}).code == 0);
    CHECK(contains(stage.run({"describe", "VPC_demo"}).out, "adopted by us"));

    const auto again = stage.run({"adopt", "VPC_demo", "--yes"});
    CHECK(again.code == 0);
    CHECK(again.out == "default/VPC_demo is ours already\n");
}

TEST_CASE("a foreign channel where growing was refused is a conflict, and stays as it is") {
    Stage stage;
    std::string on_one = Stage::demo();
    on_one.replace(on_one.find("  instance_ids: "), std::string::npos, "");
    on_one += std::string("  instance_ids: [") + first + "]\n";
    stage.manifest("demo.yaml", on_one);
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    stage.manifest("demo.yaml", Stage::demo());
    apic_simulator::FaultRule full;
    full.operation = "UpdateProjectVpcChannel";
    full.status = 403;
    full.code = "APIG.3109";
    stage.cloud.set_faults({full});
    CHECK(stage.run({"apply", "--yes"}).code != 0);
    stage.cloud.clear_faults();
    stage.cloud.plant(
        second, R"({"name":"VPC_demo","port":99,"balance_strategy":1,"member_type":"ip"})"
    );

    const std::size_t writes = stage.writes();
    const auto planned = stage.run({"plan"});
    CAPTURE(planned.out);
    CHECK(contains(planned.out, "refused"));
    CHECK(contains(planned.out, "not ours"));
    CHECK(contains(planned.out, "fairway adopt VPC_demo"));
    CHECK_FALSE(contains(planned.out, "drifted"));
    CHECK(stage.run({"apply", "--yes"}).code == 5);
    CHECK(stage.writes() == writes);

    CHECK(stage.run({"adopt", "VPC_demo", "--yes"}).code == 0);
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    CHECK(stage.run({"plan", "--detailed-exitcode"}).code == 0);
    CHECK(contains(stage.run({"describe", "VPC_demo"}).out, "adopted by us"));
}

TEST_CASE("a live microservice channel is not adopted by a manifest that says no type") {
    Stage stage;
    stage.cloud.plant(first, R"({"name":"found","port":8080,"balance_strategy":1,"member_type":"ip",
            "vpc_channel_type":"microservice","microservice_info":{"service_type":"CSE",
            "cse_info":{"engine_id":"engine-1","service_id":"service-1"}}})");
    stage.manifest(
        "found.yaml", std::string("apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: found}\n"
                                  "spec:\n  port: 8080\n  balance_strategy: wrr\n  member_type: ip\n"
                                  "  members: [{host: 192.168.0.5, weight: 1}]\n  instance_ids: [") +
                          first + "]\nlifecycle: {adopt: if-equal}\n"
    );
    const auto refused = stage.run({"apply", "--yes"});
    CAPTURE(refused.out);
    CHECK(refused.code == 5);
    CHECK(contains(refused.out, "/vpc_channel_type"));
    CHECK_FALSE(contains(stage.run({"describe", "found"}).out, "adopted by us"));
    CHECK(stage.writes() == 0);
}

TEST_CASE("without a terminal and without --yes nothing is taken over") {
    const Foreign stage;
    const auto refused = stage.run({"adopt", "VPC_demo"});
    CHECK(refused.code == 5);
    CHECK(contains(refused.out, "/port: 99 -> 22"));
    CHECK(contains(refused.err, "--yes"));
    CHECK(stage.run({"apply", "--yes"}).code == 5);
}

TEST_CASE("a person at a terminal is asked, and only yes goes ahead") {
    const Foreign stage;
    const auto answer = [&](const std::string& text) {
        const std::string command = std::string(FAIRWAY_BINARY) + " --config " +
                                    stage.folder.file("fairway.yaml") + " adopt VPC_demo";
        Process person(
            {"/bin/sh", "-c", "echo " + text + " | script -qec '" + command + "' /dev/null"},
            stage.folder.path()
        );
        const int code = person.wait().value_or(-1);
        CAPTURE(person.out());
        CHECK(person.err().empty());
        return code;
    };
    CHECK(answer("y") == 5);
    CHECK(answer("yes") == 0);
    CHECK(stage.run({"adopt", "VPC_demo"}).out == "default/VPC_demo is ours already\n");
}

TEST_CASE("Ctrl-C ends the question, and nothing was written") {
    const Stage stage;
    stage.configure();
    stage.manifest("demo.yaml", Stage::demo());
    const std::string keys = stage.folder.file("keys");
    REQUIRE(mkfifo(keys.c_str(), 0600) == 0);
    const int keyboard = open(keys.c_str(), O_RDWR);
    REQUIRE(keyboard >= 0);
    const std::string command =
        std::string(FAIRWAY_BINARY) + " --config " + stage.folder.file("fairway.yaml") + " apply";
    Process person(
        {"/bin/sh", "-c", "exec script -qec '" + command + "' /dev/null <" + keys}, stage.folder.path()
    );
    REQUIRE(eventually([&] { return contains(person.out(), "Apply this?"); }));
    REQUIRE(write(keyboard, "\003", 1) == 1);
    CHECK(person.wait() == 130);
    close(keyboard);
    CHECK(stage.writes() == 0);
}

TEST_CASE("an adopted channel that is as wanted leaves nothing to plan") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    REQUIRE(stage.run({"release", "VPC_demo", "--yes"}).code == 0);
    CHECK(stage.run({"plan"}).code == 0);
    const auto adopted = stage.run({"adopt", "VPC_demo", "--yes"});
    CHECK(adopted.code == 0);
    CHECK(contains(adopted.out, "nothing would change"));
    const auto planned = stage.run({"plan", "--detailed-exitcode"});
    CAPTURE(planned.out);
    CHECK(planned.code == 0);
}

TEST_CASE("adopt refuses what is doubled, elsewhere only, or without a manifest, and says what to do") {
    Foreign stage;
    CHECK(stage.run({"adopt", "VPC_dmeo", "--yes"}).code == 3);
    CHECK(contains(stage.run({"adopt", "VPC_dmeo", "--yes"}).err, "did you mean VPC_demo?"));

    stage.manifest("absent.yaml", Stage::demo("absent"));
    const auto absent = stage.run({"adopt", "absent", "--yes"});
    CHECK(absent.code == 1);
    CHECK(contains(absent.err, "fairway apply absent"));

    stage.cloud.plant(first, R"({"name":"VPC_demo","port":98,"balance_strategy":1,"member_type":"ip"})");
    const auto doubled = stage.run({"adopt", "VPC_demo", "--yes"});
    CHECK(doubled.code == 5);
    CHECK(contains(doubled.err, std::string("two channels of this name exist on ") + first));

    stage.cloud.plant(first, R"({"name":"narrow","port":98,"balance_strategy":1,"member_type":"ip"})");
    std::string narrow = Stage::demo("narrow");
    narrow.replace(
        narrow.find("  instance_ids:"), std::string::npos,
        std::string("  instance_ids: [") + second + "]\n"
    );
    stage.manifest("narrow.yaml", narrow);
    const auto elsewhere = stage.run({"adopt", "narrow", "--yes"});
    CHECK(elsewhere.code == 5);
    CHECK(contains(elsewhere.err, first));
    CHECK(stage.writes() == 0);
}

TEST_CASE("what is remade behind our back can be taken over again") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    const auto live = stage.cloud.channels_named("VPC_demo");
    stage.cloud.remove(live.front().id);
    stage.cloud.plant(
        live.front().instance_id,
        R"({"name":"VPC_demo","port":99,"balance_strategy":1,"member_type":"ip"})"
    );
    REQUIRE(stage.run({"apply", "--yes"}).code == 5);
    CHECK(stage.run({"adopt", "VPC_demo", "--yes"}).code == 0);
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    for (const auto& channel : stage.cloud.channels_named("VPC_demo")) CHECK(channel.port == 22);
}

TEST_CASE("release forgets the channel and leaves it, and says what the manifest will meet") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    const std::size_t writes = stage.writes();
    CHECK(stage.run({"release", "VPC_demo"}).code == 5);
    const auto released = stage.run({"release", "VPC_demo", "--yes"});
    CHECK(released.code == 0);
    CHECK(contains(released.out, "remove that manifest"));
    CHECK(stage.writes() == writes);
    CHECK(stage.cloud.channels_named("VPC_demo").size() == 2);
    CHECK(contains(stage.run({"history", "VPC_demo"}).out, "release"));
    CHECK(contains(stage.run({"plan"}).out, "not ours"));
    CHECK(stage.run({"release", "VPC_demo", "--yes"}).code == 3);
}

TEST_CASE("a released channel without a manifest is nobody's: nothing prunes it") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    stage.manifest("other.yaml", Stage::demo("other"));
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    std::filesystem::remove(stage.manifests() + "/demo.yaml");
    const auto released = stage.run({"release", "VPC_demo", "--yes"});
    CHECK(released.code == 0);
    CHECK_FALSE(contains(released.out, "remove that manifest"));
    CHECK(stage.run({"apply", "--prune", "--yes"}).code == 0);
    CHECK(stage.cloud.channels_named("VPC_demo").size() == 2);
    const auto close = stage.run({"release", "othr", "--yes"});
    CHECK(close.code == 3);
    CHECK(contains(close.err, "did you mean other?"));
}

TEST_CASE("while a daemon holds the store, nothing is taken over, let go of or had back") {
    const Foreign stage;
    std::string address;
    Process daemon = stage.daemon(address);
    for (const char* command : {"adopt", "release", "undelete"}) {
        CAPTURE(command);
        CHECK(stage.run({command, "VPC_demo", "--yes"}).code == 8);
    }
    CHECK(stage.run({"undelete"}).code == 0);
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
    CHECK(stage.cloud.channels_named("VPC_demo").front().port == 99);
}

}  // namespace
}  // namespace fairway
