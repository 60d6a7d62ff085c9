// What a person tells Fairway beside the manifests: approve, suspend, resume, reconcile.
#include <iostream>

#include "controller/app/config/config_values.hpp"
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

}  // namespace

ExitCode approve_command(const CommonOptions& common, const std::string& id) {
    const bool hex = id.size() == 16 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!hex) throw CannotStart(ExitCode::invalid, id + ": is not an id that a refusal has shown");
    Setup setup(common);
    Instruction instruction;
    instruction.directive.kind = Directive::Kind::approval;
    instruction.directive.subject = id;
    instruction.directive.until = setup.clock.wall() + approved_for;
    return instruct(
        setup, instruction, "approved for an hour: " + id + ", for just what the refusal named"
    );
}

ExitCode suspend_command(const CommonOptions& common, const SuspendOptions& options) {
    Setup setup(common);
    const ChannelKey key = key_of(setup.config, options.name);
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
    const ChannelKey key = key_of(setup.config, name);
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
    if ((*told)->status != 200)
        throw CannotStart((*told)->status == 404 ? ExitCode::invalid : ExitCode::failed, (*told)->text);
    std::cout << (*told)->text << "\n";
    return ExitCode::ok;
}

}  // namespace fairway
