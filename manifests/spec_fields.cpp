#include "manifests/spec_fields.hpp"

#include <array>

#include "manifests/text.hpp"
#include "manifests/value_rules.hpp"
#include "manifests/yaml_scalar.hpp"

namespace fairway {
namespace {

using Words = std::span<const std::string_view>;

constexpr int max_port = 65535;

constexpr std::array<KeyHint, 12> spec_hints{{
    {"name", "the name is not part of spec", "move it to metadata.name"},
    {"project", "the project is not part of spec", "move it to metadata.project"},
    {"labels", "labels are not part of spec", "move them to metadata.labels"},
    {"annotations", "annotations are not part of spec", "move them to metadata.annotations"},
    {"id", "the cloud sets it", "leave it out"},
    {"create_time", "the cloud sets it", "leave it out"},
    {"status", "the cloud sets it", "leave it out"},
    {"project_id", "a manifest names no cloud project",
     "name a project of the configuration in metadata.project"},
    {"endpoint", "a manifest names no endpoint", "set it in the configuration"},
    {"region", "a manifest names no region", "set it in the configuration"},
    {"credentials", "a manifest holds no credentials", "set them in the configuration"},
    {"instance_id", "unknown key", "list every instance under instance_ids"},
}};

constexpr std::array<KeyHint, 5> member_hints{{
    {"id", "the cloud sets it", "leave it out"},
    {"vpc_channel_id", "the cloud sets it", "leave it out"},
    {"create_time", "the cloud sets it", "leave it out"},
    {"member_group_id", "the cloud sets it", "name the group in member_group_name"},
    {"health_status", "the cloud observes it", "leave it out"},
}};

constexpr std::array<KeyHint, 3> group_hints{{
    {"member_group_id", "the cloud sets it", "leave it out"},
    {"create_time", "the cloud sets it", "leave it out"},
    {"update_time", "the cloud sets it", "leave it out"},
}};

constexpr std::array<KeyHint, 3> health_hints{{
    {"id", "the cloud sets it", "leave it out"},
    {"vpc_channel_id", "the cloud sets it", "leave it out"},
    {"create_time", "the cloud sets it", "leave it out"},
}};

/// The words of an enumeration whose values are 0, 1, 2, ...
template <class Enum>
std::optional<Enum> read_enum(
    Fields& fields, std::string_view key, Words words, Need need = Need::optional
) {
    const auto index = fields.word(key, words, need);
    if (!index) return std::nullopt;
    return static_cast<Enum>(*index);
}

std::optional<AdminStatus> read_status(Fields& fields) {
    const auto status = fields.integer("status", 1, 2);
    if (!status) return std::nullopt;
    return static_cast<AdminStatus>(*status);
}

/// The API's number or a word for it.
std::optional<BalanceStrategy> read_balance_strategy(Fields& spec) {
    constexpr std::string_view key = "balance_strategy";
    static constexpr std::array<std::string_view, 5> words{"wrr", "wlc", "sh", "uri", "wleastconn"};
    const YamlNode* node = spec.node().find(key);
    const bool number = node && node->kind == YamlNode::Kind::scalar && !node->quoted &&
                        scalar_type(node->text) == ScalarType::integer;
    if (number) {
        const auto value = spec.integer(key, 1, 4);
        if (!value) return std::nullopt;
        return static_cast<BalanceStrategy>(*value);
    }
    const auto index = spec.word(key, words);
    if (!index) return std::nullopt;
    if (*index == 4) return BalanceStrategy::wlc;  // the API's pages call it so
    return static_cast<BalanceStrategy>(*index + 1);
}

/// 2 or 3; 0 counts as not given, by the contract.
std::optional<int> read_type(Fields& spec) {
    const auto type = spec.integer("type", 0, 3);
    if (type == 1) {
        spec.findings().error(
            spec.node().find("type")->at, spec.path("type"),
            "type 1 is a private ELB channel of old software",
            "write 2 for servers or 3 for a microservice"
        );
    }
    if (type == 0 || type == 1) return std::nullopt;
    return type;
}

std::vector<MicroserviceLabel> read_labels(Fields& group, const YamlNode& list) {
    std::vector<MicroserviceLabel> out;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
        Fields label(group.findings(), list.items[i], join_path(group.path("microservice_labels"), i));
        MicroserviceLabel read;
        read.label_name =
            label.text("label_name", rules::microservice_label, Need::required).value_or("");
        read.label_value =
            label.text("label_value", rules::microservice_label, Need::required).value_or("");
        label.finish();
        out.push_back(std::move(read));
    }
    return out;
}

MemberGroup read_group(Fields group) {
    MemberGroup out;
    out.member_group_name =
        group.text("member_group_name", rules::group_name, Need::required).value_or("");
    out.member_group_remark = group.text("member_group_remark", rules::remark);
    out.member_group_weight = group.integer("member_group_weight", 0, 100);
    out.dict_code = group.text("dict_code", rules::dict_code);
    out.microservice_version = group.text("microservice_version", rules::microservice_version);
    out.microservice_port = group.integer("microservice_port", 0, max_port);
    if (const YamlNode* list = group.list("microservice_labels")) {
        out.microservice_labels = read_labels(group, *list);
    }
    out.reference_vpc_channel_id = group.text("reference_vpc_channel_id", rules::channel_id);
    group.finish(group_hints);
    return out;
}

Member read_member(Fields member) {
    Member out;
    out.host = member.text("host", rules::member_host);
    out.weight = member.integer("weight", 0, 10000);
    out.is_backup = member.boolean("is_backup");
    out.member_group_name = member.text("member_group_name", rules::member_group);
    out.status = read_status(member);
    out.port = member.integer("port", 0, max_port);
    out.ecs_id = member.text("ecs_id", rules::ecs_id);
    out.ecs_name = member.text("ecs_name", rules::ecs_name);
    member.finish(member_hints);
    return out;
}

HealthCheck read_health(Fields health) {
    static constexpr std::array<std::string_view, 3> protocols{"tcp", "http", "https"};
    static constexpr std::array<std::string_view, 2> methods{"GET", "HEAD"};
    HealthCheck out;
    const bool any_case = true;
    if (const auto protocol = health.word("protocol", protocols, Need::required, any_case)) {
        out.protocol = static_cast<HealthProtocol>(*protocol);
    }
    out.path = health.text("path", rules::health_path);
    if (const auto method = health.word("method", methods, Need::optional, any_case)) {
        out.method = static_cast<HealthMethod>(*method);
    }
    out.port = health.integer("port", 0, max_port);
    out.threshold_normal = health.integer("threshold_normal", 1, 10, Need::required).value_or(0);
    out.threshold_abnormal = health.integer("threshold_abnormal", 1, 10, Need::required).value_or(0);
    out.time_interval = health.integer("time_interval", 5, 300, Need::required).value_or(0);
    out.timeout = health.integer("timeout", 2, 30, Need::required).value_or(0);
    out.http_code = health.text("http_code", rules::http_codes);
    out.enable_client_ssl = health.boolean("enable_client_ssl");
    out.status = read_status(health);
    health.finish(health_hints);
    return out;
}

template <class Item>
std::optional<std::vector<Item>> read_list(Fields& spec, std::string_view key, Item (*read)(Fields)) {
    const YamlNode* list = spec.list(key);
    if (!list) return std::nullopt;
    std::vector<Item> out;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
        out.push_back(read(Fields(spec.findings(), list->items[i], join_path(spec.path(key), i))));
    }
    return out;
}

