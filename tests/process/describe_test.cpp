// Everything known of one channel, from the store and the manifests.
#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <csignal>
#include <sstream>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

constexpr const char* first = Stage::first_instance;
constexpr const char* second = Stage::second_instance;

/// What `describe -o json` says; the text form has been printed too.
rapidjson::Document described(const Stage& stage, const std::string& name) {
    const auto ended = stage.run({"describe", name, "-o", "json"});
    CAPTURE(ended.err);
    CHECK(ended.code == 0);
    rapidjson::Document json;
    json.Parse(ended.out.c_str());
    REQUIRE_FALSE(json.HasParseError());
    return json;
}

struct Said {
    bool status;
    std::string reason;
};

Said condition(const rapidjson::Document& json, const std::string& type) {
    for (const auto& one : json["conditions"].GetArray()) {
        if (one["type"].GetString() == type) return {one["status"].GetBool(), one["reason"].GetString()};
    }
    FAIL("there is no condition " << type);
    return {};
}

TEST_CASE("a channel in sync is described with its manifest, its rows, its members and what was done") {
    Stage stage;
    std::string text = Stage::demo();
    text.replace(text.find("{name: VPC_demo}"), 16, "{name: VPC_demo, labels: {team: payments}}");
    stage.manifest("demo.yaml", text);
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    const auto live = stage.cloud.channels_named("VPC_demo");

    const auto json = described(stage, "VPC_demo");
    CHECK(json["project"] == "default");
    CHECK(contains(json["manifest"]["file"].GetString(), "demo.yaml"));
    CHECK(json["labels"]["team"] == "payments");
    CHECK(json["deletion"] == "delete");
    CHECK(json["row"]["phase"] == "ready");
    CHECK(json["row"]["origin"] == "created");
    CHECK(condition(json, "Synced").status);
    for (const char* type : {"Drifted", "Stalled", "Suspended"})
        CHECK_FALSE(condition(json, type).status);
    REQUIRE(json["instances"].Size() == 2);
    CHECK(json["instances"][0]["instance"] == rapidjson::StringRef(first));
    CHECK(json["instances"][0]["present"].GetBool());
    CHECK(json["instances"][0]["ours"].GetBool());
    CHECK(json["instances"][0]["id"].GetString() == live.front().id);
    CHECK(std::string(json["instances"][0]["seen_at"].GetString()).size() > 10);
    CHECK(json["instances"][0]["members"][0]["address"] == "192.168.0.5:22");
    CHECK(json["attempts"][json["attempts"].Size() - 1]["action"] == "create");

    const auto told = stage.run({"describe", "default/VPC_demo"});
    CHECK(told.code == 0);
    for (const char* part :
         {"Name:         VPC_demo\n", "demo.yaml:", "team=payments", "Synced     true",
          "Drifted    false", "192.168.0.5:22", "created by us"}) {
        CAPTURE(part);
        CHECK(contains(told.out, part));
    }
    std::istringstream lines(told.out);
    for (std::string line; std::getline(lines, line);) {
        CAPTURE(line);
        CHECK(line.size() <= 100);
    }
}

TEST_CASE(
    "a field that the manifest no longer mentions leaves the channel in sync, for plan and describe"
) {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    std::string text = Stage::demo();
    const auto at = text.find("  vpc_health_config:");
    REQUIRE(at != std::string::npos);
    text.erase(at, text.find("  instance_ids:") - at);
    stage.manifest("demo.yaml", text);
    CHECK(contains(stage.run({"plan"}).out, "1 unchanged"));
    CHECK(condition(described(stage, "VPC_demo"), "Synced").status);
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    CHECK(condition(described(stage, "VPC_demo"), "Synced").status);
}

TEST_CASE("a plan tells what drift: warn leaves beside what it changes") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo() + "lifecycle: {drift: warn}\n");
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    for (const auto& channel : stage.cloud.channels_named("VPC_demo"))
        stage.cloud.change(channel.id, [](apic_simulator::Channel& one) { one.balance_strategy = 3; });
    stage.manifest("demo.yaml", Stage::demo("VPC_demo", 8080) + "lifecycle: {drift: warn}\n");
    CHECK(contains(stage.run({"plan"}).out, "lifecycle.drift: warn leaves it so"));
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    for (const auto& channel : stage.cloud.channels_named("VPC_demo")) {
        CHECK(channel.port == 8080);
        CHECK(channel.balance_strategy == 3);
    }
    CHECK(condition(described(stage, "VPC_demo"), "Drifted").status);
    const std::size_t writes = stage.writes();
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    CHECK(stage.writes() == writes);
}

TEST_CASE("what drifted is told for its instance alone, with the live value and the manifest's") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo() + "lifecycle: {drift: warn}\n");
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    const auto live = stage.cloud.channels_named("VPC_demo");
    stage.cloud.change(live.front().id, [](apic_simulator::Channel& channel) { channel.port = 99; });
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);  // it looks, and leaves it so

    const auto json = described(stage, "VPC_demo");
    CHECK_FALSE(condition(json, "Synced").status);
    CHECK(condition(json, "Drifted").status);
    CHECK(contains(condition(json, "Drifted").reason, "/port"));
    for (const auto& instance : json["instances"].GetArray()) {
        if (instance["instance"].GetString() != live.front().instance_id) {
            CHECK(instance["fields"].Empty());
            continue;
        }
        REQUIRE(instance["fields"].Size() >= 1);
        CHECK(instance["fields"][0]["path"] == "/port");
        CHECK(instance["fields"][0]["before"] == "99");
        CHECK(instance["fields"][0]["after"] == "22");
        CHECK(instance["fields"][0]["reason"] == "the live channel drifted");
    }
    CHECK(
        contains(stage.run({"describe", "VPC_demo"}).out, "/port: 99 -> 22  (the live channel drifted)")
    );
}

