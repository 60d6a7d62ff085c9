#include "tests/simulation/real_store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace fairway::sim {
namespace {

using namespace std::chrono_literals;

constexpr const char* path = "/store/fairway.db";
constexpr const char* witness = "/elsewhere/fairway.serial";

constexpr std::size_t most_entries = 1'000'000;

int log_pages = 1000;

/// Worlds are small: SQLite is told to fold its log into the file sooner than a real store does.
int set_up(sqlite3* connection, const char**, const struct sqlite3_api_routines*) {
    return sqlite3_wal_autocheckpoint(connection, log_pages);
}

template <class T>
Task<> put(Task<Result<T>> asked, std::optional<Result<T>>* to) {
    Result<T> answer = co_await std::move(asked);
    to->emplace(std::move(answer));
}

}  // namespace

RealDisk::RealDisk(Stage& stage, Disk& mirror) : host(stage), promises(stage, mirror) {
    // The numbers in SQLite's logs are random: the same for the same seed.
    sqlite3_test_control(
        SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(stage.options.seed % 1000000 + 1), nullptr
    );
    log_pages = stage.options.log_pages;
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(set_up));
}

Result<Held> RealDisk::read_back(Life& life, SqliteStore& store) {
    const SimDisk::Quiet quiet(host.disk());
    const auto rows = at_once<std::map<ChannelKey, Record>>(life, store.load_all());
    if (!rows) return rows.error();
    const auto directives = at_once<std::vector<Directive>>(life, store.directives());
    if (!directives) return directives.error();
    const auto history = at_once<std::vector<HistoryEntry>>(life, store.history({}, most_entries));
    if (!history) return history.error();
    return Held{*rows, *directives, *history};
}

template <class T>
Result<T> RealDisk::at_once(Life& life, Task<Result<T>> asked) {
    std::optional<Result<T>> answer;
    boost::asio::co_spawn(life.executor(), put(std::move(asked), &answer), boost::asio::detached);
    life.run_ready();
    host.work_now();
    life.run_ready();
    return answer ? *std::move(answer)
                  : Result<T>(Error(ErrorClass::terminal, ErrorReason::internal, "no answer"));
}

std::unique_ptr<RealStore> RealStore::open(Life& life, RealDisk& disk, Metrics& metrics) {
    Stage& stage = life.stage();
    disk.host.begins(life);
    const unsigned struck = disk.host.disk().struck();
    StoreOptions options;
    options.path = path;
    options.witness = witness;
    options.new_lineage = "0123456789abcdef";
    options.projects = {{"p", {"p", "region", "https://gateway.example"}}};
    options.host = &disk.host;
    auto opened = SqliteStore::open(life.executor(), std::move(options), metrics);
    if (life.dead()) return nullptr;
    if (!opened) {
        stage.note("the store cannot be opened", {}, opened.error().what());
        if (disk.host.disk().struck() == struck)
            stage.broken("I16", "the store does not open: " + opened.error().what());
        return nullptr;
    }
    if (!(*opened)->doubt().empty())
        stage.broken("I16", "in doubt after a crash: " + (*opened)->doubt());
    if (!disk.host.disk().find(std::string(path) + "-wal"))
        stage.broken("I16", "the store is open without its write-ahead log");
    auto held = disk.read_back(life, **opened);
    if (!held) {
        stage.broken("I16", "the store cannot be read: " + held.error().what());
        return nullptr;
    }
    disk.promises.compare(*std::move(held));
    return std::make_unique<RealStore>(life, disk, *std::move(opened));
}

void RealStore::judge(const Error& error) {
    if (life_.dead() || error.cls() != ErrorClass::terminal) return;
    stopped_ = true;
    const bool disk_failed = error.what().find("the disk reports an error") != std::string::npos;
    if (!disk_failed) life_.stage().broken("I16", error.what());
}

Task<> RealStore::begin(Op op) {
    if (life_.dies(op, When::before)) co_await life_.hang();
}

Task<> RealStore::end(Op op) {
    if (life_.dies(op, When::effect)) co_await life_.hang();
    Stage& stage = life_.stage();
    if (stage.strikes(Fault::store_slow)) co_await life_.pause(stage.faults.between(1ms, 100ms));
    if (life_.dies(op, When::reply)) co_await life_.hang();
}

