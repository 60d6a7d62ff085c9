#include <doctest/doctest.h>

#include <random>

#include "controller/store/sqlite.hpp"
#include "tests/controller/codec/random_spec.hpp"
#include "tests/controller/store/store_world.hpp"

namespace fairway {
namespace {

const ChannelKey web{"default", "web"}, shop{"default", "shop"};
const WallTime monday(std::chrono::hours(24 * 20'000));

std::vector<StoredObservation> look(
    const ChannelKey& key, std::vector<InstanceChannel> rows, WallTime at = monday
) {
    std::vector<StoredObservation> seen(1);
    seen[0].key = key;
    seen[0].seen.rows = std::move(rows);
    seen[0].seen.observed_at = at;
    return seen;
}

HistoryEntry entry_of(const ChannelKey& key, const std::string& action, WallTime at = monday) {
    HistoryEntry entry;
    entry.at = at;
    entry.key = key;
    entry.action = action;
    entry.result = "ok";
    entry.detail = "port 80 -> 8080";
    entry.revision = "abc";
    entry.request_id = "r1";
    return entry;
}

}  // namespace

TEST_CASE("what is saved is loaded as it was, also after a restart") {
    StoreWorld world;
    world.open();
    CHECK_FALSE(*world.run(world.store->load(web)));

    Record record = ready_record();
    record.origin = Origin::adopted;
    record.empty_looks = 2;
    record.intent_at = WallTime(Duration(-5));
    record.pending = spec_with_host("10.0.0.1");
    record.why = "two rows \"of\" one name: 渠道";
    record.revision = world.save(web, record);
    CHECK(record.revision > 0);
    CHECK(same(world.load(web), record));

    world.open();
    CHECK(same(world.load(web), record));
    const auto all = world.run(world.store->load_all());
    REQUIRE(all);
    REQUIRE(all->size() == 1);
    CHECK(same(all->at(web), record));
}

TEST_CASE("what was deleted can be had back for thirty days") {
    StoreWorld world;
    world.open();
    for (const ChannelKey& key : {web, shop}) {
        Record record = ready_record();
        record.phase = Phase::deleting;
        record.deletion = DeletionPolicy::orphan;
        record.pending = spec_with_host("10.0.0." + std::to_string(key.name.size()));
        record.revision = world.save(key, record);
        CHECK(world.load(key).deletion == DeletionPolicy::orphan);
        REQUIRE(world.run(world.store->bury(key, key == web ? monday : monday + std::chrono::hours(1))));
        CHECK_FALSE(*world.run(world.store->load(key)));
    }
    world.open();
    auto deleted = world.run(world.store->deleted());
    REQUIRE(deleted);
    REQUIRE(deleted->size() == 2);
    CHECK((*deleted)[0].key == shop);  // the newest first
    CHECK((*deleted)[1].at == monday);
    CHECK((*deleted)[1].spec == spec_with_host("10.0.0.3"));

    const ChannelKey late{"default", "late"};
    world.save(late, ready_record());
    REQUIRE(world.run(world.store->bury(late, monday + std::chrono::hours(24 * 30) + Duration(1))));
    deleted = world.run(world.store->deleted());
    REQUIRE(deleted->size() == 1);  // the first is too old; the last one had nothing to be had back
    CHECK((*deleted)[0].key == shop);
}

TEST_CASE("what people said is kept until it is taken back") {
    StoreWorld world;
    world.open();
    Directive approval{Directive::Kind::approval, {}, "abc", {}, monday};
    Directive freeze{Directive::Kind::suspension, "default", "web", "change freeze", {}};
    REQUIRE(world.run(world.store->direct(approval)));
    REQUIRE(world.run(world.store->direct(freeze)));
    freeze.reason = "another";
    REQUIRE(world.run(world.store->direct(freeze)));
    world.open();
    CHECK(*world.run(world.store->directives()) == std::vector<Directive>{approval, freeze});
    REQUIRE(world.run(world.store->take_back(approval)));
    REQUIRE(world.run(world.store->take_back(approval)));  // need not be there
    CHECK(*world.run(world.store->directives()) == std::vector<Directive>{freeze});
}

TEST_CASE("deletes that were sent are counted by project and time") {
    StoreWorld world;
    world.open();
    const auto note = [&](const ChannelKey& key, const std::string& action, const std::string& result,
                          WallTime at) {
        HistoryEntry entry = entry_of(key, action, at);
        entry.result = result;
        REQUIRE(world.run(world.store->note(entry)));
    };
    note(web, "delete", "ok", monday);
    note(web, "delete", "ok", monday + std::chrono::hours(1));
    note(web, "delete", "unknown", monday + std::chrono::hours(2));
    note(web, "delete", "error", monday + std::chrono::hours(2));
    note(web, "update", "ok", monday + std::chrono::hours(2));
    note({"other", "web"}, "delete", "ok", monday + std::chrono::hours(2));
    CHECK(*world.run(world.store->deletes_since("default", monday + std::chrono::hours(1))) == 2);
}

TEST_CASE("records with any specs come back as they were") {
    StoreWorld world;
    world.open();
    std::mt19937 random(7);
    std::map<ChannelKey, Record> saved;
    for (int round = 0; round < 200; ++round) {
        const ChannelKey key{"p" + std::to_string(random() % 3), "c" + std::to_string(random() % 20)};
        Record record = ready_record();
        record.revision = saved.contains(key) ? saved[key].revision : 0;
        if (random() % 2 == 0) record.applied.reset();
        if (random() % 2 == 0) record.applied = random_spec(random);
        if (random() % 2 == 0) record.pending = random_spec(random);
        if (random() % 3 == 0) record.ids.clear();
        record.revision = world.save(key, record);
        saved[key] = record;
    }
    world.open();
    const auto all = world.run(world.store->load_all());
    REQUIRE_MESSAGE(all, all.error().what());
    REQUIRE(all->size() == saved.size());
    for (const auto& [key, record] : saved) CHECK(same(all->at(key), record));
}

TEST_CASE("a save with another revision than the stored one is refused and changes nothing") {
    StoreWorld world;
    world.open();
    Record record = ready_record();
    const auto first = world.save(web, record);

    record.why = "too late";
    auto refused = world.run(world.store->save(web, record));  // revision 0: there must be none
    REQUIRE_FALSE(refused);
    CHECK(refused.error().cls() == ErrorClass::conflict);
    CHECK(refused.error().what().find("default/web") != std::string::npos);
    record.revision = first + 1;
    CHECK_FALSE(world.run(world.store->save(web, record)));
    record.revision = 3;
    CHECK_FALSE(world.run(world.store->save(shop, record)));  // there is none
    CHECK(world.load(web).why.empty());

    record.revision = first;
    CHECK(world.save(web, record) > first);
    CHECK(world.load(web).why == "too late");
    CHECK(world.metrics.failed["save"] == 3);
    CHECK(world.metrics.done["save"] == 2);
}

TEST_CASE("a channel that is forgotten is gone with all its specs and looks, and its revisions stay used"
) {
    StoreWorld world;
    world.open();
    const auto first = world.save(web, ready_record());
    const auto kept = world.save(shop, ready_record());
    CHECK(world.run(world.store->observe(look(web, {seen_row("web", "i1")}))));
    CHECK(world.run(world.store->forget(web)));
    CHECK(world.run(world.store->forget(web)));  // repeatable
    CHECK_FALSE(*world.run(world.store->load(web)));
    CHECK(world.run(world.store->observations())->empty());
    CHECK(world.load(shop).revision == kept);

    world.open();
    CHECK_FALSE(*world.run(world.store->load(web)));
    const auto again = world.save(web, ready_record());
    CHECK(again > first);
    CHECK(again > kept);
    Record stale = ready_record();
    stale.revision = first;
    CHECK_FALSE(world.run(world.store->save(web, stale)));
}

TEST_CASE("a spec that does not change is not written again") {
    StoreWorld world;
    world.open();
    Record record = ready_record();
    record.revision = world.save(web, record);
    {
        Database other(world.path, Database::Mode::read_write);
        other.execute(
            "CREATE TRIGGER no_update BEFORE UPDATE ON specs BEGIN SELECT RAISE(ABORT, 'written'); END"
        );
    }
    record.phase = Phase::updating;
    record.revision = world.save(web, record);
    record.pending = spec_with_host("10.0.0.1");  // another spec is an insert
    record.revision = world.save(web, record);
    record.pending.reset();
    record.revision = world.save(web, record);
    CHECK(same(world.load(web), record));
    record.applied = spec_with_host("10.0.0.1");
    const auto written = world.run(world.store->save(web, record));
    REQUIRE_FALSE(written);
    CHECK(written.error().what().find("written") != std::string::npos);
    record.applied = ready_record().applied;
    CHECK(same(world.load(web), record));  // the failed save left nothing behind
}

TEST_CASE("what the cloud showed is kept, replaced and dropped by name") {
    StoreWorld world;
    world.open();
    CHECK(world.run(world.store->observe(look(web, {seen_row("web", "i2"), seen_row("web", "i1")}))));
    CHECK(world.run(world.store->observe(look(shop, {seen_row("shop", "i1")}))));
    CHECK(world.run(world.store->observe(look({"default", "absent"}, {}))));

    for (const bool restarted : {false, true}) {
        if (restarted) world.open();
        const auto seen = world.run(world.store->observations());
        REQUIRE(seen);
        REQUIRE(seen->size() == 2);
        CHECK((*seen)[0].key == shop);
        CHECK((*seen)[1].key == web);
        CHECK((*seen)[1].seen.rows == std::vector{seen_row("web", "i1"), seen_row("web", "i2")});
        CHECK((*seen)[1].seen.observed_at == monday);
    }
    CHECK(world.run(world.store->observe(look(web, {seen_row("web", "i1", 8080)}))));
    CHECK(world.run(world.store->observe(look(shop, {}))));
    for (const bool restarted : {false, true}) {
        if (restarted) world.open();
        const auto seen = world.run(world.store->observations());
        REQUIRE(seen->size() == 1);
        CHECK((*seen)[0].seen.rows == std::vector{seen_row("web", "i1", 8080)});
    }
}

TEST_CASE("seeing the same again, in any order, writes nothing") {
    StoreWorld world;
    world.open();
    std::vector<StoredObservation> seen;
    for (int i = 0; i < 500; ++i) {
        const std::string name = "c" + std::to_string(i);
        auto one = look({"default", name}, {seen_row(name, "i1"), seen_row(name, "i2")});
        seen.push_back(std::move(one[0]));
    }
    CHECK(world.run(world.store->observe(seen)));
    Database other(world.path, Database::Mode::read_only);
    const auto version = other.integer("PRAGMA data_version");

    for (auto& one : seen) {
        std::swap(one.seen.rows[0], one.seen.rows[1]);
        one.seen.observed_at = monday + std::chrono::hours(1);
    }
    CHECK(world.run(world.store->observe(seen)));
    CHECK(other.integer("PRAGMA data_version") == version);
    CHECK(
        (*world.run(world.store->observations()))[0].seen.observed_at == monday + std::chrono::hours(1)
    );

    seen[7].seen.rows[0].spec.port = 81;
    CHECK(world.run(world.store->observe(seen)));
    CHECK(other.integer("PRAGMA data_version") != version);
    world.open();
    CHECK(world.run(world.store->observe(seen)));  // also known after a restart
    CHECK(world.run(world.store->observations())->size() == 500);
}

TEST_CASE("two rows of one instance, as a faulty cloud may show, are both kept") {
    StoreWorld world;
    world.open();
    InstanceChannel twin = seen_row("web", "i1");
    twin.id = "another";
    CHECK(world.run(world.store->observe(look(web, {seen_row("web", "i1"), twin}))));
    CHECK((*world.run(world.store->observations()))[0].seen.rows.size() == 2);
}

TEST_CASE("history is told newest first, of a channel, a project, a name or all") {
    StoreWorld world;
    world.open();
    const ChannelKey other{"other", "web"};
    CHECK(world.run(world.store->note(entry_of(web, "create"))));
    CHECK(world.run(world.store->note(entry_of(shop, "adopt"))));
    CHECK(world.run(world.store->note(entry_of(other, "forget"))));
    CHECK(world.run(world.store->note(entry_of(web, "update"))));

    const auto actions = [&](const ChannelKey& key, std::size_t limit) {
        std::string words;
        const auto entries = world.run(world.store->history(key, limit));
        for (const auto& entry : *entries) words += entry.action + ' ';
        return words;
    };
    CHECK(actions(web, 10) == "update create ");
    CHECK(actions(web, 1) == "update ");
    CHECK(actions({"default", ""}, 10) == "update adopt create ");
    CHECK(actions({}, 10) == "update forget adopt create ");
    CHECK(actions({}, 0).empty());
    CHECK(actions({}, static_cast<std::size_t>(-1)) == "update forget adopt create ");
    CHECK(actions({"default", "absent"}, 10).empty());
    CHECK(actions({"", "web"}, 10) == "update forget create ");
    CHECK(actions({"", "web"}, 2) == "update forget ");
    CHECK(actions({"", "absent"}, 10).empty());

    world.open();
    const auto entries = world.run(world.store->history(web, 1));
    REQUIRE(entries->size() == 1);
    const HistoryEntry& entry = (*entries)[0];
    CHECK(entry.id == 4);
    CHECK(entry.at == monday);
    CHECK(entry.key == web);
    CHECK(entry.result == "ok");
    CHECK(entry.detail == "port 80 -> 8080");
    CHECK(entry.revision == "abc");
    CHECK(entry.request_id == "r1");
}

TEST_CASE("history is kept for thirty days") {
    StoreWorld world;
    world.open();
    CHECK(world.run(world.store->note(entry_of(web, "first", monday))));
    CHECK(world.run(world.store->note(entry_of(web, "second", monday + std::chrono::hours(24)))));
    CHECK(world.run(world.store->note(entry_of(web, "third", monday + std::chrono::hours(30 * 24 + 1))))
    );
    const auto entries = world.run(world.store->history(web, 10));
    REQUIRE(entries->size() == 2);
    CHECK((*entries)[0].action == "third");
    CHECK((*entries)[1].action == "second");
}

TEST_CASE("the serial grows with durable commits only, and survives") {
    StoreWorld world;
    world.open();
    CHECK(world.store->lineage() == "0123456789abcdef");
    CHECK(world.store->serial() == 0);
    world.save(web, ready_record());
    CHECK(world.store->serial() == 1);
    CHECK(world.run(world.store->note(entry_of(web, "create"))));
    CHECK(world.run(world.store->observe(look(web, {seen_row("web", "i1")}))));
    CHECK_FALSE(world.run(world.store->save(web, ready_record())));
    CHECK(world.run(world.store->load(web)));
    CHECK(world.store->serial() == 1);
    CHECK(world.run(world.store->forget(web)));
    CHECK(world.store->serial() == 2);
    world.open();
    CHECK(world.store->serial() == 2);
    CHECK(world.store->lineage() == "0123456789abcdef");
}

TEST_CASE("what was done and how large the file is, is told to the metrics") {
    StoreWorld world;
    world.open();
    const auto at_start = world.metrics.size;
    CHECK(at_start >= 4096);
    CHECK(world.run(world.store->load(web)));
    for (int i = 0; i < 50; ++i) world.save({"default", std::to_string(i)}, ready_record());
    CHECK(world.metrics.done["load"] == 1);
    CHECK(world.metrics.done["save"] == 50);
    CHECK(world.metrics.size > at_start);
}

}  // namespace fairway
