// explain: the fields of a manifest, from its schema.
#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

TEST_CASE("explain tells of a field, and what was meant by one that there is not") {
    const Stage stage;
    const auto told = stage.run({"explain", "vpc_health_config.timeout"});
    CHECK(told.code == 0);
    CHECK(told.out.starts_with("spec.vpc_health_config.timeout  Time-out\n"));
    CHECK(contains(told.out, "2 to 30"));
    const auto all = stage.run({"explain"});
    CHECK(all.code == 0);
    CHECK(contains(all.out, "\nspec.members[].host "));
    for (const auto& [asked, meant] : std::vector<std::pair<std::string, std::string>>{
             {"vpc_health_config.timeot", "did you mean spec.vpc_health_config.timeout?"},
             {"prot", "did you mean spec.port?"},
             {"members.hots", "did you mean spec.members.host?"},
             {"status", "spec.members[].status, spec.vpc_health_config.status"},
             {"something else", "fairway explain lists them"},
         }) {
        CAPTURE(asked);
        const auto refused = stage.run({"explain", asked});
        CAPTURE(refused.err);
        CHECK(refused.code == 3);
        CHECK(refused.out.empty());
        CHECK(contains(refused.err, meant));
    }
    rapidjson::Document json;
    json.Parse(stage.run({"explain", "port", "-o", "json"}).out.c_str());
    REQUIRE_FALSE(json.HasParseError());
    REQUIRE(json["fields"].Size() == 1);
    CHECK(json["fields"][0]["path"] == "spec.port");
}

}  // namespace
}  // namespace fairway
