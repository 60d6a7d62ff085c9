#include "manifests/write/manifest_text.hpp"

#include <doctest/doctest.h>

#include "tests/manifests/manifest_text.hpp"

namespace fairway {
namespace {

ChannelSpec read_back(const std::string& text) {
    const auto reading = test::file("written.yaml", text);
    CAPTURE(text);
    CAPTURE(test::told(*reading));
    REQUIRE(reading->manifests.size() == 1);
    CHECK(reading->problems.empty());
    return reading->manifests.front()->spec;
}

TEST_CASE("a manifest is written in one layout, and read back as what it was") {
    ManifestDraft draft;
    draft.name = "VPC_demo";
    draft.project = "default";
    draft.adopt_if_equal = true;
    ChannelSpec& spec = draft.spec;
    spec.port = 22;
    spec.balance_strategy = BalanceStrategy::wlc;
    spec.member_type = MemberType::ip;
    MemberGroup group;
    group.member_group_name = "test";
    group.member_group_remark = "a: remark";
    group.member_group_weight = 1;
    spec.member_groups = {group};
    Member member;
    member.host = "192.168.0.5";
    member.port = 8080;
    member.weight = 3;
    member.is_backup = true;
    member.member_group_name = "test";
    member.status = AdminStatus::unavailable;
    spec.members = {member};
    HealthCheck health;
    health.protocol = HealthProtocol::https;
    health.path = "/vpc/demo";
    health.method = HealthMethod::head;
    health.port = 22;
    health.threshold_normal = 2;
    health.threshold_abnormal = 5;
    health.time_interval = 10;
    health.timeout = 5;
    health.http_code = "200";
    health.enable_client_ssl = true;
    spec.vpc_health_config = health;
    spec.instance_ids = {"ddd73cde", "12345678"};
    const std::string text = manifest_text(draft);
    CHECK(
        text ==
        "apiVersion: fairway/v1\n"
        "kind: VpcChannel\n"
        "metadata:\n"
        "  name: VPC_demo\n"
        "  project: default\n"
        "spec:\n"
        "  port: 22\n"
        "  balance_strategy: wlc\n"
        "  member_type: ip\n"
        "  member_groups:\n"
        "    - {member_group_name: test, member_group_remark: \"a: remark\", member_group_weight: 1}\n"
        "  members:\n"
        "    - {host: 192.168.0.5, port: 8080, weight: 3, is_backup: true, member_group_name: test, "
        "status: 2}\n"
        "  vpc_health_config:\n"
        "    protocol: https\n"
        "    path: /vpc/demo\n"
        "    method: HEAD\n"
        "    port: 22\n"
        "    threshold_normal: 2\n"
        "    threshold_abnormal: 5\n"
        "    time_interval: 10\n"
        "    timeout: 5\n"
        "    http_code: \"200\"\n"
        "    enable_client_ssl: true\n"
        "  instance_ids:\n"
        "    - ddd73cde\n"
        "    - \"12345678\"\n"
        "lifecycle:\n"
        "  adopt: if-equal\n"
    );
    CHECK(read_back(text) == spec);
    CHECK(test::file("w.yaml", text)->manifests.front()->lifecycle.adopt == AdoptPolicy::if_equal);
}

TEST_CASE("a project that goes without saying, and an adoption nobody asked for, are not written") {
    ManifestDraft draft;
    draft.name = "on";
    draft.spec.port = 1;
    draft.spec.instance_ids = {"a"};
    const std::string text = manifest_text(draft);
    CHECK(text.find("project") == std::string::npos);
    CHECK(text.find("lifecycle") == std::string::npos);
    CHECK(text.find("name: \"on\"") != std::string::npos);
}

TEST_CASE("every kind of microservice is read back as what it was, its password as a reference") {
    ManifestDraft draft;
    draft.name = "orders";
    ChannelSpec& spec = draft.spec;
    spec.port = 22;
    spec.vpc_channel_type = ChannelType::microservice;
    MemberGroup group;
    group.member_group_name = "blue";
    group.microservice_version = "1.0";
    group.microservice_port = 80;
    group.microservice_labels = {{"app", "on"}, {"tier", "web"}};
    spec.member_groups = {group};
    spec.instance_ids = {"a"};
    spec.microservice_info.emplace();
    MicroserviceInfo& info = *spec.microservice_info;

    SUBCASE("CSE") {
        info.service_type = ServiceType::cse;
        info.cse_info = CseInfo{"engine", "service"};
    }
    SUBCASE("CCE") {
        info.service_type = ServiceType::cce;
        info.cce_info = CceInfo{"cluster", "default", WorkloadType::statefulset, "shop", {}, {}};
        info.cce_info->label_key = "app.kubernetes.io/name";
        info.cce_info->label_value = "shop";
    }
    SUBCASE("CCE_SERVICE") {
        info.service_type = ServiceType::cce_service;
        info.cce_service_info = CceServiceInfo{"cluster", "default", "shop"};
    }
    SUBCASE("NACOS") {
        info.service_type = ServiceType::nacos;
        NacosInfo nacos;
        nacos.namespace_ = "0b1";
        nacos.cluster_name = "blue";
        nacos.group_name = "G:1";
        nacos.service_name = "orders";
        nacos.server_config = {{"192.168.0.9", 8848, 9999}, {"192.168.0.8", 8848, {}}};
        nacos.user_name = "yes";
        nacos.password_secret = "nacos-prod";
        info.nacos_info = nacos;
    }
    const std::string text = manifest_text(draft);
    CHECK(read_back(text) == spec);
}

TEST_CASE("empty lists and a reference channel are read back as what they were") {
    ManifestDraft draft;
    draft.name = "entry";
    draft.spec.port = 80;
    draft.spec.instance_ids = {"a"};
    SUBCASE("empty lists") {
        draft.spec.member_groups.emplace();
        draft.spec.members.emplace();
    }
    SUBCASE("reference") {
        draft.spec.vpc_channel_type = ChannelType::reference;
        MemberGroup group;
        group.member_group_name = "target";
        group.reference_vpc_channel_id = "5e7330";
        draft.spec.member_groups = {group};
    }
    CHECK(read_back(manifest_text(draft)) == draft.spec);
}

TEST_CASE("the first line leads an editor to the schema") {
    CHECK(schema_line() == "# yaml-language-server: $schema=./fairway.schema.json\n");
    CHECK(schema_line(1) == "# yaml-language-server: $schema=../fairway.schema.json\n");
}

}  // namespace
}  // namespace fairway
