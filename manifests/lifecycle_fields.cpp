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
