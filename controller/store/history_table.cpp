#include "controller/store/history_table.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace fairway {
namespace {

constexpr auto kept_for = std::chrono::hours(30 * 24);

std::int64_t count_of(WallTime time) {
    return time.time_since_epoch().count();
}

}  // namespace

void HistoryTable::note(const HistoryEntry& entry) {
    batch_.writing();
    database_.run(
        "INSERT INTO history (at, project, name, action, result, detail, revision, request_id) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        count_of(entry.at), entry.key.project, entry.key.name, entry.action, entry.result, entry.detail,
        entry.revision, entry.request_id
    );
    if (entry.at - pruned_at_ < std::chrono::hours(1)) return;
    database_.run("DELETE FROM history WHERE at < ?", count_of(entry.at - kept_for));
    pruned_at_ = entry.at;
}

std::vector<HistoryEntry> HistoryTable::read(const ChannelKey& key, std::size_t limit) {
    constexpr auto most = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());
    const auto rows = static_cast<std::int64_t>(std::min(limit, most));
    // Of one name in every project: the projects are found by hopping through the index, for a scan
    // would read a month of everybody's entries.
    const char* const of_name =
        "WITH RECURSIVE known(project) AS (SELECT min(project) FROM history UNION ALL "
        "SELECT (SELECT min(project) FROM history WHERE project > known.project) FROM known "
        "WHERE known.project IS NOT NULL) "
        "SELECT id, at, project, name, action, result, detail, revision, request_id FROM history "
        "WHERE project IN (SELECT project FROM known) AND name = ? ORDER BY id DESC LIMIT ?";
    const char* const of_channel =
        "SELECT id, at, project, name, action, result, detail, revision, request_id FROM history "
        "WHERE project = ? AND name = ? ORDER BY id DESC LIMIT ?";
    const char* const of_all =
        "SELECT id, at, project, name, action, result, detail, revision, request_id FROM history "
        "WHERE ?1 = '' OR project = ?1 ORDER BY id DESC LIMIT ?2";
    const bool one_name = !key.name.empty();
    Query row = one_name && key.project.empty() ? database_.query(of_name, key.name, rows)
                : one_name ? database_.query(of_channel, key.project, key.name, rows)
                           : database_.query(of_all, key.project, rows);
    std::vector<HistoryEntry> entries;
    while (row.step()) {
        HistoryEntry& entry = entries.emplace_back();
        entry.id = static_cast<std::uint64_t>(row.integer(0));
        entry.at = WallTime(Duration(row.integer(1)));
        entry.key = {std::string(row.text(2)), std::string(row.text(3))};
        entry.action = row.text(4);
        entry.result = row.text(5);
        entry.detail = row.text(6);
        entry.revision = row.text(7);
        entry.request_id = row.text(8);
    }
    return entries;
}

std::size_t HistoryTable::deletes_since(const std::string& project, WallTime since) {
    Query row = database_.query(
        "SELECT count(*) FROM history WHERE project = ? AND at >= ? AND action = 'delete' "
        "AND result <> 'error'",
        project, count_of(since)
    );
    return row.step() ? static_cast<std::size_t>(row.integer(0)) : 0;
}

}  // namespace fairway
