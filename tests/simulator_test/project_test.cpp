#include <set>

#include "tests/simulator_test/cloud.hpp"

using namespace simulator_test;

namespace {

const std::string row = "/project_vpc_channels/0";

std::string both() {
    return "[\"" + test1 + "\",\"" + test2 + "\"]";
}

}  // namespace

TEST_CASE("a create makes one channel on each instance, with ids of their own") {
    Cloud cloud;
    const Response response = cloud.post(project_channels, Body::create().str());
    CHECK(response.status == 201);
    CHECK(response.at(row + "/instance_id") == test1);
    CHECK(response.at(row + "/instance_name") == "test1");
    CHECK(response.at("/project_vpc_channels/1/instance_id") == test2);

    const std::vector<Channel> stored = cloud.simulator.channels_named("VPC_demo");
    REQUIRE(stored.size() == 2);
    std::set<std::string> ids;
    for (const Channel& channel : stored) {
        ids.insert(channel.id);
        for (const MemberGroup& group : channel.groups) ids.insert(group.id);
        for (const Member& member : channel.members) ids.insert(member.id);
        ids.insert(channel.health->id);
    }
    CHECK(ids.size() == 12);
    CHECK(cloud.last().committed);
}

TEST_CASE("answers show what the server fills in and rewrites") {
    Cloud cloud;
    Body body = Body::create();
    body.set("/members/0/weight", "7").set("/vpc_health_config/protocol", "\"HTTP\"");
    const Response created = cloud.post(project_channels, body.str());
    const std::string member = row + "/members/0";
    CHECK(created.at(member + "/port") == "22");
    CHECK(created.at(member + "/ecs_id") == "192.168.0.5");
    CHECK(created.at(member + "/ecs_name") == "192.168.0.5");
    CHECK(created.at(member + "/status") == "1");
    CHECK(created.at(member + "/is_backup") == "false");
    CHECK(created.at(member + "/weight") == "1");  // that of its group
    CHECK(
        created.at(member + "/member_group_id") == created.at(row + "/member_groups/0/member_group_id")
    );
    CHECK(created.at(row + "/vpc_health_config/protocol") == "http");
    CHECK(created.at(row + "/vpc_health_config/method") == "GET");
    CHECK(created.at(row + "/microservice_info/service_type") == "");
    CHECK(created.at(row + "/microservice_info/cse_info") != "");
    CHECK(created.at(row + "/dict_code") == "");
    CHECK(created.at(row + "/type") == "2");
    CHECK(created.at(row + "/create_time").find('.') != std::string::npos);

    const Response listed = cloud.get(project_channels);
    CHECK(listed.at(row + "/create_time").find('.') == std::string::npos);
    CHECK(listed.at(row + "/members") == "");
}

TEST_CASE("a name that exists anywhere in the project cannot be created again") {
    Cloud cloud;
    cloud.create_demo();
    const std::string body = Body::create().set("/instance_ids", "[\"" + test1 + "\"]").str();
    const Response response = cloud.post(project_channels, body);
    CHECK(response.status == 400);
    CHECK(response.error_code() == "APIG.3208");
    CHECK(cloud.simulator.channels().size() == 2);
    CHECK_FALSE(cloud.last().committed);
}

TEST_CASE("names differ by case") {
    Cloud cloud;
    cloud.create_demo();
    CHECK(cloud.post(project_channels, Body::create().text("/name", "vpc_demo").str()).status == 201);
}

TEST_CASE("a put creates the channel where it is missing and keeps its id where it is not") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    const std::string other = cloud.simulator.channels_named("VPC_demo")[1].id;
    REQUIRE(cloud.simulator.remove(other));
    const Response response =
        cloud.put(project_channels, Body::file("project-update.request.json").str());
    CHECK(response.status == 200);
    CHECK(response.at(row + "/id") == id);
    CHECK(response.at(row + "/port") == "8080");
    const std::vector<Channel> stored = cloud.simulator.channels_named("VPC_demo");
    REQUIRE(stored.size() == 2);
    CHECK(stored[1].id != other);
    CHECK(stored[1].members.size() == 3);
    CHECK(stored[0].members.size() == 3);
}

