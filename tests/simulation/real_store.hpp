#pragma once

#include <memory>

#include "controller/store/sqlite_store.hpp"
#include "tests/simulation/promises.hpp"
#include "tests/simulation/sim_host.hpp"

namespace fairway::sim {

/// What of the real store outlives the processes: its disk, and what it has promised.
class RealDisk {
public:
    RealDisk(Stage& stage, Disk& mirror);

    SimHost host;
    Promises promises;
    /// What the store of a process that does nothing yet holds.
    Result<Held> read_back(Life& life, SqliteStore& store);

private:
    template <class T>
    Result<T> at_once(Life& life, Task<Result<T>> asked);
};

/// The real store of one process, in a simulated machine. Dies at the same points as the simulated
/// store, and keeps the mirror of what was confirmed.
class RealStore : public WatchedStore {
public:
    /// Null where it cannot be opened, which without a fault of the disk breaks a rule.
    static std::unique_ptr<RealStore> open(Life& life, RealDisk& disk, Metrics& metrics);
    RealStore(Life& life, RealDisk& disk, std::unique_ptr<SqliteStore> store)
        : life_(life), disk_(disk), store_(std::move(store)) {}

    const std::string& lineage() const override { return store_->lineage(); }
    std::string doubt() const override { return store_->doubt(); }
    std::string doubt_id() const override { return store_->doubt_id(); }
    Task<Result<>> trust() override { return store_->trust(); }
    bool stopped() const override { return stopped_; }

    Task<Result<std::optional<Record>>> load(ChannelKey key) override;
    Task<Result<std::map<ChannelKey, Record>>> load_all() override;
    Task<Result<std::uint64_t>> save(ChannelKey key, Record record) override;
    Result<> rescue(const ChannelKey& key, const Record& created) override;
    Task<Result<>> forget(ChannelKey key) override;
    Task<Result<>> bury(ChannelKey key, WallTime at) override;
    Task<Result<std::vector<DeletedChannel>>> deleted() override { return store_->deleted(); }
    Task<Result<>> direct(Directive directive) override;
    Task<Result<>> take_back(Directive directive) override;
    Task<Result<std::vector<Directive>>> directives() override;
    Task<Result<>> observe(std::vector<StoredObservation> seen) override;
    Task<Result<std::vector<StoredObservation>>> observations() override {
        return store_->observations();
    }
    Task<Result<>> note(HistoryEntry entry) override;
    Task<Result<std::vector<HistoryEntry>>> history(ChannelKey key, std::size_t limit) override;
    Task<Result<std::size_t>> deletes_since(std::string project, WallTime since) override;

private:
    /// It may die before it asks, when the store has done it, and when the answer is there.
    template <class T>
    Task<Result<T>> read(Op op, Task<Result<T>> asked);
    Task<> begin(Op op);
    Task<> end(Op op);
    Task<Result<>> drop(Op op, ChannelKey key, Task<Result<>> asked);
    Task<Result<>> tell(Op op, Directive directive, Task<Result<>> asked);
    /// Looks at what it answered.
    void judge(const Error& error);
    template <class T>
    void judge(const Result<T>& result) {
        if (!result) judge(result.error());
    }

    Life& life_;
    RealDisk& disk_;
    std::unique_ptr<SqliteStore> store_;
    bool stopped_ = false;
};

}  // namespace fairway::sim
