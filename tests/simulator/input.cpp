#include "tests/simulator/input.hpp"

#include <algorithm>
#include <string_view>

#include "tests/simulator/http.hpp"

namespace apic_simulator {
namespace {

/// Reads the fields of one JSON object, and knows which ones were asked for.
class Fields {
public:
    Fields(const JsonValue& object, bool strict, std::string_view where = {})
        : object_(object), strict_(strict) {
        if (!object.IsObject()) throw wrong(where, "an object");
    }

    std::optional<std::string> text(std::string_view key) {
        const JsonValue* const value = at(key);
        if (!value) return {};
        if (!value->IsString()) throw wrong(key, "a string");
        return std::string(value->GetString(), value->GetStringLength());
    }

    std::optional<std::int64_t> integer(std::string_view key) {
        const JsonValue* const value = at(key);
        if (!value) return {};
        if (!value->IsInt64()) throw wrong(key, "an integer");
        return value->GetInt64();
    }

    std::optional<bool> flag(std::string_view key) {
        const JsonValue* const value = at(key);
        if (!value) return {};
        if (!value->IsBool()) throw wrong(key, "a boolean");
        return value->GetBool();
    }

    template <class T>
    std::optional<T> object(std::string_view key, T (*read)(const JsonValue&, bool)) {
        const JsonValue* const value = at(key);
        if (!value) return {};
        if (!value->IsObject()) throw wrong(key, "an object");
        return read(*value, strict_);
    }

    template <class T>
    std::optional<std::vector<T>> list(std::string_view key, T (*read)(const JsonValue&, bool)) {
        const JsonValue* const value = at(key);
        if (!value) return {};
        if (!value->IsArray()) throw wrong(key, "a list");
        std::vector<T> all;
        all.reserve(value->Size());
        for (const JsonValue& one : value->GetArray()) all.push_back(read(one, strict_));
        return all;
    }

    /// Refuses what nobody asked for.
    void finish() const {
        if (!strict_) return;
        for (const auto& member : object_.GetObject()) {
            const std::string_view key(member.name.GetString(), member.name.GetStringLength());
            if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) {
                throw Refusal(400, "APIG.2000", "Parameter error: unknown field " + std::string(key));
            }
        }
    }

    static Refusal wrong(std::string_view key, std::string_view wanted) {
        return Refusal(
            400, "APIG.2000",
            "Parameter error: json: cannot unmarshal field " + std::string(key) + ": want " +
                std::string(wanted)
        );
    }

private:
    const JsonValue* at(std::string_view key) {
        if (strict_) asked_.push_back(key);
        return find(object_, key);
    }

    const JsonValue& object_;
    bool strict_;
    std::vector<std::string_view> asked_;
};

std::string string_item(const JsonValue& value, bool) {
    if (!value.IsString()) throw Fields::wrong("of the list", "strings");
    return {value.GetString(), value.GetStringLength()};
}

LabelInput label_input(const JsonValue& body, bool strict) {
    Fields fields(body, strict, "microservice_labels");
    LabelInput label{fields.text("label_name"), fields.text("label_value")};
    fields.finish();
    return label;
}

MemberInput member_input(const JsonValue& body, bool strict) {
    Fields fields(body, strict, "members");
    MemberInput member;
    member.host = fields.text("host");
    member.weight = fields.integer("weight");
    member.is_backup = fields.flag("is_backup");
    member.group = fields.text("member_group_name");
    member.status = fields.integer("status");
    member.port = fields.integer("port");
    member.ecs_id = fields.text("ecs_id");
    member.ecs_name = fields.text("ecs_name");
    fields.finish();
    return member;
}

CseInput cse_input(const JsonValue& body, bool strict) {
    Fields fields(body, strict);
    CseInput cse{fields.text("engine_id"), fields.text("service_id")};
    fields.finish();
    return cse;
}

CceInput cce_input(const JsonValue& body, bool strict) {
    Fields fields(body, strict);
    CceInput cce;
    cce.cluster_id = fields.text("cluster_id");
    cce.cluster_namespace = fields.text("namespace");
    cce.workload_type = fields.text("workload_type");
    cce.app_name = fields.text("app_name");
    cce.label_key = fields.text("label_key");
    cce.label_value = fields.text("label_value");
    fields.finish();
    return cce;
}

CceInput cce_service_input(const JsonValue& body, bool strict) {
    Fields fields(body, strict);
    CceInput cce;
    cce.cluster_id = fields.text("cluster_id");
    cce.cluster_namespace = fields.text("namespace");
    cce.service_name = fields.text("service_name");
    fields.finish();
    return cce;
}

NacosServerInput nacos_server_input(const JsonValue& body, bool strict) {
    Fields fields(body, strict, "server_config");
    NacosServerInput server;
    server.ip_address = fields.text("ip_address");
    server.port = fields.integer("port");
    server.grpc_port = fields.integer("grpc_port");
    fields.finish();
    return server;
}

NacosUserInput nacos_user_input(const JsonValue& body, bool strict) {
    Fields fields(body, strict);
    NacosUserInput user{fields.text("user_name"), fields.text("password")};
    fields.finish();
    return user;
}

NacosInput nacos_input(const JsonValue& body, bool strict) {
    Fields fields(body, strict);
    NacosInput nacos;
    nacos.nacos_namespace = fields.text("namespace");
    nacos.cluster_name = fields.text("cluster_name");
    nacos.group_name = fields.text("group_name");
    nacos.service_name = fields.text("service_name");
    nacos.servers = fields.list("server_config", nacos_server_input);
    nacos.user = fields.object("user_info", nacos_user_input);
    fields.finish();
    return nacos;
}

MicroserviceInput microservice_input(const JsonValue& body, bool strict) {
    Fields fields(body, strict);
    MicroserviceInput service;
    service.service_type = fields.text("service_type");
    service.cse = fields.object("cse_info", cse_input);
    service.cce = fields.object("cce_info", cce_input);
    service.cce_service = fields.object("cce_service_info", cce_service_input);
    service.nacos = fields.object("nacos_info", nacos_input);
    fields.finish();
    return service;
}

}  // namespace