TEST_CASE("a put replaces the whole list of groups, and frees the members of those that go") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    const std::string kept = cloud.stored(id).groups[0].id;
    Body body = Body::create();
    body.drop("/member_groups/1").set("/members", "[]");
    REQUIRE(cloud.put(project_channels, body.str()).status == 200);
    const Channel channel = cloud.stored(id);
    REQUIRE(channel.groups.size() == 1);
    CHECK(channel.groups[0].id == kept);
    REQUIRE(channel.members.size() == 2);
    CHECK(channel.members[0].group == "test");
    CHECK(channel.members[1].group == "");
}

TEST_CASE("a put without members, or with an empty list, keeps the members") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    REQUIRE(cloud.put(project_channels, Body::create().set("/members", "[]").str()).status == 200);
    CHECK(cloud.stored(id).members.size() == 2);
    REQUIRE(cloud.put(project_channels, Body::create().drop("/members").str()).status == 200);
    CHECK(cloud.stored(id).members.size() == 2);
}

TEST_CASE("a put without groups deletes every group, one without a health check keeps it") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    Body body = Body::create();
    body.drop("/member_groups").drop("/members").drop("/vpc_health_config");
    REQUIRE(cloud.put(project_channels, body.str()).status == 200);
    CHECK(cloud.stored(id).groups.empty());
    CHECK(cloud.stored(id).members.size() == 2);
    CHECK(cloud.stored(id).health);
}

TEST_CASE("members that stay keep their ids, the others are replaced") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    const std::string kept = cloud.stored(id).members[0].id;
    Body body = Body::create();
    body.text("/members/1/host", "192.168.9.9");
    REQUIRE(cloud.put(project_channels, body.str()).status == 200);
    const Channel channel = cloud.stored(id);
    REQUIRE(channel.members.size() == 2);
    CHECK(channel.members[0].id == kept);
    CHECK(channel.members[1].host == "192.168.9.9");
}

TEST_CASE("another type in a put is ignored without an error") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    Body body = Body::create();
    body.text("/vpc_channel_type", "microservice");
    CHECK(cloud.put(project_channels, body.str()).status == 200);
    CHECK(cloud.stored(id).type == ChannelType::builtin);
}

TEST_CASE("an instance id that comes twice counts once") {
    Cloud cloud;
    Body body = Body::create();
    body.set("/instance_ids", "[\"" + test1 + "\",\"" + test1 + "\"]");
    REQUIRE(cloud.post(project_channels, body.str()).status == 201);
    CHECK(cloud.simulator.channels().size() == 1);
}

TEST_CASE("an unknown instance, or one that does not run, refuses the whole write") {
    Cloud cloud;
    Body body = Body::create();
    body.set("/instance_ids", "[\"" + test1 + "\",\"f0fa17893b76433ba787\"]");
    Response response = cloud.post(project_channels, body.str());
    CHECK(response.status == 404);
    CHECK(response.error_code() == "APIG.3030");

    cloud.simulator.set_instance_status(test2, "FROZEN");
    response = cloud.post(project_channels, Body::create().str());
    CHECK(response.status == 409);
    CHECK(response.error_code() == "APIC.7701");
    CHECK(cloud.simulator.channels().empty());
}

TEST_CASE("an instance whose channel names can be changed refuses project-level writes, not lists") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    cloud.simulator.set_name_modifiable(test2, "on");
    for (const Response& response :
         {cloud.post(project_channels, Body::create().text("/name", "other").str()),
          cloud.put(project_channels, Body::create().str()),
          cloud.post(
              project_channels + "/syncs",
              R"({"vpc_channel_id":")" + id + R"(","instance_ids":)" + both() + "}"
          )}) {
        CHECK(response.status == 400);
        CHECK(response.error_code() == "APIG.2000");
    }
    CHECK(cloud.get(project_channels).at("/total") == "2");
}

