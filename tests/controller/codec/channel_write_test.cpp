#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include "controller/codec/channel_json.hpp"
#include "tests/controller/codec/example.hpp"

namespace fairway {
namespace {

rapidjson::Document json(const std::string& body) {
    rapidjson::Document document;
    document.Parse(body.data(), body.size());
    REQUIRE_FALSE(document.HasParseError());
    return document;
}

const Secret password("example-only");
const SecretLookup lookup = [](std::string_view name) {
    return name == "nacos-prod" ? &password : nullptr;
};

std::string body_of(const ChannelSpec& spec, const std::string& name = "VPC_demo") {
    const auto body = project_channel_body(name, spec, lookup);
    REQUIRE(body);
    return *body;
}

/// The channel of the documented create.
ChannelSpec demo() {
    ChannelSpec spec;
    spec.port = 22;
    spec.balance_strategy = BalanceStrategy::wrr;
    spec.member_type = MemberType::ip;
    spec.member_groups.emplace();
    for (const auto& [name, weight] : {std::pair("test", 1), std::pair("default", 2)}) {
        MemberGroup& group = spec.member_groups->emplace_back();
        group.member_group_name = name;
        group.member_group_weight = weight;
        group.member_group_remark = "remark";
    }
    spec.members.emplace(2);
    (*spec.members)[0].host = "192.168.0.5";
    (*spec.members)[0].weight = 1;
    (*spec.members)[0].member_group_name = "test";
    (*spec.members)[1].host = "192.168.1.124";
    (*spec.members)[1].weight = 2;
    (*spec.members)[1].member_group_name = "default";
    HealthCheck& health = spec.vpc_health_config.emplace();
    health.protocol = HealthProtocol::http;
    health.path = "/vpc/demo";
    health.port = 22;
    health.http_code = "200";
    health.threshold_normal = 2;
    health.threshold_abnormal = 5;
    health.time_interval = 10;
    health.timeout = 5;
    health.enable_client_ssl = false;
    spec.instance_ids = {"eea73cde015940908ae0117d67bf7330", "ddd73cde017890908ae0117d67bf7330"};
    return spec;
}

}  // namespace

TEST_CASE("the body of a create is the documented one") {
    CHECK(json(body_of(demo())) == json(example("project-create.request")));
}

TEST_CASE("every documented create comes out as it is written") {
    for (const std::string name :
         {"project-create.request", "channel-create-nacos.request", "channel-create-cce.request",
          "channel-create-cse.request"}) {
        CAPTURE(name);
        std::string text = example(name);
        rapidjson::Document wanted = json(text);
        if (const auto at = text.find(R"("example-only")"); at != std::string::npos) {
            CHECK_FALSE(spec_from_json(text));  // a literal password has no place in a spec
            text = with(text, R"("example-only")", R"({"secret":"nacos-prod"})");
        }
        const auto spec = spec_from_json(text);
        REQUIRE(spec);
        if (!wanted.HasMember("instance_ids")) {
            wanted.AddMember(
                "instance_ids", rapidjson::Value(rapidjson::kArrayType), wanted.GetAllocator()
            );
        }
        CHECK(json(body_of(*spec, wanted.FindMember("name")->value.GetString())) == wanted);
    }
}

TEST_CASE("a protocol is sent in lower case, a method in upper case") {
    const auto spec = spec_from_json(example("channel-create-reference.request"));  // has "HTTPS"
    REQUIRE(spec);
    const auto body = body_of(*spec);
    CHECK(body.find(R"("protocol":"https")") != std::string::npos);
    CHECK(body.find(R"("method":"GET")") != std::string::npos);
}

TEST_CASE("strategy and member type are always sent, the rest only when it is managed") {
    ChannelSpec spec;
    spec.port = 8080;
    spec.instance_ids = {"i1"};
    CHECK(
        body_of(spec, "web") ==
        R"({"name":"web","port":8080,"balance_strategy":1,"member_type":"ecs","instance_ids":["i1"]})"
    );
    spec.members.emplace();
    spec.dict_code = "";
    CHECK(
        body_of(spec, "web") == R"({"name":"web","port":8080,"balance_strategy":1,"member_type":"ecs",)"
                                R"("dict_code":"","members":[],"instance_ids":["i1"]})"
    );
}

TEST_CASE("never are both ways to give the type sent") {
    ChannelSpec spec = demo();
    CHECK(body_of(spec).find("type\":2") == std::string::npos);
    spec.type = 2;
    CHECK(body_of(spec).find(R"("type":2)") != std::string::npos);
    spec.vpc_channel_type = ChannelType::builtin;
    CHECK(body_of(spec).find(R"("type":2)") == std::string::npos);
    CHECK(body_of(spec).find(R"("vpc_channel_type":"builtin")") != std::string::npos);
}

TEST_CASE("a secret that is not defined, or not named, stops the body") {
    ChannelSpec spec;
    spec.microservice_info.emplace().nacos_info.emplace().password_secret = "nacos-test";
    auto body = project_channel_body("web", spec, lookup);
    REQUIRE_FALSE(body);
    CHECK(body.error().cls() == ErrorClass::terminal);
    CHECK(body.error().reason() == ErrorReason::validation);
    CHECK(body.error().what().find("\"nacos-test\"") != std::string::npos);
    CHECK_FALSE(project_channel_body("web", spec, SecretLookup()));

    spec.microservice_info->nacos_info->password_secret.clear();
    CHECK_FALSE(project_channel_body("web", spec, lookup));
    spec.microservice_info->nacos_info->password_secret = "nacos-prod";
    CHECK(body_of(spec).find(R"("password":"example-only")") != std::string::npos);
}

}  // namespace fairway
