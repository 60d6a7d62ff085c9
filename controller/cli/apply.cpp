#include "controller/app/apply.hpp"

#include <unistd.h>

#include <iostream>

#include "controller/app/config/config_values.hpp"
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
    Setup setup(common);
    const std::optional<Duration> limit = parse_duration(options.timeout);
    if (!limit || *limit <= Duration::zero()) {
        print_error("--timeout: " + options.timeout + " is not a duration; write 90s, 10m or 1h");
        return ExitCode::invalid;
    }
    const Wish wish = setup.wish();
    const auto store = setup.store(StoreUse::write);
    if (const auto empty = judge_empty(*wish, owns_channels(setup.context, *store))) return *empty;
    const auto core = setup.core(*store);

    ApplyOptions how;
    how.workers = setup.config.reconcile.workers;
    how.time_limit = *limit;
    how.progress = tell_progress;
    if (!options.yes && isatty(STDIN_FILENO) == 1) how.confirm = ask_person;
    Applier applier(
        setup.context.get_executor(), *core, setup.ports(*store), setup.config, std::move(how)
    );
    return run_until_done(setup.context, apply(applier, wish, common), [&applier] {
        applier.interrupt();
    });
}

}  // namespace fairway
