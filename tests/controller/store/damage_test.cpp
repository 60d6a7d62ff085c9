#include <doctest/doctest.h>

#include <random>

#include "controller/store/sqlite.hpp"
#include "tests/controller/store/store_world.hpp"

namespace fairway {
namespace {

const ChannelKey web{"default", "web"}, shop{"default", "shop"};

/// A closed store with two channels.
struct DamagedWorld : StoreWorld {
    DamagedWorld() {
        open();
        save(web, ready_record("192.168.77.5"));
        save(shop, ready_record("192.168.77.6"));
        store.reset();
    }
    void change(const std::string& sql) {
        Database database(path, Database::Mode::read_write);
        database.execute(sql);
    }
};

}  // namespace

TEST_CASE("a crash at any moment leaves what was confirmed") {
    StoreWorld world;
    world.open();
    std::map<ChannelKey, std::string> confirmed;
    for (int i = 0; i < 12; ++i) {
        const ChannelKey key{"default", "c" + std::to_string(i)};
        world.save(key, ready_record("10.0.0." + std::to_string(i)));

        // What another process would find on the disk if ours ended now.
        StoreWorld after;
        write_bytes(after.path, read_bytes(world.path));
        write_bytes(after.path + "-wal", read_bytes(world.path + "-wal"));
        after.open();
        const auto all = after.run(after.store->load_all());
        REQUIRE(all);
        CHECK(all->size() == static_cast<std::size_t>(i) + 1);
        CHECK(all->contains(key));
        CHECK(after.store->serial() == world.store->serial());
    }
}

TEST_CASE("a log that is cut off anywhere gives an earlier state, whole") {
    StoreWorld world;
    world.open();
    for (int i = 0; i < 6; ++i) {
        world.save({"default", "c" + std::to_string(i)}, ready_record());
    }
    const std::string file = read_bytes(world.path), log = read_bytes(world.path + "-wal");
    std::size_t before = 0;
    for (std::size_t cut = 0; cut <= log.size(); cut += 1117) {
        StoreWorld after;
        write_bytes(after.path, file);
        write_bytes(after.path + "-wal", log.substr(0, cut));
        after.open();
        const auto all = after.run(after.store->load_all());
        REQUIRE(all);
        CHECK(all->size() >= before);
        CHECK(all->size() == after.store->serial());
        before = all->size();
    }
    CHECK(before >= 5);
}

TEST_CASE("a spec that was changed behind our back is an error that names its channel") {
    DamagedWorld world;
    std::string bytes = read_bytes(world.path);
    const auto at = bytes.find("192.168.77.5");
    REQUIRE(at != std::string::npos);
    bytes[at + 11] = '9';
    write_bytes(world.path, bytes);
    world.open();

    const auto loaded = world.run(world.store->load(web));
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().cls() == ErrorClass::terminal);
    CHECK(loaded.error().what().find("channel default/web is damaged") != std::string::npos);
    const auto all = world.run(world.store->load_all());
    REQUIRE_FALSE(all);
    CHECK(all.error().what() == loaded.error().what());
    CHECK(world.load(shop).phase == Phase::ready);  // by itself it is fine
    CHECK(world.run(world.store->forget(web)));     // the way out
    CHECK(world.run(world.store->load_all())->size() == 1);
}

TEST_CASE("a row that was changed, moved or brought from another store is noticed") {
    for (const std::string sql :
         {"UPDATE channels SET phase = 'intent' WHERE name = 'web'",
          "UPDATE channels SET phase = 'sold'", "UPDATE channels SET since = since + 1",
          "UPDATE channels SET intent_at = 0", "UPDATE channels SET revision = 77",
          "UPDATE channels SET ids = '{\"ids\":[]}'", "UPDATE channels SET why = 'x'",
          "UPDATE channels SET origin = 'adopted'", "UPDATE channels SET applied_hash = NULL",
          "UPDATE channels SET checksum = 0", "UPDATE channels SET empty_looks = 3",
          "DELETE FROM specs WHERE name = 'web'", "UPDATE specs SET json = '{' WHERE name = 'web'",
          "INSERT INTO specs SELECT project, name, 'pending', json FROM specs WHERE name = 'web'",
          "PRAGMA foreign_keys = OFF; UPDATE channels SET name = 'wob' WHERE name = 'web';"
          "UPDATE specs SET name = 'wob' WHERE name = 'web'",
          "UPDATE meta SET lineage = 'another'"}) {
        CAPTURE(sql);
        DamagedWorld world;
        world.change(sql);
        world.open();
        const auto all = world.run(world.store->load_all());
        REQUIRE_FALSE(all);
        CHECK(all.error().what().find("is damaged") != std::string::npos);
    }
}

TEST_CASE("an observation that cannot be read is left out, and written again by the next look") {
    StoreWorld world;
    world.open();
    std::vector<StoredObservation> seen(2);
    seen[0].key = web;
    seen[0].seen.rows = {seen_row("web", "i1"), seen_row("web", "i2")};
    seen[1].key = shop;
    seen[1].seen.rows = {seen_row("shop", "i1")};
    CHECK(world.run(world.store->observe(seen)));
    world.store.reset();
    {
        Database database(world.path, Database::Mode::read_write);
        database.execute("UPDATE observed SET json = '{}' WHERE name = 'web' AND position = 1");
    }
    world.open();
    CHECK(world.run(world.store->observations())->size() == 1);
    CHECK(world.run(world.store->observe(seen)));
    CHECK(world.run(world.store->observations())->size() == 2);
}

TEST_CASE("a page that makes no sense is found when the file is opened") {
    DamagedWorld world;
    std::string bytes = read_bytes(world.path);
    for (std::size_t page = 4096; page < bytes.size(); page += 4096) bytes[page] = '\x55';
    write_bytes(world.path, bytes);
    CHECK(
        world.refusal(world.options()) ==
        "the store " + world.path + " is damaged; restore it from a backup"
    );
}

TEST_CASE("any bit that is flipped is noticed, or does not matter") {
    StoreWorld world;
    world.open();
    std::map<ChannelKey, Record> saved;
    for (int i = 0; i < 40; ++i) {
        const ChannelKey key{"default", "c" + std::to_string(i)};
        saved[key] = ready_record(std::string(600, static_cast<char>('a' + i % 26)));
        saved[key].revision = world.save(key, saved[key]);
    }
    world.store.reset();
    const std::string bytes = read_bytes(world.path);
    std::mt19937 random(11);
    int noticed = 0;
    for (int round = 0; round < 80; ++round) {
        std::string flipped = bytes;
        const std::size_t at = random() % bytes.size();
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << (random() % 8)));
        CAPTURE(at);
        write_bytes(world.path, flipped);
        auto opened = world.try_open(world.options());
        if (!opened) {
            ++noticed;
            continue;
        }
        const auto all = world.run((*opened)->load_all());
        if (!all) {
            ++noticed;
            continue;
        }
        REQUIRE(all->size() == saved.size());
        for (const auto& [key, record] : saved) REQUIRE(same(all->at(key), record));
    }
    CHECK(noticed > 15);  // the rest hit unused space
}

}  // namespace fairway
