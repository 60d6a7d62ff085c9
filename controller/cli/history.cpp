#include <iostream>

#include "controller/app/store_access.hpp"
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
    auto read = read_config(common);
    if (const auto* code = std::get_if<ExitCode>(&read)) return *code;
    const Config config = std::move(std::get<Config>(read));
    boost::asio::io_context context(1);
    NoMetrics metrics;
    Result<std::unique_ptr<SqliteStore>> store =
        open_store(context.get_executor(), config, metrics, StoreUse::read);
    if (!store) {
        print_error(store.error().what());
        return store.error().cls() == ErrorClass::not_found ? ExitCode::ok
                                                            : store_exit_code(store.error());
    }
    return run_until_done(context, history(**store, options, common.output), {});
}

}  // namespace fairway
