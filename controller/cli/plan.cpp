#include <filesystem>

#include "controller/app/apply.hpp"
#include "controller/app/no_store.hpp"
#include "controller/app/store_access.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/scope.hpp"
#include "controller/cli/setup.hpp"
#include "controller/cli/wish_checks.hpp"

namespace fairway {
namespace {

Task<ExitCode> plan(
    Core& core, StateStore& store, const Config& config, Wish wish, const CommonOptions& common,
    const PlanOptions& options, Selection selection, std::vector<std::string> warnings,
    SqliteStore* known, WallTime now
) {
    if (known != nullptr) {
        const Result<std::string> doubt = co_await doubt_in(*known, now);
        if (!doubt) {
            print_error(doubt.error().what());
            co_return ExitCode::failed;
        }
        core.reconciler().gate().observe_only(*doubt);
    }
    Outcome outcome = co_await plan_once(core, store, config, wish, std::move(selection));
    outcome.report.warnings.insert(outcome.report.warnings.end(), warnings.begin(), warnings.end());
    const bool daemon_deletes = !options.scope.prune && config.reconcile.prune == PruneMode::on &&
                                (outcome.report.count(ChangeAction::delete_) > 0 ||
                                 outcome.report.count(ChangeAction::release) > 0);
    if (daemon_deletes) {
        outcome.report.warnings.push_back(
            "what is deleted or let go here, the daemon would do, for reconcile.prune is on; apply does "
            "it with --prune only, or by --plan"
        );
    }
    add_problems(outcome.report, wish->problems);
    print(outcome.report, common.output);
    if (wish->invalid > 0) outcome.failures.push_back(ExitCode::invalid);
    if (!outcome.failures.empty()) co_return exit_code_of(outcome.failures, false);
    if (!options.out.empty()) {
        PlanFile file{outcome.digest, options.scope, now + plan_lifetime};
        file.scope.paths = common.paths;
        // What the plan shows is what is to be carried out, whoever asked for its deletions.
        file.scope.prune = file.scope.prune || config.reconcile.prune == PruneMode::on;
        const Result<> written = write_plan(options.out, file);
        if (!written) {
            print_error("--out: " + written.error().what());
            co_return ExitCode::failed;
        }
    }
    co_return options.detailed_exitcode&& outcome.report.has_changes() ? ExitCode::changes
                                                                       : ExitCode::ok;
}

}  // namespace

ExitCode plan_command(const CommonOptions& common, const PlanOptions& options) {
    Setup setup(common);
    Selection selection = selection_of(options.scope);
    if (options.scope.prune) refuse_prune_of_part(common.paths, setup.config);
    const Wish wish = setup.wish();
    std::vector<std::string> warnings;
    std::unique_ptr<StateStore> store;
    SqliteStore* known = nullptr;
    Core::Options how;
    how.prune = options.scope.prune ? PruneMode::on : setup.config.reconcile.prune;
    how.hold_updates = false;  // shown as they are, with a warning
    bool owns = false;
    if (std::filesystem::exists(setup.config.sqlite)) {
        auto opened = setup.store(StoreUse::read);
        how.mode = Core::Mode::look;
        how.lineage = opened->lineage();
        known = opened.get();
        store = std::move(opened);
        owns = owns_channels(setup.context, *store);
    } else {
        how.mode = Core::Mode::presume;
        warnings.push_back(
            "there is no store at " + setup.config.sqlite +
            ": every declared name that exists is presumed to be ours"
        );
        store = std::make_unique<NoStore>();
    }
    const bool may_be_empty = how.prune != PruneMode::off && setup.config.reconcile.allow_empty;
    if (const auto empty = judge_empty(*wish, owns, may_be_empty)) return *empty;
    const auto core = setup.core(*store, std::move(how));
    allow_replacing(*core, options.scope, *wish);
    return run_until_done(
        setup.context,
        plan(
            *core, *store, setup.config, core->known(wish), common, options, std::move(selection),
            std::move(warnings), known, setup.clock.wall()
        ),
        {}
    );
}

}  // namespace fairway
