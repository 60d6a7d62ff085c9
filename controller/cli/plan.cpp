#include <filesystem>

#include "controller/app/apply.hpp"
#include "controller/app/no_store.hpp"
#include "controller/app/store_access.hpp"
#include "controller/async/real_clock.hpp"
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
    auto read = read_config(common);
    if (const auto* code = std::get_if<ExitCode>(&read)) return *code;
    const Config config = std::move(std::get<Config>(read));
    const Result<Wish> wish = read_wish(common, &config);
    if (!wish) {
        print_error(wish.error().what());
        return source_unreadable;
    }

    boost::asio::io_context context(1);
    RealClock clock(context.get_executor());
    RealEntropy entropy;
    NoMetrics metrics;
    std::vector<std::string> warnings;
    std::unique_ptr<StateStore> store;
    bool owns = false;
    if (std::filesystem::exists(config.sqlite)) {
        Result<std::unique_ptr<SqliteStore>> opened =
            open_store(context.get_executor(), config, metrics, StoreUse::read);
        if (!opened) {
            print_error(opened.error().what());
            return store_exit_code(opened.error());
        }
        owns = owns_channels(context, **opened);
        store = std::move(*opened);
    } else {
        warnings.push_back(
            "there is no store at " + config.sqlite +
            ": every declared name that exists is presumed to be ours"
        );
        store = std::make_unique<NoStore>();
    }
    if (const auto empty = judge_empty(**wish, owns)) return *empty;

    Result<std::unique_ptr<Core>> core = Core::open(
        context.get_executor(), config, Core::Ports{*store, metrics, clock, entropy},
        warnings.empty() ? Core::Mode::look : Core::Mode::presume
    );
    if (!core) {
        print_error(core.error().what());
        return ExitCode::invalid;
    }
    return run_until_done(context, plan(**core, *store, config, *wish, common, options, warnings), {});
}

}  // namespace fairway
