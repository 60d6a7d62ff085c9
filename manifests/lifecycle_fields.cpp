#include <algorithm>
#include <array>
#include <set>

#include "manifests/spec_fields.hpp"
#include "manifests/text.hpp"
#include "manifests/value_rules.hpp"

namespace fairway {
namespace {

/// What a pointer can start with: everything of a spec but the instances, which are not a field of a
/// channel.
constexpr std::array<std::string_view, 10> ignorable{
    "port",
    "balance_strategy",
    "member_type",
    "type",
    "vpc_channel_type",
    "dict_code",
    "member_groups",
    "members",
    "vpc_health_config",
    "microservice_info"};

void check_start(
    Findings& findings, const YamlNode& node, const std::string& path, std::string_view pointer
) {
    const std::string_view start = pointer.substr(1, pointer.find('/', 1) - 1);
    if (start == "*" || std::find(ignorable.begin(), ignorable.end(), start) != ignorable.end()) return;
    if (start == "instance_ids") {
        findings.error(
            node.at, path, "the instances cannot be ignored", "list those that shall have the channel"
        );
        return;
    }
    const auto meant = closest(start, ignorable);
    findings.error(
        node.at, path, quote(start) + " is no field of spec",
        meant.empty() ? "start with a field of spec, such as /members"
                      : "did you mean /" + std::string(meant) + '?'
    );
}

/// What is compared below the fields that have something below them; `*` for one element of a list.
constexpr std::array<std::string_view, 41> compared{
    "member_groups/*/member_group_remark",
    "member_groups/*/member_group_weight",
    "member_groups/*/microservice_version",
    "member_groups/*/microservice_port",
    "member_groups/*/microservice_labels",
    "member_groups/*/reference_vpc_channel_id",
    "members/*/weight",
    "members/*/is_backup",
    "members/*/status",
    "members/*/ecs_name",
    "vpc_health_config/protocol",
    "vpc_health_config/path",
    "vpc_health_config/method",
    "vpc_health_config/port",
    "vpc_health_config/threshold_normal",
    "vpc_health_config/threshold_abnormal",
    "vpc_health_config/time_interval",
    "vpc_health_config/timeout",
    "vpc_health_config/http_code",
    "vpc_health_config/enable_client_ssl",
    "microservice_info/service_type",
    "microservice_info/cse_info/engine_id",
    "microservice_info/cse_info/service_id",
    "microservice_info/cce_info/cluster_id",
    "microservice_info/cce_info/namespace",
    "microservice_info/cce_info/workload_type",
    "microservice_info/cce_info/app_name",
    "microservice_info/cce_info/label_key",
    "microservice_info/cce_info/label_value",
    "microservice_info/cce_service_info/cluster_id",
    "microservice_info/cce_service_info/namespace",
    "microservice_info/cce_service_info/service_name",
    "microservice_info/nacos_info/namespace",
    "microservice_info/nacos_info/cluster_name",
    "microservice_info/nacos_info/group_name",
    "microservice_info/nacos_info/service_name",
    "microservice_info/nacos_info/server_config",
    "microservice_info/nacos_info/user_info/user_name",
    "port",
    "balance_strategy",
    "member_type"};

/// The next segment of a path, taken off it.
std::string_view next_segment(std::string_view& path) {
    const auto slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    return segment;
}

/// Whether `pointer` names `field`, or something above it.
bool reaches(std::string_view pointer, std::string_view field) {
    for (pointer.remove_prefix(1); !pointer.empty();) {
        if (field.empty()) return false;
        const std::string_view ours = next_segment(pointer), theirs = next_segment(field);
        if (ours != theirs && ours != "*" && theirs != "*") return false;
    }
    return true;
}

/// A pointer that no field can ever meet is a slip of the pen, and harmless.
void check_reach(
    Findings& findings, const YamlNode& node, const std::string& path, std::string_view pointer
) {
    const bool whole = pointer.find('/', 1) == std::string_view::npos;
    const bool met = std::any_of(compared.begin(), compared.end(), [&](std::string_view field) {
        return reaches(pointer, field);
    });
    if (whole || met) return;
    findings.warn(
        node.at, path, quote(pointer) + " matches nothing that is compared",
        "name a field as in spec, with * for one element of a list, such as /members/*/weight"
    );
}

std::vector<std::string> read_ignore(Fields& lifecycle) {
    std::vector<std::string> out;
    const YamlNode* list = lifecycle.list("ignore");
    if (!list) return out;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
        const std::string path = join_path(lifecycle.path("ignore"), i);
        const YamlNode& item = list->items[i];
        auto pointer = read_text(lifecycle.findings(), item, path, rules::json_pointer);
        if (!pointer) continue;
        check_start(lifecycle.findings(), item, path, *pointer);
        check_reach(lifecycle.findings(), item, path, *pointer);
        if (!seen.insert(*pointer).second) {
            lifecycle.findings().error(
                item.at, path, quote(*pointer) + " is listed before", "list it once"
            );
        }
        out.push_back(std::move(*pointer));
    }
    return out;
}

std::optional<Complaint> check_moment(std::string_view text) {
    if (rules::parse_moment(text)) return std::nullopt;
    return Complaint{
        quote(text) + " is no moment", "write one with its time zone, such as 2026-12-01T06:00:00Z"};
}

Suspension read_suspension(Fields suspend) {
    static constexpr TextRule moment{
        "a moment", 1, 40, nullptr, "a moment such as 2026-12-01T06:00:00Z", check_moment};
    Suspension out;
    if (const auto until = suspend.text("until", moment)) out.until = rules::parse_moment(*until);
    out.reason = suspend.text("reason", rules::reason).value_or("");
    suspend.finish();
    return out;
}

}  // namespace

Lifecycle read_lifecycle(Findings& findings, const YamlNode& node) {
    static constexpr std::array<std::string_view, 3> adopt{"never", "if-equal", "overwrite"};
    static constexpr std::array<std::string_view, 3> deletion{"delete", "orphan", "forbid"};
    static constexpr std::array<std::string_view, 2> drift{"correct", "warn"};
    Fields lifecycle(findings, node, "lifecycle");
    Lifecycle out;
    out.adopt = static_cast<AdoptPolicy>(lifecycle.word("adopt", adopt).value_or(0));
    out.deletion = static_cast<DeletionPolicy>(lifecycle.word("deletion", deletion).value_or(0));
    out.drift = static_cast<DriftPolicy>(lifecycle.word("drift", drift).value_or(0));
    out.ignore = read_ignore(lifecycle);
    if (const auto suspend = lifecycle.mapping("suspend")) out.suspend = read_suspension(*suspend);
    lifecycle.finish();
    return out;
}

}  // namespace fairway
