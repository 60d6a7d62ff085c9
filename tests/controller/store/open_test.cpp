#include <doctest/doctest.h>
#include <sys/stat.h>

#include <random>

#include "controller/store/schema.hpp"
#include "controller/store/sqlite.hpp"
#include "tests/controller/store/store_world.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const std::string& path) {
    struct stat facts {};
    REQUIRE(stat(path.c_str(), &facts) == 0);
    return facts.st_mode & 0777;
}

}  // namespace

TEST_CASE("a new store, its log and its lock are for their owner only") {
    StoreWorld world;
    const auto old = umask(0);
    world.open();
    umask(old);
    CHECK(mode_of(world.path) == 0600);
    CHECK(mode_of(world.path + "-wal") == 0600);
    CHECK(mode_of(world.path + ".lock") == 0600);
}

TEST_CASE("a file that others can read is refused with what to run") {
    StoreWorld world;
    world.open();
    world.store.reset();
    for (const auto more : {fs::perms::group_read, fs::perms::others_read, fs::perms::group_write}) {
        fs::permissions(world.path, more | fs::perms::owner_read | fs::perms::owner_write);
        CHECK(
            world.refusal(world.options()) ==
            "the store " + world.path + ": others than its owner can read or write it; run: chmod 600 " +
                world.path
        );
    }
    fs::permissions(world.path, fs::perms::owner_read | fs::perms::owner_write);
    world.open();
}

TEST_CASE("a place where no store can be is told in one line") {
    StoreWorld world;
    StoreOptions options = world.options();
    options.path = world.dir.file("no/fairway.db");
    CHECK(
        world.refusal(options) ==
        "the store " + options.path + ": the directory " + world.dir.file("no") + " does not exist"
    );
    options.path = world.dir.file("");
    CHECK(world.refusal(options).find("not a regular file") != std::string::npos);
    write_bytes(world.dir.file("file"), "x");
    options.path = world.dir.file("file/fairway.db");
    CHECK(world.refusal(options) == "the store " + options.path + ": Not a directory");
    options = world.options();
    options.new_lineage.clear();
    CHECK(world.refusal(options).find("needs a lineage") != std::string::npos);
}

TEST_CASE("a file of zero length becomes a store") {
    StoreWorld world;
    write_bytes(world.path, "");
    world.open();
    CHECK(world.store->lineage() == "0123456789abcdef");
}

TEST_CASE("a file that is not ours is refused and left as it is") {
    StoreWorld world;
    std::mt19937 random(3);
    std::string noise(5000, '\0');
    for (auto& byte : noise) byte = static_cast<char>(random());
    for (const std::string& bytes :
         {std::string("x"), std::string("SQLite format 3"), noise, std::string(4096, '\0')}) {
        write_bytes(world.path, bytes);
        CHECK(
            world.refusal(world.options()) ==
            "the store " + world.path + ": not a database of Fairway; name another file"
        );
        CHECK(read_bytes(world.path) == bytes);
    }
    // The heading of a database, and noise.
    write_bytes(world.path, std::string("SQLite format 3\0", 16) + noise);
    CHECK(
        world.refusal(world.options()) ==
        "the store " + world.path + " is not a database of Fairway; name another file"
    );

    write_bytes(world.path, "");
    {
        Database other(world.path, Database::Mode::read_write);
        other.execute("CREATE TABLE notes (text)");
    }
    const std::string theirs = read_bytes(world.path);
    CHECK(
        world.refusal(world.options()) ==
        "the store " + world.path + " belongs to another program; name another file"
    );
    CHECK(read_bytes(world.path) == theirs);
    {
        Database other(world.path, Database::Mode::read_write);
        other.execute("PRAGMA application_id = 252006673");
    }
    CHECK(world.refusal(world.options()).find("belongs to another program") != std::string::npos);
}

TEST_CASE("a store of a newer version is refused, naming both versions and the way out") {
    StoreWorld world;
    world.open();
    world.store.reset();
    {
        Database database(world.path, Database::Mode::read_write);
        database.execute("PRAGMA user_version = 99");
    }
    const std::string refusal =
        "the store " + world.path + " has schema version 99, this Fairway has " +
        std::to_string(schema_version()) +
        ": install the newer Fairway that wrote it, or restore a backup of that time";
    CHECK(world.refusal(world.options()) == refusal);
    StoreOptions options = world.options();
    options.read_only = true;
    CHECK(world.refusal(options) == refusal);
}

TEST_CASE("a reader does not bring an older store up to date") {
    StoreWorld world;
    world.open();
    world.store.reset();
    {
        Database database(world.path, Database::Mode::read_write);
        database.execute("PRAGMA user_version = 0");
    }
    StoreOptions options = world.options();
    options.read_only = true;
    CHECK(world.refusal(options).find("start `fairway run` once") != std::string::npos);
}

