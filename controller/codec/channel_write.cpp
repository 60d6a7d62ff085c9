#include <optional>
#include <utility>

#include "controller/codec/channel_json.hpp"
#include "controller/codec/json_put.hpp"
#include "controller/codec/wiped_buffer.hpp"

namespace fairway {
namespace {

using Json = WipedWriter;

// One field each. An absent value and, for the server's facts, an empty text is left out.

template <class Enum>
void put_number(Json& json, std::string_view name, const std::optional<Enum>& value) {
    if (value) put(json, name, static_cast<int>(*value));
}
template <class Enum>
void put_word(Json& json, std::string_view name, const std::optional<Enum>& value) {
    if (value) put(json, name, to_string(*value));
}
void put_fact(Json& json, std::string_view name, const std::string& value) {
    if (!value.empty()) put(json, name, std::string_view(value));
}
template <class T, class Write>
void put_list(Json& json, std::string_view name, const std::vector<T>& elements, Write write) {
    put_key(json, name);
    json.StartArray();
    for (const T& element : elements) write(json, element);
    json.EndArray();
}
template <class T, class Write>
void put_list(
    Json& json, std::string_view name, const std::optional<std::vector<T>>& elements, Write write
) {
    if (elements) put_list(json, name, *elements, write);
}

void write_label(Json& json, const MicroserviceLabel& label) {
    json.StartObject();
    put(json, "label_name", std::string_view(label.label_name));
    put(json, "label_value", std::string_view(label.label_value));
    json.EndObject();
}

void write_group(Json& json, const MemberGroup& group) {
    json.StartObject();
    put(json, "member_group_name", std::string_view(group.member_group_name));
    put(json, "member_group_remark", group.member_group_remark);
    put(json, "member_group_weight", group.member_group_weight);
    put(json, "dict_code", group.dict_code);
    put(json, "microservice_version", group.microservice_version);
    put(json, "microservice_port", group.microservice_port);
    put_list(json, "microservice_labels", group.microservice_labels, write_label);
    put(json, "reference_vpc_channel_id", group.reference_vpc_channel_id);
    json.EndObject();
}

void write_member(Json& json, const Member& member) {
    json.StartObject();
    put(json, "host", member.host);
    put(json, "weight", member.weight);
    put(json, "is_backup", member.is_backup);
    put(json, "member_group_name", member.member_group_name);
    put_number(json, "status", member.status);
    put(json, "port", member.port);
    put(json, "ecs_id", member.ecs_id);
    put(json, "ecs_name", member.ecs_name);
    json.EndObject();
}

void write_health(Json& json, const HealthCheck& health) {
    json.StartObject();
    put(json, "protocol", to_string(health.protocol));
    put(json, "path", health.path);
    put_word(json, "method", health.method);
    put(json, "port", health.port);
    put(json, "threshold_normal", health.threshold_normal);
    put(json, "threshold_abnormal", health.threshold_abnormal);
    put(json, "time_interval", health.time_interval);
    put(json, "timeout", health.timeout);
    put(json, "http_code", health.http_code);
    put(json, "enable_client_ssl", health.enable_client_ssl);
    put_number(json, "status", health.status);
    json.EndObject();
}

void write_server(Json& json, const NacosServer& server) {
    json.StartObject();
    put(json, "ip_address", std::string_view(server.ip_address));
    put(json, "port", server.port);
    put(json, "grpc_port", server.grpc_port);
    json.EndObject();
}

/// `password` is what the server gets; null means that only the secret's name is written.
void write_nacos(Json& json, const NacosInfo& nacos, const Secret* password) {
    json.StartObject();
    put(json, "namespace", nacos.namespace_);
    put(json, "cluster_name", nacos.cluster_name);
    put(json, "group_name", nacos.group_name);
    put(json, "service_name", std::string_view(nacos.service_name));
    put_list(json, "server_config", nacos.server_config, write_server);
    put_key(json, "user_info");
    json.StartObject();
    put(json, "user_name", std::string_view(nacos.user_name));
    if (password != nullptr) {
        put(json, "password", password->reveal());
    } else if (!nacos.password_secret.empty()) {
        put_key(json, "password");
        json.StartObject();
        put(json, "secret", std::string_view(nacos.password_secret));
        put_fact(json, "print", nacos.password_print);
        json.EndObject();
    }
    json.EndObject();
    json.EndObject();
}

void write_microservice(Json& json, const MicroserviceInfo& info, const Secret* password) {
    json.StartObject();
    put_word(json, "service_type", info.service_type);
    if (info.cse_info) {
        put_key(json, "cse_info");
        json.StartObject();
        put(json, "engine_id", std::string_view(info.cse_info->engine_id));
        put(json, "service_id", std::string_view(info.cse_info->service_id));
        json.EndObject();
    }
    if (info.cce_info) {
        put_key(json, "cce_info");
        json.StartObject();
        put(json, "cluster_id", std::string_view(info.cce_info->cluster_id));
        put(json, "namespace", std::string_view(info.cce_info->namespace_));
        put(json, "workload_type", to_string(info.cce_info->workload_type));
        put(json, "app_name", info.cce_info->app_name);
        put(json, "label_key", info.cce_info->label_key);
        put(json, "label_value", info.cce_info->label_value);
        json.EndObject();
    }
    if (info.cce_service_info) {
        put_key(json, "cce_service_info");
        json.StartObject();
        put(json, "cluster_id", std::string_view(info.cce_service_info->cluster_id));
        put(json, "namespace", std::string_view(info.cce_service_info->namespace_));
        put(json, "service_name", std::string_view(info.cce_service_info->service_name));
        json.EndObject();
    }
    if (info.nacos_info) {
        put_key(json, "nacos_info");
        write_nacos(json, *info.nacos_info, password);
    }
    json.EndObject();
}

/// What a body and a stored spec have in common: all but the heading of the channel.
void write_parts(Json& json, const ChannelSpec& spec, const Secret* password) {
    put(json, "dict_code", spec.dict_code);
    put_list(json, "member_groups", spec.member_groups, write_group);
    put_list(json, "members", spec.members, write_member);
    if (spec.vpc_health_config) {
        put_key(json, "vpc_health_config");
        write_health(json, *spec.vpc_health_config);
    }
    if (spec.microservice_info) {
        put_key(json, "microservice_info");
        write_microservice(json, *spec.microservice_info, password);
    }
    put(json, "instance_ids", spec.instance_ids);
}

void write_spec(Json& json, const ChannelSpec& spec) {
    json.StartObject();
    put(json, "port", spec.port);
    put_number(json, "balance_strategy", spec.balance_strategy);
    put_word(json, "member_type", spec.member_type);
    put(json, "type", spec.type);
    put_word(json, "vpc_channel_type", spec.vpc_channel_type);
    write_parts(json, spec, nullptr);
    json.EndObject();
}

void write_group_facts(Json& json, const GroupFacts& facts) {
    json.StartObject();
    put_fact(json, "member_group_id", facts.member_group_id);
    put_fact(json, "create_time", facts.create_time);
    put_fact(json, "update_time", facts.update_time);
    json.EndObject();
}

void write_member_facts(Json& json, const MemberFacts& facts) {
    json.StartObject();
    put_fact(json, "id", facts.id);
    put_fact(json, "vpc_channel_id", facts.vpc_channel_id);
    put_fact(json, "member_group_id", facts.member_group_id);
    put_fact(json, "create_time", facts.create_time);
    if (facts.health_status != HealthStatus::unknown) {
        put(json, "health_status", to_string(facts.health_status));
    }
    json.EndObject();
}

void write_health_facts(Json& json, const HealthCheckFacts& facts) {
    json.StartObject();
    put_fact(json, "id", facts.id);
    put_fact(json, "vpc_channel_id", facts.vpc_channel_id);
    put_fact(json, "create_time", facts.create_time);
    json.EndObject();
}

void write_microservice_facts(Json& json, const MicroserviceFacts& facts) {
    json.StartObject();
    put_fact(json, "id", facts.id);
    put_fact(json, "instance_id", facts.instance_id);
    put_fact(json, "create_time", facts.create_time);
    put_fact(json, "update_time", facts.update_time);
    put_fact(json, "engine_name", facts.engine_name);
    put_fact(json, "service_name", facts.service_name);
    put_fact(json, "register_address", facts.register_address);
    put_fact(json, "cse_app_id", facts.cse_app_id);
    put_fact(json, "version", facts.version);
    put_fact(json, "cluster_name", facts.cluster_name);
    json.EndObject();
}

std::string text_of(const WipedBuffer& buffer) {
    return {buffer.GetString(), buffer.GetSize()};
}

/// The password that a spec needs: null where it needs none.
Result<const Secret*> password_for(const ChannelSpec& spec, const SecretLookup& secrets) {
    if (!spec.microservice_info || !spec.microservice_info->nacos_info) return nullptr;
    const std::string& name = spec.microservice_info->nacos_info->password_secret;
    const std::string field = "microservice_info.nacos_info.user_info.password: ";
    if (name.empty()) {
        return Error(ErrorClass::terminal, ErrorReason::validation, field + "no secret is named");
    }
    const Secret* secret = secrets ? secrets(name) : nullptr;
    if (secret == nullptr) {
        return Error(
            ErrorClass::terminal, ErrorReason::validation,
            field + "the configuration defines no secret \"" + name + '"'
        );
    }
    return secret;
}

}  // namespace

Result<std::string> project_channel_body(
    const std::string& name, const ChannelSpec& spec, const SecretLookup& secrets
) {
    const auto password = password_for(spec, secrets);
    if (!password) return password.error();

    WipedBuffer buffer;
    Json json(buffer);
    json.StartObject();
    put(json, "name", std::string_view(name));
    put(json, "port", spec.port);
    put(json, "balance_strategy",
        static_cast<int>(spec.balance_strategy.value_or(BalanceStrategy::wrr)));
    put(json, "member_type", to_string(spec.member_type.value_or(MemberType::ecs)));
    // Both ways to give the type at once may be refused, even when they agree.
    if (spec.vpc_channel_type) {
        put(json, "vpc_channel_type", to_string(*spec.vpc_channel_type));
    } else {
        put(json, "type", spec.type);
    }
    write_parts(json, spec, *password);
    json.EndObject();
    return text_of(buffer);
}

std::string members_body(const ChannelSpec& spec) {
    WipedBuffer buffer;
    Json json(buffer);
    json.StartObject();
    const std::optional<std::vector<Member>> members =
        spec.members.value_or(std::vector<Member>());  // none is said aloud
    put_list(json, "members", members, write_member);
    json.EndObject();
    return text_of(buffer);
}

std::string spec_to_json(const ChannelSpec& spec) {
    WipedBuffer buffer;
    Json json(buffer);
    write_spec(json, spec);
    return text_of(buffer);
}

std::string ids_to_json(const std::map<InstanceId, std::string>& ids) {
    WipedBuffer buffer;
    Json json(buffer);
    json.StartObject();
    put_key(json, "ids");
    json.StartArray();
    for (const auto& [instance, id] : ids) {
        json.StartObject();
        put(json, "instance_id", std::string_view(instance));
        put(json, "id", std::string_view(id));
        json.EndObject();
    }
    json.EndArray();
    json.EndObject();
    return text_of(buffer);
}

std::string row_to_json(const InstanceChannel& row) {
    WipedBuffer buffer;
    Json json(buffer);
    json.StartObject();
    put(json, "instance_id", std::string_view(row.instance));
    put(json, "instance_name", std::string_view(row.instance_name));
    put(json, "name", std::string_view(row.name));
    put(json, "id", std::string_view(row.id));
    if (row.create_time) put(json, "create_time", std::string_view(format_time(*row.create_time)));
    put_number(json, "status", row.status);
    put(json, "members_known", row.members_known);
    put(json, "health_known", row.health_known);
    put_key(json, "spec");
    write_spec(json, row.spec);
    put_list(json, "group_facts", row.group_facts, write_group_facts);
    put_list(json, "member_facts", row.member_facts, write_member_facts);
    if (row.health_facts != HealthCheckFacts()) {
        put_key(json, "health_facts");
        write_health_facts(json, row.health_facts);
    }
    if (row.microservice_facts != MicroserviceFacts()) {
        put_key(json, "microservice_facts");
        write_microservice_facts(json, row.microservice_facts);
    }
    json.EndObject();
    return text_of(buffer);
}

}  // namespace fairway
