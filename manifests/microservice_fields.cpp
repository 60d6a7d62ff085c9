#include <algorithm>
#include <array>
#include <set>

#include "manifests/addresses.hpp"
#include "manifests/spec_fields.hpp"
#include "manifests/text.hpp"
#include "manifests/value_rules.hpp"

namespace fairway {
namespace {

constexpr std::array<std::string_view, 4> service_types{"CSE", "CCE", "CCE_SERVICE", "NACOS"};
constexpr std::array<std::string_view, 4> info_keys{
    "cse_info", "cce_info", "cce_service_info", "nacos_info"};

CseInfo read_cse(Fields info) {
    CseInfo out;
    out.engine_id = info.text("engine_id", rules::engine_id, Need::required).value_or("");
    out.service_id = info.text("service_id", rules::service_id, Need::required).value_or("");
    info.finish();
    return out;
}

CceInfo read_cce(Fields info) {
    static constexpr std::array<std::string_view, 3> workloads{"deployment", "statefulset", "daemonset"};
    CceInfo out;
    out.cluster_id = info.text("cluster_id", rules::cluster_id, Need::required).value_or("");
    out.namespace_ = info.text("namespace", rules::cce_namespace, Need::required).value_or("");
    if (const auto workload = info.word("workload_type", workloads, Need::required)) {
        out.workload_type = static_cast<WorkloadType>(*workload);
    }
    out.app_name = info.text("app_name", rules::workload_name);
    out.label_key = info.text("label_key", rules::workload_label_key);
    out.label_value = info.text("label_value", rules::workload_label_value);
    if (info.has("label_key") != info.has("label_value")) {
        const std::string_view given = info.has("label_key") ? "label_key" : "label_value";
        const std::string_view other = info.has("label_key") ? "label_value" : "label_key";
        info.findings().error(
            info.node().find(given)->at, info.path(given), "stands alone",
            "give " + std::string(other) + " too"
        );
    } else if (!info.has("app_name") && !info.has("label_key")) {
        info.findings().error(
            info.node().at, info.path("app_name"), "is missing",
            "give app_name, or label_key and label_value"
        );
    }
    info.finish();
    return out;
}

CceServiceInfo read_cce_service(Fields info) {
    CceServiceInfo out;
    out.cluster_id = info.text("cluster_id", rules::cluster_id, Need::required).value_or("");
    out.namespace_ = info.text("namespace", rules::cce_service_namespace, Need::required).value_or("");
    out.service_name = info.text("service_name", rules::cce_service_name, Need::required).value_or("");
    info.finish();
    return out;
}

NacosServer read_server(Fields server) {
    constexpr int grpc_offset = 1000;  // what the registry adds where no gRPC port is given
    NacosServer out;
    out.ip_address = server.text("ip_address", rules::nacos_address, Need::required).value_or("");
    out.port = server.integer("port", 1, 65535, Need::required).value_or(0);
    out.grpc_port = server.integer("grpc_port", 1, 65535);
    if (!server.has("grpc_port") && out.port + grpc_offset > 65535) {
        server.findings().error(
            server.node().find("port")->at, server.path("grpc_port"),
            "is absent, and its default, port + 1000, is above 65535", "give grpc_port"
        );
    }
    server.finish();
    return out;
}

void read_servers(Fields& nacos, NacosInfo& out) {
    const YamlNode* list = nacos.list("server_config", Need::required);
    if (!list) return;
    const std::string path = nacos.path("server_config");
    if (list->items.empty() || list->items.size() > 9) {
        nacos.findings().error(
            list->at, path, "has " + std::to_string(list->items.size()) + " servers", "list 1 to 9"
        );
    }
    std::set<std::pair<std::string, int>> seen;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
        const NacosServer server =
            read_server(Fields(nacos.findings(), list->items[i], join_path(path, i)));
        const bool known = !server.ip_address.empty() && server.port != 0;
        if (known && !seen.emplace(canonical_host(server.ip_address), server.port).second) {
            nacos.findings().error(
                list->items[i].at, join_path(path, i), "the same address and port are listed before",
                "list each server once"
            );
        }
        out.server_config.push_back(server);
    }
}

/// Only ever a reference: the value itself must not be told, not even in a complaint.
std::string read_password(Fields& user, const ManifestContext& context) {
    constexpr std::string_view key = "password";
    const std::string right = "write {secret: NAME}, and define the secret NAME in the configuration";
    const YamlNode* node = user.find(key, Need::required, right);
    if (!node || node->kind == YamlNode::Kind::refused) return {};
    if (node->kind != YamlNode::Kind::mapping) {
        user.findings().error(node->at, user.path(key), "a manifest holds no password", right);
        return {};
    }
    Fields reference(user.findings(), *node, user.path(key));
    static constexpr std::array<KeyHint, 3> hints{{
        {"env", "a manifest names no variable",
         "write {secret: NAME}, and let the configuration say where it is"},
        {"file", "a manifest names no file",
         "write {secret: NAME}, and let the configuration say where it is"},
        {"value", "a manifest holds no password",
         "write {secret: NAME}, and let the configuration say where it is"},
    }};
    const auto name = reference.text("secret", rules::secret_name, Need::required);
    reference.finish(hints);
    if (!name) return {};
    if (context.check_names && !context.secrets.contains(*name)) {
        const std::vector<std::string_view> known(context.secrets.begin(), context.secrets.end());
        const auto meant = closest(*name, known);
        user.findings().error(
            node->find("secret")->at, reference.path("secret"),
            "the configuration defines no secret " + quote(*name),
            meant.empty() ? "define it under secrets" : "did you mean " + std::string(meant) + '?'
        );
    }
    return *name;
}

NacosInfo read_nacos(Fields nacos, const ManifestContext& context) {
    NacosInfo out;
    out.namespace_ = nacos.text("namespace", rules::nacos_namespace);
    out.cluster_name = nacos.text("cluster_name", rules::nacos_cluster);
    out.group_name = nacos.text("group_name", rules::nacos_group);
    out.service_name = nacos.text("service_name", rules::nacos_service, Need::required).value_or("");
    read_servers(nacos, out);
    if (auto user = nacos.mapping("user_info", Need::required)) {
        out.user_name = user->text("user_name", rules::user_name, Need::required).value_or("");
        out.password_secret = read_password(*user, context);
        user->finish();
    }
    nacos.finish();
    return out;
}

/// The service type, given or told by the one object that is there; reports a missing object and each
/// that does not belong to the type.
std::optional<ServiceType> match_type(Fields& info) {
    std::optional<std::size_t> type = info.word("service_type", service_types);
    const bool unreadable = info.has("service_type") && !type;
    if (unreadable) return std::nullopt;
    std::vector<std::size_t> given;
    for (std::size_t i = 0; i < info_keys.size(); ++i) {
        if (info.has(info_keys[i])) given.push_back(i);
    }
    if (!type) {
        if (given.size() == 1) return static_cast<ServiceType>(given.front());
        info.findings().error(
            info.node().at, info.path("service_type"), "is missing", "write " + either(service_types)
        );
        return std::nullopt;
    }
    if (std::find(given.begin(), given.end(), *type) == given.end()) {
        info.findings().error(
            info.node().at, info.path(info_keys[*type]), "is missing",
            "service_type " + std::string(service_types[*type]) + " needs it"
        );
    }
    for (const std::size_t other : given) {
        if (other == *type) continue;
        info.findings().error(
            info.node().find(info_keys[other])->at, info.path(info_keys[other]),
            "does not belong to service_type " + std::string(service_types[*type]), "leave it out"
        );
    }
    return static_cast<ServiceType>(*type);
}

}  // namespace

MicroserviceInfo read_microservice_info(Fields& info, const ManifestContext& context) {
    MicroserviceInfo out;
    out.service_type = match_type(info);
    if (const auto cse = info.mapping("cse_info")) out.cse_info = read_cse(*cse);
    if (const auto cce = info.mapping("cce_info")) out.cce_info = read_cce(*cce);
    if (const auto service = info.mapping("cce_service_info"))
        out.cce_service_info = read_cce_service(*service);
    if (const auto nacos = info.mapping("nacos_info")) out.nacos_info = read_nacos(*nacos, context);
    info.finish();
    return out;
}

}  // namespace fairway