TEST_CASE("a store of the first schema is brought up to date with all its rows") {
    StoreWorld world;
    world.open();
    world.save({"default", "web"}, ready_record());
    world.store.reset();
    {
        Database database(world.path, Database::Mode::read_write);
        database.execute(
            "DROP TABLE directives; DROP TABLE deleted; ALTER TABLE channels DROP COLUMN deletion; "
            "ALTER TABLE projects DROP COLUMN region; ALTER TABLE projects DROP COLUMN endpoint; "
            "PRAGMA user_version = 1"
        );
    }
    world.open();
    CHECK(world.load({"default", "web"}).deletion == DeletionPolicy::delete_);
    CHECK(world.run(world.store->directives())->empty());
}

TEST_CASE("an older copy of the store is known for one, until a person trusts it") {
    StoreWorld world;
    world.open();
    CHECK(world.store->doubt().empty());
    world.save({"default", "web"}, ready_record());
    world.store.reset();
    const std::string copy = read_bytes(world.path);
    world.open();
    world.save({"default", "shop"}, ready_record());
    CHECK(world.store->doubt().empty());
    world.store.reset();

    write_bytes(world.path, copy);
    world.open();
    CHECK(world.store->doubt().find("an older copy: it ends at change 1 of 2") != std::string::npos);
    const std::string id = world.store->doubt_id();
    for (const std::string name : {"a", "b", "c"}) world.save({"default", name}, ready_record());
    world.open();  // what was written meanwhile has not made it right
    CHECK_FALSE(world.store->doubt().empty());
    CHECK(world.store->doubt_id() == id);
    REQUIRE(world.run(world.store->trust()));
    CHECK(world.store->doubt().empty());
    world.open();
    CHECK(world.store->doubt().empty());
}

TEST_CASE("a copy of the whole directory is known for an older one by a witness elsewhere") {
    StoreWorld world, elsewhere;
    const auto open = [&] {
        world.store.reset();
        StoreOptions options = world.options();
        options.witness = elsewhere.path;
        auto opened = world.try_open(options);
        REQUIRE_MESSAGE(opened, opened.error().what());
        world.store = *std::move(opened);
        return world.store->doubt();
    };
    CHECK(open().empty());
    world.save({"default", "web"}, ready_record());
    world.store.reset();
    const std::string copy = read_bytes(world.path), beside = read_bytes(world.path + ".serial");
    CHECK(open().empty());
    world.save({"default", "shop"}, ready_record());
    world.store.reset();

    write_bytes(world.path, copy);
    write_bytes(world.path + ".serial", beside);
    CHECK(open().find("an older copy: it ends at change 1 of 2") != std::string::npos);
    const std::string id = world.store->doubt_id();
    for (const std::string name : {"a", "b"}) world.save({"default", name}, ready_record());
    CHECK_FALSE(open().empty());
    CHECK(world.store->doubt_id() == id);
    REQUIRE(world.run(world.store->trust()));
    CHECK(open().empty());
    world.store.reset();
    std::filesystem::remove(elsewhere.path);  // one that is lost says nothing
    CHECK(open().empty());
}

TEST_CASE("another store in the place of the known one is known for one, a new one is not doubted") {
    StoreWorld world, other;
    world.open();
    world.save({"default", "web"}, ready_record());
    world.store.reset();
    StoreOptions options = other.options();
    options.new_lineage = "ffffffffffffffff";
    {
        auto opened = other.try_open(options);
        REQUIRE(opened);
        REQUIRE(other.run((*opened)->save({"default", "web"}, ready_record())));
    }
    write_bytes(world.path, read_bytes(other.path));
    world.open();
    CHECK(world.store->doubt().find("another one") != std::string::npos);
    world.store.reset();
    std::filesystem::remove(world.path);
    world.open();
    CHECK(world.store->doubt().empty());
}

TEST_CASE("a project whose id has changed is refused by name") {
    StoreWorld world;
    world.open();
    world.store.reset();
    StoreOptions options = world.options();
    options.projects = {{"default", {"p2"}}};
    const std::string refusal = world.refusal(options);
    CHECK(refusal.find("knows project \"default\" as p1, the configuration as p2") != std::string::npos);
    options.read_only = true;
    CHECK(world.refusal(options) == refusal);
    options.read_only = false;
    options.projects = {{"default", {"p1"}}, {"second", {"p2"}}};
    CHECK(world.refusal(options) == "opened");
    options.projects = {{"second", {"p3"}}};
    CHECK(world.refusal(options).find("\"second\"") != std::string::npos);
    options.projects.clear();
    CHECK(world.refusal(options) == "opened");
}

