#include <cassert>
#include <utility>

#include "controller/codec/channel_json.hpp"
#include "controller/codec/json_object.hpp"

namespace fairway {
namespace {

MicroserviceLabel read_label(const JsonObject& json) {
    MicroserviceLabel label;
    label.label_name = json.text_or_empty("label_name");
    label.label_value = json.text_or_empty("label_value");
    return label;
}

MemberGroup read_group(const JsonObject& json) {
    MemberGroup group;
    group.member_group_name = json.text_or_empty("member_group_name");
    group.member_group_remark = json.text("member_group_remark");
    group.member_group_weight = json.integer("member_group_weight");
    group.dict_code = json.text("dict_code");
    group.microservice_version = json.text("microservice_version");
    group.microservice_port = json.integer("microservice_port");
    group.microservice_labels = json.list("microservice_labels", read_label);
    group.reference_vpc_channel_id = json.text("reference_vpc_channel_id");
    return group;
}

Member read_member(const JsonObject& json) {
    Member member;
    member.host = json.text("host");
    member.weight = json.integer("weight");
    member.is_backup = json.boolean("is_backup");
    member.member_group_name = json.text("member_group_name");
    member.status = json.number("status", AdminStatus::unavailable);
    member.port = json.integer("port");
    member.ecs_id = json.text("ecs_id");
    member.ecs_name = json.text("ecs_name");
    return member;
}

HealthCheck read_health(const JsonObject& json) {
    HealthCheck health;
    health.protocol = json.word<HealthProtocol>("protocol").value_or(HealthProtocol::tcp);
    health.path = json.text("path");
    health.method = json.word<HealthMethod>("method");
    health.port = json.integer("port");
    health.threshold_normal = json.integer_or_zero("threshold_normal");
    health.threshold_abnormal = json.integer_or_zero("threshold_abnormal");
    health.time_interval = json.integer_or_zero("time_interval");
    health.timeout = json.integer_or_zero("timeout");
    health.http_code = json.text("http_code");
    health.enable_client_ssl = json.boolean("enable_client_ssl");
    health.status = json.number("status", AdminStatus::unavailable);
    return health;
}

CseInfo read_cse(const JsonObject& json) {
    CseInfo cse;
    cse.engine_id = json.text_or_empty("engine_id");
    cse.service_id = json.text_or_empty("service_id");
    return cse;
}

CceInfo read_cce(const JsonObject& json) {
    CceInfo cce;
    cce.cluster_id = json.text_or_empty("cluster_id");
    cce.namespace_ = json.text_or_empty("namespace");
    cce.workload_type = json.word<WorkloadType>("workload_type").value_or(WorkloadType::deployment);
    cce.app_name = json.text("app_name");
    cce.label_key = json.text("label_key");
    cce.label_value = json.text("label_value");
    return cce;
}

CceServiceInfo read_cce_service(const JsonObject& json) {
    CceServiceInfo service;
    service.cluster_id = json.text_or_empty("cluster_id");
    service.namespace_ = json.text_or_empty("namespace");
    service.service_name = json.text_or_empty("service_name");
    return service;
}

NacosServer read_server(const JsonObject& json) {
    NacosServer server;
    server.ip_address = json.text_or_empty("ip_address");
    server.port = json.integer_or_zero("port");
    server.grpc_port = json.integer("grpc_port");
    return server;
}

/// Without the password: an answer's is never kept, and a stored one is the name of a secret.
NacosInfo read_nacos(const JsonObject& json) {
    NacosInfo nacos;
    nacos.namespace_ = json.text("namespace");
    nacos.cluster_name = json.text("cluster_name");
    nacos.group_name = json.text("group_name");
    nacos.service_name = json.text_or_empty("service_name");
    nacos.server_config = json.list("server_config", read_server).value_or(std::vector<NacosServer>());
    if (const auto user = json.object("user_info")) nacos.user_name = user->text_or_empty("user_name");
    return nacos;
}

void read_password_secret(const JsonObject& from, NacosInfo& nacos) {
    const auto user = from.object("user_info");
    if (!user) return;
    const auto password = user->object("password");
    if (!password) return;
    nacos.password_secret = password->text_or_empty("secret");
    nacos.password_print = password->text_or_empty("print");
}

template <class Read>
auto read_part(const JsonObject& json, std::string_view field, Read read)
    -> std::optional<decltype(read(json))> {
    const auto part = json.object(field);
    if (!part) return std::nullopt;
    return read(*part);
}

MicroserviceInfo read_microservice(const JsonObject& json) {
    MicroserviceInfo info;
    info.service_type = json.word<ServiceType>("service_type");
    info.cse_info = read_part(json, "cse_info", read_cse);
    info.cce_info = read_part(json, "cce_info", read_cce);
    info.cce_service_info = read_part(json, "cce_service_info", read_cce_service);
    info.nacos_info = read_part(json, "nacos_info", read_nacos);
    return info;
}

/// The fields that are told alike in answers and in the store.
ChannelSpec read_common(const JsonObject& json) {
    ChannelSpec spec;
    spec.port = json.integer_or_zero("port");
    spec.balance_strategy = json.number("balance_strategy", BalanceStrategy::uri);
    spec.member_type = json.word<MemberType>("member_type");
    spec.vpc_channel_type = json.word<ChannelType>("vpc_channel_type");
    spec.dict_code = json.text("dict_code");
    spec.member_groups = json.list("member_groups", read_group);
    spec.members = json.list("members", read_member);
    spec.instance_ids = json.texts("instance_ids");
    return spec;
}

// Facts of the server.

GroupFacts read_group_facts(const JsonObject& json) {
    GroupFacts facts;
    facts.member_group_id = json.text_or_empty("member_group_id");
    facts.create_time = json.text_or_empty("create_time");
    facts.update_time = json.text_or_empty("update_time");
    return facts;
}

MemberFacts read_member_facts(const JsonObject& json) {
    MemberFacts facts;
    facts.id = json.text_or_empty("id");
    facts.vpc_channel_id = json.text_or_empty("vpc_channel_id");
    facts.member_group_id = json.text_or_empty("member_group_id");
    facts.create_time = json.text_or_empty("create_time");
    facts.health_status = json.word<HealthStatus>("health_status").value_or(HealthStatus::unknown);
    return facts;
}

HealthCheckFacts read_health_facts(const JsonObject& json) {
    HealthCheckFacts facts;
    facts.id = json.text_or_empty("id");
    facts.vpc_channel_id = json.text_or_empty("vpc_channel_id");
    facts.create_time = json.text_or_empty("create_time");
    return facts;
}

void read_cse_facts(const JsonObject& json, MicroserviceFacts& facts) {
    facts.engine_name = json.text_or_empty("engine_name");
    facts.service_name = json.text_or_empty("service_name");
    facts.register_address = json.text_or_empty("register_address");
    facts.cse_app_id = json.text_or_empty("cse_app_id");
    facts.version = json.text_or_empty("version");
}

MicroserviceFacts read_microservice_facts(const JsonObject& json) {
    MicroserviceFacts facts;
    facts.id = json.text_or_empty("id");
    facts.instance_id = json.text_or_empty("instance_id");
    facts.create_time = json.text_or_empty("create_time");
    facts.update_time = json.text_or_empty("update_time");
    return facts;
}

// Rows of answers: what the server fills with nothing is taken for nothing.

/// The older type: 2 or 3, or BUILTIN or MICROSERVICE in any case.
std::optional<int> read_type(const JsonObject& json) {
    const auto spelling = json.text("type");
    if (!spelling) return std::nullopt;
    const auto word = parse_enum<ChannelType>(*spelling);
    if (word == ChannelType::builtin) return 2;
    if (word == ChannelType::microservice) return 3;
    if (spelling->size() != 1 || *spelling < "0" || *spelling > "9") return std::nullopt;
    return spelling->front() - '0';
}

bool is_empty(const CseInfo& cse) {
    return cse.engine_id.empty() && cse.service_id.empty();
}
bool is_empty(const CceInfo& cce) {
    return cce.cluster_id.empty() && cce.namespace_.empty() && cce.app_name.value_or("").empty() &&
           cce.label_key.value_or("").empty() && cce.label_value.value_or("").empty();
}
bool is_empty(const CceServiceInfo& service) {
    return service.cluster_id.empty() && service.namespace_.empty() && service.service_name.empty();
}
bool is_empty(const NacosInfo& nacos) {
    return nacos.namespace_.value_or("").empty() && nacos.cluster_name.value_or("").empty() &&
           nacos.group_name.value_or("").empty() && nacos.service_name.empty() &&
           nacos.server_config.empty() && nacos.user_name.empty();
}
template <class Part>
void drop_empty(std::optional<Part>& part) {
    if (part && is_empty(*part)) part.reset();
}

/// A server channel's answer carries the object with empty text all over.
void read_answered_microservice(const JsonObject& row, InstanceChannel& channel) {
    const auto json = row.object("microservice_info");
    if (!json) return;
    MicroserviceInfo info = read_microservice(*json);
    drop_empty(info.cse_info);
    drop_empty(info.cce_info);
    drop_empty(info.cce_service_info);
    drop_empty(info.nacos_info);
    if (info == MicroserviceInfo()) return;

    MicroserviceFacts facts = read_microservice_facts(*json);
    if (const auto cse = json->object("cse_info")) read_cse_facts(*cse, facts);
    for (const auto* cluster : {"cce_info", "cce_service_info"}) {
        if (!facts.cluster_name.empty()) break;
        if (const auto cce = json->object(cluster))
            facts.cluster_name = cce->text_or_empty("cluster_name");
    }
    channel.spec.microservice_info = std::move(info);
    channel.microservice_facts = std::move(facts);
}

void read_answered_health(const JsonObject& row, InstanceChannel& channel) {
    const auto json = row.object("vpc_health_config");
    if (!json) return;
    HealthCheck health = read_health(*json);
    const bool nothing = json->text_or_empty("protocol").empty() && health.threshold_normal == 0 &&
                         health.threshold_abnormal == 0 && health.time_interval == 0;
    if (nothing) return;
    channel.spec.vpc_health_config = std::move(health);
    channel.health_facts = read_health_facts(*json);
}

InstanceChannel read_answered(const JsonObject& row) {
    InstanceChannel channel;
    channel.name = row.required_text("name");
    if (!row.has("port")) row.refuse("port", "is missing");
    channel.id = row.text_or_empty("id");
    channel.create_time = parse_time(row.text_or_empty("create_time"));
    channel.status = row.number("status", ChannelStatus::abnormal);
    channel.spec = read_common(row);
    channel.spec.type = read_type(row);
    channel.spec.instance_ids.clear();
    channel.members_known = row.has("members");
    channel.health_known = row.has("vpc_health_config");
    read_answered_health(row, channel);
    read_answered_microservice(row, channel);
    channel.group_facts =
        row.list("member_groups", read_group_facts).value_or(std::vector<GroupFacts>());
    channel.member_facts = row.list("members", read_member_facts).value_or(std::vector<MemberFacts>());
    return channel;
}

InstanceChannel read_project_row(const JsonObject& row) {
    InstanceChannel channel = read_answered(row);
    channel.instance = row.required_text("instance_id");
    channel.instance_name = row.text_or_empty("instance_name");
    return channel;
}

// What we stored ourselves: as it was, empty parts included.

ChannelSpec read_stored_spec(const JsonObject& json) {
    ChannelSpec spec = read_common(json);
    spec.type = json.integer("type");
    spec.vpc_health_config = read_part(json, "vpc_health_config", read_health);
    if (const auto info = json.object("microservice_info")) {
        spec.microservice_info = read_microservice(*info);
        const auto nacos = info->object("nacos_info");
        if (nacos) read_password_secret(*nacos, *spec.microservice_info->nacos_info);
    }
    return spec;
}

InstanceChannel read_stored_row(const JsonObject& json) {
    InstanceChannel row;
    row.instance = json.text_or_empty("instance_id");
    row.instance_name = json.text_or_empty("instance_name");
    row.name = json.text_or_empty("name");
    row.id = json.text_or_empty("id");
    row.create_time = parse_time(json.text_or_empty("create_time"));
    row.status = json.number("status", ChannelStatus::abnormal);
    row.members_known = json.boolean("members_known").value_or(false);
    row.health_known = json.boolean("health_known").value_or(false);
    if (const auto spec = json.object("spec")) row.spec = read_stored_spec(*spec);
    row.group_facts = json.list("group_facts", read_group_facts).value_or(std::vector<GroupFacts>());
    row.member_facts = json.list("member_facts", read_member_facts).value_or(std::vector<MemberFacts>());
    row.health_facts = read_part(json, "health_facts", read_health_facts).value_or(HealthCheckFacts());
    if (const auto facts = json.object("microservice_facts")) {
        row.microservice_facts = read_microservice_facts(*facts);
        read_cse_facts(*facts, row.microservice_facts);
        row.microservice_facts.cluster_name = facts->text_or_empty("cluster_name");
    }
    return row;
}

/// Our own JSON that cannot be read is no passing trouble of a server.
template <class T>
Result<T> stored(Result<T> result) {
    if (result) return result;
    return Error(ErrorClass::terminal, ErrorReason::internal, result.error().what());
}

}  // namespace

Result<ChannelPage> parse_project_channels(std::string body) {
    return read_document(std::move(body), [](const JsonObject& answer) {
        ChannelPage page;
        auto rows = answer.list("project_vpc_channels", read_project_row);
        if (!rows) answer.refuse("project_vpc_channels", "is missing");
        page.rows = std::move(rows).value_or(std::vector<InstanceChannel>());
        page.total = answer.count("total");
        page.size = answer.count("size");
        return page;
    });
}

Result<InstanceChannel> parse_channel_detail(std::string body, const InstanceId& instance) {
    return read_document(std::move(body), [&](const JsonObject& answer) {
        InstanceChannel channel = read_answered(answer);
        channel.instance = instance;
        // This answer has both parts by contract; one that is left out is empty.
        channel.members_known = channel.health_known = true;
        if (!channel.spec.members) channel.spec.members.emplace();
        return channel;
    });
}

Result<ChannelSpec> spec_from_json(std::string_view json) {
    return stored(read_document(std::string(json), read_stored_spec));
}

Result<std::map<InstanceId, std::string>> ids_from_json(std::string_view json) {
    using Pair = std::pair<InstanceId, std::string>;
    return stored(read_document(std::string(json), [](const JsonObject& document) {
        const auto pairs = document.list("ids", [](const JsonObject& pair) {
            return Pair(pair.text_or_empty("instance_id"), pair.text_or_empty("id"));
        });
        if (!pairs) document.refuse("ids", "is missing");
        const std::vector<Pair> none;
        const auto& all = pairs ? *pairs : none;
        return std::map<InstanceId, std::string>(all.begin(), all.end());
    }));
}

Result<InstanceChannel> row_from_json(std::string_view json) {
    return stored(read_document(std::string(json), read_stored_row));
}

}  // namespace fairway
