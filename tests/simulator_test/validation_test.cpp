#include "tests/simulator_test/cloud.hpp"

using namespace simulator_test;

namespace {

/// One change to the documents' example, and what it leads to; no code means that it is fine.
struct Rule {
    const char* pointer;
    std::string json;  ///< empty: taken out
    const char* code;
};

std::string code_of(Cloud& cloud, Body body, const std::string& pointer, const std::string& json) {
    if (json.empty()) {
        body.drop(pointer);
    } else {
        body.set(pointer, json);
    }
    const Response response = cloud.post(project_channels, body.str());
    for (const Channel& channel : cloud.simulator.channels()) cloud.simulator.remove(channel.id);
    return response.error_code();
}

void check_all(Cloud& cloud, const Body& base, const std::vector<Rule>& rules) {
    const std::string json = base.str();
    for (const Rule& rule : rules) {
        CAPTURE(rule.pointer);
        CAPTURE(rule.json);
        CHECK(code_of(cloud, Body(json), rule.pointer, rule.json) == rule.code);
    }
}

std::string quoted(const std::string& text) {
    return '"' + text + '"';
}

std::string letters(std::size_t count) {
    return quoted(std::string(count, 'a'));
}

}  // namespace

TEST_CASE("scalars of a channel are checked against their documented bounds") {
    Cloud cloud;
    check_all(
        cloud, Body::create(),
        {
            {"/name", "", "APIG.2011"},
            {"/name", letters(2), "APIG.2007"},
            {"/name", letters(3), ""},
            {"/name", letters(64), ""},
            {"/name", letters(65), "APIG.2007"},
            {"/name", quoted("1shop"), "APIG.2012"},
            {"/name", quoted("a shop"), "APIG.2012"},
            {"/name", quoted("shop.eu_1-x"), ""},
            {"/name", quoted("通道道"), ""},
            {"/name", quoted("通道"), "APIG.2007"},
            {"/name", quoted("shop\xc3\xa9"), "APIG.2012"},
            {"/port", "", "APIG.2001"},
            {"/port", "0", "APIG.2025"},
            {"/port", "1", ""},
            {"/port", "65535", ""},
            {"/port", "65536", "APIG.2025"},
            {"/balance_strategy", "", ""},
            {"/balance_strategy", "0", "APIG.2012"},
            {"/balance_strategy", "4", ""},
            {"/balance_strategy", "5", "APIG.2012"},
            {"/member_type", "\"instance\"", "APIG.2012"},
            {"/member_type", "\"ecs\"", "APIG.2001"},  // then members need a server
            {"/type", "2", ""},
            {"/type", "4", "APIG.2012"},
            {"/vpc_channel_type", "\"builtin\"", ""},
            {"/vpc_channel_type", "\"BUILTIN\"", "APIG.2012"},
            {"/dict_code", "\"ab\"", "APIG.2007"},
            {"/dict_code", "\"a b c\"", "APIG.2012"},
            {"/dict_code", "\"abc\"", ""},
        }
    );
}

TEST_CASE("instances of a request are one to ten") {
    Cloud cloud;
    std::string eleven = "[";
    for (int i = 0; i < 11; ++i) eleven += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\"";
    check_all(
        cloud, Body::create(),
        {
            {"/instance_ids", "", "APIG.2001"},
            {"/instance_ids", "[]", "APIG.2004"},
            {"/instance_ids", "[\"\"]", "APIG.2012"},
            {"/instance_ids", eleven + "]", "APIG.2004"},
        }
    );
}

