#include <filesystem>

#include "controller/app/apply.hpp"
#include "controller/app/no_store.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/setup.hpp"
#include "controller/cli/wish_checks.hpp"

namespace fairway {
namespace {

Task<ExitCode> plan(
    Core& core, StateStore& store, const Config& config, Wish wish, const CommonOptions& common,
    const PlanOptions& options, std::vector<std::string> warnings
) {
    Outcome outcome = co_await plan_once(core, store, config, wish);
    outcome.report.warnings.insert(outcome.report.warnings.end(), warnings.begin(), warnings.end());
    add_problems(outcome.report, wish->problems);
    print(outcome.report, common.output);
    if (wish->invalid > 0) co_return ExitCode::invalid;
    if (!outcome.failures.empty()) co_return exit_code_of(outcome.failures, false);
    co_return options.detailed_exitcode&& outcome.report.has_changes() ? ExitCode::changes
                                                                       : ExitCode::ok;
}

}  // namespace

ExitCode plan_command(const CommonOptions& common, const PlanOptions& options) {
    Setup setup(common);
    const Wish wish = setup.wish();
    std::vector<std::string> warnings;
    std::unique_ptr<StateStore> store;
    bool owns = false;
    if (std::filesystem::exists(setup.config.sqlite)) {
        store = setup.store(StoreUse::read);
        owns = owns_channels(setup.context, *store);
    } else {
        warnings.push_back(
            "there is no store at " + setup.config.sqlite +
            ": every declared name that exists is presumed to be ours"
        );
        store = std::make_unique<NoStore>();
    }
    if (const auto empty = judge_empty(*wish, owns)) return *empty;
    const auto core = setup.core(*store, warnings.empty() ? Core::Mode::look : Core::Mode::presume);
    return run_until_done(
        setup.context, plan(*core, *store, setup.config, wish, common, options, warnings), {}
    );
}

}  // namespace fairway
