#include "manifests/write/live_channels.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "controller/codec/channel_json.hpp"
#include "reconciler/plan/normalise.hpp"
#include "tests/manifests/manifest_text.hpp"

namespace fairway {
namespace {

InstanceChannel row_of(const std::string& name, const InstanceId& instance, int port = 80) {
    InstanceChannel row;
    row.instance = instance;
    row.name = name;
    row.id = name + "@" + instance;
    row.members_known = row.health_known = true;
    row.spec.port = port;
    row.spec.member_type = MemberType::ip;
    Member one, two;
    one.host = "10.0.0.1";
    two.host = "10.0.0.2";
    row.spec.members = {one, two};
    return row;
}

using Ids = std::vector<InstanceId>;

TEST_CASE("instances on which a channel is equal share one wish, whatever the order of rows and lists") {
    std::vector<InstanceChannel> rows{
        row_of("web", "i2"), row_of("shop", "i1"), row_of("web", "i1"), row_of("web", "i3")};
    std::mt19937 random(5);
    for (int round = 0; round < 20; ++round) {
        std::shuffle(rows.begin(), rows.end(), random);
        for (InstanceChannel& row : rows) {
            std::shuffle(row.spec.members->begin(), row.spec.members->end(), random);
        }
        const auto channels = live_channels(rows, "s");
        REQUIRE(channels.size() == 2);
        CHECK(channels[0].name == "shop");
        CHECK(channels[1].name == "web");
        CHECK(channels[1].spec.instance_ids == Ids{"i1", "i2", "i3"});
        CHECK(channels[1].spec.members->front().host == "10.0.0.1");
        CHECK(channels[1].warnings.empty());
    }
}

TEST_CASE("an instance that differs is left out, and told with what differs") {
    std::vector<InstanceChannel> rows{row_of("web", "i1"), row_of("web", "i2"), row_of("web", "i3")};
    rows[1].instance_name = "test2";
    rows[1].spec.balance_strategy = BalanceStrategy::wlc;
    rows[1].spec.members->front().is_backup = true;  // defaults on i1: only the other wish names them
    const auto channels = live_channels(rows, "s");
    REQUIRE(channels.size() == 1);
    CHECK_FALSE(channels[0].spec.balance_strategy);
    CHECK(channels[0].spec.instance_ids == Ids{"i1", "i3"});
    REQUIRE(channels[0].warnings.size() == 1);
    const std::string& warning = channels[0].warnings.front();
    CHECK(warning.find("i2 (test2)") != std::string::npos);
    CHECK(warning.find("/balance_strategy") != std::string::npos);
    CHECK(warning.find("/members/") != std::string::npos);
}

TEST_CASE("what only the spelling of an answer makes different is equal") {
    std::vector<InstanceChannel> rows{row_of("web", "i1"), row_of("web", "i2")};
    rows[0].spec.members->front().host = "Example.com";
    rows[1].spec.members->front().host = "example.com";
    rows[1].spec.members->front().port = 80;
    const auto channels = live_channels(rows, "s");
    CHECK(channels[0].warnings.empty());
    CHECK(channels[0].spec.instance_ids == Ids{"i1", "i2"});
}

TEST_CASE("two channels of one name on one instance are told, and one of them is taken") {
    std::vector<InstanceChannel> rows{row_of("web", "i1"), row_of("web", "i1")};
    rows[0].id = "z";
    rows[1].id = "a";
    const auto channels = live_channels(rows, "s");
    REQUIRE(channels.size() == 1);
    CHECK(channels[0].spec.instance_ids == Ids{"i1"});
    REQUIRE(channels[0].warnings.size() == 1);
    CHECK(channels[0].warnings.front().find("id z") != std::string::npos);
}

TEST_CASE("no rows are no channels") {
    CHECK(live_channels({}, "s").empty());
}

TEST_CASE("the documented answer becomes a wish that its rows fulfil") {
    for (const char* name :
         {"project-list.response-200-members", "project-list.response-200-string-type"}) {
        CAPTURE(name);
        const auto page = parse_project_channels(
            test::read_file(std::string(FAIRWAY_TEST_DATA) + "/api/" + name + ".json")
        );
        REQUIRE(page);
        for (const LiveChannel& channel : live_channels(page->rows, "s")) {
            CHECK_FALSE(channel.spec.instance_ids.empty());
            for (const InstanceChannel& row : page->rows) {
                const Ids& covered = channel.spec.instance_ids;
                if (std::find(covered.begin(), covered.end(), row.instance) == covered.end()) continue;
                CHECK(differences(channel.spec, row).empty());
            }
        }
    }
}

}  // namespace
}  // namespace fairway
