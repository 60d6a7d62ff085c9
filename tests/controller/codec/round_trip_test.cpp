#include <doctest/doctest.h>

#include "controller/codec/channel_json.hpp"
#include "tests/controller/codec/example.hpp"
#include "tests/controller/codec/random_spec.hpp"

namespace fairway {

TEST_CASE("any spec comes back from its JSON as it was") {
    std::mt19937 random(20260115);
    for (int i = 0; i < 2000; ++i) {
        const ChannelSpec spec = random_spec(random);
        const std::string json = spec_to_json(spec);
        CAPTURE(json);
        const auto back = spec_from_json(json);
        REQUIRE(back);
        REQUIRE(*back == spec);
        REQUIRE(spec_to_json(*back) == json);
    }
}

TEST_CASE("any row comes back from its JSON as it was") {
    std::mt19937 random(20260116);
    for (int i = 0; i < 2000; ++i) {
        const InstanceChannel row = random_row(random);
        const std::string json = row_to_json(row);
        CAPTURE(json);
        const auto back = row_from_json(json);
        REQUIRE(back);
        REQUIRE(*back == row);
    }
}

TEST_CASE("ids come back from their JSON as they were") {
    const std::map<InstanceId, std::string> none, some{{"i1", "a"}, {"i2", ""}, {"", "b"}};
    CHECK(*ids_from_json(ids_to_json(none)) == none);
    CHECK(*ids_from_json(ids_to_json(some)) == some);
    CHECK_FALSE(ids_from_json("{}"));
}

TEST_CASE("a row that the cloud showed comes back from the store as it was") {
    for (const std::string name :
         {"project-list.response-200", "project-list.response-200-members",
          "project-create.response-201", "project-update.response-200"}) {
        CAPTURE(name);
        const auto page = parse_project_channels(example(name));
        REQUIRE(page);
        REQUIRE_FALSE(page->rows.empty());
        for (const auto& row : page->rows) {
            const auto back = row_from_json(row_to_json(row));
            REQUIRE(back);
            CHECK(*back == row);
        }
    }
}

TEST_CASE("a stored spec names its secret and holds no password") {
    ChannelSpec spec;
    spec.microservice_info.emplace().nacos_info.emplace().password_secret = "nacos-prod";
    const auto json = spec_to_json(spec);
    CHECK(json.find(R"("password":{"secret":"nacos-prod"})") != std::string::npos);
    CHECK(*spec_from_json(json) == spec);
    spec.microservice_info->nacos_info->password_print = "0123abcd";
    CHECK(*spec_from_json(spec_to_json(spec)) == spec);
}

TEST_CASE("stored JSON that cannot be read is our own trouble, and tells the place") {
    const auto spec = spec_from_json(R"({"port":"many"})");
    REQUIRE_FALSE(spec);
    CHECK(spec.error().cls() == ErrorClass::terminal);
    CHECK(spec.error().reason() == ErrorReason::internal);
    CHECK(spec.error().what() == "not the contract's shape: port is not a whole number");
    CHECK_FALSE(spec_from_json(""));
    CHECK_FALSE(row_from_json("[]"));
}

}  // namespace fairway
