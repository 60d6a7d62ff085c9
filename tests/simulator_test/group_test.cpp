#include "tests/simulator_test/cloud.hpp"

using namespace simulator_test;

namespace {

struct Demo : Cloud {
    explicit Demo(Config config = {}) : Cloud(std::move(config)) {}
    std::string id = create_demo();
    std::string groups = on_instance(test1, "/" + id + "/member-groups");
};

}  // namespace

TEST_CASE("groups are listed, filtered and shown") {
    Demo demo;
    const Response all = demo.get(demo.groups);
    CHECK(all.at("/total") == "2");
    const std::string first = all.at("/member_groups/0/member_group_id");
    CHECK(demo.get(demo.groups + "?member_group_name=def").at("/total") == "1");
    CHECK(
        demo.get(demo.groups + "?member_group_name=def&precise_search=member_group_name").at("/total") ==
        "0"
    );
    CHECK(demo.get(demo.groups + "?precise_search=name").error_code() == "APIG.2012");
    CHECK(demo.get(demo.groups + "/" + first).at("/member_group_name") == "test");
    CHECK(demo.get(demo.groups + "/nope").status == 404);
}

TEST_CASE("adding groups updates those of the same name, and of a repeated name the first counts") {
    Demo demo;
    const std::string kept = demo.stored(demo.id).groups[0].id;
    const Response response = demo.post(demo.groups, R"({"member_groups":[
        {"member_group_name":"test","member_group_weight":50},{"member_group_name":"test","member_group_weight":60},
        {"member_group_name":"more","member_group_weight":70}]})");
    CHECK(response.status == 201);
    CHECK(response.at("/total") == "2");
    const Channel channel = demo.stored(demo.id);
    REQUIRE(channel.groups.size() == 3);
    CHECK(channel.groups[0].id == kept);
    CHECK(channel.groups[0].weight == 50);
    CHECK(channel.groups[0].remark == "");
    CHECK(demo.post(demo.groups, "{}").error_code() == "APIG.2001");
}

TEST_CASE("a renamed group takes its members along, unless the name is taken") {
    Demo demo;
    const std::string path = demo.groups + "/" + demo.stored(demo.id).groups[0].id;
    const Response response =
        demo.put(path, R"({"member_group_name":"renamed","member_group_weight":3})");
    CHECK(response.status == 200);
    CHECK(response.at("/member_group_weight") == "3");
    CHECK(demo.stored(demo.id).members[0].group == "renamed");
    CHECK(demo.put(path, R"({"member_group_name":"default"})").error_code() == "APIG.2012");
    CHECK(demo.put(demo.groups + "/nope", R"({"member_group_name":"abc"})").status == 404);
}

TEST_CASE("members of a deleted group stay, in no group") {
    Demo demo;
    CHECK(demo.remove(demo.groups + "/" + demo.stored(demo.id).groups[0].id).status == 204);
    const Channel channel = demo.stored(demo.id);
    CHECK(channel.groups.size() == 1);
    REQUIRE(channel.members.size() == 2);
    CHECK(channel.members[0].group == "");
}

TEST_CASE("a switch decides what becomes of the members of a deleted group") {
    Demo cascade(with_switches({{"group_delete_members", "cascade"}}));
    CHECK(cascade.remove(cascade.groups + "/" + cascade.stored(cascade.id).groups[0].id).status == 204);
    CHECK(cascade.stored(cascade.id).members.size() == 1);
    Demo reject(with_switches({{"group_delete_members", "reject"}}));
    CHECK(reject.remove(reject.groups + "/" + reject.stored(reject.id).groups[0].id).status == 400);
    CHECK(reject.stored(reject.id).groups.size() == 2);
}