TEST_CASE("a project whose id is looked up is tied to it by what the look shows") {
    StoreWorld world;
    StoreOptions options = world.options();
    options.projects = {{"default", {"", "r1", "https://one"}}};
    const auto reopen = [&] {
        world.store.reset();
        auto opened = world.try_open(options);
        REQUIRE_MESSAGE(opened, opened.error().what());
        world.store = *std::move(opened);
    };
    reopen();
    CHECK(world.run(world.store->tie_project("default", "p1")));
    CHECK(world.run(world.store->tie_project("default", "p1")));
    const auto other = world.run(world.store->tie_project("default", "p2"));
    REQUIRE_FALSE(other);
    CHECK(
        other.error().what().find("knows project \"default\" as p1, the configuration as p2") !=
        std::string::npos
    );
    reopen();  // still not configured, and still tied
    CHECK_FALSE(world.run(world.store->tie_project("default", "p2")));
    options.read_only = true;
    reopen();
    CHECK(world.run(world.store->tie_project("default", "p1")));
    CHECK_FALSE(world.run(world.store->tie_project("default", "p2")));
    options.read_only = false;
    options.projects = {{"default", {"p2", "r1", "https://one"}}};
    world.store.reset();
    CHECK(world.refusal(options).find("as p1, the configuration as p2") != std::string::npos);
}

TEST_CASE("another region or endpoint puts the store in doubt until a person trusts it") {
    StoreWorld world;
    world.open();
    world.save({"default", "web"}, ready_record());
    CHECK(world.store->doubt().empty());
    const auto reopen = [&](const ProjectTie& tie, bool read_only = false) {
        world.store.reset();
        StoreOptions options = world.options();
        options.projects = {{"default", tie}};
        options.read_only = read_only;
        auto opened = world.try_open(options);
        REQUIRE_MESSAGE(opened, opened.error().what());
        world.store = *std::move(opened);
        return world.store->doubt();
    };
    CHECK(reopen({"p1", "", "https://one"}) == "");  // what is not told says nothing
    CHECK(
        reopen({"p1", "r1", "https://two"}) ==
        "project \"default\" was at https://one in region r1, the configuration says https://two in "
        "region r1"
    );
    const std::string id = world.store->doubt_id();
    world.save({"default", "shop"}, ready_record());
    CHECK_FALSE(reopen({"p1", "r1", "https://two"}, true).empty());
    CHECK(world.store->doubt_id() == id);  // an approval is for this very move
    CHECK_FALSE(reopen({"p1", "r1", "https://three"}).empty());
    CHECK(world.store->doubt_id() != id);
    CHECK_FALSE(reopen({"p1", "r2", "https://one"}).empty());
    CHECK(reopen({"p1", "r1", "https://one"}) == "");

    CHECK_FALSE(reopen({"p1", "r1", "https://two"}).empty());
    REQUIRE(world.run(world.store->trust()));
    CHECK(world.store->doubt().empty());
    CHECK(reopen({"p1", "r1", "https://two"}) == "");
    CHECK_FALSE(reopen({"p1", "r1", "https://one"}).empty());
}

TEST_CASE("a project that nothing is owned in may move") {
    StoreWorld world;
    world.open();
    for (const char* endpoint : {"https://two", "https://three"}) {
        world.store.reset();
        StoreOptions options = world.options();
        options.projects["default"].endpoint = endpoint;
        const auto opened = world.try_open(options);
        REQUIRE(opened);
        CHECK((*opened)->doubt().empty());
    }
}

TEST_CASE("a store of before takes over where the projects are") {
    StoreWorld world;
    world.open();
    world.save({"default", "web"}, ready_record());
    world.store.reset();
    {
        Database database(world.path, Database::Mode::read_write);
        database.execute(
            "ALTER TABLE projects DROP COLUMN region; ALTER TABLE projects DROP COLUMN endpoint; "
            "PRAGMA user_version = 2"
        );
    }
    world.open();
    CHECK(world.store->doubt().empty());
    world.store.reset();
    StoreOptions options = world.options();
    options.projects["default"].endpoint = "https://two";
    const auto opened = world.try_open(options);
    REQUIRE(opened);
    CHECK_FALSE((*opened)->doubt().empty());
}

TEST_CASE("a store keeps its lineage, whatever is offered later") {
    StoreWorld world;
    world.open();
    world.store.reset();
    StoreOptions options = world.options();
    options.new_lineage = "ffff";
    const auto opened = world.try_open(options);
    REQUIRE(opened);
    CHECK((*opened)->lineage() == "0123456789abcdef");
}

}  // namespace fairway
