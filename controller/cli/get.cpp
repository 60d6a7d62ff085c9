#include <iomanip>
#include <iostream>

#include "controller/cli/commands.hpp"
#include "controller/cli/daemon_client.hpp"
#include "controller/cli/setup.hpp"
#include "controller/cli/structured.hpp"
#include "controller/report/daemon_view.hpp"
#include "controller/report/state_table.hpp"
#include "controller/store/file_lock.hpp"
#include "reconciler/engine/directions.hpp"
#include "reconciler/plan/action.hpp"

namespace fairway {
namespace {

/// What becomes of a channel whose manifest is gone.
std::string way_out(const Config& config) {
    if (!FileLock::holder_of(config.sqlite + ".lock")) return "to delete it: fairway apply --prune";
    if (config.reconcile.prune == PruneMode::on)
        return "the daemon deletes it when it was gone for long enough, within the budget";
    return "the daemon deletes nothing (reconcile.prune); when it has ended: fairway apply --prune";
}

/// What only the daemon knows of the channels that are not as wanted: refusals, failures, what waits.
void ask_daemon(std::vector<ChannelRow>& rows, const std::string& socket) {
    constexpr int most = 200;  // a person does not read more of them
    int asked = 0;
    for (ChannelRow& row : rows) {
        if (row.state == "Synced" || row.state == "Suspended" || ++asked > most) continue;
        const auto standing = standing_of(socket, row.key);
        if (!standing && asked == 1) return;  // no daemon
        if (!standing) continue;
        const std::string why = what_holds(*standing);
        if (why.empty()) continue;
        // That the manifest is gone stays true, whatever keeps the channel for now.
        row.why = row.state == "Unmanaged" ? row.why + "; " + why : why;
    }
}

Task<ExitCode> get(
    StateStore& store, Wish wish, WallTime now, Duration settle, OutputFormat format, std::string gone,
    std::string socket
) {
    Result<std::map<ChannelKey, Record>> records = co_await store.load_all();
    Result<std::vector<StoredObservation>> seen = co_await store.observations();
    Result<std::vector<Directive>> directives = co_await store.directives();
    if (!records || !seen || !directives) {
        const Error& error = !records ? records.error() : !seen ? seen.error() : directives.error();
        print_error(error.what());
        co_return ExitCode::failed;
    }
    std::vector<ChannelRow> rows =
        state_rows(*records, *seen, *wish, now, settle, suspensions_in(*directives), gone);
    ask_daemon(rows, socket);
    std::cout
        << (format == OutputFormat::text ? state_text(rows, now) : structured(state_json(rows), format));
    co_return ExitCode::ok;
}

}  // namespace

ExitCode get_command(const CommonOptions& common) {
    Setup setup(common);
    Result<Wish> wish = read_wish(common, &setup.config);
    if (!wish) {  // what is stored can be shown all the same
        print_error(wish.error().what());
        wish = std::make_shared<const ManifestSnapshot>();
    }
    const auto store = setup.store_if_any();
    if (!store) return ExitCode::ok;
    return run_until_done(
        setup.context,
        get(*store, *wish, setup.clock.wall(), setup.config.reconcile.settle, common.output,
            way_out(setup.config), setup.config.server.socket),
        {}
    );
}

}  // namespace fairway
