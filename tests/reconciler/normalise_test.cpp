#include "reconciler/plan/normalise.hpp"

#include <doctest/doctest.h>

#include "tests/reconciler/world.hpp"

namespace fairway {
namespace {

/// What the cloud shows of demo_spec(): defaults filled in, addresses repeated, members weighted by
/// their group.
InstanceChannel shown() {
    InstanceChannel row;
    row.instance = "i1";
    row.spec = demo_spec();
    row.spec.instance_ids.clear();
    row.spec.type = 2;
    row.spec.vpc_channel_type = ChannelType::builtin;
    row.spec.dict_code = "";
    for (MemberGroup& group : *row.spec.member_groups) {
        group.dict_code = group.microservice_version = "";
        group.microservice_port = 0;
        group.microservice_labels.emplace();
        if (!group.member_group_remark) group.member_group_remark = "";
    }
    std::swap(row.spec.member_groups->front(), row.spec.member_groups->back());
    std::swap(row.spec.members->front(), row.spec.members->back());
    for (Member& member : *row.spec.members) {
        member.port = 22;
        member.ecs_id = member.ecs_name = member.host;
        member.is_backup = false;
        member.status = AdminStatus::available;
        member.weight = 77;
    }
    row.spec.vpc_health_config->method = HealthMethod::get;
    row.spec.vpc_health_config->enable_client_ssl = false;
    row.spec.vpc_health_config->status = AdminStatus::available;
    row.spec.vpc_health_config->port = 0;  // which means the channel's: 22
    row.members_known = row.health_known = true;
    return row;
}

std::vector<std::string> paths(const std::vector<Difference>& found) {
    std::vector<std::string> list;
    for (const Difference& one : found) list.push_back(one.path);
    return list;
}

TEST_CASE("what the server fills in, repeats, reorders or weighs itself is not a difference") {
    CHECK(paths(differences(demo_spec(), shown())).empty());
}

TEST_CASE("every managed field that differs is told by its path, with what it was and what it shall be"
) {
    ChannelSpec wanted = demo_spec();
    wanted.port = 23;
    wanted.balance_strategy = BalanceStrategy::wlc;
    wanted.member_groups->front().member_group_remark = "other";
    wanted.member_groups->back().member_group_weight = 9;
    wanted.members->front().is_backup = true;
    wanted.members->front().port = wanted.members->back().port =
        22;  // as it was: only the default moves
    wanted.vpc_health_config->timeout = 6;
    wanted.vpc_health_config->port = 22;
    const std::vector<Difference> found = differences(wanted, shown());
    CHECK(
        paths(found) ==
        std::vector<std::string>{
            "/port", "/balance_strategy", "/member_groups/test/member_group_remark",
            "/member_groups/default/member_group_weight", "/members/test,192.168.0.5,22/is_backup",
            "/vpc_health_config/timeout"}
    );
    CHECK(found.front().before == "22");
    CHECK(found.front().after == "23");
}

TEST_CASE("a field that is absent is not compared, one that is empty is") {
    ChannelSpec wanted;
    wanted.port = 22;
    CHECK(paths(differences(wanted, shown())).empty());
    wanted.members.emplace();
    CHECK(differences(wanted, shown()).size() == 2);
    wanted.member_groups.emplace();
    CHECK(differences(wanted, shown()).size() == 4);
}

TEST_CASE("a wish that says no type wants the default one, as its create would make it") {
    ChannelSpec wanted = demo_spec();
    REQUIRE_FALSE(wanted.type);
    InstanceChannel live = shown();
    live.spec.type = 3;
    live.spec.vpc_channel_type = ChannelType::microservice;
    live.spec.members.emplace();
    const auto found = paths(differences(wanted, live));
    CHECK(std::find(found.begin(), found.end(), "/vpc_channel_type") != found.end());
    CHECK(found.size() > 1);  // its members are not there
    const auto ignoring = differences(wanted, live, Ignored({"/vpc_channel_type"}));
    CHECK(paths(ignoring).empty());
    live.spec.vpc_channel_type = ChannelType::reference;
    CHECK_FALSE(differences(wanted, live).empty());
    live.spec.type.reset();
    live.spec.vpc_channel_type.reset();  // not shown at all
    live.spec.members = shown().spec.members;
    CHECK(differences(wanted, live).empty());
}

TEST_CASE("weights count only where no group has the say and the strategy uses them") {
    ChannelSpec wanted = demo_spec();
    InstanceChannel row = shown();
    for (MemberGroup& group : *wanted.member_groups) group.member_group_weight.reset();
    for (MemberGroup& group : *row.spec.member_groups) group.member_group_weight = 0;
    CHECK(differences(wanted, row).size() == 2);
    wanted.balance_strategy = BalanceStrategy::uri;
    row.spec.balance_strategy = BalanceStrategy::uri;
    CHECK(differences(wanted, row).empty());
}

TEST_CASE("an address is the same in any case") {
    ChannelSpec wanted = demo_spec();
    wanted.members->front().host = "FE80::A";
    InstanceChannel row = shown();
    row.spec.members->back().host = "fe80::a";
    CHECK(differences(wanted, row).empty());
}

TEST_CASE("parts that a row does not show are not compared, and ask for a show") {
    InstanceChannel row = shown();
    row.spec.members.reset();
    row.members_known = false;
    CHECK(differences(demo_spec(), row).empty());
    CHECK(needs_show(demo_spec(), row));
    ChannelSpec wanted = demo_spec();
    wanted.members.reset();
    CHECK_FALSE(needs_show(wanted, row));
}

TEST_CASE("ignored pointers are never compared, with * for any one segment") {
    ChannelSpec wanted = demo_spec();
    wanted.vpc_health_config->timeout = 6;
    wanted.members->front().is_backup = true;
    const std::vector<std::string> pointers{"/members/*/is_backup", "/vpc_health_config"};
    CHECK(differences(wanted, shown(), Ignored(pointers)).empty());
    CHECK_FALSE(Ignored(pointers).covers("/members/a/weight"));
    CHECK_FALSE(Ignored(pointers).covers("/members"));
}

TEST_CASE("an update keeps the live value of everything that is not managed") {
    ChannelSpec wanted;
    wanted.port = 8080;
    wanted.instance_ids = {"i1"};
    const ChannelSpec body = with_live_values(wanted, shown(), {});
    CHECK(body.port == 8080);
    CHECK(body.balance_strategy == BalanceStrategy::wrr);
    CHECK(body.member_groups->size() == 2);  // a PUT without them would delete every group
    CHECK_FALSE(body.member_groups->front().microservice_version);
    CHECK(body.members->size() == 2);
    CHECK_FALSE(body.members->front().ecs_id);
    CHECK(body.vpc_health_config->path == "/vpc/demo");
    CHECK_FALSE(body.vpc_health_config->status);
}

TEST_CASE("an update keeps ignored fields, members and groups as they are live") {
    ChannelSpec wanted = demo_spec();
    wanted.port = 22;
    wanted.members->pop_back();
    wanted.members->front().weight = 1;
    wanted.members->front().is_backup = true;
    InstanceChannel row = shown();
    const Ignored ignored({"/members/*"});
    const ChannelSpec body = with_live_values(wanted, row, ignored);
    CHECK(body.members->size() == 2);
    CHECK(body.members->front().is_backup == false);
    CHECK(body.members->front().weight == 77);
}

TEST_CASE("the password of a registry is never compared, and its other settings are, by meaning") {
    ChannelSpec wanted;
    wanted.port = 8848;
    wanted.vpc_channel_type = ChannelType::microservice;
    MicroserviceInfo info;
    info.service_type = ServiceType::nacos;
    NacosInfo nacos;
    nacos.service_name = "orders";
    nacos.server_config = {{"192.168.0.9", 8848, {}}, {"192.168.0.10", 8848, 9999}};
    nacos.user_name = "reader";
    nacos.password_secret = "nacos-prod";
    info.nacos_info = nacos;
    wanted.microservice_info = info;

    InstanceChannel row;
    row.spec = wanted;
    NacosInfo& live = *row.spec.microservice_info->nacos_info;
    live.password_secret.clear();
    live.group_name = "DEFAULT_GROUP";
    live.server_config = {{"192.168.0.10", 8848, 9999}, {"192.168.0.9", 8848, 9848}};
    row.members_known = row.health_known = true;
    CHECK(differences(wanted, row).empty());
    live.server_config.pop_back();
    CHECK(
        paths(differences(wanted, row)) ==
        std::vector<std::string>{"/microservice_info/nacos_info/server_config/192.168.0.9,8848"}
    );
}

/// A microservice channel of a registry, and its row.
ChannelSpec registry_spec() {
    ChannelSpec spec;
    spec.port = 8848;
    spec.vpc_channel_type = ChannelType::microservice;
    NacosInfo nacos;
    nacos.service_name = "orders";
    nacos.server_config = {{"192.168.0.9", 8848, {}}};
    nacos.user_name = "reader";
    nacos.password_secret = "nacos-prod";
    spec.microservice_info.emplace();
    spec.microservice_info->service_type = ServiceType::nacos;
    spec.microservice_info->nacos_info = nacos;
    return spec;
}
InstanceChannel row_of(const ChannelSpec& spec) {
    InstanceChannel row;
    row.spec = spec;
    if (row.spec.microservice_info && row.spec.microservice_info->nacos_info)
        row.spec.microservice_info->nacos_info->password_secret.clear();
    row.members_known = row.health_known = true;
    return row;
}

TEST_CASE("a group without a weight is not given the 0 that the cloud shows for none") {
    ChannelSpec wanted = demo_spec();
    for (MemberGroup& group : *wanted.member_groups) group.member_group_weight.reset();
    InstanceChannel row = shown();
    row.spec.member_groups->front().member_group_weight = 0;
    const ChannelSpec body = with_live_values(wanted, row, {});
    CHECK(body.member_groups->front().member_group_weight == 1);
    CHECK_FALSE(body.member_groups->back().member_group_weight);
}

TEST_CASE("a weight that a group has in the cloud has the say over its members, and so has a wanted 0") {
    ChannelSpec wanted = demo_spec();
    wanted.member_groups->front().member_group_weight.reset();
    CHECK(paths(differences(wanted, shown())).empty());  // live: 1
    wanted.member_groups->front().member_group_weight = 0;
    InstanceChannel row = shown();
    row.spec.member_groups->back().member_group_weight = 0;
    CHECK(paths(differences(wanted, row)).empty());
    // Where it is ignored, the live one counts.
    const Ignored ignored({"/member_groups/*/member_group_weight"});
    CHECK(
        paths(differences(wanted, row, ignored)) ==
        std::vector<std::string>{"/members/test,192.168.0.5,22/weight"}
    );
}

TEST_CASE("a member on the channel's port stays the same one when that port changes") {
    ChannelSpec wanted = demo_spec();
    wanted.port = 8080;
    CHECK(paths(differences(wanted, shown())) == std::vector<std::string>{"/port"});
    InstanceChannel row = shown();
    row.spec.members->back().status = AdminStatus::unavailable;
    const ChannelSpec body = with_live_values(wanted, row, {});
    REQUIRE(body.members->size() == 2);
    CHECK(body.members->front().status == AdminStatus::unavailable);
    CHECK_FALSE(body.members->front().port);
}

TEST_CASE("cloud servers are told apart by the case of their ids, and are meant where no type is given"
) {
    ChannelSpec wanted;
    wanted.port = 22;
    Member lower, upper;
    lower.ecs_id = "server-a";
    lower.weight = 1;
    upper.ecs_id = "Server-A";
    upper.weight = 2;
    wanted.members = {lower, upper};
    ChannelSpec live = wanted;
    live.member_type = MemberType::ecs;
    live.members = {upper, lower};
    CHECK(paths(differences(wanted, row_of(live))).empty());
    live.member_type = MemberType::ip;
    CHECK(paths(differences(wanted, row_of(live))) == std::vector<std::string>{"/member_type"});
    CHECK(with_live_values(wanted, row_of(live), {}).member_type == MemberType::ecs);
}

TEST_CASE("live members are sent without a group that the update deletes") {
    ChannelSpec wanted;
    wanted.port = 22;
    wanted.member_groups.emplace();
    const ChannelSpec body = with_live_values(wanted, shown(), {});
    REQUIRE(body.members->size() == 2);
    for (const Member& member : *body.members) CHECK_FALSE(member.member_group_name);
}

TEST_CASE(
    "settings of a registry that are left out are sent as they are live, and empty ones mean defaults"
) {
    const ChannelSpec wanted = registry_spec();
    InstanceChannel row = row_of(wanted);
    NacosInfo& live = *row.spec.microservice_info->nacos_info;
    live.cluster_name = "east";
    live.group_name = "DEFAULT_GROUP";
    live.server_config.front().grpc_port = 9999;
    CHECK(paths(differences(wanted, row)).empty());
    const NacosInfo sent = *with_live_values(wanted, row, {}).microservice_info->nacos_info;
    CHECK(sent.cluster_name == "east");
    CHECK(sent.server_config.front().grpc_port == 9999);
    CHECK(sent.password_secret == "nacos-prod");
    ChannelSpec empty = wanted;
    empty.microservice_info->nacos_info->group_name = "";
    CHECK(paths(differences(empty, row)).empty());
}

TEST_CASE("what no cloud shows is compared with what was written last") {
    const ChannelSpec applied = registry_spec();
    ChannelSpec wanted = applied;
    CHECK(hidden_differences(wanted, applied).empty());
    wanted.microservice_info->nacos_info->password_secret = "nacos-next";
    const std::vector<Difference> found = hidden_differences(wanted, applied);
    CHECK(paths(found) == std::vector<std::string>{"/microservice_info/nacos_info/user_info/password"});
    CHECK(hidden_differences(demo_spec(), applied).empty());
    CHECK(hidden_differences(wanted, applied, Ignored({"/microservice_info"})).empty());
}

TEST_CASE("a password with another value is a difference, where both values are known") {
    const auto with = [](const std::string& print) {
        ChannelSpec spec = registry_spec();
        spec.microservice_info->nacos_info->password_print = print;
        return spec;
    };
    CHECK(hidden_differences(with("one"), with("one")).empty());
    CHECK(hidden_differences(with("one"), with("")).empty());
    CHECK(hidden_differences(with(""), with("one")).empty());
    const std::vector<Difference> found = hidden_differences(with("two"), with("one"));
    REQUIRE(found.size() == 1);
    CHECK(found[0].path == "/microservice_info/nacos_info/user_info/password");
    CHECK(found[0].before == "nacos-prod");
    CHECK(found[0].after == "nacos-prod (its value changed)");

    ChannelSpec unknown = with("");
    keep_password_print(unknown, with("one"));
    CHECK(unknown == with("one"));
    ChannelSpec known = with("two");
    keep_password_print(known, with("one"));
    CHECK(known == with("two"));
    ChannelSpec other = with("");
    other.microservice_info->nacos_info->password_secret = "nacos-next";
    keep_password_print(other, with("one"));
    CHECK(other.microservice_info->nacos_info->password_print.empty());
}

TEST_CASE("a label that the cloud made of an app's name follows the name, another one stays") {
    ChannelSpec wanted;
    wanted.port = 80;
    wanted.vpc_channel_type = ChannelType::microservice;
    wanted.microservice_info.emplace();
    wanted.microservice_info->service_type = ServiceType::cce;
    wanted.microservice_info->cce_info.emplace();
    wanted.microservice_info->cce_info->app_name = "new";
    InstanceChannel row = row_of(wanted);
    CceInfo& live = *row.spec.microservice_info->cce_info;
    live.app_name = live.label_value = "old";
    live.label_key = "app";
    CHECK_FALSE(with_live_values(wanted, row, {}).microservice_info->cce_info->label_value);
    live.label_key = "tier";
    CHECK(with_live_values(wanted, row, {}).microservice_info->cce_info->label_value == "old");
}

TEST_CASE("an update keeps what is ignored of a health check or a microservice as it is live") {
    ChannelSpec wanted = demo_spec();
    wanted.vpc_health_config->protocol = HealthProtocol::https;
    wanted.vpc_health_config->timeout = 6;
    const Ignored ignored({"/vpc_health_config/*", "/microservice_info/nacos_info/service_name"});
    CHECK(
        with_live_values(wanted, shown(), ignored).vpc_health_config->protocol == HealthProtocol::http
    );
    CHECK(with_live_values(wanted, shown(), ignored).vpc_health_config->timeout == 5);
    InstanceChannel gone = shown();
    gone.spec.vpc_health_config.reset();
    CHECK_FALSE(with_live_values(wanted, gone, Ignored({"/vpc_health_config"})).vpc_health_config);

    const ChannelSpec registry = registry_spec();
    InstanceChannel row = row_of(registry);
    row.spec.microservice_info->nacos_info->service_name = "bills";
    const NacosInfo sent = *with_live_values(registry, row, ignored).microservice_info->nacos_info;
    CHECK(sent.service_name == "bills");
}

TEST_CASE(
    "a member that the server holds twice, written in two ways, is one too many and no other weight"
) {
    ChannelSpec wanted = demo_spec();
    wanted.member_groups.reset();
    wanted.members->resize(1);
    wanted.members->front().host = "fd00::a1";
    wanted.members->front().weight = 15;
    wanted.members->front().member_group_name.reset();
    InstanceChannel row = shown();
    row.spec.members->resize(1);
    Member& same = row.spec.members->front();
    same.host = "fd00::a1";
    same.weight = 15;
    same.member_group_name.reset();
    Member other = same;
    other.host = "FD00::A1";
    other.weight = 3;
    row.spec.members->insert(row.spec.members->begin(), other);
    const auto found = differences(wanted, row);
    REQUIRE(found.size() == 1);
    CHECK(found.front().path == "/members/fd00::a1,22");
    CHECK(found.front().after.empty());
}

}  // namespace
}  // namespace fairway
