#include "tests/simulator/validate.hpp"

#include <algorithm>
#include <set>

#include "tests/simulator/checks.hpp"

namespace apic_simulator {
namespace {

bool one_of(std::string_view text, std::initializer_list<std::string_view> known) {
    return std::find(known.begin(), known.end(), text) != known.end();
}

void check_dict_code(const std::optional<std::string>& code) {
    if (code && !code->empty()) checks::plain(*code, 3, 64, U"._-", false, "dict_code");
}

void check_instance_ids(const std::optional<std::vector<std::string>>& ids, const Switches& switches) {
    if (!ids) checks::missing("instance_ids");
    if (ids->empty()) checks::within(0, 1, 10, "instance_ids");
    for (const std::string& id : *ids) {
        if (id.empty()) checks::invalid("instance_ids");
    }
    const std::set<std::string> different(ids->begin(), ids->end());
    const auto limit = static_cast<std::size_t>(switches.instances_per_request_limit);
    if (limit == 0 || different.size() <= limit) return;
    switch (switches.too_many_instances_error) {
        case TooManyInstancesError::apig_2004:
            checks::within(11, 1, 10, "instance_ids");
            break;
        case TooManyInstancesError::apig_2011:
            checks::missing("instance_ids", "APIG.2011");
        case TooManyInstancesError::apig_3100:
            throw Refusal(403, "APIG.3100", "The number of instances exceeds the maximum allowed limit");
    }
}

bool microservice_fields(const GroupInput& group) {
    return (group.microservice_version && !group.microservice_version->empty()) ||
           group.microservice_port.value_or(0) != 0 ||
           (group.microservice_labels && !group.microservice_labels->empty());
}

}  // namespace

void check_channel(const ChannelInput& input, bool project_level, const Switches& switches) {
    // The vendor's own example answers a missing name with this code.
    if (!input.name) checks::missing("name", "APIG.2011");
    checks::name(*input.name, 3, 64, switches.name_allows_period == YesNo::yes, "name");
    if (!input.port) checks::missing("port");
    checks::port(input.port, 1, "port");

    if (switches.required_with_default == RequiredWithDefault::required) {
        if (!input.balance_strategy) checks::missing("balance_strategy");
        if (!input.member_type) checks::missing("member_type");
    }
    const std::int64_t strategy = input.balance_strategy.value_or(1);
    if (strategy < 1 || strategy > 4) checks::invalid("balance_strategy");
    const std::string member_type = input.member_type.value_or("ecs");
    if (!one_of(member_type, {"ip", "ecs"})) checks::invalid("member_type");
    const std::int64_t type = input.type.value_or(0);
    if (type < 0 || type > 3) checks::invalid("type");
    if (!one_of(input.vpc_channel_type.value_or(""), {"", "builtin", "microservice", "reference"})) {
        checks::invalid("vpc_channel_type");
    }
    check_dict_code(input.dict_code);
    if (project_level) check_instance_ids(input.instance_ids, switches);

    if (input.groups) check_groups(*input.groups, true, switches);
    if (input.members && input.vpc_channel_type != "reference") {
        check_members(*input.members, member_type, switches);
    }
    if (input.health) check_health(*input.health, switches);
    wanted_type(input, switches);
}

void check_members(
    const std::vector<MemberInput>& members, const std::string& member_type, const Switches& switches
) {
    for (const MemberInput& member : members) {
        if (member_type == "ip") {
            checks::present(member.host, "host");
            checks::host(*member.host, static_cast<std::size_t>(switches.host_max_length), "host");
        } else {
            checks::present(member.ecs_id, "ecs_id");
            checks::present(member.ecs_name, "ecs_name");
        }
        if (member.ecs_id && !member.ecs_id->empty()) {
            checks::plain(
                *member.ecs_id, 1, 255, member_type == "ip" ? U"-_.:" : U"-_", false, "ecs_id"
            );
        }
        if (member.ecs_name && !member.ecs_name->empty()) {
            checks::plain(*member.ecs_name, 1, 64, U"-_.:", true, "ecs_name");
        }
        checks::not_longer(member.group, 64, "member_group_name");
        checks::within(member.weight, 0, 10000, "weight");
        if (member.status && *member.status != 1 && *member.status != 2) checks::invalid("status");
        checks::port(member.port, 0, "port");
    }
}

void check_groups(const std::vector<GroupInput>& groups, bool unique, const Switches& switches) {
    std::set<std::string_view> names;
    for (const GroupInput& group : groups) {
        if (!group.name) checks::missing("member_group_name");
        checks::name(*group.name, 3, 64, switches.name_allows_period == YesNo::yes, "member_group_name");
        checks::not_longer(group.remark, 255, "member_group_remark");
        checks::within(group.weight, 0, 100, "member_group_weight");
        check_dict_code(group.dict_code);
        checks::not_longer(group.microservice_version, 64, "microservice_version");
        checks::port(group.microservice_port, 0, "microservice_port");
        if (group.microservice_labels) {
            for (const LabelInput& label : *group.microservice_labels) {
                checks::label(label.name, "label_name");
                checks::label(label.value, "label_value");
            }
        }
        checks::not_longer(group.reference_vpc_channel_id, 64, "reference_vpc_channel_id");
        if (!names.insert(*group.name).second && unique) checks::invalid("member_group_name");
    }
}

void check_health(const HealthInput& health, const Switches& switches) {
    checks::present(health.protocol, "protocol");
    if (!one_of(*health.protocol, {"TCP", "HTTP", "HTTPS", "tcp", "http", "https"}))
        checks::invalid("protocol");
    if (!one_of(health.method.value_or(""), {"", "GET", "HEAD"})) checks::invalid("method");
    checks::port(health.port, 0, "port");
    if (!health.threshold_normal) checks::missing("threshold_normal");
    checks::within(health.threshold_normal, 1, 10, "threshold_normal");
    if (!health.threshold_abnormal) checks::missing("threshold_abnormal");
    checks::within(health.threshold_abnormal, 1, 10, "threshold_abnormal");
    const bool roma = switches.health_bounds == HealthBounds::roma;
    if (!health.time_interval) checks::missing("time_interval");
    checks::within(health.time_interval, roma ? 5 : 1, 300, "time_interval");
    if (!health.timeout) checks::missing("timeout");
    checks::within(health.timeout, roma ? 2 : 1, 30, "timeout");
    if (health.status && *health.status != 1 && *health.status != 2) checks::invalid("status");
    const bool codes = health.http_code && !health.http_code->empty();
    if (codes) checks::http_codes(*health.http_code, "http_code");

    const bool equal_allowed = switches.timeout_strict == TimeoutStrict::equal_allowed;
    if (*health.timeout > *health.time_interval ||
        (*health.timeout == *health.time_interval && !equal_allowed)) {
        checks::invalid("timeout");
    }
    const bool http = one_of(*health.protocol, {"HTTP", "http"});
    const bool https = one_of(*health.protocol, {"HTTPS", "https"});
    if (http || https) checks::present(health.path, "path");
    const HttpCodeRequired when = switches.http_code_required;
    if (!codes && ((http && when != HttpCodeRequired::never) ||
                   (https && when == HttpCodeRequired::http_and_https))) {
        checks::missing("http_code");
    }
}

void check_sync(const SyncInput& input, const Switches& switches) {
    if (!input.vpc_channel_id || input.vpc_channel_id->empty()) checks::missing("id", "APIG.2011");
    if (!input.instance_ids || input.instance_ids->empty()) checks::missing("instance_ids", "APIG.2011");
    check_instance_ids(input.instance_ids, switches);
}

void check_feature(const FeatureInput& input) {
    checks::present(input.name, "name");
    checks::plain(*input.name, 1, 64, U"_", false, "name");
    if (std::any_of(input.name->begin(), input.name->end(), [](char c) {
            return c >= '0' && c <= '9';
        })) {
        checks::invalid("name");
    }
    if (!input.enable) checks::missing("enable");
}

ChannelType wanted_type(const ChannelInput& input, const Switches& switches) {
    const std::string named = input.vpc_channel_type.value_or("");
    const std::int64_t number = input.type.value_or(0);
    if (named.empty()) {
        return number == 3 && input.microservice ? ChannelType::microservice : ChannelType::builtin;
    }
    const ChannelType type = named == "microservice" ? ChannelType::microservice
                             : named == "reference"  ? ChannelType::reference
                                                     : ChannelType::builtin;
    if (number != 0) {
        const bool agree = (number == 2 && type == ChannelType::builtin) ||
                           (number == 3 && type == ChannelType::microservice);
        if (!agree || switches.both_types == BothTypes::always) checks::invalid("vpc_channel_type");
    }
    return type;
}

void check_type(
    const ChannelInput& input, ChannelType type, const Config& config, const Switches& switches
) {
    bool nacos = false;
    if (type == ChannelType::microservice) {
        if (!input.microservice) checks::missing("microservice_info");
        check_microservice(*input.microservice, config, switches);
        nacos = input.microservice->service_type == "NACOS";
    }
    if (input.groups) check_group_types(*input.groups, type, nacos, switches);
}

void check_member_groups(const ChannelInput& input, ChannelType type, const Switches& switches) {
    if (!input.members || type == ChannelType::reference) return;
    if (switches.member_unknown_group == MemberUnknownGroup::create) return;
    std::set<std::string_view> names{""};
    if (input.groups) {
        for (const GroupInput& group : *input.groups) names.insert(*group.name);
    }
    for (const MemberInput& member : *input.members) {
        if (member.group && !names.contains(*member.group)) checks::invalid("member_group_name");
    }
}

void check_group_types(
    const std::vector<GroupInput>& groups, ChannelType type, bool nacos, const Switches& switches
) {
    for (const GroupInput& group : groups) {
        const bool refers = group.reference_vpc_channel_id && !group.reference_vpc_channel_id->empty();
        if (type == ChannelType::reference && !refers) checks::missing("reference_vpc_channel_id");
        if (type != ChannelType::reference && refers) checks::invalid("reference_vpc_channel_id");
        if (type != ChannelType::microservice && microservice_fields(group) &&
            switches.microservice_fields_on_builtin == IgnoreOrReject::reject) {
            checks::invalid("microservice_version");
        }
        if (nacos && group.weight && switches.nacos_group_weight == IgnoreOrReject::reject) {
            checks::invalid("member_group_weight");
        }
    }
}

}  // namespace apic_simulator
