#include "tests/simulator_test/cloud.hpp"

using namespace simulator_test;

namespace {

/// The example channel on test1, and its members' path.
struct Demo : Cloud {
    std::string id = create_demo();
    std::string members = on_instance(test1, "/" + id + "/members");
};

}  // namespace

TEST_CASE("members are listed with filters and pages") {
    Demo demo;
    const Response all = demo.get(demo.members);
    CHECK(all.at("/total") == "2");
    CHECK(all.at("/members/0/host") == "192.168.0.5");
    CHECK(demo.get(demo.members + "?name=1.124").at("/total") == "1");
    CHECK(demo.get(demo.members + "?name=1.124&precise_search=name").at("/total") == "0");
    CHECK(
        demo.get(demo.members + "?member_group_name=default").at("/members/0/host") == "192.168.1.124"
    );
    CHECK(
        demo.get(demo.members + "?member_group_id=" + demo.stored(demo.id).groups[0].id).at("/total") ==
        "1"
    );
    const Response page = demo.get(demo.members + "?limit=1&offset=1");
    CHECK(page.at("/size") == "1");
    CHECK(page.at("/total") == "2");
}

TEST_CASE("adding members updates those of the same address") {
    Demo demo;
    const std::string kept = demo.stored(demo.id).members[0].id;
    const Response response = demo.post(demo.members, R"({"members":[
        {"host":"192.168.0.5","member_group_name":"test","weight":9},
        {"host":"192.168.0.5","member_group_name":"test","weight":8},
        {"host":"192.168.0.5","member_group_name":"test","port":81}]})");
    CHECK(response.status == 201);
    CHECK(response.at("/total") == "2");  // of a repeated address the first counts
    CHECK(response.at("/members/0/id") == kept);
    const Channel channel = demo.stored(demo.id);
    REQUIRE(channel.members.size() == 3);
    CHECK(channel.members[0].weight == 9);
    CHECK(channel.members[2].port == 81);
}

TEST_CASE("adding members takes the list and checks it") {
    Demo demo;
    CHECK(demo.post(demo.members, "{}").error_code() == "APIG.2001");
    CHECK(
        demo.post(demo.members, R"({"members":[{"host":"1.2.3.4","weight":10001}]})").error_code() ==
        "APIG.2004"
    );
    CHECK(
        demo.post(demo.members, R"({"members":[{"host":"1.2.3.4","member_group_name":"nobody"}]})")
            .error_code() == "APIG.2012"
    );
    std::string eleven = R"({"members":[{"host":"1.2.3.4"})";
    for (int i = 0; i < 10; ++i) eleven += R"(,{"host":"10.0.0.)" + std::to_string(i) + "\"}";
    CHECK(demo.post(demo.members, eleven + "]}").error_code() == "APIG.3110");
    CHECK(demo.stored(demo.id).members.size() == 2);
}

TEST_CASE("replacing members concerns one group, or all") {
    Demo demo;
    Response response = demo.put(
        demo.members, R"({"member_group_name":"test","members":[
        {"host":"10.0.0.1","member_group_name":"test"},{"host":"10.0.0.2","member_group_name":"default"}]})"
    );
    CHECK(response.status == 200);
    CHECK(response.at("/total") == "1");
    Channel channel = demo.stored(demo.id);
    REQUIRE(channel.members.size() == 2);
    CHECK(channel.members[0].host == "192.168.1.124");
    CHECK(channel.members[1].host == "10.0.0.1");

    CHECK(
        demo.put(demo.members, R"({"member_group_name":"nobody","members":[]})").error_code() ==
        "APIG.2012"
    );
    response = demo.put(demo.members, R"({"members":[{"host":"10.0.0.3"}]})");
    CHECK(response.status == 200);
    CHECK(demo.stored(demo.id).members.size() == 1);
    CHECK(demo.put(demo.members, R"({"members":[]})").status == 200);
    CHECK(demo.stored(demo.id).members.empty());
}

TEST_CASE("a member is removed by its id") {
    Demo demo;
    const std::string member = demo.stored(demo.id).members[0].id;
    CHECK(demo.remove(demo.members + "/" + member).status == 204);
    CHECK(demo.stored(demo.id).members.size() == 1);
    const Response again = demo.remove(demo.members + "/" + member);
    CHECK(again.status == 404);
    CHECK(again.error_code() == "APIG.3024");
}

TEST_CASE("members are switched off and on together") {
    Demo demo;
    const std::string one = demo.stored(demo.id).members[0].id;
    const std::string body = R"({"member_ids":[")" + one + "\"]}";
    CHECK(demo.post(demo.members + "/batch-disable", body).status == 204);
    CHECK(demo.stored(demo.id).members[0].status == 2);
    CHECK(demo.stored(demo.id).members[1].status == 1);
    CHECK(demo.post(demo.members + "/batch-enable", body).status == 204);
    CHECK(demo.stored(demo.id).members[0].status == 1);
    CHECK(
        demo.post(demo.members + "/batch-enable", R"({"member_ids":["nope"]})").error_code() ==
        "APIG.3024"
    );
}

TEST_CASE("a reference channel has no members of its own") {
    Demo demo;
    Body body = Body::file("channel-create-reference.request.json");
    body.text("/member_groups/0/reference_vpc_channel_id", demo.id)
        .set("/members", R"([{"host":"1.2.3.4"}])");
    const std::string id = demo.post(on_instance(test1), body.str()).at("/id");
    CHECK(demo.stored(id).members.empty());
    const std::string members = on_instance(test1, "/" + id + "/members");
    const std::string one = R"({"members":[{"ecs_id":"a","ecs_name":"b"}]})";
    CHECK(demo.post(members, one).error_code() == "APIG.3471");
    CHECK(demo.put(members, one).error_code() == "APIG.3471");
    CHECK(demo.remove(members + "/x").error_code() == "APIG.3471");
    CHECK(demo.post(members + "/batch-enable", "{}").error_code() == "APIG.3471");
    CHECK(demo.get(members).at("/total") == "0");
}

TEST_CASE("the health of members is shown only where the feature is on") {
    Demo demo;
    CHECK(demo.get(demo.members).at("/members/0/health_status") == "");
    const std::string features = "/v2/" + project + "/apic/instances/" + test1 + "/features";
    CHECK(
        demo.post(features, R"({"name":"vpc_health_status","enable":true,"config":"on"})").status == 201
    );
    CHECK(demo.get(demo.members).at("/members/0/health_status") == "healthy");
}
