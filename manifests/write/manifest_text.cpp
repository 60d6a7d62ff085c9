#include "manifests/write/manifest_text.hpp"

#include <optional>
#include <string_view>
#include <vector>

#include "manifests/write/yaml_text.hpp"

namespace fairway {
namespace {

std::string value_of(const std::string& text) {
    return yaml_text(text);
}
std::string value_of(int number) {
    return std::to_string(number);
}
std::string value_of(bool flag) {
    return flag ? "true" : "false";
}
std::string value_of(AdminStatus status) {
    return std::to_string(static_cast<int>(status));
}
template <class Enum>
requires std::is_enum_v<Enum> std::string value_of(Enum word) {
    return std::string(to_string(word));
}

/// `{a: 1, b: 2}`: what is absent is left out.
class Flow {
public:
    template <class T>
    Flow& add(std::string_view key, const T& value) {
        return raw(key, value_of(value));
    }
    template <class T>
    Flow& add(std::string_view key, const std::optional<T>& value) {
        if (value) add(key, *value);
        return *this;
    }
    Flow& raw(std::string_view key, const std::string& value) {
        text_ += text_.empty() ? "" : ", ";
        text_.append(key).append(": ").append(value);
        return *this;
    }
    std::string text() const { return "{" + text_ + "}"; }

private:
    std::string text_;
};

/// A mapping with a line for each key.
class Block {
public:
    Block(std::string& out, std::size_t indent) : out_(out), indent_(indent, ' ') {}

