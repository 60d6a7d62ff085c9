#include "tests/convergence/live_state.hpp"

#include <algorithm>

namespace fairway {
namespace {

namespace sim = apic_simulator;

std::string text(bool flag) {
    return flag ? "true" : "false";
}
std::string text(int number) {
    return std::to_string(number);
}
std::string text(const std::string& value) {
    return value;
}

void add_group(LiveState& state, const sim::MemberGroup& group) {
    const std::string path = "/member_groups/" + group.name;
    state[path] = "group";
    state[path + "/member_group_remark"] = group.remark;
    state[path + "/member_group_weight"] = text(group.weight.value_or(0));
    state[path + "/microservice_version"] = group.microservice_version;
    state[path + "/microservice_port"] = text(group.microservice_port);
    std::vector<std::string> labels;
    for (const sim::Label& label : group.microservice_labels)
        labels.push_back(label.name + "=" + label.value);
    std::sort(labels.begin(), labels.end());
    std::string& all = state[path + "/microservice_labels"];
    for (const std::string& label : labels) all += label + ",";
    state[path + "/reference_vpc_channel_id"] = group.reference_vpc_channel_id;
}

void add_member(LiveState& state, const sim::Channel& channel, const sim::Member& member) {
    const bool ip = channel.member_type == "ip";
    const std::string path = "/members/" + (member.group.empty() ? "" : member.group + ",") +
                             (ip ? member.host : member.ecs_id) + "," +
                             text(member.port == 0 ? channel.port : member.port);
    state[path] = "member";
    // A weight below that of the group is nothing anybody sees.
    const sim::MemberGroup* group = channel.group_named(member.group);
    const bool own = group == nullptr || group->weight.value_or(0) == 0;
    state[path + "/weight"] = own ? text(member.weight) : "the group's";
    state[path + "/is_backup"] = text(member.is_backup);
    state[path + "/status"] = text(member.status);
    if (!ip) state[path + "/ecs_name"] = member.ecs_name;
}

void add_health(LiveState& state, const sim::HealthCheck& health) {
    const std::string path = "/vpc_health_config";
    state[path] = "health check";
    state[path + "/protocol"] = health.protocol;
    state[path + "/path"] = health.path;
    state[path + "/method"] = health.method;
    state[path + "/http_code"] = health.http_code;
    state[path + "/port"] = text(health.port);
    state[path + "/threshold_normal"] = text(health.threshold_normal);
    state[path + "/threshold_abnormal"] = text(health.threshold_abnormal);
    state[path + "/time_interval"] = text(health.time_interval);
    state[path + "/timeout"] = text(health.timeout);
    state[path + "/enable_client_ssl"] = text(health.enable_client_ssl);
    state[path + "/status"] = text(health.status);
}

void add_nacos(LiveState& state, const sim::Microservice& service) {
    const std::string nacos = "/microservice_info/nacos_info";
    state[nacos + "/namespace"] = service.nacos_namespace;
    state[nacos + "/cluster_name"] = service.nacos_cluster;
    state[nacos + "/group_name"] = service.nacos_group;
    state[nacos + "/service_name"] = service.service_name;
    state[nacos + "/user_info/user_name"] = service.user_name;
    state[nacos + "/user_info/password"] = service.password;
    for (const sim::NacosServer& server : service.servers) {
        const std::string path = nacos + "/server_config/" + server.ip_address + "," + text(server.port);
        state[path] = "server";
        state[path + "/grpc_port"] = text(server.grpc_port);
    }
}

void add_microservice(LiveState& state, const sim::Microservice& service) {
    const std::string top = "/microservice_info";
    state[top] = "microservice";
    state[top + "/service_type"] = service.service_type;
    if (service.service_type == "NACOS") return add_nacos(state, service);
    if (service.service_type == "CSE") {
        state[top + "/cse_info/engine_id"] = service.engine_id;
        state[top + "/cse_info/service_id"] = service.service_id;
        return;
    }
    const bool by_service = service.service_type == "CCE_SERVICE";
    const std::string cluster = top + (by_service ? "/cce_service_info" : "/cce_info");
    state[cluster + "/cluster_id"] = service.cluster_id;
    state[cluster + "/namespace"] = service.cluster_namespace;
    if (by_service) {
        state[cluster + "/service_name"] = service.service_name;
        return;
    }
    state[cluster + "/workload_type"] = service.workload_type;
    state[cluster + "/app_name"] = service.app_name;
    state[cluster + "/label_key"] = service.label_key;
    state[cluster + "/label_value"] = service.label_value;
}

}  // namespace

LiveState live_state(const sim::Channel& channel) {
    LiveState state;
    state["/port"] = text(channel.port);
    state["/balance_strategy"] = text(channel.balance_strategy);
    state["/member_type"] = channel.member_type;
    state["/vpc_channel_type"] = text(std::string(sim::name_of(channel.type)));
    for (const sim::MemberGroup& group : channel.groups) add_group(state, group);
    for (const sim::Member& member : channel.members) add_member(state, channel, member);
    if (channel.health) add_health(state, *channel.health);
    if (channel.microservice) add_microservice(state, *channel.microservice);
    return state;
}

std::vector<std::string> changed_fields(const LiveState& before, const LiveState& after) {
    std::vector<std::string> changed;
    for (const auto& [path, value] : before) {
        const auto it = after.find(path);
        if (it == after.end() || it->second != value) changed.push_back(path);
    }
    for (const auto& [path, value] : after) {
        if (!before.contains(path)) changed.push_back(path);
    }
    return changed;
}

}  // namespace fairway
