// What Fairway deleted is had back from the journal.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <set>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

using apic_simulator::FaultKind;
using apic_simulator::FaultRule;

constexpr const char* first = "eea73cde015940908ae0117d67bf7330";

/// VPC_demo was ours, and was deleted by us; another channel stays.
struct Deleted : Stage {
    explicit Deleted(const std::string& text = Stage::demo()) {
        manifest("other.yaml", Stage::demo("other"));
        manifest("demo.yaml", text);
        REQUIRE(run({"apply", "--yes"}).code == 0);
        for (const auto& channel : cloud.channels_named("VPC_demo")) ids.insert(channel.id);
        before = cloud.channels_named("VPC_demo");
        std::filesystem::remove(manifests() + "/demo.yaml");
        const auto pruned = run({"apply", "--prune", "--yes"});
        CAPTURE(pruned.out);
        REQUIRE(pruned.code == 0);
        REQUIRE(cloud.channels_named("VPC_demo").empty());
    }
    Ended undelete(std::vector<std::string> more = {"--yes"}) const {
        std::vector<std::string> arguments{"undelete", "VPC_demo"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }
    std::set<std::string> ids;
    std::vector<apic_simulator::Channel> before;
};

/// What is live equals what was there, but for ids and times.
void check_as_before(const Deleted& stage) {
    const auto live = stage.cloud.channels_named("VPC_demo");
    REQUIRE(live.size() == stage.before.size());
    for (const auto& channel : live) {
        CHECK_FALSE(stage.ids.contains(channel.id));
        const bool same = std::any_of(stage.before.begin(), stage.before.end(), [&](const auto& old) {
            return old.instance_id == channel.instance_id && same_content(old, channel);
        });
        CHECK(same);
    }
}

TEST_CASE("a deleted channel is created again as it was, and pruning leaves it alone") {
    Deleted stage;
    const auto listed = stage.run({"undelete"});
    CHECK(listed.code == 0);
    CHECK(contains(listed.out, "VPC_demo"));
    CHECK(contains(listed.out, "gone"));
    CHECK_FALSE(contains(listed.out, "other"));

    CHECK(stage.undelete({}).code == 5);
    CHECK(stage.cloud.channels_named("VPC_demo").empty());
    const auto back = stage.undelete();
    CAPTURE(back.err);
    CAPTURE(back.out);
    CHECK(back.code == 0);
    CHECK(contains(back.out, "with new ids"));
    CHECK(contains(back.out, "Restore its manifest"));
    check_as_before(stage);
    for (const auto& channel : stage.cloud.channels_named("VPC_demo"))
        CHECK(contains(back.out, channel.id));
    CHECK(contains(stage.run({"history", "VPC_demo"}).out, "undelete"));
    CHECK(contains(stage.run({"undelete"}).out, "there again"));

    const std::size_t writes = stage.writes();
    const auto pruned = stage.run({"apply", "--prune", "--yes"});
    CAPTURE(pruned.out);
    CHECK(contains(pruned.out, "forbid"));
    CHECK(stage.writes() == writes);
    CHECK(stage.undelete().code == 5);  // it is there

    stage.manifest("demo.yaml", Stage::demo());
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    CHECK(stage.run({"plan", "--detailed-exitcode"}).code == 0);
    CHECK(stage.writes() == writes);
}

TEST_CASE("what was deleted in two runs comes back on every instance it was on") {
    Stage stage;
    stage.manifest("other.yaml", Stage::demo("other"));
    stage.manifest("demo.yaml", Stage::demo());
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    std::filesystem::remove(stage.manifests() + "/demo.yaml");
    FaultRule blocked;
    blocked.operation = "DeleteVpcChannelV2";
    blocked.status = 403;
    blocked.code = "APIG.3414";
    blocked.skip = 1;
    stage.cloud.set_faults({blocked});
    CHECK(stage.run({"apply", "--prune", "--yes"}).code != 0);
    CHECK(stage.cloud.channels_named("VPC_demo").size() == 1);
    stage.cloud.clear_faults();
    const auto pruned = stage.run({"apply", "--prune", "--yes"});
    CAPTURE(pruned.out);
    REQUIRE(stage.cloud.channels_named("VPC_demo").empty());
    CHECK(stage.run({"undelete", "VPC_demo", "--yes"}).code == 0);
    CHECK(stage.cloud.channels_named("VPC_demo").size() == 2);
}

TEST_CASE("the other channels of the store are neither written nor asked for by name") {
    Deleted stage;
    const auto others = stage.cloud.channels_named("other");
    stage.cloud.change(others.front().id, [](apic_simulator::Channel& channel) { channel.port = 99; });
    CHECK(stage.undelete().code == 0);
    bool drifted = false;
    for (const auto& channel : stage.cloud.channels_named("other"))
        drifted = drifted || channel.port == 99;
    CHECK(drifted);
    CHECK(stage.cloud.channels_named("other").size() == 2);
}

TEST_CASE("an answer that is lost makes no second channel") {
    Deleted stage;
    FaultRule lost;
    lost.kind = FaultKind::reset_after_commit;
    lost.operation = "CreateProjectVpcChannel";
    stage.cloud.set_faults({lost});
    stage.cloud.clear_audit();
    const auto back = stage.undelete();
    CAPTURE(back.err);
    CHECK(back.code == 0);
    CHECK(stage.cloud.audit(0, "CreateProjectVpcChannel").size() == 1);
    check_as_before(stage);
}

TEST_CASE("an undelete that was killed amid its create is gone on with, and stays protected") {
    bool by_apply = false;
    SUBCASE("by undelete") {
        by_apply = false;
    }
    SUBCASE("by apply --prune") {
        by_apply = true;
    }
    Deleted stage;
    stage.cloud.clear_audit();
    FaultRule hang;
    hang.kind = FaultKind::hang_after_commit;
    hang.operation = "CreateProjectVpcChannel";
    stage.cloud.set_faults({hang});
    {
        Process killed = stage.start({"undelete", "VPC_demo", "--yes"});
        REQUIRE(eventually([&] { return stage.cloud.channels_named("VPC_demo").size() == 2; }));
        killed.signal(SIGKILL);
        killed.wait();
    }
    stage.cloud.clear_faults();
    if (by_apply) {  // it cannot know, and pruning would be its duty were it not protected
        stage.run({"apply", "--prune", "--yes"});
        stage.run({"apply", "--prune", "--yes"});
        CHECK(stage.undelete().code == 5);
    } else {
        const auto back = stage.undelete();
        CAPTURE(back.err);
        CHECK(back.code == 0);
    }
    CHECK(stage.cloud.audit(0, "CreateProjectVpcChannel").size() == 1);
    check_as_before(stage);
}

TEST_CASE("undelete refuses what is there, what is declared and what it does not know") {
    Deleted stage;
    const auto unknown = stage.run({"undelete", "VPC_dmeo", "--yes"});
    CHECK(unknown.code == 3);
    CHECK(contains(unknown.err, "did you mean VPC_demo?"));
    CHECK(stage.run({"undelete", "other", "--yes"}).code == 3);

    stage.manifest("demo.yaml", Stage::demo());
    const auto declared = stage.undelete();
    CHECK(declared.code == 5);
    CHECK(contains(declared.err, "fairway apply VPC_demo"));
    CHECK(contains(stage.run({"undelete"}).out, "declared again"));
    std::filesystem::remove(stage.manifests() + "/demo.yaml");

    stage.cloud.plant(first, R"({"name":"VPC_demo","port":99,"balance_strategy":1,"member_type":"ip"})");
    const auto there = stage.undelete();
    CHECK(there.code == 5);
    CHECK(contains(there.err, "not ours"));
    CHECK(stage.cloud.channels_named("VPC_demo").size() == 1);
}

TEST_CASE("a suspended channel is not created again, and the code says so") {
    Deleted stage;
    REQUIRE(stage.run({"suspend", "VPC_demo", "--reason", "freeze"}).code == 0);
    const auto left = stage.run({"undelete", "VPC_demo", "--yes"});
    CHECK(left.code == 5);
    CHECK(contains(left.out, "suspended: freeze"));
    CHECK(stage.cloud.channels_named("VPC_demo").empty());
}

TEST_CASE("the manifests may be lost altogether: the channel is had back all the same") {
    Deleted stage;
    std::filesystem::remove_all(stage.manifests());
    CHECK(stage.undelete().code == 0);
    check_as_before(stage);
}

std::string registry() {
    return "apiVersion: fairway/v1\n"
           "kind: VpcChannel\n"
           "metadata: {name: VPC_demo}\n"
           "spec:\n"
           "  port: 80\n"
           "  vpc_channel_type: microservice\n"
           "  microservice_info:\n"
           "    service_type: NACOS\n"
           "    nacos_info:\n"
           "      namespace: prod\n"
           "      group_name: g\n"
           "      service_name: orders\n"
           "      server_config: [{ip_address: 10.0.0.9, port: 8848}]\n"
           "      user_info: {user_name: reader, password: {secret: nacos-prod}}\n"
           "  instance_ids: [eea73cde015940908ae0117d67bf7330]\n";
}

TEST_CASE("a registry's password comes from the configuration, or the channel is not made") {
    Deleted stage(registry());
    const auto back = stage.undelete();
    CAPTURE(back.err);
    CAPTURE(back.out);
    CHECK(back.code == 0);
    check_as_before(stage);
}

TEST_CASE("a secret that is no longer defined is named") {
    Deleted stage(registry());
    Process edit(
        {"/bin/sh", "-c",
         "sed -i 's/name: nacos-prod/name: another/' " + stage.folder.file("fairway.yaml")},
        stage.folder.path()
    );
    REQUIRE(edit.wait() == 0);
    const auto refused = stage.undelete();
    CHECK(refused.code == 3);
    CHECK(contains(refused.err, "nacos-prod"));
    CHECK(stage.cloud.channels_named("VPC_demo").empty());
}

TEST_CASE("every kind of channel among the examples is had back as it was") {
    Stage stage;
    stage.reconcile =
        "{drift_interval: 1h, deletion_budget: {percent: 100, at_least: 1, per_pass: 1000, "
        "per_day_percent: 100}}";
    stage.configure();
    namespace fs = std::filesystem;
    for (const auto& entry :
         fs::directory_iterator(std::string(FAIRWAY_SOURCE_DIR) + "/manifests/examples"))
        fs::copy(entry.path(), stage.manifests());
    stage.manifest("stays.yaml", Stage::demo("stays"));
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    const auto before = stage.cloud.channels();
    std::set<std::string> names;
    for (const auto& channel : before) names.insert(channel.name);
    for (const char* stays : {"stays", "checkout"}) names.erase(stays);  // one is protected
    REQUIRE(names.size() >= 5);
    fs::remove_all(stage.manifests());
    fs::create_directory(stage.manifests());
    stage.manifest("stays.yaml", Stage::demo("stays"));
    const auto pruned = stage.run({"apply", "--prune", "--yes"});
    CAPTURE(pruned.out);
    for (const std::string& name : names) REQUIRE(stage.cloud.channels_named(name).empty());

    for (const std::string& name : names) {
        CAPTURE(name);
        const auto back = stage.run({"undelete", name, "--yes"});
        CAPTURE(back.err);
        CAPTURE(back.out);
        CHECK(back.code == 0);
    }
    for (const auto& old : before) {
        CAPTURE(old.name);
        const auto live = stage.cloud.channels_named(old.name);
        CHECK(std::any_of(live.begin(), live.end(), [&](const auto& channel) {
            return channel.instance_id == old.instance_id && same_content(old, channel);
        }));
    }
    for (const auto& entry :
         fs::directory_iterator(std::string(FAIRWAY_SOURCE_DIR) + "/manifests/examples"))
        fs::copy(entry.path(), stage.manifests());
    const auto again = stage.run({"apply", "--yes"});
    const std::size_t writes = stage.writes();
    CHECK(again.code == 0);
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    CHECK(stage.writes() == writes);
}

}  // namespace
}  // namespace fairway