ChannelInput channel_input(const JsonValue& body, bool project_level, bool strict) {
    Fields fields(body, strict, "body");
    ChannelInput channel;
    channel.name = fields.text("name");
    channel.port = fields.integer("port");
    channel.balance_strategy = fields.integer("balance_strategy");
    channel.member_type = fields.text("member_type");
    channel.type = fields.integer("type");
    channel.vpc_channel_type = fields.text("vpc_channel_type");
    channel.dict_code = fields.text("dict_code");
    channel.groups = fields.list("member_groups", group_input);
    channel.members = fields.list("members", member_input);
    channel.health = fields.object("vpc_health_config", health_input);
    channel.microservice = fields.object("microservice_info", microservice_input);
    if (project_level) channel.instance_ids = fields.list("instance_ids", string_item);
    fields.finish();
    return channel;
}

SyncInput sync_input(const JsonValue& body, bool strict) {
    Fields fields(body, strict, "body");
    SyncInput sync;
    sync.vpc_channel_id = fields.text("vpc_channel_id");
    sync.instance_ids = fields.list("instance_ids", string_item);
    sync.force_sync = fields.flag("force_sync");
    fields.finish();
    return sync;
}

MembersInput members_input(const JsonValue& body, bool with_group, bool strict) {
    Fields fields(body, strict, "body");
    MembersInput members;
    members.members = fields.list("members", member_input);
    if (with_group) members.group = fields.text("member_group_name");
    fields.finish();
    return members;
}

std::optional<std::vector<std::string>> member_ids_input(const JsonValue& body, bool strict) {
    Fields fields(body, strict, "body");
    auto ids = fields.list("member_ids", string_item);
    fields.finish();
    return ids;
}

std::optional<std::vector<GroupInput>> groups_input(const JsonValue& body, bool strict) {
    Fields fields(body, strict, "body");
    auto groups = fields.list("member_groups", group_input);
    fields.finish();
    return groups;
}

GroupInput group_input(const JsonValue& body, bool strict) {
    Fields fields(body, strict, "member_groups");
    GroupInput group;
    group.name = fields.text("member_group_name");
    group.remark = fields.text("member_group_remark");
    group.weight = fields.integer("member_group_weight");
    group.dict_code = fields.text("dict_code");
    group.microservice_version = fields.text("microservice_version");
    group.microservice_port = fields.integer("microservice_port");
    group.microservice_labels = fields.list("microservice_labels", label_input);
    group.reference_vpc_channel_id = fields.text("reference_vpc_channel_id");
    fields.finish();
    return group;
}

HealthInput health_input(const JsonValue& body, bool strict) {
    Fields fields(body, strict, "vpc_health_config");
    HealthInput health;
    health.protocol = fields.text("protocol");
    health.path = fields.text("path");
    health.method = fields.text("method");
    health.port = fields.integer("port");
    health.threshold_normal = fields.integer("threshold_normal");
    health.threshold_abnormal = fields.integer("threshold_abnormal");
    health.time_interval = fields.integer("time_interval");
    health.timeout = fields.integer("timeout");
    health.http_code = fields.text("http_code");
    health.enable_client_ssl = fields.flag("enable_client_ssl");
    health.status = fields.integer("status");
    fields.finish();
    return health;
}

FeatureInput feature_input(const JsonValue& body, bool strict) {
    Fields fields(body, strict, "body");
    FeatureInput feature;
    feature.name = fields.text("name");
    feature.enable = fields.flag("enable");
    feature.config = fields.text("config");
    fields.finish();
    return feature;
}

}  // namespace apic_simulator
