#include "tests/simulator_test/cloud.hpp"

using namespace simulator_test;

namespace {

std::string apic(const std::string& instance, const std::string& rest = {}) {
    return "/v2/" + project + "/apic/instances/" + instance + rest;
}

const std::string turn_on = R"({"name":"vpc_name_modifiable","enable":true,"config":"on"})";
const std::string turn_off = R"({"name":"vpc_name_modifiable","enable":true,"config":"off"})";

}  // namespace

TEST_CASE("instances are listed by status, in pages") {
    Config config;
    add_instances(config, 10);
    Cloud cloud(config);
    cloud.simulator.set_instance_status(test2, "FROZEN");
    const std::string path = "/v2/" + project + "/instances";
    const Response all = cloud.get(path);
    CHECK(all.at("/total") == "12");
    CHECK(all.at("/size") == "10");
    CHECK(all.at("/instances/1/status") == "FROZEN");
    CHECK(cloud.get(path + "?status=RUNNING&limit=100").at("/size") == "11");
    CHECK(cloud.get(path + "?offset=11").at("/size") == "1");
    const Response wrong = cloud.get(path + "?limit=101");
    CHECK(wrong.status == 400);
    CHECK(wrong.error_code() == "ROMA.00013000");
    CHECK(wrong.at("/request_id") != "");
}

TEST_CASE("an instance shows whether its software knows the feature") {
    Config config;
    config.projects[0].instances[1].knows_name_modifiable = false;
    Cloud cloud(config);
    CHECK(
        cloud.get(apic(test1)).at("/supported_features").find("vpc_name_modifiable") != std::string::npos
    );
    CHECK(cloud.get(apic(test1)).at("/instance_status") == "6");
    CHECK(
        cloud.get(apic(test2)).at("/supported_features").find("vpc_name_modifiable") == std::string::npos
    );
    const Response refused = cloud.post(apic(test2, "/features"), turn_off);
    CHECK(refused.status == 412);
    CHECK(refused.error_code() == "APIG.3458");
}

TEST_CASE("a feature changes at most once a minute") {
    Cloud cloud;
    Response response = cloud.post(apic(test1, "/features"), turn_on);
    CHECK(response.status == 201);
    CHECK(response.at("/config") == "on");
    response = cloud.post(apic(test1, "/features"), turn_off);
    CHECK(response.status == 409);
    CHECK(response.error_code() == "APIG.3711");
    cloud.simulator.advance_clock(std::chrono::seconds(61));
    CHECK(cloud.post(apic(test1, "/features"), turn_off).status == 201);
    CHECK(cloud.get(apic(test1, "/features")).at("/features/0/config") == "off");
}

TEST_CASE("a feature that was never set is not listed, and on") {
    Config config;
    config.projects[0].instances[0].vpc_name_modifiable = "";
    Cloud cloud(config);
    CHECK(cloud.get(apic(test1, "/features")).at("/total") == "0");
    CHECK(cloud.post(project_channels, Body::create().str()).error_code() == "APIG.2000");
    CHECK(cloud.post(apic(test1, "/features"), turn_off).status == 201);
    CHECK(cloud.post(project_channels, Body::create().str()).status == 201);
}

TEST_CASE("features are checked") {
    Cloud cloud;
    const auto code = [&](const std::string& body) {
        return cloud.post(apic(test1, "/features"), body).error_code();
    };
    CHECK(code(R"({"name":"vpc_name_modifiable","enable":true,"config":"maybe"})") == "APIG.2012");
    CHECK(code(R"({"name":"no_such_feature","enable":true})") == "APIG.2000");
    CHECK(code(R"({"name":"vpc_name_modifiable","config":"on"})") == "APIG.2001");
    CHECK(code(R"({"enable":true})") == "APIG.2001");
    CHECK(code(R"({"name":"feature1","enable":true})") == "APIG.2012");
}

TEST_CASE("quotas tell the limit and how much is used") {
    Cloud cloud;
    cloud.create_demo();
    const Response response = cloud.get(apic(test1, "/project/configs"));
    CHECK(response.at("/configs/0/config_name") == "VPC_NUM_LIMIT");
    CHECK(response.at("/configs/0/config_value") == "200");
    CHECK(response.at("/configs/0/used") == "1");
    CHECK(response.at("/configs/1/config_name") == "VPC_INSTANCE_NUM_LIMIT");
    CHECK(response.at("/configs/1/config_value") == "10");
    CHECK(response.at("/total") == "4");
}