    template <class T>
    void add(std::string_view key, const T& value) {
        raw(key, value_of(value));
    }
    template <class T>
    void add(std::string_view key, const std::optional<T>& value) {
        if (value) add(key, *value);
    }
    void raw(std::string_view key, const std::string& value) {
        out_.append(indent_).append(key).append(": ").append(value).append("\n");
    }
    /// An element a line.
    void list(std::string_view key, const std::vector<std::string>& items) {
        if (items.empty()) return raw(key, "[]");
        out_.append(indent_).append(key).append(":\n");
        for (const std::string& item : items) out_.append(indent_).append("  - ").append(item) += '\n';
    }
    Block open(std::string_view key) {
        out_.append(indent_).append(key).append(":\n");
        return Block(out_, indent_.size() + 2);
    }

private:
    std::string& out_;
    std::string indent_;
};

template <class Item, class Write>
std::vector<std::string> each(const std::vector<Item>& items, Write write) {
    std::vector<std::string> texts;
    texts.reserve(items.size());
    for (const Item& item : items) texts.push_back(write(item));
    return texts;
}

std::string labels_text(const std::vector<MicroserviceLabel>& labels) {
    std::string text;
    for (const MicroserviceLabel& label : labels) {
        Flow one;
        one.add("label_name", label.label_name).add("label_value", label.label_value);
        text += (text.empty() ? "" : ", ") + one.text();
    }
    return "[" + text + "]";
}

std::string group_text(const MemberGroup& group) {
    Flow flow;
    flow.add("member_group_name", group.member_group_name)
        .add("member_group_remark", group.member_group_remark)
        .add("member_group_weight", group.member_group_weight)
        .add("dict_code", group.dict_code)
        .add("microservice_version", group.microservice_version)
        .add("microservice_port", group.microservice_port);
    if (group.microservice_labels) {
        flow.raw("microservice_labels", labels_text(*group.microservice_labels));
    }
    return flow.add("reference_vpc_channel_id", group.reference_vpc_channel_id).text();
}

std::string member_text(const Member& member) {
    Flow flow;
    return flow.add("host", member.host)
        .add("ecs_id", member.ecs_id)
        .add("ecs_name", member.ecs_name)
        .add("port", member.port)
        .add("weight", member.weight)
        .add("is_backup", member.is_backup)
        .add("member_group_name", member.member_group_name)
        .add("status", member.status)
        .text();
}

void write_health(Block block, const HealthCheck& health) {
    block.add("protocol", health.protocol);
    block.add("path", health.path);
    block.add("method", health.method);
    block.add("port", health.port);
    block.add("threshold_normal", health.threshold_normal);
    block.add("threshold_abnormal", health.threshold_abnormal);
    block.add("time_interval", health.time_interval);
    block.add("timeout", health.timeout);
    block.add("http_code", health.http_code);
    block.add("enable_client_ssl", health.enable_client_ssl);
    block.add("status", health.status);
}

void write_nacos(Block block, const NacosInfo& nacos) {
    block.add("namespace", nacos.namespace_);
    block.add("cluster_name", nacos.cluster_name);
    block.add("group_name", nacos.group_name);
    block.add("service_name", nacos.service_name);
    block.list("server_config", each(nacos.server_config, [](const NacosServer& server) {
                   Flow flow;
                   flow.add("ip_address", server.ip_address).add("port", server.port);
                   return flow.add("grpc_port", server.grpc_port).text();
               }));
    Flow secret, user;
    secret.add("secret", nacos.password_secret);
    user.add("user_name", nacos.user_name).raw("password", secret.text());
    block.raw("user_info", user.text());
}

void write_microservice(Block block, const MicroserviceInfo& info) {
    block.add("service_type", info.service_type);
    if (info.cse_info) {
        Block cse = block.open("cse_info");
        cse.add("engine_id", info.cse_info->engine_id);
        cse.add("service_id", info.cse_info->service_id);
    }
    if (info.cce_info) {
        Block cce = block.open("cce_info");
        cce.add("cluster_id", info.cce_info->cluster_id);
        cce.add("namespace", info.cce_info->namespace_);
        cce.add("workload_type", info.cce_info->workload_type);
        cce.add("app_name", info.cce_info->app_name);
        cce.add("label_key", info.cce_info->label_key);
        cce.add("label_value", info.cce_info->label_value);
    }
    if (info.cce_service_info) {
        Block service = block.open("cce_service_info");
        service.add("cluster_id", info.cce_service_info->cluster_id);
        service.add("namespace", info.cce_service_info->namespace_);
        service.add("service_name", info.cce_service_info->service_name);
    }
    if (info.nacos_info) write_nacos(block.open("nacos_info"), *info.nacos_info);
}

void write_spec(Block block, const ChannelSpec& spec) {
    block.add("port", spec.port);
    block.add("balance_strategy", spec.balance_strategy);
    block.add("member_type", spec.member_type);
    block.add("type", spec.type);
    block.add("vpc_channel_type", spec.vpc_channel_type);
    block.add("dict_code", spec.dict_code);
    if (spec.member_groups) block.list("member_groups", each(*spec.member_groups, group_text));
    if (spec.members) block.list("members", each(*spec.members, member_text));
    if (spec.vpc_health_config) write_health(block.open("vpc_health_config"), *spec.vpc_health_config);
    if (spec.microservice_info)
        write_microservice(block.open("microservice_info"), *spec.microservice_info);
    block.list("instance_ids", each(spec.instance_ids, yaml_text));
}

}  // namespace

std::string manifest_text(const ManifestDraft& draft) {
    std::string out = "apiVersion: fairway/v1\nkind: VpcChannel\n";
    Block top(out, 0);
    Block metadata = top.open("metadata");
    metadata.add("name", draft.name);
    if (!draft.project.empty()) metadata.add("project", draft.project);
    write_spec(top.open("spec"), draft.spec);
    if (draft.adopt_if_equal) top.open("lifecycle").raw("adopt", "if-equal");
    return out;
}

std::string schema_line(std::size_t folders_up) {
    std::string line = "# yaml-language-server: $schema=";
    if (folders_up == 0) line += "./";
    while (folders_up-- > 0) line += "../";
    return line + "fairway.schema.json\n";
}

}  // namespace fairway
