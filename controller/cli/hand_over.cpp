#include "controller/cli/hand_over.hpp"

#include <optional>

#include "controller/report/plain_text.hpp"

namespace fairway {
namespace {

Task<ExitCode> keep(Task<Result<>> task, std::optional<Error>& failure) {
    const Result<> done = co_await std::move(task);
    if (!done) failure = done.error();
    co_return ExitCode::ok;
}

}  // namespace

void run_or_end(Setup& setup, Task<Result<>> task) {
    std::optional<Error> failure;
    run_until_done(setup.context, keep(std::move(task), failure), {});
    if (failure) throw CannotStart(exit_code_of(*failure), plain(failure->what()));
}

void trust_or_end(Setup& setup, SqliteStore& store) {
    Gate gate;
    run_or_end(setup, settle_doubt(store, gate, setup.clock.wall()));
    if (!gate.observing().empty()) throw CannotStart(ExitCode::refused, gate.observing());
}

}  // namespace fairway
