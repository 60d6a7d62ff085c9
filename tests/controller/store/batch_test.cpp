#include <doctest/doctest.h>
#include <sys/resource.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <csignal>

#include "controller/store/sqlite.hpp"
#include "controller/store/tables.hpp"
#include "tests/controller/store/store_world.hpp"

namespace fairway {
namespace {

namespace asio = boost::asio;

ChannelKey key_of(int i) {
    return {"default", "c" + std::to_string(i)};
}

/// Keeps the store's thread waiting in the midst of a batch.
class Hold {
public:
    explicit Hold(const std::string& path) : database_(path, Database::Mode::read_write) {
        database_.execute("BEGIN IMMEDIATE");
    }
    void release() { database_.execute("ROLLBACK"); }

private:
    Database database_;
};

Task<> save_into(
    SqliteStore& store, ChannelKey key, Record record, std::optional<Result<std::uint64_t>>& answer
) {
    answer = co_await store.save(std::move(key), std::move(record));
}

}  // namespace

TEST_CASE("writers that wait at the same time share one commit, and one that is refused harms no other"
) {
    StoreWorld world;
    world.open();
    world.save(key_of(7), ready_record());
    const auto before = world.store->serial();

    constexpr std::size_t writers = 200;
    std::vector<std::optional<Result<std::uint64_t>>> answers(writers);
    Hold hold(world.path);
    for (std::size_t i = 0; i < writers; ++i) {
        const ChannelKey key = key_of(static_cast<int>(i));
        asio::co_spawn(
            world.loop, save_into(*world.store, key, ready_record(), answers[i]), asio::detached
        );
    }
    world.loop.restart();
    world.loop.poll();  // all have asked; the first batch, whatever is in it, waits for the lock
    CHECK(world.store->serial() == before);
    hold.release();
    world.loop.run();

    for (std::size_t i = 0; i < writers; ++i) {
        REQUIRE(answers[i]);
        CHECK(static_cast<bool>(*answers[i]) == (i != 7));  // 7 is there already
    }
    CHECK(answers[7]->error().cls() == ErrorClass::conflict);
    CHECK(world.store->serial() - before <= 2);
    world.open();
    CHECK(world.run(world.store->load_all())->size() == writers);
}

TEST_CASE("what one caller asks is done in the order asked, within a batch too") {
    StoreWorld world;
    world.open();
    Hold hold(world.path);
    std::optional<Result<std::uint64_t>> first, second, third;
    std::optional<bool> found;
    const auto look = [](SqliteStore& store, std::optional<bool>& there) -> Task<> {
        const auto loaded = co_await store.load(key_of(1));
        there = loaded && *loaded;
    };
    const auto drop = [](SqliteStore& store) -> Task<> {
        const auto gone = co_await store.forget(key_of(1));
        CHECK(gone);
    };
    asio::co_spawn(
        world.loop, save_into(*world.store, key_of(1), ready_record(), first), asio::detached
    );
    asio::co_spawn(
        world.loop, save_into(*world.store, key_of(1), ready_record(), second), asio::detached
    );
    asio::co_spawn(world.loop, look(*world.store, found), asio::detached);
    asio::co_spawn(world.loop, drop(*world.store), asio::detached);
    asio::co_spawn(
        world.loop, save_into(*world.store, key_of(1), ready_record(), third), asio::detached
    );
    world.loop.restart();
    world.loop.poll();
    hold.release();
    world.loop.run();
    CHECK(*first);
    CHECK_FALSE(*second);
    CHECK(found == true);
    CHECK(*third);
}

TEST_CASE("a caller that is cancelled while it waits gets its answer, and the work is done") {
    StoreWorld world;
    world.open();
    Hold hold(world.path);
    asio::cancellation_signal cancel;
    std::optional<Result<std::uint64_t>> answer;
    asio::co_spawn(
        world.loop, save_into(*world.store, key_of(1), ready_record(), answer),
        asio::bind_cancellation_slot(cancel.slot(), asio::detached)
    );
    world.loop.restart();
    world.loop.poll();
    cancel.emit(asio::cancellation_type::terminal);
    hold.release();
    world.loop.run();
    REQUIRE(answer);
    CHECK(*answer);
    CHECK(world.load(key_of(1)).phase == Phase::ready);
}

TEST_CASE("a store that goes does first what was asked, and the answers arrive") {
    StoreWorld world;
    world.open();
    std::vector<std::optional<Result<std::uint64_t>>> answers(50);
    for (int i = 0; i < 50; ++i) {
        asio::co_spawn(
            world.loop,
            save_into(*world.store, key_of(i), ready_record(), answers[static_cast<std::size_t>(i)]),
            asio::detached
        );
    }
    world.loop.restart();
    world.loop.poll();
    world.store.reset();
    world.loop.restart();
    world.loop.run();
    for (const auto& answer : answers) CHECK((answer && *answer));
    world.open();
    CHECK(world.run(world.store->load_all())->size() == 50);
}

TEST_CASE("answers that nobody waits for any more are dropped without harm") {
    StoreWorld world;
    {
        asio::io_context loop;
        auto store = SqliteStore::open(loop.get_executor(), world.options(), world.metrics);
        REQUIRE(store);
        std::optional<Result<std::uint64_t>> answer;
        asio::co_spawn(loop, save_into(**store, key_of(1), ready_record(), answer), asio::detached);
        loop.poll();
        store->reset();
        CHECK_FALSE(answer);
    }  // the loop goes with the answer in it, and the coroutine with the loop
    world.open();
    CHECK(world.load(key_of(1)).phase == Phase::ready);
}

TEST_CASE("a full disk fails the whole batch, passes, and leaves no half of it") {
    StoreWorld world;
    world.open();
    world.store.reset();
    Database database(world.path, Database::Mode::read_write);
    Tables tables(database, read_meta(database));
    database.execute(
        "PRAGMA max_page_count = " + std::to_string(database.integer("PRAGMA page_count") + 4)
    );

    tables.start(true);
    std::string failure;
    int saved = 0;
    try {
        for (; saved < 1000; ++saved) {
            const auto done = tables.channels().save(key_of(saved), ready_record(std::string(500, 'h')));
            REQUIRE(done);
            tables.keep();
        }
    } catch (const SqliteFailure& full) {
        CHECK(full.disk_full());
        CHECK_FALSE(full.fatal());
        const Error error = to_error(full, world.path);
        CHECK(error.cls() == ErrorClass::retryable);
        CHECK(error.what() == "the store " + world.path + " cannot grow: the disk is full");
    }
    CHECK(saved > 0);
    CHECK(saved < 1000);
    tables.abandon();
    CHECK(tables.channels().load_all()->empty());
    database.execute("PRAGMA max_page_count = 100000");
    tables.start(true);
    CHECK(tables.channels().save(key_of(1), ready_record()));
    tables.keep();
    tables.commit();
    CHECK(tables.channels().load_all()->size() == 1);
}

TEST_CASE("what a failed batch had observed is written again by the next look") {
    StoreWorld world;
    world.open();
    world.store.reset();
    Database database(world.path, Database::Mode::read_write);
    Tables tables(database, read_meta(database));
    StoredObservation seen;
    seen.key = key_of(1);
    seen.seen.rows = {seen_row("c1", "i1"), seen_row("c1", "i2")};
    const auto observe = [&](bool kept) {
        tables.start(false);
        tables.observed().observe(seen);
        tables.keep();
        kept ? tables.commit() : tables.abandon();
    };
    observe(false);
    CHECK(tables.observed().all().empty());
    observe(true);
    CHECK(tables.observed().all().size() == 1);

    seen.seen.rows.pop_back();
    observe(false);
    CHECK(tables.observed().all()[0].seen.rows.size() == 2);
    observe(true);
    CHECK(tables.observed().all()[0].seen.rows.size() == 1);

    tables.start(true);
    tables.observed().forget(seen.key);
    tables.abandon();
    CHECK(tables.observed().all().size() == 1);
    seen.seen.rows.clear();
    observe(true);
    CHECK(tables.observed().all().empty());
}

TEST_CASE("an error of the disk stops the store for good, until it is opened again") {
    StoreWorld world;
    world.open();
    world.save(key_of(1), ready_record());
    std::string big(300'000, 'h');

    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    const rlimit small{64 * 1024, limit.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);  // the write fails, as it does on a broken disk
    const auto failed = world.run(world.store->save(key_of(2), ready_record(big)));
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    std::signal(SIGXFSZ, SIG_DFL);

    REQUIRE_FALSE(failed);
    CHECK(failed.error().cls() == ErrorClass::terminal);
    CHECK(failed.error().what().find("the disk reports an error") != std::string::npos);
    const auto later = world.run(world.store->load(key_of(1)));
    REQUIRE_FALSE(later);
    CHECK(later.error().what() == failed.error().what());

    world.open();
    CHECK(world.load(key_of(1)).phase == Phase::ready);
    CHECK_FALSE(*world.run(world.store->load(key_of(2))));
}

}  // namespace fairway