TEST_CASE("a list is newest first, in pages") {
    Cloud cloud;
    for (int i = 0; i < 7; ++i) {
        cloud.simulator.plant(test1, Body::small("chan" + std::to_string(i)).str());
    }
    Response page = cloud.get(project_channels + "?limit=3&offset=5");
    CHECK(page.at("/total") == "7");
    CHECK(page.at("/size") == "2");
    CHECK(page.at(row + "/name") == "chan1");
    CHECK(page.at("/project_vpc_channels/1/name") == "chan0");
    CHECK(cloud.get(project_channels + "?offset=-3&limit=1").at(row + "/name") == "chan6");
    CHECK(cloud.get(project_channels + "?limit=0").at("/size") == "7");
    CHECK(cloud.get(project_channels + "?offset=100").at("/project_vpc_channels") == "[]");
    page = cloud.get(project_channels + "?limit=x");
    CHECK(page.status == 400);
    CHECK(page.error_code() == "APIG.2000");
}

TEST_CASE("a name filter is fuzzy unless the search is precise") {
    Cloud cloud;
    for (const char* const name : {"shop", "shop-eu", "bigshop"})
        cloud.simulator.plant(test1, Body::small(name).str());
    cloud.simulator.plant(test2, Body::small("shop").str());
    CHECK(cloud.get(project_channels + "?name=shop").at("/total") == "4");
    const Response precise = cloud.get(project_channels + "?name=shop&precise_search=name");
    CHECK(precise.at("/total") == "2");
    CHECK(precise.at(row + "/name") == "shop");
    CHECK(cloud.get(project_channels + "?name=Shop&precise_search=name").at("/total") == "0");
    CHECK(cloud.get(project_channels + "?name=shop&precise_search=port").error_code() == "APIG.2012");
}

TEST_CASE("a list is filtered by id, members and groups") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    cloud.simulator.plant(test1, Body::small("other").str());
    const std::string group = cloud.stored(id).groups[0].id;
    const auto total = [&](const std::string& query) {
        return cloud.get(project_channels + query).at("/total");
    };
    CHECK(total("?id=" + id) == "1");
    CHECK(total("?member_host=192.168.0.5") == "2");
    CHECK(total("?member_host=192.168.0") == "0");
    CHECK(total("?member_host=192.168.0.5&member_port=22") == "2");
    CHECK(total("?member_host=192.168.0.5&member_port=23") == "0");
    CHECK(total("?member_group_name=tes") == "2");
    CHECK(total("?member_group_name=tes&precise_search=member_group_name") == "0");
    CHECK(total("?member_group_id=" + group) == "1");
    CHECK(cloud.get(project_channels + "?member_port=70000").error_code() == "APIG.2004");
}

TEST_CASE("members are listed only when asked for") {
    Cloud cloud;
    cloud.create_demo();
    CHECK(
        cloud.get(project_channels + "?members_return=true").at(row + "/members/1/host") ==
        "192.168.1.124"
    );
    CHECK(cloud.get(project_channels + "?members_return=false").at(row + "/members") == "");
    CHECK(cloud.get(project_channels + "?members_return=maybe").status == 400);
}

TEST_CASE("a sync copies the whole channel under new ids") {
    Cloud cloud;
    const std::string id = cloud.simulator.plant(test1, Body::create().str());
    const std::string body = R"({"vpc_channel_id":")" + id + R"(","instance_ids":)" + both() + "}";
    const Response response = cloud.post(project_channels + "/syncs", body);
    CHECK(response.status == 201);
    const std::vector<Channel> stored = cloud.simulator.channels_named("VPC_demo");
    REQUIRE(stored.size() == 2);
    CHECK(same_content(stored[0], stored[1]));
    CHECK(stored[0].id != stored[1].id);
    CHECK(stored[0].members[0].id != stored[1].members[0].id);
    CHECK(stored[0].health->id != stored[1].health->id);

    CHECK(cloud.post(project_channels + "/syncs", body).status == 201);  // equal now: nothing to do
    CHECK_FALSE(cloud.last().committed);
}

