#include "tests/simulator/render.hpp"

#include <algorithm>

#include "tests/simulator/text.hpp"

namespace apic_simulator {
namespace {

int type_number(ChannelType type) {
    return type == ChannelType::microservice ? 3 : 2;
}

/// The address a cloud server has: made up, and always the same.
std::string resolved_host(std::string_view ecs_id) {
    std::uint32_t hash = 2166136261U;
    for (const char c : ecs_id) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return "10." + std::to_string(hash >> 16 & 255) + '.' + std::to_string(hash >> 8 & 255) + '.' +
           std::to_string(hash % 254 + 1);
}

std::int64_t members_in(const Channel& channel, const std::string& group) {
    return std::count_if(channel.members.begin(), channel.members.end(), [&](const Member& one) {
        return one.group == group;
    });
}

}  // namespace

Renderer::Renderer(JsonWriter& out, World& world, bool fresh)
    : out_(out),
      world_(world),
      fraction_(fresh && world.switches.time_precision == TimePrecision::nanoseconds_then_seconds) {}

void Renderer::project_row(const Channel& channel, bool with_ids, bool with_members) {
    const Instance* const instance = world_.instance(channel.instance_id);
    out_.begin_object();
    common(channel);
    if (world_.switches.project_type_form == ProjectTypeForm::number) {
        out_.field("type", type_number(channel.type));
    } else {
        out_.field("type", upper_case(name_of(channel.type)));
    }
    if (with_ids) out_.field("id", channel.id).field("status", channel.status);
    out_.field("instance_id", channel.instance_id)
        .field("instance_name", instance ? instance->name : "");
    out_.key("vpc_health_config");
    if (channel.health) {
        health(channel, *channel.health);
    } else {
        out_.null();
    }
    microservice(channel);
    if (with_members) members(channel);
    out_.end_object();
}

void Renderer::channel_info(const Channel& channel) {
    out_.begin_object();
    common(channel);
    out_.field("type", type_number(channel.type))
        .field("id", channel.id)
        .field("status", channel.status);
    microservice(channel);
    out_.end_object();
}

void Renderer::channel_detail(const Channel& channel) {
    out_.begin_object();
    common(channel);
    out_.field("type", type_number(channel.type))
        .field("id", channel.id)
        .field("status", channel.status);
    members(channel);
    out_.key("vpc_health_config");
    if (channel.health) {
        health(channel, *channel.health);
    } else {
        out_.null();
    }
    microservice(channel);
    out_.end_object();
}

void Renderer::member(const Channel& channel, const Member& member) {
    const MemberGroup* const group = channel.group_named(member.group);
    const bool ip = channel.member_type == "ip";
    const std::string host = ip || !member.host.empty() ? member.host : resolved_host(member.ecs_id);
    out_.begin_object();
    out_.field("host", host).field("weight", shown_weight(channel, member));
    out_.field("is_backup", member.is_backup).field("member_group_name", group ? group->name : "");
    out_.field("status", member.status).field("port", member.port == 0 ? channel.port : member.port);
    out_.field("ecs_id", ip && member.ecs_id.empty() ? host : member.ecs_id);
    out_.field("ecs_name", ip && member.ecs_name.empty() ? host : member.ecs_name);
    out_.field("id", member.id).field("vpc_channel_id", channel.id);
    out_.field("create_time", time(member.create_time)).field("member_group_id", group ? group->id : "");
    const Instance* const instance = world_.instance(channel.instance_id);
    const Feature* const watched = instance ? instance->feature("vpc_health_status") : nullptr;
    if (watched && watched->enable && watched->config == "on") {
        out_.field("health_status", channel.health ? "healthy" : "unknown");
    }
    out_.end_object();
}

void Renderer::group(const MemberGroup& group) {
    out_.begin_object();
    out_.field("member_group_name", group.name).field("member_group_remark", group.remark);
    out_.field("member_group_weight", group.weight.value_or(0)).field("dict_code", "");
    out_.field("microservice_version", group.microservice_version);
    out_.field("microservice_port", group.microservice_port);
    out_.key("microservice_labels").begin_array();
    for (const Label& label : group.microservice_labels) {
        out_.begin_object()
            .field("label_name", label.name)
            .field("label_value", label.value)
            .end_object();
    }
    out_.end_array();
    if (!group.reference_vpc_channel_id.empty()) {
        out_.field("reference_vpc_channel_id", group.reference_vpc_channel_id);
    }
    out_.field("member_group_id", group.id).field("create_time", time(group.create_time));
    out_.field("update_time", time(group.update_time)).end_object();
}

void Renderer::health(const Channel& channel, const HealthCheck& health) {
    std::string protocol = health.protocol;
    if (world_.switches.protocol_case == ProtocolCase::lower) protocol = lower_case(protocol);
    if (world_.switches.protocol_case == ProtocolCase::upper) protocol = upper_case(protocol);
    out_.begin_object()
        .field("protocol", protocol)
        .field("path", health.path)
        .field("method", health.method);
    out_.field("port", health.port).field("threshold_normal", health.threshold_normal);
    out_.field("threshold_abnormal", health.threshold_abnormal)
        .field("time_interval", health.time_interval);
    out_.field("http_code", health.http_code).field("enable_client_ssl", health.enable_client_ssl);
    out_.field("status", health.status)
        .field("timeout", health.timeout)
        .field("vpc_channel_id", channel.id);
    out_.field("id", health.id).field("create_time", time(health.create_time)).end_object();
}

void Renderer::feature(const Instance& instance, const Feature& feature) {
    out_.begin_object()
        .field("id", feature.id)
        .field("name", feature.name)
        .field("enable", feature.enable);
    out_.field("config", feature.config).field("instance_id", instance.id);
    out_.field("update_time", time(feature.update_time)).end_object();
}

void Renderer::common(const Channel& channel) {
    out_.field("name", channel.name).field("port", channel.port);
    out_.field("balance_strategy", channel.balance_strategy).field("member_type", channel.member_type);
    out_.field("vpc_channel_type", name_of(channel.type)).field("dict_code", "");
    out_.field("create_time", time(channel.create_time));
    groups(channel);
}

void Renderer::groups(const Channel& channel) {
    out_.key("member_groups").begin_array();
    for (const MemberGroup& one : channel.groups) group(one);
    out_.end_array();
}

void Renderer::members(const Channel& channel) {
    out_.key("members").begin_array();
    for (const Member& one : channel.members) member(channel, one);
    out_.end_array();
}

void Renderer::microservice(const Channel& channel) {
    if (!channel.microservice) return no_microservice();
    const Microservice& service = *channel.microservice;
    out_.key("microservice_info").begin_object();
    out_.field("id", service.id).field("instance_id", channel.instance_id);
    out_.field("service_type", service.service_type);
    if (service.service_type == "CSE") {
        out_.key("cse_info").begin_object().field("engine_id", service.engine_id);
        out_.field("service_id", service.service_id).field("engine_name", "engine");
        out_.field("service_name", "service").field("register_address", "https://192.168.0.1:30100");
        out_.field("cse_app_id", "default").field("version", "").end_object();
    } else if (service.service_type == "CCE") {
        out_.key("cce_info").begin_object().field("cluster_id", service.cluster_id);
        out_.field("cluster_name", "cluster").field("namespace", service.cluster_namespace);
        out_.field("workload_type", service.workload_type).field("app_name", service.app_name);
        out_.field("label_key", service.label_key)
            .field("label_value", service.label_value)
            .end_object();
    } else if (service.service_type == "CCE_SERVICE") {
        out_.key("cce_service_info").begin_object().field("cluster_id", service.cluster_id);
        out_.field("cluster_name", "cluster").field("namespace", service.cluster_namespace);
        out_.field("service_name", service.service_name).end_object();
    } else {
        const bool masked = world_.switches.nacos_password_echo == PasswordEcho::masked;
        out_.key("nacos_info").begin_object().field("namespace", service.nacos_namespace);
        out_.field("cluster_name", service.nacos_cluster).field("group_name", service.nacos_group);
        out_.field("service_name", service.service_name).key("server_config").begin_array();
        for (const NacosServer& server : service.servers) {
            out_.begin_object().field("ip_address", server.ip_address).field("port", server.port);
            out_.field("grpc_port", server.grpc_port).end_object();
        }
        out_.end_array().key("user_info").begin_object().field("user_name", service.user_name);
        out_.field("password", masked ? "" : service.password).end_object().end_object();
    }
    out_.field("update_time", time(service.update_time));
    out_.field("create_time", time(service.create_time)).end_object();
}

/// What a server channel shows instead: an object full of empty strings, times included.
void Renderer::no_microservice() {
    switch (world_.switches.empty_microservice_info) {
        case EmptyMicroserviceInfo::absent:
            return;
        case EmptyMicroserviceInfo::null:
            out_.key("microservice_info").null();
            return;
        case EmptyMicroserviceInfo::object:
            break;
    }
    const auto empty = [this](std::initializer_list<std::string_view> names) {
        for (const std::string_view name : names) out_.field(name, "");
    };
    out_.key("microservice_info").begin_object();
    empty({"id", "instance_id", "service_type"});
    out_.key("cse_info").begin_object();
    empty(
        {"cse_app_id", "engine_id", "engine_name", "register_address", "service_id", "service_name",
         "version"}
    );
    out_.end_object().key("cce_info").begin_object();
    empty({"cluster_id", "cluster_name", "namespace", "workload_type", "app_name"});
    out_.end_object();
    empty({"create_time", "update_time"});
    out_.end_object();
}

int Renderer::shown_weight(const Channel& channel, const Member& member) const {
    const MemberGroup* const group = channel.group_named(member.group);
    if (!group || !group->weight || world_.switches.group_weight_effect == GroupWeightEffect::none) {
        return member.weight;
    }
    if (world_.switches.group_weight_effect == GroupWeightEffect::copy) return *group->weight;
    // Distributed: equal parts, and the first ones get what is left over.
    const auto count = static_cast<int>(members_in(channel, group->name));
    int before = 0;
    for (const Member& one : channel.members) {
        if (&one == &member) break;
        before += one.group == group->name;
    }
    return *group->weight / count + (before < *group->weight % count ? 1 : 0);
}

std::string Renderer::time(WallTime when) const {
    return rfc3339(when, fraction_);
}

}  // namespace apic_simulator
