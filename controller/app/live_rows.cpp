#include "controller/app/live_rows.hpp"

#include <map>

#include "controller/async/task_group.hpp"

namespace fairway {
namespace {

constexpr std::size_t shows_at_once = 16;

/// What several tasks work through together.
struct Backlog {
    std::vector<std::size_t> rows;  ///< still to be shown
    std::map<std::string, Error> failures;
};

Task<> show_rows(
    ChannelApi& api, const std::string& project, std::vector<InstanceChannel>& rows, Backlog& backlog
) {
    while (!backlog.rows.empty()) {
        InstanceChannel& row = rows[backlog.rows.back()];
        backlog.rows.pop_back();
        const ChannelKey key{project, row.name};
        Result<InstanceChannel> whole = co_await api.show(key, row.instance, row.id);
        if (!whole) {
            backlog.failures.emplace(row.name, Error(whole.error()).in("show on " + row.instance));
            continue;
        }
        whole->instance_name = row.instance_name;
        row = *std::move(whole);
    }
}

}  // namespace

Task<Result<LiveRows>> live_rows(
    boost::asio::any_io_executor executor, ChannelApi& api, std::string project,
    std::set<std::string> names
) {
    Result<std::vector<InstanceChannel>> listed = co_await api.list(project);
    if (!listed) co_return listed.error();
    LiveRows live;
    live.rows = *std::move(listed);
    for (const InstanceChannel& row : live.rows) live.names.insert(row.name);
    if (!names.empty()) {
        std::erase_if(live.rows, [&](const InstanceChannel& row) { return !names.contains(row.name); });
    }
    Backlog backlog;
    for (std::size_t i = 0; i < live.rows.size(); ++i) {
        const InstanceChannel& row = live.rows[i];
        const bool own_members = channel_type(row.spec) == ChannelType::builtin;
        if (!row.health_known || (own_members && !row.members_known)) backlog.rows.push_back(i);
    }
    TaskGroup shows(executor);
    for (std::size_t i = 0; i < shows_at_once && !backlog.rows.empty(); ++i) {
        shows.spawn(show_rows(api, project, live.rows, backlog));
    }
    co_await shows.join();
    std::erase_if(live.rows, [&](const InstanceChannel& row) {
        return backlog.failures.contains(row.name);
    });
    live.failures.assign(backlog.failures.begin(), backlog.failures.end());
    co_return live;
}

}  // namespace fairway
