#include "controller/app/apply.hpp"

#include <unistd.h>

#include <iostream>

#include "controller/app/config/config_values.hpp"
#include "controller/app/store_access.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/confirm.hpp"
#include "controller/cli/progress.hpp"
#include "controller/cli/scope.hpp"
#include "controller/cli/setup.hpp"
#include "controller/cli/wish_checks.hpp"

namespace fairway {
namespace {

Task<ExitCode> apply(
    Applier& applier, SqliteStore& store, Core& core, Wish wish, WallTime now,
    const CommonOptions& common, Progress& progress
) {
    const Result<> settled = co_await settle_doubt(store, core.reconciler().gate(), now);
    if (!settled) {
        print_error(settled.error().what());
        co_return ExitCode::failed;
    }
    Outcome outcome = co_await applier.apply(wish);
    progress.clear();
    add_problems(outcome.report, wish->problems);
    if (wish->invalid > 0) outcome.failures.push_back(ExitCode::invalid);
    print(outcome.report, common.output);
    co_return exit_code_of(outcome);
}

Error not_confirmed(const std::string& way_out) {
    return {ErrorClass::refused, ErrorReason::guard, "not confirmed, so nothing was written" + way_out};
}

Result<> ask_person(const Report& report) {
    std::cerr << to_text(report, coloured(STDERR_FILENO));
    if (agrees("Apply this?")) return {};
    return not_confirmed("");
}

/// Where nobody can be asked, silence is not consent.
Result<> ask_nobody(const Report&) {
    return not_confirmed(
        "; there is no terminal to ask at: to go ahead, add --yes, or give the plan that was agreed to "
        "by --plan"
    );
}

}  // namespace

ExitCode apply_command(const CommonOptions& given, const ApplyCommandOptions& options) {
    CommonOptions common = given;
    PlanScope scope = options.scope;
    std::string agreed;
    std::optional<WallTime> until;
    if (!options.plan.empty()) {
        Result<PlanFile> plan = read_plan(options.plan);
        if (!plan) throw CannotStart(ExitCode::invalid, "--plan: " + plan.error().what());
        agreed = std::move(plan->digest);
        until = plan->until;
        scope = std::move(plan->scope);
        common.paths = scope.paths;
    }
    Setup setup(common);
    if (until && *until <= setup.clock.wall()) {
        print_error(
            "--plan: the plan is stale: it was to be applied within a day; make it anew with: fairway "
            "plan --out FILE"
        );
        return ExitCode::refused;
    }
    const std::optional<Duration> limit = parse_duration(options.timeout);
    if (!limit || *limit <= Duration::zero()) {
        print_error("--timeout: " + options.timeout + " is not a duration; write 90s, 10m or 1h");
        return ExitCode::invalid;
    }
    ApplyOptions how;
    how.selection = selection_of(scope);
    if (scope.prune) refuse_prune_of_part(common.paths, setup.config);
    const Wish wish = setup.wish();
    const auto store = setup.store(StoreUse::write);
    const bool may_be_empty = scope.prune && setup.config.reconcile.allow_empty;
    if (const auto empty = judge_empty(*wish, owns_channels(setup.context, *store), may_be_empty))
        return *empty;
    Core::Options mode;
    mode.prune = prune_mode_of(scope);
    mode.lineage = store->lineage();
    const bool person = !options.yes && isatty(STDIN_FILENO) == 1;
    mode.hold_updates = !person && agreed.empty();  // whoever looks at the plan needs no second word
    const auto core = setup.core(*store, std::move(mode));
    allow_replacing(*core, scope, *wish);

    how.workers = setup.config.reconcile.workers;
    how.time_limit = *limit;
    Progress progress(isatty(STDERR_FILENO) == 1);
    how.starting = [&progress](std::size_t channels) { progress.expect(channels); };
    how.progress = [&progress](const ChannelKey& key, const PassReport& report) {
        progress.tell(key, report);
    };
    how.agreed = agreed;
    how.deletes_nothing =
        options.single_pass
            ? "a single pass deletes nothing, for it cannot see that this stays so for a while; to "
              "delete: fairway apply --prune"
            : "apply deletes with --prune only";
    how.reread = [&]() -> Result<Wish> {
        Result<Wish> again = read_wish(common, &setup.config);
        if (!again) return again.error();
        return core->known(*std::move(again));
    };
    if (!options.yes && agreed.empty()) how.confirm = person ? ask_person : ask_nobody;
    Applier applier(
        setup.context.get_executor(), *core, setup.ports(*store), setup.config, std::move(how)
    );
    return run_until_done(
        setup.context,
        apply(applier, *store, *core, core->known(wish), setup.clock.wall(), common, progress),
        [&applier] { applier.interrupt(); }
    );
}

}  // namespace fairway
