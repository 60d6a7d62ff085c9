#include <iostream>

#include "controller/cli/commands.hpp"
#include "controller/cli/setup.hpp"
#include "controller/cli/structured.hpp"
#include "controller/report/state_table.hpp"

namespace fairway {
namespace {

Task<ExitCode> history(StateStore& store, HistoryOptions options, OutputFormat format) {
    const ChannelKey key{"", options.name};  // by name alone: a channel may be of any project
    Result<std::vector<HistoryEntry>> entries = co_await store.history(key, options.limit);
    if (!entries) {
        print_error(entries.error().what());
        co_return ExitCode::failed;
    }
    std::cout
        << (format == OutputFormat::text ? history_text(*entries)
                                         : structured(history_json(*entries), format));
    co_return ExitCode::ok;
}

}  // namespace

ExitCode history_command(const CommonOptions& common, const HistoryOptions& options) {
    Setup setup(common);
    const auto store = setup.store_if_any();
    if (!store) return ExitCode::ok;
    return run_until_done(setup.context, history(*store, options, common.output), {});
}

}  // namespace fairway
