#include <filesystem>
#include <iostream>

#include "controller/app/version.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/online_checks.hpp"
#include "controller/cli/setup.hpp"
#include "controller/report/annotations.hpp"
#include "controller/report/phrases.hpp"
#include "controller/report/plain_text.hpp"

namespace fairway {
namespace {

void print_counts(const ManifestSnapshot& wish) {
    std::cout << plural(wish.manifests.size(), "channel") << " valid";
    if (wish.invalid > 0) std::cout << ", " << plural(wish.invalid, "document") << " refused";
    if (wish.ignored > 0)
        std::cout << ", " << plural(wish.ignored, "document") << " of other programs ignored";
    std::cout << ", in " << plural(wish.files, "file") << "\n";
}

/// Asks the clouds whether there is a place for what is declared.
Checklist ask_online(const CommonOptions& common, const ManifestSnapshot& wish) {
    Setup setup(common);
    NamedInstances named;
    std::set<std::string> projects;
    for (const auto& [key, manifest] : wish.manifests) {
        projects.insert(key.project);
        const auto& instances = manifest->spec.instance_ids;
        named[key.project].insert(instances.begin(), instances.end());
    }
    Checklist list = check_online(setup, projects, std::move(named));
    std::erase_if(list.checks, [](const Check& check) {
        return check.result != CheckResult::failure && check.result != CheckResult::warning;
    });
    return list;
}

std::string text_of(const Check& check) {
    return (check.project.empty() ? "" : check.project + ": ") + check.what + ": " + check.detail;
}

void add_checks(Report& report, const std::vector<Check>& checks) {
    for (const Check& check : checks) {
        if (check.result == CheckResult::warning) {
            report.warnings.push_back(text_of(check));
            continue;
        }
        ReportedError& error = report.errors.emplace_back();
        error.key.project = check.project;
        error.message = check.what + ": " + check.detail;
        error.error_class = to_string(ErrorClass::terminal);
    }
}

/// The folder of the Git repository that we are in, which is where programs that show annotations count
/// from; else the current one.
std::filesystem::path working_tree() {
    std::error_code error;
    const auto here = std::filesystem::current_path(error);
    for (auto folder = here; !folder.empty(); folder = folder.parent_path()) {
        if (std::filesystem::exists(folder / ".git", error)) return folder;
        if (folder == folder.parent_path()) break;
    }
    return here;
}

/// `file` as seen from `tree`, or as an absolute path where it is not below.
std::string seen_from(const std::filesystem::path& tree, const std::string& file) {
    std::error_code error;
    const auto path = std::filesystem::absolute(file, error).lexically_normal();
    if (error || tree.empty()) return file;
    const auto below = path.lexically_relative(tree);
    return below.empty() || *below.begin() == ".." ? path.string() : below.string();
}

constexpr const char* no_manifests =
    "no manifests found; give a directory with .yaml, .yml or .json files";

void print_annotations(
    const ManifestSnapshot& wish, const std::vector<Check>& checks, OutputFormat format
) {
    const std::vector<SchemaField> fields = schema_fields(manifest_schema());
    const std::filesystem::path tree = working_tree();
    std::vector<Annotation> annotations;
    for (const ManifestProblem& problem : wish.problems) {
        annotations.push_back(annotation_of(problem, fields));
        std::string& file = annotations.back().place.file;
        if (!file.empty()) file = seen_from(tree, file);
    }
    for (const Check& check : checks) {
        const bool warning = check.result == CheckResult::warning;
        annotations.push_back(
            {warning ? Severity::warning : Severity::error, {}, std::string(cloud_rule), text_of(check)}
        );
    }
    if (wish.manifests.empty() && wish.invalid == 0) {
        annotations.push_back({Severity::error, {}, std::string(manifest_rule), no_manifests});
    }
    if (format == OutputFormat::sarif) {
        std::cout << to_sarif(annotations, fields, version());
        return;
    }
    std::cout << to_github(annotations);
    print_counts(wish);
}

}  // namespace

ExitCode validate_command(const CommonOptions& common, const ValidateOptions& options) {
    std::optional<Config> config;
    if (common.config_given || common.paths.empty() || options.online) {
        auto read = read_config(common);
        if (const auto* code = std::get_if<ExitCode>(&read)) return *code;
        config = std::move(std::get<Config>(read));
    }
    const Result<Wish> wish = read_wish(common, config ? &*config : nullptr);
    if (!wish) {
        print_error(wish.error().what());
        return source_unreadable;
    }
    Checklist online;
    if (options.online) online = ask_online(common, **wish);
    if (common.output == OutputFormat::text) {
        for (const Check& check : online.checks) {
            std::cout << (check.result == CheckResult::warning ? "warning: " : "error: ")
                      << plain(text_of(check)) << "\n";
        }
        for (const ManifestProblem& problem : (*wish)->problems) std::cout << to_string(problem) << "\n";
        print_counts(**wish);
    } else if (common.output == OutputFormat::github || common.output == OutputFormat::sarif) {
        print_annotations(**wish, online.checks, common.output);
    } else {
        Report report;
        add_problems(report, (*wish)->problems);
        add_checks(report, online.checks);
        report.unchanged = (*wish)->manifests.size();
        print(report, common.output);
    }
    const bool broken = (*wish)->invalid > 0;
    const bool nothing = (*wish)->manifests.empty() && !broken;
    if (nothing) print_error(no_manifests);
    if (broken || nothing) online.failures.push_back(ExitCode::invalid);
    return exit_code_of(online.failures, false);
}

ExitCode schema_command() {
    std::cout << manifest_schema();
    return ExitCode::ok;
}

}  // namespace fairway
