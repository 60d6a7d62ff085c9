#include "tests/convergence/switch_values.hpp"

#include <algorithm>

namespace fairway {
namespace {

bool has_period(std::string_view name) {
    return name.find('.') != std::string_view::npos;
}

bool names_with_period(const std::string& channel, const ChannelSpec& spec) {
    if (has_period(channel)) return true;
    if (!spec.member_groups) return false;
    return std::any_of(
        spec.member_groups->begin(), spec.member_groups->end(),
        [](const MemberGroup& group) { return has_period(group.member_group_name); }
    );
}

bool hosts_over(std::size_t most, const ChannelSpec& spec) {
    if (!spec.members) return false;
    return std::any_of(spec.members->begin(), spec.members->end(), [&](const Member& member) {
        return member.host.value_or("").size() > most;
    });
}

bool is_cce(const ChannelSpec& spec) {
    if (!spec.microservice_info) return false;
    const auto type = spec.microservice_info->service_type;
    return type == ServiceType::cce || type == ServiceType::cce_service;
}

/// Codes that a wish does not mention stay as they are live, on every instance where the channel is.
bool https_without_codes(const ChannelSpec& spec, const std::vector<apic_simulator::Channel>& live) {
    const auto& health = spec.vpc_health_config;
    if (!health || health->protocol != HealthProtocol::https || health->http_code) return false;
    return !std::all_of(spec.instance_ids.begin(), spec.instance_ids.end(), [&](const InstanceId& id) {
        return std::any_of(live.begin(), live.end(), [&](const apic_simulator::Channel& channel) {
            return channel.instance_id == id && channel.health && !channel.health->http_code.empty();
        });
    });
}

}  // namespace

const std::vector<SwitchValues>& all_switches() {
    static const std::vector<SwitchValues> all{
        {"name_modifiable_error", {"apig_2000", "apig_3471", "apig_3458"}},
        {"create_uniqueness", {"project", "listed"}},
        {"project_write", {"validate_then_apply", "atomic", "apply_until_error"}},
        {"unknown_instance_error", {"apig_3030", "apig_2012", "apig_1136"}},
        {"instance_not_running_error", {"apic_7701", "apig_1136", "accept"}},
        {"too_many_instances_error", {"apig_2004", "apig_2011", "apig_3100"}},
        {"project_id_in_answer", {"given", "omitted"}},
        {"project_type_form", {"number", "string"}},
        {"project_put_status", {"200", "201"}},
        {"empty_members_put", {"keep", "clear"}},
        {"nonempty_members_put", {"replace", "upsert"}},
        {"absent_list", {"empty", "unchanged"}},
        {"absent_health", {"keep", "remove"}},
        {"sync_conflict", {"error", "skip"}},
        {"group_delete_members", {"orphan", "cascade", "reject"}},
        {"group_weight_effect", {"copy", "none", "distribute"}},
        {"nacos_group_weight", {"ignore", "reject"}},
        {"member_key", {"group_host_port", "host_port", "host"}},
        {"member_unknown_group", {"reject", "create"}},
        {"members_add_answer", {"sent", "all"}},
        {"rename_when_off", {"apig_2012", "accept", "apig_3471"}},
        {"name_case_sensitive", {"yes", "no"}},
        {"name_allows_period", {"yes", "no"}},
        {"health_bounds", {"roma", "apig"}},
        {"timeout_strict", {"less", "equal_allowed"}},
        {"http_code_required", {"http", "http_and_https", "never"}},
        {"both_types", {"contradiction", "always"}},
        {"microservice_fields_on_builtin", {"ignore", "reject"}},
        {"cce_supported", {"yes", "no"}},
        {"required_with_default", {"optional", "required"}},
        {"protocol_case", {"lower", "as_sent", "upper"}},
        {"time_precision", {"nanoseconds_then_seconds", "seconds"}},
        {"empty_microservice_info", {"object", "null", "absent"}},
        {"nacos_password_echo", {"masked", "as_sent"}},
        {"list_members_default", {"omitted", "given"}},
        {"list_order", {"newest_first", "shuffled"}},
        {"limit_out_of_range", {"clamp", "reject"}},
        {"count_ip_members", {"yes", "no"}},
        {"concurrent_write_error", {"error", "wait"}},
        {"throttle", {"off", "on", "retry_after", "as_500"}},
        {"auth_lock", {"on", "off"}},
        {"unknown_json_fields", {"ignore", "reject"}},
        {"host_max_length", {"255", "64"}},
        {"read_lag_ms", {"0", "30"}},
        {"group_limit", {"10", "3"}},
        {"member_limit", {"10", "20"}},
        {"instances_per_request_limit", {"10"}},
    };
    return all;
}

bool has_to_refuse(
    std::string_view name, std::string_view value, const std::string& channel, const ChannelSpec& spec,
    const std::vector<apic_simulator::Channel>& live
) {
    const bool ip = spec.member_type == MemberType::ip;
    const bool counted = !(name == "count_ip_members" && value == "no" && ip);
    const std::size_t most_members = name == "member_limit" && value == "20" ? 20 : 10;
    if (counted && spec.members && spec.members->size() > most_members) return true;
    if (name == "group_limit" && value == "3" && spec.member_groups && spec.member_groups->size() > 3)
        return true;
    if (name == "name_allows_period" && value == "no") return names_with_period(channel, spec);
    if (name == "host_max_length" && value == "64") return hosts_over(64, spec);
    if (name == "cce_supported" && value == "no") return is_cce(spec);
    if (name == "http_code_required" && value == "http_and_https")
        return https_without_codes(spec, live);
    return false;
}

}  // namespace fairway
