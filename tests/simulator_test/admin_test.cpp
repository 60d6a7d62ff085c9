#include "tests/simulator_test/cloud.hpp"

using namespace simulator_test;

namespace {

struct Admin {
    Cloud cloud;
    Client port{cloud.simulator.admin_port(), ""};
};

}  // namespace

TEST_CASE("the admin port shows the log and its summary") {
    Admin admin;
    admin.cloud.create_demo();
    admin.cloud.get(project_channels);
    Response response = admin.port.call("GET", "/audit");
    CHECK(response.status == 200);
    CHECK(response.at("/entries/0/operation") == "CreateProjectVpcChannel");
    CHECK(response.at("/entries/0/instance_ids/1") == test2);
    CHECK(response.at("/entries/0/committed") == "true");
    CHECK(
        admin.port.call("GET", "/audit?since=1").at("/entries/0/operation") == "ListProjectVpcChannelsV2"
    );
    CHECK(admin.port.call("GET", "/audit?operation=CreateToken").at("/entries") == "[]");
    response = admin.port.call("GET", "/audit/summary");
    CHECK(response.at("/requests") == "2");
    CHECK(response.at("/by_status/CreateProjectVpcChannel/201") == "1");
    CHECK(response.at("/connections") == "1");
    CHECK(admin.port.call("DELETE", "/audit").status == 200);
    CHECK(admin.port.call("GET", "/audit").at("/entries") == "[]");
}

TEST_CASE("faults, latency and switches are set and shown over the admin port") {
    Admin admin;
    Response response =
        admin.port.call("POST", "/faults", R"({"seed":5,"rules":[{"kind":"status","status":503,
        "code":"APIG.0613","operation":"ListProjectVpcChannelsV2","first":1}]})");
    CHECK(response.status == 200);
    CHECK(response.at("/rules/0/status") == "503");
    CHECK(admin.cloud.get(project_channels).status == 503);
    CHECK(
        admin.port.call("GET", "/audit/summary").at("/by_fault/ListProjectVpcChannelsV2/status") == "1"
    );
    CHECK(admin.port.call("DELETE", "/faults").at("/rules") == "[]");
    CHECK(admin.port.call("POST", "/faults", R"([{"kind":"hang"}])").at("/rules/0/kind") == "hang");
    CHECK(admin.port.call("POST", "/faults", R"([{"kind":"nope"}])").status == 400);
    CHECK(admin.port.call("GET", "/faults").at("/rules/0/kind") == "hang");

    CHECK(admin.port.call("POST", "/latency", R"({"*":1,"CreateToken":2})").at("/CreateToken") == "2");
    CHECK(admin.port.call("DELETE", "/latency").body == "{}");

    response = admin.port.call(
        "POST", "/switches", R"({"list_order":"shuffled","cce_supported":false,"group_limit":4})"
    );
    CHECK(response.at("/list_order") == "shuffled");
    CHECK(response.at("/cce_supported") == "no");
    CHECK(response.at("/group_limit") == "4");
    CHECK(
        admin.port.call("POST", "/switches", R"({"list_order":"newest_first","nope":1})").status == 400
    );
    CHECK(admin.port.call("GET", "/switches").at("/list_order") == "shuffled");
}

TEST_CASE("channels are planted, changed and removed behind everybody's back") {
    Admin admin;
    Body body = Body::create();
    body.text("/instance_id", test1).drop("/instance_ids");
    const Response planted = admin.port.call("POST", "/channels", body.str());
    CHECK(planted.status == 201);
    const std::string id = planted.at("/id");
    CHECK(admin.cloud.get(project_channels).at("/project_vpc_channels/0/id") == id);

    CHECK(
        admin.port.call("PUT", "/channels/" + id, R"({"port":99,"used_by_api":true,"status":2})")
            .status == 200
    );
    CHECK(
        admin.port
            .call("POST", "/mutate", R"({"id":")" + id + R"(","members":[],"vpc_health_config":null})")
            .status == 200
    );
    Response state = admin.port.call("GET", "/channels?name=VPC_demo&instance_id=" + test1);
    CHECK(state.at("/channels/0/port") == "99");
    CHECK(state.at("/channels/0/used_by_api") == "true");
    CHECK(state.at("/channels/0/status") == "2");
    CHECK(state.at("/channels/0/members") == "[]");
    CHECK(state.at("/channels/0/vpc_health_config") == "null");
    CHECK(state.at("/channels/0/member_groups/1/member_group_name") == "default");

    CHECK(admin.port.call("DELETE", "/channels/" + id).status == 200);
    CHECK(admin.port.call("DELETE", "/channels/" + id).status == 404);
    CHECK(admin.port.call("PUT", "/channels/" + id, "{}").status == 404);
    CHECK(
        admin.port.call("POST", "/channels", R"({"instance_id":"nowhere","name":"abc"})").status == 400
    );
}

