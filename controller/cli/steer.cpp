// What a person tells Fairway beside the manifests: approve, suspend, resume, reconcile.
#include <iostream>

#include "controller/app/apply.hpp"
#include "controller/app/config/config_values.hpp"
#include "controller/app/store_access.hpp"
#include "controller/cli/channel_name.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/daemon_client.hpp"
#include "controller/cli/setup.hpp"
#include "controller/codec/control_json.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr Duration approved_for = 1h;

Task<ExitCode> keep(StateStore& store, Instruction instruction) {
    Task<Result<>> keeping = instruction.take_back ? store.take_back(instruction.directive)
                                                   : store.direct(instruction.directive);
    const Result<> kept = co_await std::move(keeping);
    if (kept) co_return ExitCode::ok;
    print_error(kept.error().what());
    co_return ExitCode::failed;
}

/// To the daemon where one runs, else into the store.
ExitCode instruct(Setup& setup, const Instruction& instruction, const std::string& done) {
    const auto told = tell_daemon(setup.config.server.socket, control_directives, to_json(instruction));
    if (!told) throw CannotStart(ExitCode::failed, told.error().what());
    ExitCode code = ExitCode::ok;
    if (*told) {
        if ((*told)->status != 200) throw CannotStart(ExitCode::failed, (*told)->text);
    } else {
        const auto store = setup.store(StoreUse::write);
        code = run_until_done(setup.context, keep(*store, instruction), {});
    }
    if (code == ExitCode::ok) std::cout << done << "\n";
    return code;
}

/// The store, to be looked into; null where there is none to read.
std::unique_ptr<SqliteStore> store_to_read(Setup& setup) {
    auto opened = open_store(setup.context.get_executor(), setup.config, setup.metrics, StoreUse::read);
    return opened ? *std::move(opened) : nullptr;
}

/// The channel that a person names. Throws CannotStart where nothing is known of it, with what was
/// probably meant.
ChannelKey known_channel(Setup& setup, const std::string& name) {
    const auto store = store_to_read(setup);
    return known_key(setup.config, name, known_channels(setup, store.get()), "channel that is known");
}

/// Whether something is refused by an id now.
enum class Refused : std::uint8_t { yes, no, unknown };

Task<ExitCode> look_for(
    Core& core, StateStore& store, const Config& config, Wish wish, std::string id, Refused& found
) {
    const Outcome plan = co_await plan_once(core, store, config, wish, Selection());
    const std::string command = "fairway approve " + id;
    for (const std::string& warning : plan.report.warnings) {
        if (warning.find(command) != std::string::npos) found = Refused::yes;
    }
    if (found != Refused::yes && plan.failures.empty()) found = Refused::no;
    co_return ExitCode::ok;
}

/// Makes the plan of `apply --prune` anew, and looks whether it shows this id. Writes nothing.
Refused is_refused(Setup& setup, const std::string& id) {
    const auto store = store_to_read(setup);
    if (!store) return Refused::unknown;
    if (!store->doubt().empty()) return store->doubt_id() == id ? Refused::yes : Refused::unknown;
    const Result<Wish> wish = read_wish(setup.common(), &setup.config);
    if (!wish) return Refused::unknown;
    Core::Options how;
    how.mode = Core::Mode::look;
    how.prune = PruneMode::on;
    how.lineage = store->lineage();
    const auto core = setup.core(*store, std::move(how));
    Refused found = Refused::unknown;
    run_until_done(
        setup.context, look_for(*core, *store, setup.config, core->known(*wish), id, found), {}
    );
    setup.context.restart();
    return found;
}

}  // namespace

ExitCode approve_command(const CommonOptions& common, const std::string& id) {
    const bool hex = id.size() == 16 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!hex) throw CannotStart(ExitCode::invalid, id + ": is not an id that a refusal has shown");
    Setup setup(common);
    Instruction instruction;
    instruction.directive.kind = Directive::Kind::approval;
    instruction.directive.subject = id;
    instruction.directive.until = setup.clock.wall() + approved_for;
    std::string done = "approved for an hour: " + id;
    switch (is_refused(setup, id)) {
        case Refused::yes:
            done += ", for just what the refusal named";
            break;
        case Refused::no:
            done = "kept for an hour: " + id;
            print_error(
                "nothing that fairway plan --prune shows is refused by this id now, so it allows "
                "nothing as things stand; look at the plan again"
            );
            break;
        case Refused::unknown:
            print_error("whether anything is refused by this id could not be looked up");
            break;
    }
    return instruct(setup, instruction, done);
}

ExitCode suspend_command(const CommonOptions& common, const SuspendOptions& options) {
    Setup setup(common);
    const ChannelKey key = known_channel(setup, options.name);
    Instruction instruction;
    instruction.directive = {
        Directive::Kind::suspension, key.project, key.name, options.reason, std::nullopt};
    if (!options.for_time.empty()) {
        const auto time = parse_duration(options.for_time);
        if (!time || *time <= Duration::zero()) {
            throw CannotStart(
                ExitCode::invalid, "--for: " + options.for_time + " is not a duration; write 30m or 2h"
            );
        }
        instruction.directive.until = setup.clock.wall() + *time;
    }
    return instruct(setup, instruction, key.project + "/" + key.name + ": suspended");
}

ExitCode resume_command(const CommonOptions& common, const std::string& name) {
    Setup setup(common);
    const ChannelKey key = known_channel(setup, name);
    Instruction instruction;
    instruction.directive = {Directive::Kind::suspension, key.project, key.name, {}, std::nullopt};
    instruction.take_back = true;
    return instruct(setup, instruction, key.project + "/" + key.name + ": resumed");
}

ExitCode reconcile_command(const CommonOptions& common, const std::string& name) {
    Setup setup(common);
    const ChannelKey key = name.empty() ? ChannelKey{} : key_of(setup.config, name);
    const auto told = tell_daemon(setup.config.server.socket, control_reconcile, to_json(key));
    if (!told) throw CannotStart(ExitCode::failed, told.error().what());
    if (!*told) {
        throw CannotStart(
            ExitCode::failed,
            "no daemon listens at " + setup.config.server.socket + "; without one, use: fairway apply"
        );
    }
    if ((*told)->status == 404) known_channel(setup, name);  // says what was probably meant
    if ((*told)->status != 200)
        throw CannotStart((*told)->status == 404 ? ExitCode::invalid : ExitCode::failed, (*told)->text);
    std::cout << (*told)->text << "\n";
    return ExitCode::ok;
}

}  // namespace fairway
