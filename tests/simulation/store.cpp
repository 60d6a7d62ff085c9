#include "tests/simulation/store.hpp"

#include <algorithm>

#include "reconciler/model/mutant.hpp"

namespace fairway::sim {
namespace {

using namespace std::chrono_literals;

bool same(const Directive& a, const Directive& b) {
    return a.kind == b.kind && a.project == b.project && a.subject == b.subject;
}

}  // namespace

Error SimStore::disk_error() const {
    return Error(
        ErrorClass::terminal, ErrorReason::internal, "the store failed: the disk reports an error"
    );
}

Task<Result<>> SimStore::begin(Op op, Kind kind) {
    if (life_.dies(op, When::before)) co_await life_.hang();
    Stage& stage = life_.stage();
    if (stage.strikes(Fault::store_slow)) co_await life_.pause(stage.faults.between(1ms, 300ms));
    if (stopped_) co_return *stopped_;
    if (stage.strikes(Fault::store_busy)) {
        co_return Error(ErrorClass::retryable, ErrorReason::internal, "the store is locked");
    }
    if (kind == Kind::read) co_return Result<>();
    if (stage.strikes(Fault::store_full)) {
        co_return Error(ErrorClass::retryable, ErrorReason::internal, "the disk is full");
    }
    if (kind == Kind::durable && stage.strikes(Fault::store_unknown)) {
        breaks_ = stage.faults.chance(0.5);
        if (!breaks_) {
            stopped_ = disk_error();
            co_return disk_error().unsure();
        }
    }
    co_return Result<>();
}

Task<Result<>> SimStore::end(Op op, Kind kind) {
    if (kind == Kind::durable) disk_.sync();
    if (life_.dies(op, When::effect)) co_await life_.hang();
    if (std::exchange(breaks_, false)) {
        stopped_ = disk_error();
        co_return disk_error().unsure();
    }
    if (life_.stage().strikes(Fault::store_slow))
        co_await life_.pause(life_.stage().faults.between(1ms, 100ms));
    if (life_.dies(op, When::reply)) co_await life_.hang();
    co_return Result<>();
}

Task<Result<std::optional<Record>>> SimStore::load(ChannelKey key) {
    const Result<> begun = co_await begin(Op::load, Kind::read);
    if (!begun) co_return begun.error();
    const auto it = disk_.rows.find(key);
    std::optional<Record> found;
    if (it != disk_.rows.end()) found = it->second;
    const Result<> ended = co_await end(Op::load, Kind::read);
    if (!ended) co_return ended.error();
    co_return found;
}

Task<Result<std::map<ChannelKey, Record>>> SimStore::load_all() {
    const Result<> begun = co_await begin(Op::load_all, Kind::read);
    if (!begun) co_return begun.error();
    std::map<ChannelKey, Record> all = disk_.rows;
    const Result<> ended = co_await end(Op::load_all, Kind::read);
    if (!ended) co_return ended.error();
    co_return all;
}

Task<Result<std::uint64_t>> SimStore::save(ChannelKey key, Record record) {
    const Result<> begun = co_await begin(Op::save, Kind::durable);
    if (!begun) co_return begun.error();
    const auto it = disk_.rows.find(key);
    if ((it == disk_.rows.end() ? 0 : it->second.revision) != record.revision) {
        co_return Error(ErrorClass::conflict, ErrorReason::conflict, "saved by somebody else");
    }
    const std::uint64_t revision = ++disk_.revision;
    record.revision = revision;
    std::string told(to_string(record.phase));
    for (const auto& [instance, id] : record.ids) told += " " + instance + "=" + id;
    life_.stage().note("saved", key.name, told);
    if (mutant(Mutant::save_not_synced))
        disk_.last = {key, it == disk_.rows.end() ? std::optional<Record>() : it->second};
    if (disk_.on_save) disk_.on_save(key, record);
    disk_.rows[key] = std::move(record);
    const Result<> ended = co_await end(Op::save, Kind::durable);
    if (!ended) co_return ended.error();
    co_return revision;
}

Task<Result<>> SimStore::forget(ChannelKey key) {
    const Result<> begun = co_await begin(Op::forget, Kind::durable);
    if (!begun) co_return begun.error();
    life_.stage().note("forgotten", key.name);
    const auto it = disk_.rows.find(key);
    if (it != disk_.rows.end() && disk_.on_forget) disk_.on_forget(it->second);
    disk_.rows.erase(key);
    co_return co_await end(Op::forget, Kind::durable);
}

Task<Result<>> SimStore::bury(ChannelKey key, WallTime at) {
    const Result<> begun = co_await begin(Op::bury, Kind::durable);
    if (!begun) co_return begun.error();
    const auto it = disk_.rows.find(key);
    if (it != disk_.rows.end() && it->second.pending)
        disk_.deleted.push_back({key, at, *it->second.pending});
    life_.stage().note("buried", key.name);
    disk_.rows.erase(key);
    co_return co_await end(Op::bury, Kind::durable);
}

Task<Result<std::vector<DeletedChannel>>> SimStore::deleted() {
    co_return disk_.deleted;
}

Task<Result<>> SimStore::direct(Directive directive) {
    const Result<> begun = co_await begin(Op::direct, Kind::durable);
    if (!begun) co_return begun.error();
    std::erase_if(disk_.directives, [&](const Directive& one) { return same(one, directive); });
    disk_.directives.push_back(std::move(directive));
    co_return co_await end(Op::direct, Kind::durable);
}

Task<Result<>> SimStore::take_back(Directive directive) {
    const Result<> begun = co_await begin(Op::take_back, Kind::durable);
    if (!begun) co_return begun.error();
    const std::size_t gone =
        std::erase_if(disk_.directives, [&](const Directive& one) { return same(one, directive); });
    if (gone > 0) {
        life_.stage().note("approval used", directive.subject);
        disk_.used.push_back(directive.subject);
        ++disk_.uses;
    }
    co_return co_await end(Op::take_back, Kind::durable);
}

Task<Result<std::vector<Directive>>> SimStore::directives() {
    const Result<> begun = co_await begin(Op::directives, Kind::read);
    if (!begun) co_return begun.error();
    std::vector<Directive> all = disk_.directives;
    const Result<> ended = co_await end(Op::directives, Kind::read);
    if (!ended) co_return ended.error();
    co_return all;
}

Task<Result<>> SimStore::observe(std::vector<StoredObservation>) {
    const Result<> begun = co_await begin(Op::observe, Kind::bookkeeping);
    if (!begun) co_return begun.error();
    co_return co_await end(Op::observe, Kind::bookkeeping);
}

Task<Result<std::vector<StoredObservation>>> SimStore::observations() {
    co_return std::vector<StoredObservation>();
}

Task<Result<>> SimStore::note(HistoryEntry entry) {
    const Result<> begun = co_await begin(Op::note, Kind::bookkeeping);
    if (!begun) co_return begun.error();
    life_.stage().note(
        "history", entry.key.name, entry.action + " " + entry.result + " " + entry.detail
    );
    disk_.unsynced.push_back(std::move(entry));
    co_return co_await end(Op::note, Kind::bookkeeping);
}

Task<Result<std::vector<HistoryEntry>>> SimStore::history(ChannelKey, std::size_t) {
    co_return disk_.history;
}

Task<Result<std::size_t>> SimStore::deletes_since(std::string project, WallTime since) {
    const Result<> begun = co_await begin(Op::deletes_since, Kind::read);
    if (!begun) co_return begun.error();
    std::size_t count = 0;
    if (mutant(Mutant::deletes_not_counted)) co_return count;
    for (const auto* list : {&disk_.history, &disk_.unsynced}) {
        for (const HistoryEntry& entry : *list) {
            if (entry.key.project == project && entry.at >= since && entry.action == "delete" &&
                entry.result != "error")
                ++count;
        }
    }
    const Result<> ended = co_await end(Op::deletes_since, Kind::read);
    if (!ended) co_return ended.error();
    co_return count;
}

}  // namespace fairway::sim
