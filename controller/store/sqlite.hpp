#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "reconciler/model/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace fairway {

/// What SQLite refused. Thrown within the store only, whose border turns it into an Error: any of a
/// hundred calls may fail for the same few reasons, and each means that the work at hand is over.
class SqliteFailure : public std::runtime_error {
public:
    SqliteFailure(int code, const std::string& text) : std::runtime_error(text), code_(code) {}
    int code() const { return code_; }  ///< SQLite's extended result code
    /// Whether the file can no longer be relied on: it is damaged, or the disk failed to read or to
    /// sync.
    bool fatal() const;
    bool disk_full() const;

private:
    int code_;
};

/// The failure in words for people, naming the file. A full disk and a busy file may pass.
Error to_error(const SqliteFailure& failure, const std::string& path);

/// A prepared statement that is being run; gives it back, reset, when it goes.
class Query {
public:
    explicit Query(sqlite3_stmt* statement) : statement_(statement) {}
    Query(Query&& other) noexcept : statement_(other.statement_) { other.statement_ = nullptr; }
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    Query& operator=(Query&&) = delete;
    ~Query();

    void bind(int index, std::int64_t value);
    void bind(int index, std::string_view value);  ///< copies
    void bind(int index, std::optional<std::int64_t> value);

    /// Goes to the next row; false after the last.
    bool step();
    // Columns count from 0. Views live until the next step.
    std::int64_t integer(int column) const;
    std::optional<std::int64_t> maybe_integer(int column) const;
    std::string_view text(int column) const;
    std::optional<std::string_view> maybe_text(int column) const;

private:
    sqlite3_stmt* statement_;
};

/// One connection; used by one thread at a time.
class Database {
public:
    enum class Mode : std::uint8_t { read_write, read_only };
    /// Opens an existing file, on SQLite's own file system or on the one named. Nothing is read yet.
    Database(const std::string& path, Mode mode, const char* file_system = nullptr);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    /// Runs statements without parameters; rows are thrown away.
    void execute(const std::string& sql);
    /// A statement with its parameters. `sql` stays where it is: the statement is prepared once and kept
    /// by its address.
    template <class... Values>
    Query query(const char* sql, const Values&... values) {
        Query query(prepared(sql));
        int index = 0;
        (query.bind(++index, values), ...);
        return query;
    }
    /// The same, run to its end.
    template <class... Values>
    void run(const char* sql, const Values&... values) {
        Query running = query(sql, values...);
        while (running.step()) {
        }
    }
    std::int64_t integer(const char* sql);  ///< the first column of the only row
    std::string text(const char* sql);

    bool in_transaction() const;
    bool read_only() const;

private:
    sqlite3_stmt* prepared(const char* sql);

    sqlite3* handle_ = nullptr;
    std::map<const char*, sqlite3_stmt*> statements_;  ///< by the address of the text
};

}  // namespace fairway
