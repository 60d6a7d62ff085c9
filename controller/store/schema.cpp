#include "controller/store/schema.hpp"

#include <array>
#include <string_view>

namespace fairway {
namespace {

constexpr int application = 0x46574159;  // "FWAY"

// Step n takes version n to n + 1. What was released is never changed, only followed by another.
constexpr std::array<std::string_view, 3> migrations{
    R"sql(
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    lineage TEXT NOT NULL,
    serial INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;
CREATE TABLE projects (
    name TEXT PRIMARY KEY,
    project_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Small, and rewritten with every phase. Times are microseconds since 1970.
CREATE TABLE channels (
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    phase TEXT NOT NULL,
    origin TEXT NOT NULL,
    since INTEGER NOT NULL,
    empty_looks INTEGER NOT NULL,
    intent_at INTEGER,
    ids TEXT NOT NULL,
    why TEXT NOT NULL,
    revision INTEGER NOT NULL,
    applied_hash INTEGER,     -- of the row in specs; null where there is none
    pending_hash INTEGER,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (project, name)
) STRICT, WITHOUT ROWID;
-- Large, and rarely rewritten.
CREATE TABLE specs (
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('applied', 'pending')),
    json TEXT NOT NULL,
    PRIMARY KEY (project, name, kind),
    FOREIGN KEY (project, name) REFERENCES channels ON DELETE CASCADE
) STRICT;

CREATE TABLE observed (
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    json TEXT NOT NULL,
    hash INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (project, name, position)
) STRICT;

CREATE TABLE history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    action TEXT NOT NULL,
    result TEXT NOT NULL,
    detail TEXT NOT NULL,
    revision TEXT NOT NULL,
    request_id TEXT NOT NULL
) STRICT;
CREATE INDEX history_of_channel ON history (project, name, id);
CREATE INDEX history_by_time ON history (at);
)sql",
    R"sql(
ALTER TABLE channels ADD COLUMN deletion TEXT NOT NULL DEFAULT 'delete';
-- Deleted by us, and not forgotten for a while.
CREATE TABLE deleted (
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (project, name)
) STRICT;
-- What a person told us.
CREATE TABLE directives (
    kind TEXT NOT NULL,
    project TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    until INTEGER,            -- null: until it is taken back
    PRIMARY KEY (kind, project, subject)
) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
-- Where the project was reached; null: not known yet.
ALTER TABLE projects ADD COLUMN region TEXT;
ALTER TABLE projects ADD COLUMN endpoint TEXT;
)sql"};

Error refusal(const std::string& path, const std::string& why) {
    return {ErrorClass::terminal, ErrorReason::internal, "the store " + path + ' ' + why};
}

void migrate(Database& database, int from, const std::string& new_lineage) {
    database.execute("BEGIN IMMEDIATE");
    for (std::size_t step = static_cast<std::size_t>(from); step < migrations.size(); ++step) {
        database.execute(std::string(migrations[step]));
    }
    if (from == 0) {
        database.execute("PRAGMA application_id = " + std::to_string(application));
        database.run("INSERT INTO meta VALUES (1, ?, 0, 0)", new_lineage);
    }
    database.execute("PRAGMA user_version = " + std::to_string(migrations.size()));
    database.execute("COMMIT");  // on failure the connection goes, and the transaction with it
}

}  // namespace

int schema_version() {
    return static_cast<int>(migrations.size());
}

