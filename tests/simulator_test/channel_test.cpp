#include "tests/simulator_test/cloud.hpp"

using namespace simulator_test;

TEST_CASE("an instance-level create stores members and a health check that its answer does not show") {
    Cloud cloud;
    const Response created =
        cloud.post(on_instance(test1), Body::file("channel-create.request.json").str());
    CHECK(created.status == 201);
    CHECK(created.at("/members") == "");
    CHECK(created.at("/vpc_health_config") == "");
    const Response shown = cloud.get(on_instance(test1, "/" + created.at("/id")));
    CHECK(shown.status == 200);
    CHECK(shown.at("/members/0/host") == "192.168.0.5");
    CHECK(shown.at("/vpc_health_config/path") == "/vpc/demo");
    CHECK(shown.at("/vpc_health_config/vpc_channel_id") == created.at("/id"));
    CHECK(shown.at("/create_time").find('.') == std::string::npos);
}

TEST_CASE("a name is taken on its own instance only") {
    Cloud cloud;
    const std::string body = Body::small("shop").str();
    CHECK(cloud.post(on_instance(test1), body).status == 201);
    CHECK(cloud.post(on_instance(test1), body).error_code() == "APIG.3208");
    CHECK(cloud.post(on_instance(test2), body).status == 201);
}

TEST_CASE("a channel is found on its own instance only") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    CHECK(cloud.get(on_instance(test1, "/" + id)).status == 200);
    const Response elsewhere = cloud.get(on_instance(test2, "/" + id));
    CHECK(elsewhere.status == 404);
    CHECK(elsewhere.error_code() == "APIG.3023");
    CHECK(cloud.get(on_instance("nowhere", "/" + id)).error_code() == "APIG.3030");
}

TEST_CASE("an instance lists its own channels, without members and health checks") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    cloud.simulator.plant(test2, Body::small("other").str());
    const Response all = cloud.get(on_instance(test1));
    CHECK(all.at("/total") == "1");
    CHECK(all.at("/vpc_channels/0/id") == id);
    CHECK(all.at("/vpc_channels/0/members") == "");
    CHECK(all.at("/vpc_channels/0/vpc_health_config") == "");
    CHECK(cloud.get(on_instance(test2, "?name=VPC_demo&precise_search=name")).at("/total") == "1");
    CHECK(cloud.get(on_instance(test2, "?vpc_channel_type=reference")).at("/total") == "0");
}

TEST_CASE("an update replaces scalars and groups, and keeps members when the list is empty") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    Body body = Body::create();
    body.drop("/instance_ids").set("/port", "8081").set("/member_groups", "[]").set("/members", "[]");
    const Response updated = cloud.put(on_instance(test1, "/" + id), body.str());
    CHECK(updated.status == 200);
    CHECK(updated.at("/port") == "8081");
    const Channel channel = cloud.stored(id);
    CHECK(channel.groups.empty());
    CHECK(channel.members.size() == 2);
    CHECK(cloud.get(on_instance(test1, "/" + id)).at("/members/0/port") == "8081");
}

TEST_CASE("a channel is renamed only where names can be changed") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    const std::string body = Body::create().drop("/instance_ids").text("/name", "renamed").str();
    CHECK(cloud.put(on_instance(test1, "/" + id), body).error_code() == "APIG.2012");
    cloud.simulator.set_name_modifiable(test1, "on");
    CHECK(cloud.put(on_instance(test1, "/" + id), body).status == 200);
    CHECK(cloud.stored(id).name == "renamed");
    CHECK(cloud.get(project_channels + "?name=renamed&precise_search=name").at("/total") == "1");
    CHECK(cloud.get(project_channels + "?name=VPC_demo&precise_search=name").at("/total") == "1");

    cloud.simulator.plant(test1, Body::small("taken").str());
    const std::string taken = Body::create().drop("/instance_ids").text("/name", "taken").str();
    CHECK(cloud.put(on_instance(test1, "/" + id), taken).error_code() == "APIG.3208");
}

TEST_CASE("a delete concerns one instance, and a second one finds nothing") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    const Response deleted = cloud.remove(on_instance(test1, "/" + id));
    CHECK(deleted.status == 204);
    CHECK(deleted.body.empty());
    CHECK(cloud.simulator.channels().size() == 1);
    CHECK(cloud.remove(on_instance(test1, "/" + id)).error_code() == "APIG.3023");
}

