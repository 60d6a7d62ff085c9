#include "controller/app/apply.hpp"

#include <unistd.h>

#include <iostream>

#include "controller/app/config/config_values.hpp"
#include "controller/app/store_access.hpp"
#include "controller/async/real_clock.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/setup.hpp"
#include "controller/cli/wish_checks.hpp"

namespace fairway {
namespace {

Task<ExitCode> apply(Applier& applier, Wish wish, const CommonOptions& common) {
    Outcome outcome = co_await applier.apply(wish);
    add_problems(outcome.report, wish->problems);
    if (wish->invalid > 0) outcome.failures.push_back(ExitCode::invalid);
    print(outcome.report, common.output);
    co_return exit_code_of(outcome.failures, outcome.succeeded);
}

bool ask_person(const Report& report) {
    std::cerr << to_text(report, coloured(STDERR_FILENO)) << "Apply this? Only \"yes\" goes ahead: ";
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "yes";
}

void tell_progress(const ChannelKey& key, const PassReport& report) {
    std::string line = key.project + "/" + key.name + ": ";
    if (report.error) {
        line += "failed: " + report.error->what();
    } else if (!report.why.empty()) {
        line += report.why;
    } else {
        for (const ChangeKind kind : report.done) line += std::string(to_string(kind)) + "d, ";
        line += "in sync";
    }
    std::cerr << line << "\n";
}

}  // namespace

ExitCode apply_command(const CommonOptions& common, const ApplyCommandOptions& options) {
    auto read = read_config(common);
    if (const auto* code = std::get_if<ExitCode>(&read)) return *code;
    const Config config = std::move(std::get<Config>(read));
    const std::optional<Duration> limit = parse_duration(options.timeout);
    if (!limit || *limit <= Duration::zero()) {
        print_error("--timeout: " + options.timeout + " is not a duration; write 90s, 10m or 1h");
        return ExitCode::invalid;
    }
    const Result<Wish> wish = read_wish(common, &config);
    if (!wish) {
        print_error(wish.error().what());
        return source_unreadable;
    }

    boost::asio::io_context context(1);
    RealClock clock(context.get_executor());
    RealEntropy entropy;
    NoMetrics metrics;
    Result<std::unique_ptr<SqliteStore>> store =
        open_store(context.get_executor(), config, metrics, StoreUse::write);
    if (!store) {
        print_error(store.error().what());
        return store_exit_code(store.error());
    }
    if (const auto empty = judge_empty(**wish, owns_channels(context, **store))) return *empty;
    const Core::Ports ports{**store, metrics, clock, entropy};
    Result<std::unique_ptr<Core>> core = Core::open(context.get_executor(), config, ports);
    if (!core) {
        print_error(core.error().what());
        return ExitCode::invalid;
    }

    ApplyOptions how;
    how.workers = config.reconcile.workers;
    how.time_limit = *limit;
    how.progress = tell_progress;
    if (!options.yes && isatty(STDIN_FILENO) == 1) how.confirm = ask_person;
    Applier applier(context.get_executor(), **core, ports, config, std::move(how));
    return run_until_done(context, apply(applier, *wish, common), [&applier] { applier.interrupt(); });
}

}  // namespace fairway
