#include "controller/store/observed_table.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "controller/codec/channel_json.hpp"
#include "controller/store/checksum.hpp"

namespace fairway {

ObservedTable::ObservedTable(Batch& batch, Database& database, std::uint64_t seed)
    : batch_(batch), database_(database), seed_(seed) {
    if (database.read_only()) return;  // another process writes: what is remembered would not stay true
    Query row =
        database.query("SELECT project, name, hash, at FROM observed ORDER BY project, name, position");
    while (row.step()) {
        Known& known = known_[ChannelKey{std::string(row.text(0)), std::string(row.text(1))}];
        known.hashes.push_back(row.integer(2));
        known.at = std::max(known.at, WallTime(Duration(row.integer(3))));
    }
}

std::int64_t ObservedTable::hash(const ChannelKey& key, std::string_view json) const {
    return static_cast<std::int64_t>(Checksum(seed_).add(key.project).add(key.name).add(json).value());
}

void ObservedTable::observe(const StoredObservation& observation) {
    const ChannelKey& key = observation.key;
    std::vector<const InstanceChannel*> rows;  // in an order of our own: that of lists is not promised
    rows.reserve(observation.seen.rows.size());
    for (const auto& row : observation.seen.rows) rows.push_back(&row);
    std::sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
        return std::tie(a->instance, a->id) < std::tie(b->instance, b->id);
    });
    std::vector<std::string> bodies;
    std::vector<std::int64_t> hashes;
    bodies.reserve(rows.size());
    hashes.reserve(rows.size());
    for (const auto* row : rows) {
        bodies.push_back(row_to_json(*row));
        hashes.push_back(hash(key, bodies.back()));
    }

    const auto found = known_.find(key);
    const bool sure = found == known_.end() || !found->second.doubtful;
    static const std::vector<std::int64_t> none;
    const auto& before = found == known_.end() || !sure ? none : found->second.hashes;
    if (sure && before == hashes) {
        if (found != known_.end()) found->second.at = observation.seen.observed_at;
        return;
    }
    batch_.writing();
    touched_.push_back(key);
    if (!sure || before.size() > hashes.size()) drop_from(key, sure ? hashes.size() : 0);
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        if (i < before.size() && before[i] == hashes[i]) continue;
        database_.run(
            "INSERT INTO observed VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (project, name, position) DO UPDATE SET "
            "json = excluded.json, hash = excluded.hash, at = excluded.at",
            key.project, key.name, static_cast<std::int64_t>(i), bodies[i], hashes[i],
            static_cast<std::int64_t>(observation.seen.observed_at.time_since_epoch().count())
        );
    }
    if (hashes.empty()) {
        known_.erase(key);
    } else {
        known_[key] = {std::move(hashes), observation.seen.observed_at, false};
    }
}

std::vector<StoredObservation> ObservedTable::all() {
    std::vector<StoredObservation> all;
    std::vector<ChannelKey> unreadable;
    Query row = database_.query(
        "SELECT project, name, json, hash, at FROM observed ORDER BY project, name, position"
    );
    while (row.step()) {
        ChannelKey key{std::string(row.text(0)), std::string(row.text(1))};
        const auto json = row.text(2);
        auto read = row_from_json(json);
        if (!read || hash(key, json) != row.integer(3)) {
            if (unreadable.empty() || unreadable.back() != key) unreadable.push_back(key);
            continue;
        }
        if (all.empty() || all.back().key != key) all.push_back({std::move(key), {}});
        ObservedChannel& seen = all.back().seen;
        seen.rows.push_back(*std::move(read));
        seen.observed_at = std::max(seen.observed_at, WallTime(Duration(row.integer(4))));
    }
    for (const auto& key : unreadable) {
        known_[key].doubtful = true;
        std::erase_if(all, [&](const StoredObservation& one) { return one.key == key; });
    }
    for (auto& [key, seen] : all) {
        const auto known = known_.find(key);
        if (known != known_.end()) seen.observed_at = std::max(seen.observed_at, known->second.at);
    }
    return all;
}

void ObservedTable::forget(const ChannelKey& key) {
    if (known_.erase(key) == 0) return;
    batch_.writing();
    touched_.push_back(key);
    drop_from(key, 0);
}

void ObservedTable::doubt() {
    for (const auto& key : touched_) known_[key].doubtful = true;
    touched_.clear();
}

void ObservedTable::drop_from(const ChannelKey& key, std::size_t position) {
    database_.run(
        "DELETE FROM observed WHERE project = ? AND name = ? AND position >= ?", key.project, key.name,
        static_cast<std::int64_t>(position)
    );
}

}  // namespace fairway
