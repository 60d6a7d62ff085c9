#include <iostream>

#include "controller/app/config/config_settings.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/setup.hpp"
#include "controller/cli/structured.hpp"
#include "controller/report/plain_text.hpp"

namespace fairway {
namespace {

ExitCode check(const CommonOptions& common, const ConfigResult& loaded) {
    if (common.output != OutputFormat::text) {
        Report report;
        add_problems(report, loaded.problems);
        print(report, common.output);
    } else if (loaded.config) {
        std::cout << plain(common.config) << " is valid\n";
    }
    return loaded.config ? ExitCode::ok : ExitCode::invalid;
}

void print_settings(const CommonOptions& common, const ConfigResult& loaded, bool effective) {
    const SettingNode root = settings_of(loaded, effective);
    if (common.output == OutputFormat::text) {
        std::cout << settings_yaml(root, loaded, common.config, common.config_given_by);
        return;
    }
    const Settings settings{common.config, common.config_given_by, flat(root)};
    std::cout << structured(settings_json(settings), common.output);
}

}  // namespace

ExitCode config_command(const CommonOptions& common, const ConfigOptions& options) {
    const ConfigResult loaded = load_config(common);
    const bool checks = options.what == "check";
    const bool in_report = checks && common.output != OutputFormat::text;
    for (const ManifestProblem& problem : loaded.problems) {
        if (!in_report) print_error(to_string(problem));
    }
    if (checks) return check(common, loaded);
    if (!loaded.config) return ExitCode::invalid;
    print_settings(common, loaded, options.effective);
    return ExitCode::ok;
}

}  // namespace fairway
