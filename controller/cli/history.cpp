#include <algorithm>
#include <iostream>

#include "controller/cli/channel_name.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/setup.hpp"
#include "controller/cli/structured.hpp"
#include "controller/report/plain_text.hpp"
#include "controller/report/state_table.hpp"

namespace fairway {
namespace {

Task<ExitCode> history(
    StateStore& store, HistoryOptions options, OutputFormat format, std::set<ChannelKey> known
) {
    const ChannelKey key{"", options.name};  // by name alone: a channel may be of any project
    Result<std::vector<HistoryEntry>> entries = co_await store.history(key, options.limit);
    if (!entries) {
        print_error(entries.error().what());
        co_return ExitCode::failed;
    }
    const bool named = !options.name.empty() && entries->empty();
    const auto bears_it = [&](const ChannelKey& one) { return one.name == options.name; };
    if (named && std::none_of(known.begin(), known.end(), bears_it)) {
        print_error(
            plain(options.name) + ": no channel that is known has this name" + advice_for(key, known)
        );
        co_return ExitCode::invalid;
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
    std::set<ChannelKey> known;
    if (!options.name.empty()) known = known_channels(setup, store.get());
    return run_until_done(setup.context, history(*store, options, common.output, std::move(known)), {});
}

}  // namespace fairway
