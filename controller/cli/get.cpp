#include <iomanip>
#include <iostream>

#include "controller/app/store_access.hpp"
#include "controller/async/real_clock.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/setup.hpp"
#include "controller/report/state_table.hpp"
#include "reconciler/plan/action.hpp"

namespace fairway {
namespace {

Task<ExitCode> get(StateStore& store, Wish wish, WallTime now, Duration settle, OutputFormat format) {
    Result<std::map<ChannelKey, Record>> records = co_await store.load_all();
    Result<std::vector<StoredObservation>> seen = co_await store.observations();
    if (!records || !seen) {
        print_error(records ? seen.error().what() : records.error().what());
        co_return ExitCode::failed;
    }
    const std::vector<ChannelRow> rows = state_rows(*records, *seen, *wish, now, settle);
    std::cout << (format == OutputFormat::json ? state_json(rows) : state_text(rows, now));
    co_return ExitCode::ok;
}

}  // namespace

ExitCode get_command(const CommonOptions& common) {
    auto read = read_config(common);
    if (const auto* code = std::get_if<ExitCode>(&read)) return *code;
    const Config config = std::move(std::get<Config>(read));
    Result<Wish> wish = read_wish(common, &config);
    if (!wish) {  // what is stored can be shown all the same
        print_error(wish.error().what());
        wish = std::make_shared<const ManifestSnapshot>();
    }
    boost::asio::io_context context(1);
    RealClock clock(context.get_executor());
    NoMetrics metrics;
    Result<std::unique_ptr<SqliteStore>> store =
        open_store(context.get_executor(), config, metrics, StoreUse::read);
    if (!store) {
        if (store.error().cls() == ErrorClass::not_found) {
            print_error(
                "nothing is stored yet at " + config.sqlite +
                "; start with: fairway apply, or: fairway run"
            );
            return ExitCode::ok;
        }
        print_error(store.error().what());
        return store_exit_code(store.error());
    }
    return run_until_done(
        context, get(**store, *wish, clock.wall(), config.reconcile.settle, common.output), {}
    );
}

}  // namespace fairway
