// What channels of one directory have in common, and where a plan says it comes from.
#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <filesystem>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

std::string defaults(int port) {
    return std::string("apiVersion: fairway/v1\nkind: ChannelDefaults\nspec:\n  port: ") +
           std::to_string(port) + "\n  member_type: ip\n  instance_ids: [" + Stage::first_instance +
           "]\n";
}

std::string channel(const std::string& name, const std::string& spec) {
    return "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: " + name + "}\nspec: " + spec +
           "\n";
}

rapidjson::Document json_of(const Stage::Ended& ended) {
    CAPTURE(ended.err);
    rapidjson::Document json;
    json.Parse(ended.out.c_str());
    REQUIRE_FALSE(json.HasParseError());
    return json;
}

TEST_CASE("a change of the defaults updates the channels that have it, and the plan says from where") {
    Stage stage;
    stage.manifest("team.yaml", defaults(80));
    stage.manifest("one.yaml", channel("VPC_one", "{}"));
    stage.manifest("two.yaml", channel("VPC_two", "{balance_strategy: wlc}"));
    stage.manifest("own.yaml", channel("VPC_own", "{port: 70}"));
    const auto first = stage.run({"plan"});
    CHECK(contains(first.out, "spec.port from "));
    CHECK(contains(first.out, "team.yaml:4\n"));
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    CHECK(stage.cloud.channels_named("VPC_two").front().port == 80);
    CHECK(stage.run({"plan", "--detailed-exitcode"}).code == 0);

    stage.manifest("team.yaml", defaults(81));
    const auto plan = stage.run({"plan"});
    CHECK(contains(plan.out, "/port: 80 -> 81  (the manifest changed; from "));
    CHECK(contains(plan.out, "team.yaml:4)\n"));
    CHECK(contains(stage.run({"plan", "-o", "markdown"}).out, "team"));
    const auto json = json_of(stage.run({"plan", "-o", "json"}));
    REQUIRE(json["changes"].Size() == 2);
    for (const auto& change : json["changes"].GetArray()) {
        const std::string from = change["fields"][0]["from"].GetString();
        CHECK(from.ends_with("team.yaml:4"));
        CHECK(change["defaults"].Size() == 3);
    }
    const auto writes = stage.writes();
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    CHECK(stage.writes() == writes + 2);
    CHECK(stage.cloud.channels_named("VPC_one").front().port == 81);
    CHECK(stage.cloud.channels_named("VPC_two").front().port == 81);
    CHECK(stage.cloud.channels_named("VPC_own").front().port == 70);

    CHECK(contains(stage.run({"describe", "VPC_one"}).out, "Defaults:     spec.instance_ids from "));
    const auto described = json_of(stage.run({"describe", "VPC_own", "-o", "json"}));
    REQUIRE(described["defaults"].Size() == 2);
    CHECK(described["defaults"][1]["field"] == "spec.member_type");
    CHECK(described["defaults"][1]["line"] == 5);
}

TEST_CASE("broken defaults stop their channels, and neither others nor what is removed is touched") {
    Stage stage;
    stage.manifest("team/team.yaml", defaults(80));
    stage.manifest("team/one.yaml", channel("VPC_one", "{}"));
    stage.manifest("team/two.yaml", channel("VPC_two", "{}"));
    stage.manifest("demo.yaml", Stage::demo());
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);

    stage.manifest("team/team.yaml", defaults(99999));
    stage.manifest("demo.yaml", Stage::demo("VPC_demo", 23));
    std::filesystem::remove(stage.manifests() + "/team/two.yaml");
    const auto applied = stage.run({"apply", "--yes", "--prune"});
    CHECK(applied.code == 4);
    CHECK(contains(applied.out + applied.err, "team.yaml:4:9"));
    CHECK(stage.cloud.channels_named("VPC_demo").front().port == 23);
    CHECK(stage.cloud.channels_named("VPC_one").front().port == 80);
    CHECK(stage.cloud.channels_named("VPC_two").size() == 1);
    const auto told = stage.run({"describe", "VPC_one"});
    CHECK(contains(told.out, "the defaults of its directory cannot be used"));
}

}  // namespace
}  // namespace fairway