TEST_CASE("a missing row, a foreign channel, and a broken manifest are told as what they are") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    const auto live = stage.cloud.channels_named("VPC_demo");
    stage.cloud.remove(live.front().id);
    stage.cloud.plant(second, R"({"name":"foreign","port":99,"balance_strategy":1,"member_type":"ip"})");
    stage.manifest("foreign.yaml", Stage::demo("foreign"));
    stage.cloud.set_faults({[] {
        apic_simulator::FaultRule rule;
        rule.kind = apic_simulator::FaultKind::status;
        rule.operation = "UpdateProjectVpcChannel";
        rule.status = 400;
        rule.code = "APIG.2011";
        rule.probability = 1;
        return rule;
    }()});
    stage.run({"apply", "--yes"});  // it looks; what it tries fails

    const auto missing = described(stage, "VPC_demo");
    CHECK_FALSE(condition(missing, "Synced").status);
    for (const auto& instance : missing["instances"].GetArray()) {
        CHECK(
            instance["present"].GetBool() ==
            (instance["instance"].GetString() != live.front().instance_id)
        );
    }
    CHECK(contains(stage.run({"describe", "VPC_demo"}).out, ": missing\n"));

    const auto foreign = described(stage, "foreign");
    CHECK(foreign["row"].IsNull());
    CHECK(condition(foreign, "Stalled").status);
    CHECK(contains(condition(foreign, "Stalled").reason, "not ours"));
    const auto text = stage.run({"describe", "foreign"}).out;
    CHECK(contains(text, "present, not ours"));
    CHECK(contains(text, "/port: 99 -> 22"));
    CHECK(contains(text, ": missing\n"));

    stage.manifest("demo.yaml", Stage::demo("VPC_demo", 70000));
    const auto broken = described(stage, "VPC_demo");
    CHECK(condition(broken, "Stalled").status);
    CHECK(contains(condition(broken, "Stalled").reason, "spec.port"));
    CHECK(broken["manifest"]["line"] == 5);
}

TEST_CASE("a suspension is told with who asked for it, and does not hide the drift") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    REQUIRE(stage.run({"suspend", "VPC_demo", "--reason", "change freeze", "--for", "2h"}).code == 0);
    stage.manifest("demo.yaml", Stage::demo("VPC_demo", 8080));
    const auto json = described(stage, "VPC_demo");
    CHECK(condition(json, "Suspended").status);
    CHECK(contains(condition(json, "Suspended").reason, "by fairway suspend until "));
    CHECK(contains(condition(json, "Suspended").reason, "change freeze"));
    CHECK_FALSE(condition(json, "Synced").status);
    CHECK(contains(condition(json, "Synced").reason, "/port"));
    CHECK_FALSE(condition(json, "Drifted").status);

    REQUIRE(stage.run({"resume", "VPC_demo"}).code == 0);
    stage.manifest("demo.yaml", Stage::demo() + "lifecycle: {suspend: {reason: audit}}\n");
    const auto other = described(stage, "VPC_demo");
    CHECK(condition(other, "Suspended").reason == "by lifecycle.suspend: audit");
    CHECK(condition(other, "Synced").status);
}

TEST_CASE("a name that nobody knows ends with 3 and with what was probably meant") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    const auto before = stage.run({"describe", "VPC_demo"});  // nothing is stored yet
    CHECK(before.code == 0);
    CHECK(contains(before.out, "it is to be created"));
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    const auto close = stage.run({"describe", "VPC_dmeo"});
    CHECK(close.code == 3);
    CHECK(close.out.empty());
    CHECK(contains(close.err, "did you mean VPC_demo?"));
    const auto other = stage.run({"describe", "elsewhere/VPC_demo"});
    CHECK(other.code == 3);
    CHECK(contains(other.err, "did you mean default/VPC_demo?"));
    const auto far = stage.run({"describe", "nothing_like_it"});
    CHECK(far.code == 3);
    CHECK_FALSE(contains(far.err, "did you mean"));
}

TEST_CASE("a channel is described while a daemon holds the store") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] {
        return Stage::metric(address, "fairway_channels{project=\"default\",state=\"in_sync\"}") == 1;
    }));
    CHECK(condition(described(stage, "VPC_demo"), "Synced").status);
    CHECK_FALSE(condition(described(stage, "VPC_demo"), "Flapping").status);

    // What only the daemon knows: the cloud refuses the wish.
    apic_simulator::FaultRule refusal;
    refusal.operation = "UpdateProjectVpcChannel";
    refusal.status = 400;
    refusal.code = "APIG.2012";
    stage.cloud.set_faults({refusal});
    stage.manifest("demo.yaml", Stage::demo("VPC_demo", 8080));
    CHECK(eventually([&] { return condition(described(stage, "VPC_demo"), "Stalled").status; }));
    CHECK(contains(condition(described(stage, "VPC_demo"), "Stalled").reason, "APIG.2012"));
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
}

}  // namespace
}  // namespace fairway
