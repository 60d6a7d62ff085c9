#include "controller/store/channel_table.hpp"

#include <string_view>
#include <tuple>
#include <utility>

#include "controller/codec/channel_json.hpp"
#include "controller/store/checksum.hpp"

namespace fairway {
namespace {

// One statement, so that row and specs are always of the same moment.
constexpr const char* select_channels =
    "SELECT c.project, c.name, c.phase, c.origin, c.since, c.empty_looks, c.intent_at, c.ids, c.why, "
    "c.revision, c.applied_hash, c.pending_hash, c.checksum, c.deletion, a.json, p.json "
    "FROM channels AS c "
    "LEFT JOIN specs AS a ON a.project = c.project AND a.name = c.name AND a.kind = 'applied' "
    "LEFT JOIN specs AS p ON p.project = c.project AND p.name = c.name AND p.kind = 'pending' ";
/// Its columns.
enum Column : std::uint8_t {
    project,
    name,
    phase,
    origin,
    since,
    empty_looks,
    intent_at,
    ids,
    why,
    revision,
    applied_hash,
    pending_hash,
    row_checksum,
    deletion,
    applied,
    pending
};

std::int64_t count_of(WallTime time) {
    return time.time_since_epoch().count();
}

WallTime time_of(std::int64_t count) {
    return WallTime(Duration(count));
}

Error damaged(const ChannelKey& key, const std::string& why) {
    return {
        ErrorClass::terminal, ErrorReason::internal,
        "the stored row of channel " + key.project + '/' + key.name + " is damaged (" + why +
            "); restore the store from a backup"};
}

std::optional<std::string> json_of(const std::optional<ChannelSpec>& spec) {
    if (!spec) return std::nullopt;
    return spec_to_json(*spec);
}

std::optional<std::string> copy(std::optional<std::string_view> text) {
    if (!text) return std::nullopt;
    return std::string(*text);
}

}  // namespace

ChannelTable::Hash ChannelTable::hash(const ChannelKey& key, const std::optional<std::string>& json)
    const {
    if (!json) return std::nullopt;
    return static_cast<std::int64_t>(Checksum(seed_).add(key.project).add(key.name).add(*json).value());
}

std::int64_t ChannelTable::checksum(
    const ChannelKey& key, const Record& record, std::string_view ids_json, Hash applied_now,
    Hash pending_now
) const {
    Checksum sum(seed_);
    sum.add(key.project).add(key.name).add(to_string(record.phase)).add(to_string(record.origin));
    sum.add(count_of(record.since)).add(record.empty_looks);
    sum.add(record.intent_at.has_value()).add(count_of(record.intent_at.value_or(WallTime())));
    sum.add(ids_json).add(record.why).add(record.revision);
    sum.add(applied_now.has_value()).add(applied_now.value_or(0));
    sum.add(pending_now.has_value()).add(pending_now.value_or(0));
    // Only where it says more than rows of the first schema do.
    if (record.deletion != DeletionPolicy::delete_) sum.add(to_string(record.deletion));
    return static_cast<std::int64_t>(sum.value());
}

Result<Record> ChannelTable::read(const ChannelKey& key, const Query& row) const {
    const auto read_phase = parse_phase(row.text(phase));
    const auto read_origin = parse_origin(row.text(origin));
    const auto read_deletion = parse_deletion_policy(row.text(deletion));
    if (!read_phase || !read_origin || !read_deletion)
        return damaged(key, "an unknown phase, origin or deletion policy");
    Record record;
    record.phase = *read_phase;
    record.origin = *read_origin;
    record.deletion = *read_deletion;
    record.since = time_of(row.integer(since));
    record.empty_looks = static_cast<unsigned>(row.integer(empty_looks));
    if (const auto at = row.maybe_integer(intent_at)) record.intent_at = time_of(*at);
    record.why = row.text(why);
    record.revision = static_cast<std::uint64_t>(row.integer(revision));

    const Hash applied_now = row.maybe_integer(applied_hash),
               pending_now = row.maybe_integer(pending_hash);
    if (row.integer(row_checksum) != checksum(key, record, row.text(ids), applied_now, pending_now)) {
        return damaged(key, "its checksum does not fit");
    }
    auto read_ids = ids_from_json(row.text(ids));
    if (!read_ids) return damaged(key, read_ids.error().what());
    record.ids = *std::move(read_ids);

    for (const auto& [column, stored_hash, spec] :
         {std::tuple(applied, applied_now, &record.applied),
          std::tuple(pending, pending_now, &record.pending)}) {
        const auto json = copy(row.maybe_text(column));
        if (hash(key, json) != stored_hash) return damaged(key, "the checksum of a spec does not fit");
        if (!json) continue;
        auto parsed = spec_from_json(*json);
        if (!parsed) return damaged(key, parsed.error().what());
        *spec = *std::move(parsed);
    }
    return record;
}

Result<std::optional<Record>> ChannelTable::load(const ChannelKey& key) {
    static const std::string sql = std::string(select_channels) + "WHERE c.project = ? AND c.name = ?";
    Query row = database_.query(sql.c_str(), key.project, key.name);
    if (!row.step()) return std::optional<Record>();
    auto record = read(key, row);
    if (!record) return record.error();
    return std::optional<Record>(*std::move(record));
}

Result<std::map<ChannelKey, Record>> ChannelTable::load_all() {
    std::map<ChannelKey, Record> all;
    static const std::string sql = std::string(select_channels) + "ORDER BY c.project, c.name";
    Query row = database_.query(sql.c_str());
    while (row.step()) {
        ChannelKey key{std::string(row.text(project)), std::string(row.text(name))};
        auto record = read(key, row);
        if (!record) return record.error();
        all.emplace_hint(all.end(), std::move(key), *std::move(record));
    }
    return all;
}

Result<std::uint64_t> ChannelTable::save(const ChannelKey& key, const Record& record) {
    std::uint64_t stored = 0;
    Hash applied_before, pending_before;
    {
        Query row = database_.query(
            "SELECT revision, applied_hash, pending_hash FROM channels WHERE project = ? AND name = ?",
            key.project, key.name
        );
        if (row.step()) {
            stored = static_cast<std::uint64_t>(row.integer(0));
            applied_before = row.maybe_integer(1);
            pending_before = row.maybe_integer(2);
        }
    }
    if (stored != record.revision) {
        return Error(
            ErrorClass::conflict, ErrorReason::conflict,
            "channel " + key.project + '/' + key.name + " was saved by somebody else: revision " +
                std::to_string(stored) + ", not " + std::to_string(record.revision)
        );
    }
    batch_.writing();
    Record next;
    next.phase = record.phase;
    next.origin = record.origin;
    next.deletion = record.deletion;
    next.since = record.since;
    next.empty_looks = record.empty_looks;
    next.intent_at = record.intent_at;
    next.why = record.why;
    next.revision = ++revision_;
    const std::string ids_json = ids_to_json(record.ids);
    const auto applied_json = json_of(record.applied), pending_json = json_of(record.pending);
    const Hash applied_now = hash(key, applied_json), pending_now = hash(key, pending_json);
    std::optional<std::int64_t> intent;
    if (next.intent_at) intent = count_of(*next.intent_at);
    database_.run(
        "INSERT INTO channels VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (project, name) DO UPDATE SET phase = excluded.phase, origin = excluded.origin, "
        "since = excluded.since, empty_looks = excluded.empty_looks, intent_at = excluded.intent_at, "
        "ids = excluded.ids, why = excluded.why, revision = excluded.revision, "
        "applied_hash = excluded.applied_hash, pending_hash = excluded.pending_hash, "
        "checksum = excluded.checksum, deletion = excluded.deletion",
        key.project, key.name, to_string(next.phase), to_string(next.origin), count_of(next.since),
        static_cast<std::int64_t>(next.empty_looks), intent, ids_json, next.why,
        static_cast<std::int64_t>(next.revision), applied_now, pending_now,
        checksum(key, next, ids_json, applied_now, pending_now), to_string(next.deletion)
    );
    put_spec(key, "applied", applied_json, applied_before, applied_now);
    put_spec(key, "pending", pending_json, pending_before, pending_now);
    return next.revision;
}

void ChannelTable::put_spec(
    const ChannelKey& key, std::string_view kind, const std::optional<std::string>& json, Hash before,
    Hash now
) {
    if (before == now) return;
    if (json) {
        database_.run(
            "INSERT INTO specs VALUES (?, ?, ?, ?) "
            "ON CONFLICT (project, name, kind) DO UPDATE SET json = excluded.json",
            key.project, key.name, kind, *json
        );
    } else {
        database_.run(
            "DELETE FROM specs WHERE project = ? AND name = ? AND kind = ?", key.project, key.name, kind
        );
    }
}

Result<> ChannelTable::bury(const ChannelKey& key, WallTime at) {
    constexpr auto kept_for = std::chrono::hours(30 * 24);
    const auto record = load(key);
    if (!record) return record.error();
    batch_.writing();
    database_.run("DELETE FROM deleted WHERE at < ?", count_of(at - kept_for));
    if (*record && (*record)->pending) {
        database_.run(
            "INSERT OR REPLACE INTO deleted VALUES (?, ?, ?, ?)", key.project, key.name, count_of(at),
            spec_to_json(*(*record)->pending)
        );
    }
    forget(key);
    return {};
}

Result<std::vector<DeletedChannel>> ChannelTable::deleted() {
    std::vector<DeletedChannel> all;
    Query row = database_.query("SELECT project, name, at, json FROM deleted ORDER BY at DESC");
    while (row.step()) {
        DeletedChannel& channel = all.emplace_back();
        channel.key = {std::string(row.text(0)), std::string(row.text(1))};
        channel.at = time_of(row.integer(2));
        auto spec = spec_from_json(row.text(3));
        if (!spec) return damaged(channel.key, spec.error().what());
        channel.spec = *std::move(spec);
    }
    return all;
}

void ChannelTable::forget(const ChannelKey& key) {
    batch_.writing();
    database_.run("DELETE FROM channels WHERE project = ? AND name = ?", key.project, key.name);
}

}  // namespace fairway
