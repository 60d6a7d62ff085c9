#include "controller/app/config/config_projects.hpp"

#include <array>

#include "controller/app/config/config_files.hpp"
#include "controller/app/config/config_values.hpp"
#include "manifests/text.hpp"

namespace fairway {
namespace {

constexpr std::size_t largest_ca_file = 16 * 1024 * 1024;

Credentials read_key(Fields& credentials, ConfigPlace& place) {
    AccessKey out;
    if (auto key = read_secret(credentials, "access_key", place, Need::required))
        out.access_key = std::move(*key);
    if (auto key = read_secret(credentials, "secret_key", place, Need::required))
        out.secret_key = std::move(*key);
    out.security_token = read_secret(credentials, "security_token", place, Need::optional);
    return out;
}

Credentials read_login(Fields& credentials, ConfigPlace& place) {
    Password out;
    out.user = credentials.text("user", rules::user, Need::required).value_or("");
    out.domain = credentials.text("domain", rules::domain, Need::required).value_or("");
    if (auto password = read_secret(credentials, "password", place, Need::required))
        out.password = std::move(*password);
    return out;
}

Credentials read_credentials(Fields& project, ConfigPlace& place) {
    static constexpr std::array<std::string_view, 3> of_key{
        "access_key", "secret_key", "security_token"};
    static constexpr std::array<std::string_view, 3> of_login{"user", "domain", "password"};
    auto credentials = project.mapping("credentials", Need::required);
    if (!credentials) return {};
    const auto any_of = [&](const auto& keys) {
        for (const auto key : keys) {
            if (credentials->has(key)) return true;
        }
        return false;
    };
    const bool key = any_of(of_key), login = any_of(of_login);
    if (key && login) {
        credentials->findings().error(
            credentials->node().at, project.path("credentials"), "hold an access key and a password",
            "keep one of them"
        );
    }
    Credentials out;
    if (key || !login) out = read_key(*credentials, place);
    if (login) out = read_login(*credentials, place);
    credentials->finish();
    return out;
}

void read_ca_file(Fields& project, ConfigPlace& place, ProjectEndpoint& out) {
    const auto file = project.text("ca_file", rules::path);
    if (!file) return;
    out.ca_file = resolve_path(place.folder, *file);
    const auto content = read_config_file(*out.ca_file, largest_ca_file);
    std::string wrong;
    if (!content) wrong = "cannot be read: " + content.error().what();
    if (content && content->bytes.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
        wrong = "holds no certificate";
    if (wrong.empty()) return;
    project.findings().error(
        project.node().find("ca_file")->at, project.path("ca_file"), *out.ca_file + ' ' + wrong,
        "name a file with certificates in PEM format"
    );
}

std::string endpoint_of(Fields& project, std::string_view key, std::string_view service, bool needed) {
    if (const auto given = project.text(key, rules::endpoint)) return lower_case(*given);
    if (project.has(key)) return {};
    const YamlNode* region = project.node().find("region");
    if (region) return "https://" + std::string(service) + '.' + region->text + ".myhuaweicloud.com";
    if (needed && project.readable()) {
        project.findings().error(
            project.node().at, project.path(key), "is missing, and so is region",
            "give the region or the endpoint"
        );
    }
    return {};
}

ProjectEndpoint read_project(Fields& project, ConfigPlace& place) {
    ProjectEndpoint out;
    out.name = project.text("name", rules::name, Need::required).value_or("");
    out.project_id = project.text("project_id", rules::cloud_project_id, Need::required).value_or("");
    out.region = project.text("region", rules::region).value_or("");
    read_ca_file(project, place, out);
    out.credentials = read_credentials(project, place);
    out.endpoint = endpoint_of(project, "endpoint", "roma", true);
    const bool fetches_tokens = std::holds_alternative<Password>(out.credentials);
    out.iam_endpoint = endpoint_of(project, "iam_endpoint", "iam", fetches_tokens);
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

std::vector<ProjectEndpoint> read_projects(Fields& top, ConfigPlace& place) {
    std::vector<ProjectEndpoint> out;
    const YamlNode* list = top.list("projects", Need::required);
    if (!list) return out;
    if (list->items.empty())
        top.findings().error(list->at, top.path("projects"), "is empty", "list at least one project");
    std::map<std::string, int> seen;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
        Fields project(top.findings(), list->items[i], join_path(top.path("projects"), i));
        out.push_back(read_project(project, place));
        check_unique(project, out.back().name, seen);
    }
    return out;
}

}  // namespace fairway