TEST_CASE("the source of a channel's members is changed behind everybody's back, too") {
    Admin admin;
    const std::string cse =
        R"("microservice_info":{"service_type":"CSE","cse_info":{"engine_id":"e1","service_id":"s1"}})";
    const Response planted = admin.port.call(
        "POST", "/channels",
        R"({"name":"VPC_cse","port":80,"type":3,"instance_id":")" + test1 + "\"," + cse + "}"
    );
    REQUIRE(planted.status == 201);
    const std::string path = "/project_vpc_channels/0/microservice_info";
    const std::string before = admin.cloud.get(project_channels).at(path + "/id");
    const std::string patch =
        R"({"microservice_info":{"service_type":"CSE","cse_info":{"engine_id":"e1","service_id":"s2"}}})";
    CHECK(admin.port.call("PUT", "/channels/" + planted.at("/id"), patch).status == 200);
    const Response shown = admin.cloud.get(project_channels);
    CHECK(shown.at(path + "/cse_info/service_id") == "s2");
    CHECK(shown.at(path + "/id") == before);
}

TEST_CASE("instances, clock and tokens are in the admin's hands") {
    Admin admin;
    Response response = admin.port.call(
        "PUT", "/instances/" + test2, R"({"status":"FROZEN","vpc_name_modifiable":"on"})"
    );
    CHECK(response.at("/instances/1/status") == "FROZEN");
    CHECK(response.at("/instances/1/vpc_name_modifiable") == "on");
    CHECK(admin.port.call("PUT", "/instances/nowhere", "{}").status == 404);

    const std::string request = Body::file("iam-token.request.json").str();
    const Response token = admin.cloud.client.call("POST", "/v3/auth/tokens", request);
    CHECK(admin.port.call("POST", "/tokens/revoke").at("/revoked") == "1");
    const Pairs headers{{"X-Auth-Token", *token.header("x-subject-token")}};
    CHECK(admin.cloud.client.call("GET", project_channels, "", headers).error_code() == "APIGW.0307");

    CHECK(admin.port.call("POST", "/clock", R"({"advance_ms":1200000})").status == 200);
    CHECK(admin.cloud.get(project_channels).status == 401);
}

TEST_CASE("a reset brings back the state at the start") {
    Admin admin;
    admin.cloud.create_demo();
    admin.port.call("POST", "/switches", R"({"list_order":"shuffled"})");
    admin.port.call("POST", "/clock", R"({"advance_ms":1200000})");
    CHECK(admin.port.call("POST", "/reset").status == 200);
    CHECK(admin.cloud.simulator.channels().empty());
    CHECK(admin.port.call("GET", "/switches").at("/list_order") == "newest_first");
    CHECK(admin.port.call("GET", "/audit").at("/entries") == "[]");
    admin.cloud.create_demo();
}

TEST_CASE("what the admin port does not know, it refuses") {
    Admin admin;
    CHECK(admin.port.call("GET", "/healthz").status == 200);
    CHECK(admin.port.call("GET", "/nowhere").status == 404);
    CHECK(admin.port.call("PATCH", "/faults").status == 404);
    CHECK(admin.port.call("POST", "/faults", "{").status == 400);
    CHECK(admin.port.call("POST", "/clock", "{}").status == 400);
    CHECK(admin.cloud.simulator.admin("GET", "/healthz").first == 200);
}
