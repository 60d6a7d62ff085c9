#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "controller/store/sqlite_store.hpp"
#include "tests/support/run_task.hpp"

namespace fairway {

/// A directory that goes with all that is in it.
class TempDir {
public:
    TempDir() {
        std::string pattern = (std::filesystem::temp_directory_path() / "fairway-store-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

class CountingMetrics : public NoMetrics {
public:
    void store_operation(std::string_view operation, Duration, bool ok) override {
        const auto& known = SqliteStore::operations;  // whose series begin at 0
        CHECK(std::find(known.begin(), known.end(), operation) != known.end());
        ++(ok ? done : failed)[std::string(operation)];
    }
    void store_size(std::uint64_t bytes) override { size = bytes; }
    std::map<std::string, int> done, failed;
    std::uint64_t size = 0;
};

/// A store in a directory of its own, and the loop of its callers.
struct StoreWorld {
    TempDir dir;
    std::string path = dir.file("fairway.db");
    boost::asio::io_context loop;
    CountingMetrics metrics;
    std::unique_ptr<SqliteStore> store;

    StoreOptions options() const {
        StoreOptions options;
        options.path = path;
        options.new_lineage = "0123456789abcdef";
        options.projects = {{"default", {"p1", "r1", "https://one"}}};
        return options;
    }
    Result<std::unique_ptr<SqliteStore>> try_open(const StoreOptions& wanted) {
        return SqliteStore::open(loop.get_executor(), wanted, metrics);
    }
    std::string refusal(const StoreOptions& wanted) {
        auto opened = try_open(wanted);
        return opened ? "opened" : opened.error().what();
    }
    void open() {
        store.reset();
        auto opened = try_open(options());
        REQUIRE_MESSAGE(opened, opened.error().what());
        store = *std::move(opened);
    }
    template <class T>
    T run(Task<T> task) {
        return run_task(loop, std::move(task));
    }
    /// Saves, and returns the new revision.
    std::uint64_t save(const ChannelKey& key, const Record& record) {
        const auto saved = run(store->save(key, record));
        REQUIRE_MESSAGE(saved, saved.error().what());
        return *saved;
    }
    Record load(const ChannelKey& key) {
        const auto loaded = run(store->load(key));
        REQUIRE_MESSAGE(loaded, loaded.error().what());
        REQUIRE(*loaded);
        return **loaded;
    }
};

inline bool same(const Record& a, const Record& b) {
    return a.phase == b.phase && a.origin == b.origin && a.since == b.since &&
           a.empty_looks == b.empty_looks && a.intent_at == b.intent_at && a.applied == b.applied &&
           a.pending == b.pending && a.ids == b.ids && a.why == b.why && a.deletion == b.deletion &&
           a.revision == b.revision;
}

inline ChannelSpec spec_with_host(const std::string& host) {
    ChannelSpec spec;
    spec.port = 8080;
    spec.instance_ids = {"i1", "i2"};
    spec.members.emplace(1);
    spec.members->front().host = host;
    return spec;
}

inline Record ready_record(const std::string& host = "192.168.77.5") {
    Record record;
    record.phase = Phase::ready;
    record.since = WallTime(Duration(1'700'000'000'123'456));
    record.applied = spec_with_host(host);
    record.ids = {{"i1", "id-one"}, {"i2", "id-two"}};
    return record;
}

inline InstanceChannel seen_row(const std::string& name, const InstanceId& instance, int port = 80) {
    InstanceChannel row;
    row.name = name;
    row.instance = instance;
    row.id = name + "-" + instance;
    row.spec.port = port;
    return row;
}

inline std::string read_bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Writes a file that only its owner can read.
inline void write_bytes(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write
    );
}

}  // namespace fairway