std::vector<InstanceId> read_instances(Fields& spec, Need needed) {
    const YamlNode* list = spec.list("instance_ids", needed);
    std::vector<InstanceId> out;
    if (!list) return out;
    if (list->items.empty()) {
        spec.findings().error(
            list->at, spec.path("instance_ids"), "is empty", "list at least one instance id"
        );
    }
    for (std::size_t i = 0; i < list->items.size(); ++i) {
        const auto path = join_path(spec.path("instance_ids"), i);
        out.push_back(read_text(spec.findings(), list->items[i], path, rules::instance_id).value_or(""));
    }
    return out;
}

constexpr std::array<KeyHint, 5> unshared_hints{{
    {"members", "members cannot be shared", "list them in each channel"},
    {"microservice_info", "a registry's service cannot be shared", "write it in each channel"},
    {"type", "the type cannot be shared", "write it in each channel"},
    {"vpc_channel_type", "the type cannot be shared", "write it in each channel"},
    {"dict_code", "cannot be shared", "write it in each channel"},
}};

/// What a channel may have from the defaults of its directory.
void read_shared(Fields& spec, ChannelSpec& out, Need needed) {
    static constexpr std::array<std::string_view, 2> member_types{"ip", "ecs"};
    out.port = spec.integer("port", 1, max_port, needed).value_or(0);
    out.balance_strategy = read_balance_strategy(spec);
    out.member_type = read_enum<MemberType>(spec, "member_type", member_types);
    out.member_groups = read_list(spec, "member_groups", read_group);
    if (const auto health = spec.mapping("vpc_health_config"))
        out.vpc_health_config = read_health(*health);
    out.instance_ids = read_instances(spec, needed);
}

}  // namespace

ChannelSpec read_spec(
    Findings& findings, const YamlNode& node, const ManifestContext& context, Need needed
) {
    static constexpr std::array<std::string_view, 3> channel_types{
        "builtin", "microservice", "reference"};
    Fields spec(findings, node, "spec");
    ChannelSpec out;
    read_shared(spec, out, needed);
    out.type = read_type(spec);
    out.vpc_channel_type = read_enum<ChannelType>(spec, "vpc_channel_type", channel_types);
    out.dict_code = spec.text("dict_code", rules::dict_code);
    out.members = read_list(spec, "members", read_member);
    if (auto info = spec.mapping("microservice_info")) {
        out.microservice_info = read_microservice_info(*info, context);
    }
    spec.finish(spec_hints);
    return out;
}

void check_shared_spec(Findings& findings, const YamlNode& node) {
    Fields spec(findings, node, "spec");
    ChannelSpec shared;
    read_shared(spec, shared, Need::optional);
    std::vector<KeyHint> hints(unshared_hints.begin(), unshared_hints.end());
    hints.insert(hints.end(), spec_hints.begin(), spec_hints.end());
    spec.finish(hints);
    check_spec_alone(findings, shared, node);
}

}  // namespace fairway
