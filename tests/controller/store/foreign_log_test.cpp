// Pages that changed places, and a log that is missing or another database's.
#include <random>

#include "controller/store/sqlite.hpp"
#include "tests/controller/store/store_world.hpp"

namespace fairway {
namespace {

constexpr std::size_t page = 4096;

/// Saves so many channels, whose text is the store's own.
void fill(StoreWorld& world, int count, char mark) {
    world.open();
    for (int i = 0; i < count; ++i)
        world.save({"default", "c" + std::to_string(i)}, ready_record(std::string(600, mark)));
}

/// What the store in `world` says to everything being read; empty where all is as `count` and `mark`.
std::string told(StoreWorld& world, int count, char mark) {
    auto opened = world.try_open(world.options());
    if (!opened) return opened.error().what();
    if (!(*opened)->doubt().empty()) return (*opened)->doubt();
    const auto all = world.run((*opened)->load_all());
    if (!all) return all.error().what();
    bool as_saved = all->size() == static_cast<std::size_t>(count);
    for (const auto& [key, record] : *all)
        as_saved = as_saved && record.applied == ready_record(std::string(600, mark)).applied;
    return as_saved ? std::string() : std::string("silently other");
}

TEST_CASE("pages that changed places are noticed, or do not matter") {
    StoreWorld world;
    fill(world, 30, 'a');
    world.store.reset();
    const std::string bytes = read_bytes(world.path);
    const std::size_t pages = bytes.size() / page;
    REQUIRE(pages > 10);
    int noticed = 0;
    for (std::size_t one = 0; one < pages; ++one) {
        for (const std::size_t other : {(one + 1) % pages, (one + 5) % pages}) {
            CAPTURE(one);
            CAPTURE(other);
            std::string swapped = bytes;
            swapped.replace(one * page, page, bytes, other * page, page);
            swapped.replace(other * page, page, bytes, one * page, page);
            write_bytes(world.path, swapped);
            const std::string what = told(world, 30, 'a');
            CHECK(what != "silently other");
            noticed += what.empty() ? 0 : 1;
        }
    }
    CHECK(noticed > static_cast<int>(pages));  // all but unused pages
}

TEST_CASE("a log that was deleted takes the store back, which is noticed") {
    StoreWorld world;
    fill(world, 3, 'a');
    world.store.reset();
    world.open();
    world.save({"default", "later"}, ready_record());
    const std::string file = read_bytes(world.path);
    const std::string witness = read_bytes(world.path + ".serial");
    REQUIRE(std::filesystem::file_size(world.path + "-wal") > 0);
    world.store.reset();

    StoreWorld after;  // the process was killed, and somebody tidied up
    write_bytes(after.path, file);
    write_bytes(after.path + ".serial", witness);
    after.open();
    CHECK(after.store->doubt().find("an older copy: it ends at change 3 of 4") != std::string::npos);
}

TEST_CASE("the log of another database is noticed, or not read") {
    for (const int theirs : {1, 5, 30, 60}) {
        CAPTURE(theirs);
        StoreWorld ours, other;
        fill(ours, 30, 'a');
        ours.store.reset();
        StoreOptions options = other.options();
        options.new_lineage = "ffffffffffffffff";
        auto opened = other.try_open(options);
        REQUIRE(opened);
        other.store = *std::move(opened);
        for (int i = 0; i < theirs; ++i)
            other.save({"default", "c" + std::to_string(i)}, ready_record(std::string(600, 'b')));
        write_bytes(ours.path + "-wal", read_bytes(other.path + "-wal"));
        const std::string what = told(ours, 30, 'a');
        CHECK(what != "silently other");
    }
}

}  // namespace
}  // namespace fairway