TEST_CASE("a sync onto another channel of that name needs force") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    const std::string other = cloud.simulator.channels_named("VPC_demo")[1].id;
    cloud.simulator.change(other, [](Channel& channel) { channel.port = 9; });
    Body body(R"({"vpc_channel_id":")" + id + R"(","instance_ids":[")" + test2 + "\"]}");
    CHECK(cloud.post(project_channels + "/syncs", body.str()).error_code() == "APIG.3208");
    CHECK(cloud.stored(other).port == 9);
    CHECK(cloud.post(project_channels + "/syncs", body.set("/force_sync", "true").str()).status == 201);
    CHECK(cloud.stored(other).port == 22);
}

TEST_CASE("a sync has to say what and where") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    const auto code = [&](const std::string& body) {
        return cloud.post(project_channels + "/syncs", body).error_code();
    };
    CHECK(code(R"({"instance_ids":)" + both() + "}") == "APIG.2011");
    CHECK(code(R"({"vpc_channel_id":")" + id + "\"}") == "APIG.2011");
    CHECK(code(R"({"vpc_channel_id":")" + id + R"(","instance_ids":[]})") == "APIG.2011");
    CHECK(code(R"({"vpc_channel_id":"nope","instance_ids":)" + both() + "}") == "APIG.3023");
}

TEST_CASE("an instance takes 200 channels, a channel ten members and ten groups") {
    Cloud cloud;
    for (int i = 0; i < 200; ++i)
        cloud.simulator.plant(test1, Body::small("c" + std::to_string(1000 + i)).str());
    Response response = cloud.post(project_channels, Body::create().str());
    CHECK(response.status == 403);
    CHECK(response.error_code() == "APIG.3109");
    CHECK(cloud.simulator.channels_named("VPC_demo").empty());

    Body members = Body::create();
    members.set("/instance_ids", "[\"" + test2 + "\"]");
    for (int i = 0; i < 9; ++i) {
        members.set("/members/-", R"({"host":"10.0.0.)" + std::to_string(i) + "\"}");
    }
    response = cloud.post(project_channels, members.str());
    CHECK(response.status == 403);
    CHECK(response.error_code() == "APIG.3110");

    Body groups = Body::create();
    groups.set("/instance_ids", "[\"" + test2 + "\"]");
    for (int i = 0; i < 9; ++i) {
        groups.set("/member_groups/-", R"({"member_group_name":"group)" + std::to_string(i) + "\"}");
    }
    response = cloud.post(project_channels, groups.str());
    CHECK(response.status == 403);
    CHECK(response.error_code() == "APIG.3100");

    Switches lifted;
    lift_limits(lifted);
    CHECK(lifted.channel_limit == 0);
    cloud.simulator.set_switch("channel_limit", "0");
    cloud.simulator.set_switch("member_limit", "0");
    cloud.simulator.set_switch("group_limit", "0");
    CHECK(cloud.post(project_channels, Body::create().str()).status == 201);
    CHECK(cloud.put(project_channels, members.str()).status == 200);
    CHECK(cloud.put(project_channels, groups.str()).status == 200);
}

TEST_CASE("a path or method that the API does not have is not found by the gateway") {
    Cloud cloud;
    for (const Response& response :
         {cloud.remove(project_channels), cloud.get(project_channels + "/abc"), cloud.get("/"),
          cloud.get("/v2/" + project + "/apigw/instances/" + test1 + "/vpc-channels")}) {
        CHECK(response.status == 404);
        CHECK(response.error_code() == "APIG.0101");
        CHECK(response.at("/request_id") == *response.header("x-request-id"));
    }
}
