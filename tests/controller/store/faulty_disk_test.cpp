// A disk that is full, broken or read-only at each write, and power that fails at each sync.
#include "tests/controller/store/faulty_disk.hpp"

#include <cerrno>

#include "tests/controller/store/store_world.hpp"

namespace fairway {
namespace {

const ChannelKey web{"default", "web"}, shop{"default", "shop"};

/// A store with one channel, on a disk that does as it is told.
struct FaultyWorld : StoreWorld {
    FaultyWorld() {
        open();
        save(web, ready_record());
    }
    Result<std::uint64_t> try_save() { return run(store->save(shop, ready_record(big))); }
    /// Opened anew, what was confirmed is there, and what was not is there whole or not at all.
    void check_opened_anew() {
        store.reset();
        disk.heal();
        open();
        CHECK(same(load(web), [] {
            Record record = ready_record();
            record.revision = 1;
            return record;
        }()));
        const auto found = run(store->load(shop));
        REQUIRE(found);
        if (*found) CHECK((**found).applied == ready_record(big).applied);
        CHECK(run(store->load_all()));
    }
    const std::string big = std::string(20'000, 'h');
    FaultyDisk disk{dir.file("").substr(0, dir.file("").size() - 1)};
};

TEST_CASE("a disk that is full at any write refuses the save, and the next one is done") {
    bool done = false;
    int failures = 0;
    for (int write = 0; !done && write < 100; ++write) {
        CAPTURE(write);
        FaultyWorld world;
        world.disk.fail_writes(write, ENOSPC);
        const auto saved = world.try_save();
        done = static_cast<bool>(saved);
        if (saved) continue;
        ++failures;
        CHECK(saved.error().cls() == ErrorClass::retryable);
        CHECK(saved.error().what() == "the store " + world.path + " cannot grow: the disk is full");
        CHECK(world.load(web).phase == Phase::ready);  // reading goes on
        world.disk.heal();
        CHECK(world.try_save());
        world.check_opened_anew();
        CHECK(*world.run(world.store->load(shop)));
    }
    CHECK(done);
    CHECK(failures >= 5);
}

TEST_CASE(
    "a quota, a broken disk or a read-only one at any write stops the store until it is opened anew"
) {
    for (const int error : {EDQUOT, EIO, EROFS}) {
        CAPTURE(error);
        bool done = false;
        int failures = 0;
        for (int write = 0; !done && write < 100; ++write) {
            CAPTURE(write);
            FaultyWorld world;
            world.disk.fail_writes(write, error);
            const auto saved = world.try_save();
            done = static_cast<bool>(saved);
            if (saved) continue;
            ++failures;
            CHECK(saved.error().cls() == ErrorClass::terminal);
            CHECK(saved.error().what().find("the disk reports an error") != std::string::npos);
            world.disk.heal();
            const auto later = world.run(world.store->load(web));
            REQUIRE_FALSE(later);
            CHECK(later.error().what() == saved.error().what());
            world.check_opened_anew();
        }
        CHECK(done);
        CHECK(failures >= 5);
    }
}

TEST_CASE("a sync that fails is not tried again: the store stops, and is read anew") {
    FaultyWorld world;
    world.disk.fail_syncs(EIO);
    const auto saved = world.try_save();
    REQUIRE_FALSE(saved);
    CHECK(saved.error().cls() == ErrorClass::terminal);
    CHECK(saved.error().outcome_unknown());
    world.disk.heal();
    const int writes = world.disk.writes();
    const auto again = world.try_save();
    REQUIRE_FALSE(again);
    CHECK(again.error().what() == saved.error().what());
    CHECK(world.disk.writes() == writes);
    world.check_opened_anew();
}

TEST_CASE("a store that cannot be begun, for the disk is full, is told in words and begun later") {
    StoreWorld world;
    FaultyDisk disk(world.dir.file("").substr(0, world.dir.file("").size() - 1));
    bool done = false;
    for (int write = 0; !done && write < 200; ++write) {
        CAPTURE(write);
        disk.fail_writes(write, ENOSPC);
        const std::string refusal = world.refusal(world.options());
        disk.heal();
        done = refusal == "opened";
        if (!done) CHECK(refusal == "the store " + world.path + " cannot grow: the disk is full");
    }
    CHECK(done);
    CHECK(disk.failed() >= 5);
    world.open();
    world.save(web, ready_record());
}

TEST_CASE("power that fails at any sync leaves what was confirmed, and no half of anything") {
    using Files = std::map<std::string, std::string>;
    struct Cut {
        Files files;
        int confirmed;
    };
    StoreWorld world;
    const std::string folder = world.dir.file("").substr(0, world.dir.file("").size() - 1);
    FaultyDisk disk(folder);
    Files synced;
    std::vector<Cut> cuts;
    std::atomic<int> confirmed{0};
    disk.before_sync = [&](const std::string&) { cuts.push_back({synced, confirmed}); };
    disk.after_sync = [&](const std::string& path) {
        if (std::filesystem::is_regular_file(path)) {
            synced[path.substr(folder.size() + 1)] = read_bytes(path);
        } else {  // the folder: what was removed from it does not come back
            std::erase_if(synced, [&](const auto& file) {
                return !std::filesystem::exists(folder + "/" + file.first);
            });
        }
        cuts.push_back({synced, confirmed});
    };
    for (int life = 0; life < 3; ++life) {
        world.open();
        for (int i = 0; i < 4; ++i) {
            world.save({"default", "c" + std::to_string(confirmed)}, ready_record());
            ++confirmed;
        }
        world.store.reset();  // the log is put into the file, with syncs of its own
        cuts.push_back({synced, confirmed});
    }
    CHECK(cuts.size() > 24);
    for (const Cut& cut : cuts) {
        CAPTURE(cut.confirmed);
        StoreWorld after;
        for (const auto& [name, bytes] : cut.files) write_bytes(after.dir.file(name), bytes);
        after.open();
        const auto all = after.run(after.store->load_all());
        REQUIRE(all);
        CHECK(all->size() >= static_cast<std::size_t>(cut.confirmed));
        CHECK(all->size() <= static_cast<std::size_t>(cut.confirmed) + 1);
        CHECK(after.store->serial() == all->size());
    }
}

}  // namespace
}  // namespace fairway