TEST_CASE("a channel in use cannot be deleted") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    cloud.simulator.change(id, [](Channel& channel) { channel.used_by_api = true; });
    Response response = cloud.remove(on_instance(test1, "/" + id));
    CHECK(response.status == 403);
    CHECK(response.error_code() == "APIG.3414");
    cloud.simulator.change(id, [](Channel& channel) {
        channel.used_by_api = false;
        channel.used_by_plugin = true;
    });
    response = cloud.remove(on_instance(test1, "/" + id));
    CHECK(response.status == 400);
    CHECK(response.error_code() == "APIG.3710");
}

TEST_CASE("a reference channel points at channels of its instance, which cannot be deleted meanwhile") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    Body body = Body::file("channel-create-reference.request.json");
    CHECK(cloud.post(on_instance(test1), body.str()).error_code() == "APIG.3023");
    body.text("/member_groups/0/reference_vpc_channel_id", id);
    CHECK(cloud.post(on_instance(test2), body.str()).error_code() == "APIG.3023");
    const Response created = cloud.post(on_instance(test1), body.str());
    REQUIRE(created.status == 201);
    CHECK(created.at("/vpc_channel_type") == "reference");
    CHECK(created.at("/member_groups/0/reference_vpc_channel_id") == id);

    const Response refused = cloud.remove(on_instance(test1, "/" + id));
    CHECK(refused.status == 409);
    CHECK(refused.error_code() == "APIG.3719");

    Body second = Body::file("channel-create-reference.request.json");
    second.text("/name", "second").text("/member_groups/0/reference_vpc_channel_id", created.at("/id"));
    CHECK(cloud.post(on_instance(test1), second.str()).error_code() == "APIG.3471");

    CHECK(cloud.remove(on_instance(test1, "/" + created.at("/id"))).status == 204);
    CHECK(cloud.remove(on_instance(test1, "/" + id)).status == 204);
}

TEST_CASE("the health check of a channel is replaced as a whole") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    const std::string before = cloud.stored(id).health->id;
    const std::string path = on_instance(test1, "/" + id + "/health-config");
    const Response response =
        cloud.put(path, R"({"protocol":"TCP","threshold_normal":3,"threshold_abnormal":4,
                                                  "time_interval":20,"timeout":6})");
    CHECK(response.status == 200);
    CHECK(response.at("/protocol") == "tcp");
    CHECK(response.at("/path") == "");
    CHECK(response.at("/http_code") == "");
    CHECK(response.at("/id") == before);
    CHECK(cloud.stored(id).health->timeout == 6);
    CHECK(cloud.put(path, "{}").error_code() == "APIG.2001");
}

TEST_CASE("a cloud server gets an address, and always the same") {
    Cloud cloud;
    const Response created =
        cloud.post(on_instance(test1), Body::file("channel-create-ecs.request.json").str());
    REQUIRE(created.status == 201);
    const std::string path = on_instance(test1, "/" + created.at("/id"));
    const std::string host = cloud.get(path).at("/members/0/host");
    CHECK(host.starts_with("10."));
    CHECK(cloud.get(path).at("/members/0/host") == host);
    CHECK(cloud.get(path).at("/members/0/ecs_name") == "APIGtest02");
}

TEST_CASE("microservice channels show where their members come from, and no password") {
    Cloud cloud;
    const Response cse =
        cloud.post(on_instance(test1), Body::file("channel-create-cse.request.json").str());
    CHECK(cse.at("/type") == "3");
    CHECK(cse.at("/microservice_info/cse_info/engine_id") == "fde2c21c-5bd9-40f0-ad6a-81e4b6782805a");
    CHECK(cse.at("/member_groups/0/microservice_version") == "1.0.0");

    const Response nacos =
        cloud.post(on_instance(test1), Body::file("channel-create-nacos.request.json").str());
    CHECK(nacos.at("/microservice_info/nacos_info/server_config/0/grpc_port") == "9848");
    CHECK(nacos.at("/microservice_info/nacos_info/user_info/user_name") == "reader");
    CHECK(nacos.at("/microservice_info/nacos_info/user_info/password") == "");

    const Response cce =
        cloud.post(on_instance(test1), Body::file("channel-create-cce.request.json").str());
    CHECK(cce.at("/microservice_info/cce_info/label_key") == "app");
    CHECK(cce.at("/microservice_info/cce_info/label_value") == "testapp");
}
