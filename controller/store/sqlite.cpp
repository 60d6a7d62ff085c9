#include "controller/store/sqlite.hpp"

#include <sqlite3.h>

#include "reconciler/model/mutant.hpp"

namespace fairway {
namespace {

[[noreturn]] void fail(sqlite3* handle, int code) {
    throw SqliteFailure(code, handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code));
}

void check(sqlite3* handle, int code) {
    if (code != SQLITE_OK) fail(handle, code);
}

}  // namespace

bool SqliteFailure::fatal() const {
    const int primary = code_ & 0xFF;
    return primary == SQLITE_IOERR || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

bool SqliteFailure::disk_full() const {
    return (code_ & 0xFF) == SQLITE_FULL;
}

Error to_error(const SqliteFailure& failure, const std::string& path) {
    const auto error = [&](ErrorClass cls, const std::string& what) {
        return Error(cls, ErrorReason::internal, "the store " + path + ' ' + what);
    };
    const std::string told = std::string(" (") + failure.what() + ')';
    switch (failure.code() & 0xFF) {
        case SQLITE_FULL:
            return error(ErrorClass::retryable, "cannot grow: the disk is full");
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return error(ErrorClass::retryable, "is locked by another program" + told);
        case SQLITE_NOTADB:
            return error(ErrorClass::terminal, "is not a database of Fairway; name another file");
        case SQLITE_CORRUPT:
            return error(ErrorClass::terminal, "is damaged" + told + "; restore it from a backup");
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return error(ErrorClass::terminal, "cannot be written" + told);
        case SQLITE_CANTOPEN:
            return error(ErrorClass::terminal, "cannot be opened" + told);
        case SQLITE_IOERR:
            return error(ErrorClass::terminal, "failed: the disk reports an error" + told);
        default:
            return error(ErrorClass::terminal, "failed" + told);
    }
}

Query::~Query() {
    if (statement_ == nullptr) return;
    sqlite3_reset(statement_);  // repeats the error of the last step, which was told
    sqlite3_clear_bindings(statement_);
}

void Query::bind(int index, std::int64_t value) {
    check(sqlite3_db_handle(statement_), sqlite3_bind_int64(statement_, index, value));
}

void Query::bind(int index, std::string_view value) {
    // An empty view may have no address, which would bind a null.
    const char* const bytes = value.empty() ? "" : value.data();
    check(
        sqlite3_db_handle(statement_),
        sqlite3_bind_text64(statement_, index, bytes, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8)
    );
}

void Query::bind(int index, std::optional<std::int64_t> value) {
    if (value) {
        bind(index, *value);
    } else {
        check(sqlite3_db_handle(statement_), sqlite3_bind_null(statement_, index));
    }
}

bool Query::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) fail(sqlite3_db_handle(statement_), code);
    return false;
}

std::int64_t Query::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::optional<std::int64_t> Query::maybe_integer(int column) const {
    if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
    return integer(column);
}

std::string_view Query::text(int column) const {
    const unsigned char* const bytes = sqlite3_column_text(statement_, column);
    if (bytes == nullptr) return {};
    return {
        reinterpret_cast<const char*>(bytes),
        static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::optional<std::string_view> Query::maybe_text(int column) const {
    if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
    return text(column);
}

Database::Database(const std::string& path, Mode mode, const char* file_system) {
    const int flags = (mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, file_system);
    if (code != SQLITE_OK) {
        const SqliteFailure failure(
            code, handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code)
        );
        sqlite3_close(handle_);
        throw failure;
    }
    sqlite3_busy_timeout(handle_, 5000);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
}

Database::~Database() {
    for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close(handle_);
}

void Database::execute(const std::string& sql) {
    check(handle_, sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr));
}

// To the end of the statement: only there it is committed, and may yet fail.
std::int64_t Database::integer(const char* sql) {
    std::int64_t found = 0;
    Query row = query(sql);
    for (bool first = true; row.step(); first = false) {
        if (first) found = row.integer(0);
    }
    return found;
}

std::string Database::text(const char* sql) {
    std::string found;
    Query row = query(sql);
    for (bool first = true; row.step(); first = false) {
        if (first) found = row.text(0);
        if (mutant(Mutant::pragma_failure_ignored)) break;
    }
    return found;
}

bool Database::in_transaction() const {
    return sqlite3_get_autocommit(handle_) == 0;
}

bool Database::read_only() const {
    return sqlite3_db_readonly(handle_, "main") != 0;
}

sqlite3_stmt* Database::prepared(const char* sql) {
    sqlite3_stmt*& statement = statements_[sql];
    if (statement == nullptr) {
        const int code =
            sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        if (code != SQLITE_OK) fail(handle_, code);
    }
    return statement;
}

}  // namespace fairway