template <class T>
Task<Result<T>> RealStore::read(Op op, Task<Result<T>> asked) {
    co_await begin(op);
    Result<T> found = co_await std::move(asked);
    judge(found);
    co_await end(op);
    co_return found;
}

Task<Result<std::optional<Record>>> RealStore::load(ChannelKey key) {
    return read(Op::load, store_->load(std::move(key)));
}

Task<Result<std::map<ChannelKey, Record>>> RealStore::load_all() {
    return read(Op::load_all, store_->load_all());
}

Task<Result<std::uint64_t>> RealStore::save(ChannelKey key, Record record) {
    co_await begin(Op::save);
    disk_.promises.asked(key, record);
    const Result<std::uint64_t> saved = co_await store_->save(key, record);
    judge(saved);
    if (saved) {
        record.revision = *saved;
        std::string told(to_string(record.phase));
        for (const auto& [instance, id] : record.ids) told += " " + instance + "=" + id;
        life_.stage().note("saved", key.name, told);
        disk_.promises.confirmed(key, record);
    } else if (!saved.error().outcome_unknown()) {
        disk_.promises.refused(key, record);
    }
    co_await end(Op::save);
    co_return saved;
}

Result<> RealStore::rescue(const ChannelKey& key, const Record& created) {
    SimDisk& disk = disk_.host.disk();
    const unsigned struck = disk.struck();
    auto rescued = store_->rescue(key, created);
    if (!rescued && !life_.dead() && disk.struck() == struck)
        life_.stage().broken("I2", "ids are not rescued: " + rescued.error().what());
    // What it says it has kept must be there, whatever the disk did.
    disk_.promises.rescued(key, created, rescued && !life_.dead());
    // Trouble seldom comes alone: what was rescued matters to the next life.
    if (life_.stage().faults.chance(0.5)) disk_.host.kill_after(life_.stage().faults.between(0s, 2s));
    return rescued;
}

Task<Result<>> RealStore::drop(Op op, ChannelKey key, Task<Result<>> asked) {
    co_await begin(op);
    disk_.promises.asked(key, std::nullopt);
    const Result<> dropped = co_await std::move(asked);
    judge(dropped);
    if (dropped) {
        life_.stage().note(op == Op::bury ? "buried" : "forgotten", key.name);
        disk_.promises.confirmed(key, std::nullopt);
    } else if (!dropped.error().outcome_unknown()) {
        disk_.promises.refused(key, std::nullopt);
    }
    co_await end(op);
    co_return dropped;
}

Task<Result<>> RealStore::forget(ChannelKey key) {
    return drop(Op::forget, key, store_->forget(key));
}

Task<Result<>> RealStore::bury(ChannelKey key, WallTime at) {
    return drop(Op::bury, key, store_->bury(key, at));
}

Task<Result<>> RealStore::tell(Op op, Directive directive, Task<Result<>> asked) {
    co_await begin(op);
    disk_.promises.asked(directive);
    const Result<> told = co_await std::move(asked);
    judge(told);
    if (told) disk_.promises.confirmed(directive, op == Op::direct);
    co_await end(op);
    co_return told;
}

Task<Result<>> RealStore::direct(Directive directive) {
    return tell(Op::direct, directive, store_->direct(directive));
}

Task<Result<>> RealStore::take_back(Directive directive) {
    return tell(Op::take_back, directive, store_->take_back(directive));
}

Task<Result<std::vector<Directive>>> RealStore::directives() {
    return read(Op::directives, store_->directives());
}

Task<Result<>> RealStore::observe(std::vector<StoredObservation> seen) {
    return read(Op::observe, store_->observe(std::move(seen)));
}

Task<Result<>> RealStore::note(HistoryEntry entry) {
    co_await begin(Op::note);
    const std::string told = entry.action + " " + entry.result + " " + entry.detail;
    life_.stage().note("history", entry.key.name, told);
    disk_.promises.asked(entry);
    const Result<> noted = co_await store_->note(entry);
    judge(noted);
    if (noted) disk_.promises.confirmed(entry);
    co_await end(Op::note);
    co_return noted;
}

Task<Result<std::vector<HistoryEntry>>> RealStore::history(ChannelKey key, std::size_t limit) {
    return store_->history(std::move(key), limit);
}

Task<Result<std::size_t>> RealStore::deletes_since(std::string project, WallTime since) {
    return read(Op::deletes_since, store_->deletes_since(std::move(project), since));
}

}  // namespace fairway::sim