TEST_CASE("values of the wrong type are refused as a bad parameter") {
    Cloud cloud;
    check_all(
        cloud, Body::create(),
        {
            {"/name", "1", "APIG.2000"},
            {"/port", "\"80\"", "APIG.2000"},
            {"/port", "80.5", "APIG.2000"},
            {"/members", "{}", "APIG.2000"},
            {"/members/0", "\"x\"", "APIG.2000"},
            {"/members/0/weight", "\"1\"", "APIG.2000"},
            {"/members/0/is_backup", "1", "APIG.2000"},
            {"/member_groups/0/member_group_name", "5", "APIG.2000"},
            {"/vpc_health_config", "[]", "APIG.2000"},
            {"/vpc_health_config/timeout", "\"5\"", "APIG.2000"},
            {"/instance_ids", "[5]", "APIG.2000"},
            {"/vpc_health_config", "null", ""},
        }
    );
    for (const std::string body : {"", "{", "[]", "nonsense"}) {
        CAPTURE(body);
        CHECK(cloud.post(project_channels, body).error_code() == "APIG.2000");
    }
    CHECK(cloud.post(project_channels, std::string(300'000, '[')).error_code() == "APIG.2000");
    CHECK(cloud.post(project_channels, "{\"name\":\"\xff\xfe\"}").error_code() == "APIG.2000");
}

TEST_CASE("members are checked") {
    Cloud cloud;
    check_all(
        cloud, Body::create(),
        {
            {"/members/0/host", "", "APIG.2001"},
            {"/members/0/host", "\"\"", "APIG.2001"},
            {"/members/0/host", "\"192.168.0.300\"", "APIG.2015"},
            {"/members/0/host", "\"a host\"", "APIG.2015"},
            {"/members/0/host", "\"backend.internal\"", ""},
            {"/members/0/host", "\"fd00::1\"", ""},
            {"/members/0/host", "\"fd00::1::2\"", "APIG.2015"},
            {"/members/0/host", letters(256), "APIG.2006"},
            {"/members/0/weight", "-1", "APIG.2004"},
            {"/members/0/weight", "10000", ""},
            {"/members/0/weight", "10001", "APIG.2004"},
            {"/members/0/status", "3", "APIG.2012"},
            {"/members/0/port", "0", ""},
            {"/members/0/port", "65536", "APIG.2025"},
            {"/members/0/member_group_name", "\"nobody\"", "APIG.2012"},
            {"/members/0/member_group_name", "\"\"", ""},
            {"/members/0/member_group_name", letters(65), "APIG.2006"},
            {"/members/0/ecs_name", letters(65), "APIG.2007"},
        }
    );
    Body servers = Body::file("channel-create-ecs.request.json");
    servers.set("/instance_ids", "[\"" + test1 + "\"]");
    check_all(
        cloud, servers,
        {
            {"/members/0/ecs_id", "", "APIG.2001"},
            {"/members/0/ecs_name", "", "APIG.2001"},
            {"/members/0/ecs_id", "\"a b\"", "APIG.2012"},
            {"/members/0/weight", "3", ""},
        }
    );
}

TEST_CASE("groups are checked") {
    Cloud cloud;
    check_all(
        cloud, Body::create(),
        {
            {"/member_groups/0/member_group_name", "", "APIG.2001"},
            {"/member_groups/0/member_group_name", "\"ab\"", "APIG.2007"},
            {"/member_groups/0/member_group_name", "\"-abc\"", "APIG.2012"},
            {"/member_groups/0/member_group_name", "\"default\"",
             "APIG.2012"},  // there is one of that name
            {"/member_groups/0/member_group_weight", "101", "APIG.2004"},
            {"/member_groups/0/member_group_weight", "100", ""},
            {"/member_groups/0/member_group_remark", letters(256), "APIG.2006"},
            {"/member_groups/0/microservice_version", letters(65), "APIG.2006"},
            {"/member_groups/0/microservice_port", "-1", "APIG.2025"},
            {"/member_groups/0/microservice_labels", R"([{"label_name":"a"}])", "APIG.2001"},
            {"/member_groups/0/microservice_labels", R"([{"label_name":"-a","label_value":"b"}])",
             "APIG.2012"},
            {"/member_groups/0/microservice_labels", R"([{"label_name":"a.b","label_value":"b"}])", ""},
            {"/member_groups/0/reference_vpc_channel_id", "\"abc\"",
             "APIG.2012"},  // not a reference channel
        }
    );
}

TEST_CASE("health checks are checked") {
    Cloud cloud;
    check_all(
        cloud, Body::create(),
        {
            {"/vpc_health_config/protocol", "", "APIG.2001"},
            {"/vpc_health_config/protocol", "\"Http\"", "APIG.2012"},
            {"/vpc_health_config/protocol", "\"ftp\"", "APIG.2012"},
            {"/vpc_health_config/method", "\"POST\"", "APIG.2012"},
            {"/vpc_health_config/method", "\"HEAD\"", ""},
            {"/vpc_health_config/port", "65536", "APIG.2025"},
            {"/vpc_health_config/threshold_normal", "", "APIG.2001"},
            {"/vpc_health_config/threshold_normal", "0", "APIG.2004"},
            {"/vpc_health_config/threshold_normal", "11", "APIG.2004"},
            {"/vpc_health_config/threshold_abnormal", "", "APIG.2001"},
            {"/vpc_health_config/threshold_abnormal", "11", "APIG.2004"},
            {"/vpc_health_config/time_interval", "", "APIG.2001"},
            {"/vpc_health_config/time_interval", "4", "APIG.2004"},
            {"/vpc_health_config/time_interval", "300", ""},
            {"/vpc_health_config/time_interval", "301", "APIG.2004"},
            {"/vpc_health_config/timeout", "", "APIG.2001"},
            {"/vpc_health_config/timeout", "1", "APIG.2004"},
            {"/vpc_health_config/timeout", "31", "APIG.2004"},
            {"/vpc_health_config/timeout", "10", "APIG.2012"},  // not less than the interval
            {"/vpc_health_config/path", "", "APIG.2001"},
            {"/vpc_health_config/http_code", "", "APIG.2001"},
            {"/vpc_health_config/http_code", "\"99\"", "APIG.2012"},
            {"/vpc_health_config/http_code", "\"600\"", "APIG.2012"},
            {"/vpc_health_config/http_code", "\"200,\"", "APIG.2012"},
            {"/vpc_health_config/http_code", "\"299-200\"", "APIG.2012"},
            {"/vpc_health_config/http_code", "\"201,202,210-299\"", ""},
            {"/vpc_health_config/status", "3", "APIG.2012"},
        }
    );
    Body https = Body::create();
    https.text("/vpc_health_config/protocol", "https");
    check_all(
        cloud, https,
        {
            {"/vpc_health_config/path", "", "APIG.2001"},
            {"/vpc_health_config/http_code", "", ""},
        }
    );
    Body tcp = Body::create();
    tcp.text("/vpc_health_config/protocol", "TCP").drop("/vpc_health_config/path");
    check_all(cloud, tcp, {{"/vpc_health_config/http_code", "", ""}});
}

TEST_CASE("two ways to say the type must not contradict each other") {
    Cloud cloud;
    Body body = Body::create();
    body.set("/vpc_channel_type", "\"builtin\"");
    check_all(
        cloud, body,
        {
            {"/type", "0", ""},
            {"/type", "2", ""},
            {"/type", "3", "APIG.2012"},
        }
    );
    check_all(
        cloud, Body::create(),
        {
            {"/type", "3", ""},  // without microservice_info it is a server channel
            {"/vpc_channel_type", "\"microservice\"", "APIG.2001"},
            {"/vpc_channel_type", "\"reference\"", "APIG.2001"},
        }
    );
}

TEST_CASE("microservice channels need what their kind needs") {
    Cloud cloud;
    const std::string one = "[\"" + test1 + "\"]";
    Body cse = Body::file("channel-create-cse.request.json");
    cse.set("/instance_ids", one);
    check_all(
        cloud, cse,
        {
            {"/microservice_info/service_type", "", "APIG.2001"},
            {"/microservice_info/service_type", "\"EUREKA\"", "APIG.2012"},
            {"/microservice_info/cse_info", "", "APIG.2001"},
            {"/microservice_info/cse_info/engine_id", "", "APIG.2001"},
            {"/microservice_info/cse_info/engine_id", letters(65), "APIG.2006"},
            {"/microservice_info/cse_info/service_id", "\"\"", "APIG.2001"},
            {"/port", "81", ""},
        }
    );
    Body cce = Body::file("channel-create-cce.request.json");
    cce.set("/instance_ids", one);
    check_all(
        cloud, cce,
        {
            {"/microservice_info/cce_info/cluster_id", "", "APIG.2001"},
            {"/microservice_info/cce_info/workload_type", "\"job\"", "APIG.2012"},
            {"/microservice_info/cce_info/app_name", "", "APIG.2001"},
            {"/microservice_info/cce_info/app_name", "\"1app\"", "APIG.2012"},
            {"/microservice_info/cce_info/label_key", "\"app:name\"", ""},
            {"/microservice_info/cce_info/label_key", "\":app\"", "APIG.2012"},
            {"/microservice_info/cce_info/label_value", "\"1\"", "APIG.2012"},
        }
    );
    Body service = Body::file("channel-create-cse.request.json");
    service.set("/instance_ids", one).set("/microservice_info", R"({"service_type":"CCE_SERVICE",
        "cce_service_info":{"cluster_id":"c","namespace":"default","service_name":"orders"}})");
    check_all(
        cloud, service,
        {
            {"/microservice_info/cce_service_info/namespace", "\"Default\"", "APIG.2012"},
            {"/microservice_info/cce_service_info/namespace", "\"default-\"", "APIG.2012"},
            {"/microservice_info/cce_service_info/service_name", "", "APIG.2001"},
            {"/port", "81", ""},
        }
    );
    Body nacos = Body::file("channel-create-nacos.request.json");
    nacos.set("/instance_ids", one);
    check_all(
        cloud, nacos,
        {
            {"/microservice_info/nacos_info/service_name", "\"@orders\"", "APIG.2012"},
            {"/microservice_info/nacos_info/service_name", "\"a@@b\"", "APIG.2012"},
            {"/microservice_info/nacos_info/group_name", "\"a b\"", "APIG.2012"},
            {"/microservice_info/nacos_info/server_config", "[]", "APIG.2004"},
            {"/microservice_info/nacos_info/server_config/0/ip_address", "\"1.1.1\"", "APIG.2012"},
            {"/microservice_info/nacos_info/server_config/0/port", "0", "APIG.2025"},
            {"/microservice_info/nacos_info/user_info", "", "APIG.2001"},
            {"/microservice_info/nacos_info/user_info/password", "", "APIG.2001"},
            {"/port", "81", ""},
        }
    );
}

TEST_CASE("engines and services are unknown when the configuration says which exist") {
    Config config;
    config.cse_engines = {"e1"};
    config.cse_services = {"s1"};
    Cloud cloud(config);
    Body body = Body::file("channel-create-cse.request.json");
    CHECK(cloud.post(on_instance(test1), body.str()).error_code() == "APIG.2042");
    body.text("/microservice_info/cse_info/engine_id", "e1");
    CHECK(cloud.post(on_instance(test1), body.str()).error_code() == "APIG.2041");
    body.text("/microservice_info/cse_info/service_id", "s1");
    CHECK(cloud.post(on_instance(test1), body.str()).status == 201);
}

TEST_CASE("rules come before the name, the name before the quota") {
    Cloud cloud(with_switches({{"channel_limit", "1"}}));
    cloud.create_demo();
    CHECK(
        cloud.post(project_channels, Body::create().text("/members/0/member_group_name", "nobody").str())
            .error_code() == "APIG.2012"
    );
    CHECK(cloud.post(project_channels, Body::create().str()).error_code() == "APIG.3208");
    CHECK(
        cloud.post(project_channels, Body::create().text("/name", "other").str()).error_code() ==
        "APIG.3109"
    );
}
