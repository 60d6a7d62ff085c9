#include "controller/app/config/config_projects.hpp"

#include <optional>
#include <utility>

#include "controller/app/config/config_credentials.hpp"
#include "controller/app/config/config_network.hpp"
#include "controller/app/config/config_values.hpp"
#include "manifests/text.hpp"

namespace fairway {
namespace {

std::string endpoint_of(Fields& project, std::string_view key, std::string_view service, bool needed) {
    if (const auto given = project.text(key, rules::endpoint)) return lower_case(*given);
    if (project.has(key)) return {};
    const YamlNode* region = project.node().find("region");
    if (region) return usual_endpoint(service, region->text);
    if (needed && project.readable()) {
        project.findings().error(
            project.node().at, project.path(key), "is missing, and so is region",
            "give the region or the endpoint"
        );
    }
    return {};
}

/// The project's id, or what it is looked up by.
void read_identity(Fields& project, ProjectEndpoint& out) {
    out.project_id = project.text("project_id", rules::cloud_project_id).value_or("");
    out.project_name = project.text("project_name", rules::cloud_project_name).value_or("");
    out.region = project.text("region", rules::region).value_or("");
    const bool has_id = project.has("project_id"), has_name = project.has("project_name");
    if (has_id && has_name) {
        project.error("project_name", "stands beside project_id", "keep one of them");
    }
    if (has_id || has_name || project.has("region") || !project.readable()) return;
    project.findings().error(
        project.node().at, project.path("project_id"), "is missing, and so is region",
        "write the id of the cloud's project, or the region whose main project it is"
    );
}

ProjectEndpoint read_project(
    Fields& project, ConfigPlace& place, const std::optional<Proxy>& usual_proxy
) {
    ProjectEndpoint out;
    out.name = project.text("name", rules::name, Need::required).value_or("");
    read_identity(project, out);
    read_tls(project, place, out);
    out.proxy = read_proxy(project, place).value_or(usual_proxy);
    read_credentials(project, place, out);
    out.endpoint = endpoint_of(project, "endpoint", "roma", true);
    // What is missing was told: nothing is added for a file that is wrong anyway.
    const bool needs_iam =
        out.agency || std::holds_alternative<Password>(out.credentials) || project.has("project_name");
    out.iam_endpoint = endpoint_of(project, "iam_endpoint", "iam", needs_iam);
    if (auto limits = project.mapping("limits")) {
        out.limits.reads_per_second = read_number(*limits, "reads_per_second", 0.1, 10'000);
        out.limits.writes_per_second = read_number(*limits, "writes_per_second", 0.1, 10'000);
        if (const auto concurrency = limits->integer("concurrency", 1, 1'000)) {
            out.limits.concurrency = static_cast<unsigned>(*concurrency);
        }
        limits->finish();
    }
    project.finish();
    return out;
}

}  // namespace

std::string usual_endpoint(std::string_view service, std::string_view region) {
    return "https://" + std::string(service) + '.' + std::string(region) + ".myhuaweicloud.com";
}

void check_unique(Fields& item, const std::string& name, std::map<std::string, int>& seen) {
    if (name.empty()) return;
    const Position at = item.node().find("name")->at;
    const auto [twin, is_new] = seen.emplace(name, at.line);
    if (is_new) return;
    item.findings().error(
        at, item.path("name"), quote(name) + " is used before, at line " + std::to_string(twin->second),
        "give each its own name"
    );
}

std::vector<ProjectEndpoint> read_projects(
    Fields& top, ConfigPlace& place, const std::optional<Proxy>& usual_proxy
) {
    std::vector<ProjectEndpoint> out;
    const YamlNode* list = top.list("projects", Need::required);
    if (!list) return out;
    if (list->items.empty())
        top.findings().error(list->at, top.path("projects"), "is empty", "list at least one project");
    std::map<std::string, int> seen;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
        Fields project(top.findings(), list->items[i], join_path(top.path("projects"), i));
        out.push_back(read_project(project, place, usual_proxy));
        check_unique(project, out.back().name, seen);
    }
    return out;
}

}  // namespace fairway
