#include <algorithm>
#include <iostream>

#include "controller/app/live_rows.hpp"
#include "controller/app/manifest_files.hpp"
#include "controller/app/no_store.hpp"
#include "controller/cli/channel_name.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/setup.hpp"
#include "controller/report/plain_text.hpp"
#include "manifests/value_rules.hpp"
#include "manifests/write/file_names.hpp"
#include "manifests/write/live_channels.hpp"
#include "manifests/write/manifest_text.hpp"

namespace fairway {
namespace {

/// What stands for a secret that nobody named: valid to read, and not defined anywhere.
constexpr const char* placeholder = "REPLACE-ME-nacos-password";
constexpr std::size_t documents_of_a_file = 1000;  // what one file may hold to be read again

void warn(const std::string& text) {
    std::cerr << "warning: " << plain(text) << "\n";
}

/// The live channels of the projects asked for, and what went wrong on the way.
struct Gathered {
    std::map<std::string, std::vector<InstanceChannel>> rows;  ///< by project
    std::set<std::string> missing;                             ///< names asked for and not found
    std::set<ChannelKey> known;                                ///< all that live
    std::vector<ExitCode> failures;
};

Task<ExitCode> gather(
    Setup& setup, ChannelApi& api, std::vector<std::string> projects, std::set<std::string> names,
    Gathered& found
) {
    found.missing = names;
    for (const std::string& project : projects) {
        Result<LiveRows> live = co_await live_rows(setup.context.get_executor(), api, project, names);
        if (!live) {
            print_error(plain(project + ": " + live.error().what()));
            found.failures.push_back(exit_code_of(live.error()));
            continue;
        }
        for (const auto& [name, error] : live->failures) {
            print_error(plain(project + "/" + name + ": " + error.what()));
            found.failures.push_back(exit_code_of(error));
            found.missing.erase(name);
        }
        for (const InstanceChannel& row : live->rows) found.missing.erase(row.name);
        for (const std::string& name : live->names) found.known.insert({project, name});
        found.rows[project] = std::move(live->rows);
    }
    co_return ExitCode::ok;
}

/// The name that passwords are replaced by; checked without repeating it, for it may be the password.
std::string secret_asked_for(const Config& config, const std::string& name) {
    if (name.empty()) return placeholder;
    if (name.size() > rules::secret_name.max || rules::secret_name.check(name)) {
        throw CannotStart(
            ExitCode::invalid,
            "--nacos-secret: is no secret's name; write the name of a secret of the configuration"
        );
    }
    if (!config.secrets.contains(name)) {
        warn("--nacos-secret: the configuration defines no secret of that name yet; add it under secrets"
        );
    }
    return name;
}

bool is_nacos(const ChannelSpec& spec) {
    return spec.microservice_info && spec.microservice_info->nacos_info;
}

/// The manifests of what was found, checked as `validate` will check them.
class Writer {
public:
    Writer(const Config& config, const ExportCommandOptions& options, Gathered& found)
        : options_(options), found_(found), secret_(secret_asked_for(config, options.nacos_secret)) {
        for (const auto& project : config.projects) context_.projects.insert(project.name);
    }

    std::vector<ManifestFile> files() {
        const bool several = context_.projects.size() > 1;
        const bool folders = options_.project.empty() && several;
        std::vector<ManifestFile> files;
        for (auto& [project, rows] : found_.rows) {
            const auto channels = live_channels(std::move(rows), secret_);
            std::vector<std::string> names;
            for (const LiveChannel& channel : channels) names.push_back(channel.name);
            const auto paths = manifest_file_names(names);
            for (const LiveChannel& channel : channels) {
                ManifestDraft draft;
                draft.name = channel.name;
                if (several) draft.project = project;
                draft.spec = channel.spec;
                draft.adopt_if_equal = options_.adopt;
                const std::string& path = paths.at(channel.name);
                files.push_back({folders ? project + "/" + path : path, manifest_text(draft)});
                tell(project + "/" + channel.name, channel, files.back());
            }
        }
        if (placeholders_ > 0 && options_.nacos_secret.empty()) {
            warn(
                std::to_string(placeholders_) +
                " password(s) of Nacos stand as {secret: " + placeholder +
                "}: define a secret in the configuration and name it, or export with --nacos-secret NAME"
            );
        }
        return files;
    }

private:
    void tell(const std::string& what, const LiveChannel& channel, const ManifestFile& file) {
        for (const std::string& warning : channel.warnings) warn(what + ": " + warning);
        if (is_nacos(channel.spec)) ++placeholders_;
        const FileManifests read = parse_manifests(file.path, file.text, context_);
        if (read.invalid == 0) return;
        found_.failures.push_back(ExitCode::invalid);
        for (const ManifestProblem& problem : read.problems) {
            if (problem.severity != Severity::error) continue;
            warn(
                what + ": the live channel breaks a rule of manifests: " + problem.field + ": " +
                problem.wrong + (problem.advice.empty() ? "" : "; " + problem.advice)
            );
        }
    }

    const ExportCommandOptions& options_;
    Gathered& found_;
    std::string secret_;
    ManifestContext context_;
    std::size_t placeholders_ = 0;
};

void print_stream(const std::vector<ManifestFile>& files) {
    std::string text = schema_line();
    for (const ManifestFile& file : files) {
        if (&file != &files.front()) text += "---\n";
        text += file.text;
    }
    std::cout << text;
    if (files.size() > documents_of_a_file || text.size() > max_manifest_bytes) {
        warn("this is more than one file may hold; export with --dir DIR");
    }
}

ExitCode write_folder(std::vector<ManifestFile> files, const ExportCommandOptions& options) {
    for (ManifestFile& file : files) {
        const auto folders = std::count(file.path.begin(), file.path.end(), '/');
        file.text = schema_line(static_cast<std::size_t>(folders)) + file.text;
    }
    const Result<FilesWritten> done = write_manifest_files(options.directory, files, options.force);
    if (!done) {
        print_error(plain(done.error().what()));
        return exit_code_of(done.error());
    }
    std::cout << done->written << " written, " << done->unchanged << " unchanged, in "
              << plain(options.directory) << "\n";
    return ExitCode::ok;
}

}  // namespace

ExitCode export_command(const CommonOptions& common, const ExportCommandOptions& options) {
    Setup setup(common);
    const std::vector<std::string> projects = projects_asked_for(setup.config, options.project);
    const std::set<std::string> names(options.names.begin(), options.names.end());
    Gathered found;
    Writer writer(setup.config, options, found);
    NoStore nothing;
    Core::Options only_look;
    only_look.mode = Core::Mode::look;
    const auto core = setup.core(nothing, std::move(only_look));
    run_until_done(setup.context, gather(setup, core->api(), projects, names, found), {});
    for (const std::string& name : found.missing) {
        print_error(plain("no live channel is named " + name) + advice_for({{}, name}, found.known));
        found.failures.push_back(ExitCode::invalid);
    }
    const std::vector<ManifestFile> files = writer.files();
    if (files.empty()) {
        if (found.failures.empty()) print_error("there are no live channels");
        return exit_code_of(found.failures, false);
    }
    if (options.directory.empty()) {
        print_stream(files);
    } else if (const ExitCode code = write_folder(files, options); code != ExitCode::ok) {
        return code;
    }
    return exit_code_of(found.failures, true);
}

}  // namespace fairway
