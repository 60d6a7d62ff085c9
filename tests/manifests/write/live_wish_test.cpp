#include "manifests/write/live_wish.hpp"

#include <doctest/doctest.h>

namespace fairway {
namespace {

/// A row as the cloud answers it for a channel of two members: everything filled in.
InstanceChannel noisy_row() {
    InstanceChannel row;
    row.instance = "i1";
    row.name = "web";
    row.id = "c1";
    row.members_known = row.health_known = true;
    ChannelSpec& spec = row.spec;
    spec.port = 80;
    spec.balance_strategy = BalanceStrategy::wrr;
    spec.member_type = MemberType::ip;
    spec.type = 2;
    spec.vpc_channel_type = ChannelType::builtin;
    spec.dict_code = "";
    MemberGroup group;
    group.member_group_name = "b";
    group.member_group_remark = "";
    group.member_group_weight = 0;
    group.dict_code = "";
    group.microservice_version = "";
    group.microservice_port = 0;
    group.microservice_labels.emplace();
    MemberGroup weighted = group;
    weighted.member_group_name = "a";
    weighted.member_group_weight = 7;
    spec.member_groups = {group, weighted};
    Member member;
    member.host = "10.0.0.2";
    member.ecs_id = member.ecs_name = member.host;
    member.port = 80;
    member.weight = 3;
    member.is_backup = false;
    member.member_group_name = "b";
    member.status = AdminStatus::available;
    Member copied = member;
    copied.host = "10.0.0.1";
    copied.port = 81;
    copied.weight = 7;
    copied.member_group_name = "a";
    spec.members = {member, copied};
    HealthCheck health;
    health.protocol = HealthProtocol::http;
    health.path = "/up";
    health.method = HealthMethod::get;
    health.port = 80;
    health.threshold_normal = 2;
    health.threshold_abnormal = 5;
    health.time_interval = 10;
    health.timeout = 5;
    health.http_code = "200";
    health.enable_client_ssl = false;
    health.status = AdminStatus::available;
    spec.vpc_health_config = health;
    return row;
}

TEST_CASE("what the server fills in is no wish") {
    const ChannelSpec wish = live_wish(noisy_row(), "s");
    CHECK(wish.port == 80);
    CHECK_FALSE(wish.balance_strategy);
    CHECK(wish.member_type == MemberType::ip);
    CHECK_FALSE(wish.type);
    CHECK_FALSE(wish.vpc_channel_type);
    CHECK_FALSE(wish.dict_code);
    CHECK_FALSE(wish.microservice_info);
    CHECK(wish.instance_ids == std::vector<InstanceId>{"i1"});

    REQUIRE(wish.member_groups->size() == 2);
    MemberGroup a, b;
    a.member_group_name = "a";
    a.member_group_weight = 7;
    b.member_group_name = "b";
    CHECK((*wish.member_groups)[0] == a);
    CHECK((*wish.member_groups)[1] == b);

    REQUIRE(wish.members->size() == 2);
    Member copied, member;
    copied.host = "10.0.0.1";
    copied.port = 81;
    copied.member_group_name = "a";  // its weight is that of the group
    member.host = "10.0.0.2";
    member.weight = 3;
    member.member_group_name = "b";
    CHECK((*wish.members)[0] == copied);
    CHECK((*wish.members)[1] == member);

    const HealthCheck& health = *wish.vpc_health_config;
    CHECK(health.path == "/up");
    CHECK(health.http_code == "200");
    CHECK_FALSE(health.method);
    CHECK_FALSE(health.port);
    CHECK_FALSE(health.enable_client_ssl);
    CHECK_FALSE(health.status);
}

TEST_CASE("what is not as usual is a wish") {
    InstanceChannel row = noisy_row();
    row.spec.balance_strategy = BalanceStrategy::uri;
    row.spec.members->front().is_backup = true;
    row.spec.members->front().status = AdminStatus::unavailable;
    row.spec.vpc_health_config->method = HealthMethod::head;
    row.spec.vpc_health_config->port = 81;
    row.spec.vpc_health_config->enable_client_ssl = true;
    const ChannelSpec wish = live_wish(row, "s");
    CHECK(wish.balance_strategy == BalanceStrategy::uri);
    CHECK(wish.members->back().is_backup == true);
    CHECK(wish.members->back().status == AdminStatus::unavailable);
    CHECK_FALSE(wish.members->back().weight);  // of no meaning when addresses are hashed
    CHECK(wish.vpc_health_config->method == HealthMethod::head);
    CHECK(wish.vpc_health_config->port == 81);
    CHECK(wish.vpc_health_config->enable_client_ssl == true);
}

TEST_CASE("a cloud server is named by its id, without the address it has at the moment") {
    InstanceChannel row = noisy_row();
    row.spec.member_type = MemberType::ecs;
    row.spec.members->resize(1);
    row.spec.members->front().ecs_id = "e1";
    row.spec.members->front().ecs_name = "server";
    const ChannelSpec wish = live_wish(row, "s");
    CHECK_FALSE(wish.member_type);
    CHECK(wish.members->front().ecs_id == "e1");
    CHECK(wish.members->front().ecs_name == "server");
    CHECK_FALSE(wish.members->front().host);
}

TEST_CASE("a probe by connection has no path, method or codes") {
    InstanceChannel row = noisy_row();
    row.spec.vpc_health_config->protocol = HealthProtocol::tcp;
    const HealthCheck health = *live_wish(row, "s").vpc_health_config;
    CHECK_FALSE(health.path);
    CHECK_FALSE(health.http_code);
}

TEST_CASE("the members of a microservice are its registry's, and its password is a reference") {
    InstanceChannel row = noisy_row();
    row.spec.type = 3;
    row.spec.vpc_channel_type = ChannelType::microservice;
    row.spec.microservice_info.emplace();
    MicroserviceInfo& info = *row.spec.microservice_info;
    info.service_type = ServiceType::nacos;
    NacosInfo nacos;
    nacos.namespace_ = "";
    nacos.cluster_name = "DEFAULT";
    nacos.group_name = "orders";
    nacos.service_name = "orders";
    nacos.server_config = {{"10.0.0.2", 8848, 9848}, {"10.0.0.1", 8848, 9000}};
    nacos.user_name = "reader";
    info.nacos_info = nacos;
    const ChannelSpec wish = live_wish(row, "nacos-prod");
    CHECK_FALSE(wish.members);
    CHECK_FALSE(wish.type);
    CHECK(wish.vpc_channel_type == ChannelType::microservice);
    CHECK_FALSE(wish.member_groups->front().member_group_weight);
    const NacosInfo& kept = *wish.microservice_info->nacos_info;
    CHECK_FALSE(kept.namespace_);
    CHECK_FALSE(kept.cluster_name);
    CHECK(kept.group_name == "orders");
    CHECK(kept.password_secret == "nacos-prod");
    CHECK(
        kept.server_config == std::vector<NacosServer>{{"10.0.0.1", 8848, 9000}, {"10.0.0.2", 8848, {}}}
    );

    row.spec.vpc_channel_type.reset();  // older software
    CHECK(live_wish(row, "s").type == 3);
    CHECK_FALSE(live_wish(row, "s").vpc_channel_type);
}

TEST_CASE("a reference channel is known by its groups where the software has no word for it") {
    InstanceChannel row = noisy_row();
    row.spec.members.reset();
    row.spec.vpc_channel_type.reset();
    for (MemberGroup& group : *row.spec.member_groups) group.reference_vpc_channel_id = "c9";
    const ChannelSpec wish = live_wish(row, "s");
    CHECK(wish.vpc_channel_type == ChannelType::reference);
    CHECK(wish.member_groups->front().reference_vpc_channel_id == "c9");
}

TEST_CASE("labels of a workload that follow from its name are left out") {
    InstanceChannel row = noisy_row();
    row.spec.vpc_channel_type = ChannelType::microservice;
    row.spec.microservice_info.emplace();
    row.spec.microservice_info->service_type = ServiceType::cce;
    CceInfo cce{"cluster", "default", WorkloadType::deployment, "shop", "app", "shop"};
    row.spec.microservice_info->cce_info = cce;
    CHECK_FALSE(live_wish(row, "s").microservice_info->cce_info->label_key);
    row.spec.microservice_info->cce_info->label_value = "other";
    CHECK(live_wish(row, "s").microservice_info->cce_info->label_value == "other");
}

}  // namespace
}  // namespace fairway
