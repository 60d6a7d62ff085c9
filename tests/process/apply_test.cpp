// The main job with the real binary, over TLS, against the simulated cloud.
#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

using apic_simulator::FaultKind;
using apic_simulator::FaultRule;

std::string data(const std::string& name) {
    std::ifstream file(std::string(FAIRWAY_TEST_DATA) + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<apic_simulator::AuditEntry> creates(const Stage& stage) {
    return stage.cloud.audit(0, "CreateProjectVpcChannel");
}

TEST_CASE("the documented channel as a manifest is posted as the documented body") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    const auto applied = stage.run({"apply", "--yes"});
    CAPTURE(applied.err);
    CHECK(applied.code == 0);
    const auto sent = creates(stage);
    REQUIRE(sent.size() == 1);
    rapidjson::Document posted, documented;
    posted.Parse(sent.front().body.c_str());
    documented.Parse(data("api/project-create.request.json").c_str());
    REQUIRE_FALSE(posted.HasParseError());
    REQUIRE_FALSE(documented.HasParseError());
    CHECK(posted == documented);
    CHECK(stage.cloud.channels_named("VPC_demo").size() == 2);
}

TEST_CASE("a second apply sends no write, and a plan finds nothing to change") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    const std::size_t writes = stage.writes();
    const auto again = stage.run({"apply", "--yes"});
    CHECK(again.code == 0);
    CHECK(again.out.find("1 unchanged") != std::string::npos);
    CHECK(stage.run({"plan", "--detailed-exitcode"}).code == 0);
    CHECK(stage.writes() == writes);
}

TEST_CASE("the examples are applied, and applying them again sends no write") {
    Stage stage;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(FAIRWAY_SOURCE_DIR) + "/manifests/examples")) {
        std::filesystem::copy(entry.path(), stage.manifests());
    }
    const auto applied = stage.run({"apply", "--yes"});
    CAPTURE(applied.err);
    CAPTURE(applied.out);
    CHECK(applied.code == 0);
    const std::size_t writes = stage.writes();
    CHECK(writes >= 5);
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    CHECK(stage.writes() == writes);
}

TEST_CASE("one broken file out of ten stops itself alone") {
    Stage stage;
    for (int i = 0; i < 9; ++i) {
        const std::string name = "channel_" + std::to_string(i);
        stage.manifest(name + ".yaml", Stage::demo(name));
    }
    stage.manifest("broken.yaml", Stage::demo("channel_9", 70000));
    const auto validated = stage.run({"validate"});
    CHECK(validated.code == 3);
    CHECK(validated.out.find("broken.yaml:5:9: spec.port: ") != std::string::npos);
    const auto planned = stage.run({"plan", "--detailed-exitcode"});
    CHECK(planned.code == 3);
    CHECK(planned.out.find("9 to create") != std::string::npos);
    const auto applied = stage.run({"apply", "--yes"});
    CHECK(applied.code == 4);
    CHECK(applied.out.find("broken.yaml:5:9: spec.port: ") != std::string::npos);
    CHECK(stage.cloud.channels().size() == 18);
    CHECK(stage.cloud.channels_named("channel_9").empty());
}

TEST_CASE("a changed manifest is one update that changes just that") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    stage.manifest("demo.yaml", Stage::demo("VPC_demo", 8080));
    const auto planned = stage.run({"plan", "--detailed-exitcode"});
    CHECK(planned.code == 2);
    CHECK(planned.out.find("/port: 22 -> 8080  (the manifest changed)") != std::string::npos);
    const std::size_t writes = stage.writes();
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    CHECK(stage.writes() == writes + 1);
    for (const auto& channel : stage.cloud.channels_named("VPC_demo")) CHECK(channel.port == 8080);
}

TEST_CASE("a channel that drifted is put right, and the plan says that it drifted") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    const auto live = stage.cloud.channels_named("VPC_demo");
    REQUIRE(stage.cloud.change(live.front().id, [](apic_simulator::Channel& channel) {
        channel.port = 99;
    }));
    CHECK(stage.run({"plan"}).out.find("the live channel drifted, on ") != std::string::npos);
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    for (const auto& channel : stage.cloud.channels_named("VPC_demo")) CHECK(channel.port == 22);
}

TEST_CASE("a foreign channel of the same name is refused and left as it is") {
    Stage stage;
    stage.cloud.plant(
        "eea73cde015940908ae0117d67bf7330",
        R"({"name":"VPC_demo","port":99,"balance_strategy":1,"member_type":"ip"})"
    );
    stage.manifest("demo.yaml", Stage::demo());
    const auto applied = stage.run({"apply", "--yes"});
    CHECK(applied.code == 5);
    CHECK(applied.out.find("not ours") != std::string::npos);
    CHECK(stage.writes() == 0);
    CHECK(stage.cloud.channels_named("VPC_demo").front().port == 99);
}

TEST_CASE("with half of the calls failing in five ways, every channel is made once") {
    Stage stage;
    stage.reconcile = "{settle: 200ms, drift_interval: 1h}";
    stage.configure();
    constexpr int channels = 60;
    for (int i = 0; i < channels; ++i) {
        const std::string name = "channel_" + std::to_string(i);
        stage.manifest(name + ".yaml", Stage::demo(name));
    }
    std::vector<FaultRule> rules;
    for (const FaultKind kind :
         {FaultKind::status, FaultKind::throttle, FaultKind::reset_before_commit,
          FaultKind::reset_after_commit, FaultKind::status_after_commit}) {
        FaultRule rule;
        rule.kind = kind;
        rule.probability = 0.1;
        if (kind == FaultKind::status_after_commit) {
            rule.status = 504;
            rule.code = "APIG.0203";
        }
        rules.push_back(rule);
    }
    stage.cloud.set_faults(rules, 7);
    const auto applied = stage.run({"apply", "--yes", "--unsafe-settle"});
    CAPTURE(applied.err);
    CHECK(applied.code == 0);
    CHECK(stage.cloud.channels().size() == 2 * channels);
    stage.cloud.clear_faults();
    const std::size_t writes = stage.writes();
    CHECK(stage.run({"apply", "--yes", "--unsafe-settle"}).code == 0);
    CHECK(stage.writes() == writes);
}

}  // namespace
}  // namespace fairway
