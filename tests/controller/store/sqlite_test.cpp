#include "controller/store/sqlite.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <csignal>

#include "controller/store/checksum.hpp"
#include "tests/controller/store/store_world.hpp"

namespace fairway {

TEST_CASE("values go in and come out as they were, nulls and zero bytes too") {
    const TempDir dir;
    write_bytes(dir.file("db"), "");
    Database database(dir.file("db"), Database::Mode::read_write);
    database.execute("CREATE TABLE t (a, b, c)");
    const std::string text("x\0y", 3);
    database.run(
        "INSERT INTO t VALUES (?, ?, ?)", std::int64_t{-5}, text, std::optional<std::int64_t>()
    );
    database.run(
        "INSERT INTO t VALUES (?, ?, ?)", std::int64_t{7}, std::string_view(),
        std::optional<std::int64_t>(9)
    );
    Query row = database.query("SELECT a, b, c FROM t ORDER BY a");
    REQUIRE(row.step());
    CHECK(row.integer(0) == -5);
    CHECK(row.text(1) == text);
    CHECK_FALSE(row.maybe_integer(2));
    CHECK_FALSE(row.maybe_text(2));
    REQUIRE(row.step());
    CHECK(row.maybe_text(1) == "");
    CHECK(row.maybe_integer(2) == 9);
    CHECK_FALSE(row.step());
}

TEST_CASE("a pragma that fails where it commits is a failure, not its answer") {
    const TempDir dir;
    write_bytes(dir.file("db"), "");
    Database database(dir.file("db"), Database::Mode::read_write);
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    const rlimit small{1024, limit.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);  // enough for a journal, and not for a page
    std::string mode;
    CHECK_THROWS_AS(mode = database.text("PRAGMA journal_mode = WAL"), SqliteFailure);
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    std::signal(SIGXFSZ, SIG_DFL);
    CHECK(mode.empty());
}

TEST_CASE("a failure says what kind it is") {
    const TempDir dir;
    CHECK_THROWS_AS(Database(dir.file("absent"), Database::Mode::read_write), SqliteFailure);
    write_bytes(dir.file("db"), "");
    Database database(dir.file("db"), Database::Mode::read_write);
    CHECK_THROWS_AS(database.execute("SELEKT"), SqliteFailure);
    CHECK_THROWS_AS(database.integer("SELECT * FROM absent"), SqliteFailure);

    CHECK(SqliteFailure(SQLITE_IOERR_FSYNC, "").fatal());
    CHECK(SqliteFailure(SQLITE_CORRUPT_INDEX, "").fatal());
    CHECK_FALSE(SqliteFailure(SQLITE_BUSY, "").fatal());
    CHECK(SqliteFailure(SQLITE_FULL, "").disk_full());
    CHECK(to_error(SqliteFailure(SQLITE_BUSY, "busy"), "f").cls() == ErrorClass::retryable);
    CHECK(
        to_error(SqliteFailure(SQLITE_READONLY, "no"), "f").what() ==
        "the store f cannot be written (no)"
    );
}

TEST_CASE("a checksum keeps values apart, and is the same everywhere") {
    CHECK(Checksum(1).add("ab").add("c").value() != Checksum(1).add("a").add("bc").value());
    CHECK(Checksum(1).add("a").value() != Checksum(2).add("a").value());
    CHECK(Checksum(1).add("").add(0).value() != Checksum(1).add("").value());
    CHECK(Checksum(0).add("fairway").add(std::int64_t{-1}).value() == 9238162567220859736U);
}

}  // namespace fairway
