// Ids that the cloud gave while the store could not be written.
#include "tests/controller/store/store_world.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

const ChannelKey key{"default", "web"};
const WallTime asked = WallTime(std::chrono::hours(24 * 365 * 56));

Record intent() {
    Record record;
    record.phase = Phase::intent;
    record.since = asked;
    record.intent_at = asked;
    record.pending = ChannelSpec();
    return record;
}

Record created() {
    Record record = intent();
    record.phase = Phase::created;
    record.ids = {{"i1", "a"}, {"i2", "b"}};
    return record;
}

Record stored(StoreWorld& world) {
    const auto row = world.run(world.store->load(key));
    REQUIRE(row);
    REQUIRE(*row);
    return **row;
}

TEST_CASE("rescued ids are in the store after the next start, once") {
    StoreWorld world;
    world.open();
    REQUIRE(world.run(world.store->save(key, intent())));
    REQUIRE(world.store->rescue(key, created()));
    world.open();
    CHECK(stored(world).phase == Phase::created);
    CHECK(stored(world).ids == created().ids);
    CHECK_FALSE(std::filesystem::exists(world.path + ".rescue"));
    world.open();
    CHECK(stored(world).phase == Phase::created);
}

TEST_CASE("rescued ids are for the create that they answer, and for no other") {
    StoreWorld world;
    world.open();
    Record later = intent();
    later.intent_at = asked + 1s;
    REQUIRE(world.run(world.store->save(key, later)));
    REQUIRE(world.store->rescue(key, created()));
    world.open();
    CHECK(stored(world).phase == Phase::intent);
    CHECK(stored(world).ids.empty());
}

TEST_CASE("a line that was not written whole harms nothing") {
    StoreWorld world;
    world.open();
    REQUIRE(world.run(world.store->save(key, intent())));
    REQUIRE(world.store->rescue(key, created()));
    {
        std::ofstream file(world.path + ".rescue", std::ios::app);
        file << "0123456789abcdef\tdefault\tweb\t99";
    }
    world.open();
    CHECK(stored(world).phase == Phase::created);
}

TEST_CASE("a reader leaves the rescued ids to the writer") {
    StoreWorld world;
    world.open();
    REQUIRE(world.run(world.store->save(key, intent())));
    REQUIRE(world.store->rescue(key, created()));
    world.store.reset();
    StoreOptions reading = world.options();
    reading.read_only = true;
    CHECK(world.try_open(reading));
    CHECK(std::filesystem::exists(world.path + ".rescue"));
}

}  // namespace
}  // namespace fairway
