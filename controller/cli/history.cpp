#include <iostream>

#include "controller/cli/commands.hpp"
#include "controller/cli/setup.hpp"
#include "controller/report/state_table.hpp"

namespace fairway {
namespace {

Task<ExitCode> history(StateStore& store, HistoryOptions options, OutputFormat format) {
    // By name alone: a channel may be of any project.
    const ChannelKey everything;
    const std::size_t most = options.name.empty() ? options.limit : 100000;
    Result<std::vector<HistoryEntry>> all = co_await store.history(everything, most);
    if (!all) {
        print_error(all.error().what());
        co_return ExitCode::failed;
    }
    if (!options.name.empty()) {
        std::erase_if(*all, [&](const HistoryEntry& entry) { return entry.key.name != options.name; });
        if (all->size() > options.limit) all->resize(options.limit);
    }
    std::cout << (format == OutputFormat::json ? history_json(*all) : history_text(*all));
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
