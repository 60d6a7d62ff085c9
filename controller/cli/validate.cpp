#include <iostream>

#include "controller/cli/commands.hpp"
#include "controller/cli/setup.hpp"

namespace fairway {
namespace {

std::string count(std::size_t number, const char* what) {
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

void print_text(const ManifestSnapshot& wish) {
    for (const ManifestProblem& problem : wish.problems) std::cout << to_string(problem) << "\n";
    std::cout << count(wish.manifests.size(), "channel") << " valid";
    if (wish.invalid > 0) std::cout << ", " << count(wish.invalid, "document") << " refused";
    if (wish.ignored > 0)
        std::cout << ", " << count(wish.ignored, "document") << " of other programs ignored";
    std::cout << ", in " << count(wish.files, "file") << "\n";
}

}  // namespace

ExitCode validate_command(const CommonOptions& common) {
    std::optional<Config> config;
    if (common.config_given || common.paths.empty()) {
        auto read = read_config(common);
        if (const auto* code = std::get_if<ExitCode>(&read)) return *code;
        config = std::move(std::get<Config>(read));
    }
    const Result<Wish> wish = read_wish(common, config ? &*config : nullptr);
    if (!wish) {
        print_error(wish.error().what());
        return source_unreadable;
    }
    if (common.output == OutputFormat::text) {
        print_text(**wish);
    } else {
        Report report;
        add_problems(report, (*wish)->problems);
        report.unchanged = (*wish)->manifests.size();
        print(report, common.output);
    }
    const bool broken = (*wish)->invalid > 0;
    const bool nothing = (*wish)->manifests.empty() && !broken;
    if (nothing) print_error("no manifests found; give a directory with .yaml, .yml or .json files");
    return broken || nothing ? ExitCode::invalid : ExitCode::ok;
}

ExitCode schema_command() {
    std::cout << manifest_schema();
    return ExitCode::ok;
}

}  // namespace fairway