Result<> prepare_schema(Database& database, const std::string& path, const std::string& new_lineage) {
    const bool read_only = database.read_only();
    database.execute("PRAGMA trusted_schema = OFF");
    database.execute("PRAGMA cell_size_check = ON");
    database.execute("PRAGMA foreign_keys = ON");

    const auto owner = database.integer("PRAGMA application_id");
    const auto version = database.integer("PRAGMA user_version");
    const bool empty =
        owner == 0 && version == 0 && database.integer("SELECT count(*) FROM sqlite_schema") == 0;
    if (owner != application && !empty) {
        return refusal(path, "belongs to another program; name another file");
    }
    const std::string versions = "has schema version " + std::to_string(version) +
                                 ", this Fairway has " + std::to_string(schema_version());
    if (version > schema_version()) {
        return refusal(
            path,
            versions + ": install the newer Fairway that wrote it, or restore a backup of that time"
        );
    }
    if (read_only) {
        if (empty) return refusal(path, "is empty: nothing was run with it yet");
        if (version < schema_version()) return refusal(path, versions + ": start `fairway run` once");
        database.execute("PRAGMA query_only = ON");
        return {};
    }
    if (database.text("PRAGMA quick_check(1)") != "ok") {
        return refusal(path, "is damaged; restore it from a backup");
    }
    if (empty && new_lineage.empty()) return refusal(path, "is new and needs a lineage");
    if (database.text("PRAGMA journal_mode = WAL") != "wal") {
        return refusal(path, "is on a file system without shared memory; name a local file");
    }
    database.execute("PRAGMA synchronous = FULL");
    database.execute("PRAGMA journal_size_limit = 67108864");
    if (version < schema_version()) migrate(database, static_cast<int>(version), new_lineage);
    return {};
}

Result<> check_projects(Database& database, const std::string& path, const ProjectTies& projects) {
    for (const auto& [name, now] : projects) {
        Query known = database.query("SELECT project_id FROM projects WHERE name = ?", name);
        if (!known.step() || known.text(0) == now.id) continue;
        if (known.text(0).empty() || now.id.empty()) continue;  // looked up later
        return refusal(
            path, "knows project \"" + name + "\" as " + std::string(known.text(0)) +
                      ", the configuration as " + now.id +
                      ": give the other project another name, or use another store for it"
        );
    }
    return {};
}

std::string moved_projects(Database& database, const ProjectTies& projects) {
    std::string moved;
    for (const auto& [name, now] : projects) {
        Query known = database.query(
            "SELECT region, endpoint FROM projects WHERE name = ? "
            "AND EXISTS (SELECT 1 FROM channels WHERE channels.project = projects.name)",
            name
        );
        if (!known.step()) continue;
        const std::string region(known.maybe_text(0).value_or(""));
        const std::string endpoint(known.maybe_text(1).value_or(""));
        const auto differs = [](const std::string& before, const std::string& after) {
            return !before.empty() && !after.empty() && before != after;
        };
        if (!differs(region, now.region) && !differs(endpoint, now.endpoint)) continue;
        const auto place = [](const std::string& where, const std::string& in) {
            return where + (in.empty() ? "" : " in region " + in);
        };
        moved += (moved.empty() ? "" : "; ") + ("project \"" + name + "\"") + " was at " +
                 place(endpoint, region) + ", the configuration says " + place(now.endpoint, now.region);
    }
    return moved;
}

bool project_is_tied(Database& database, const std::string& name) {
    return database.query("SELECT 1 FROM projects WHERE name = ? AND project_id <> ''", name).step();
}

void tie_project_id(Database& database, const std::string& name, const std::string& id) {
    database.run("UPDATE projects SET project_id = ? WHERE name = ? AND project_id = ''", id, name);
}

void bind_projects(Database& database, const ProjectTies& projects) {
    database.execute("BEGIN IMMEDIATE");
    for (const auto& [name, now] : projects) {
        database.run("INSERT OR IGNORE INTO projects (name, project_id) VALUES (?, ?)", name, now.id);
        if (!now.id.empty()) tie_project_id(database, name, now.id);
        database.run(
            "UPDATE projects SET region = ?, endpoint = ? WHERE name = ? AND (endpoint IS NULL OR "
            "NOT EXISTS (SELECT 1 FROM channels WHERE channels.project = projects.name))",
            now.region, now.endpoint, name
        );
    }
    database.execute("COMMIT");
}

void rebind_projects(Database& database, const ProjectTies& projects) {
    for (const auto& [name, now] : projects) {
        database.run(
            "UPDATE projects SET region = ?, endpoint = ? WHERE name = ?", now.region, now.endpoint, name
        );
    }
}

StoreMeta read_meta(Database& database) {
    Query row = database.query("SELECT lineage, serial, revision FROM meta");
    StoreMeta meta;
    if (!row.step()) return meta;
    meta.lineage = row.text(0);
    meta.serial = static_cast<std::uint64_t>(row.integer(1));
    meta.revision = static_cast<std::uint64_t>(row.integer(2));
    return meta;
}

}  // namespace fairway
