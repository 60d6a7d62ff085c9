#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconciler/ports/identified_store.hpp"
#include "tests/simulation/life.hpp"

namespace fairway::sim {

/// What the store's disk holds. Lives longer than the processes that write it.
struct Disk {
    std::map<ChannelKey, Record> rows;
    std::vector<Directive> directives;
    std::vector<DeletedChannel> deleted;
    std::vector<HistoryEntry> history;
    std::vector<HistoryEntry> unsynced;  ///< written, and lost with the power
    std::uint64_t revision = 0;
    /// Approvals that were used up, by id.
    std::vector<std::string> used;
    unsigned uses = 0;
    /// What the save before this one had left, for a store that does not sync.
    std::optional<std::pair<ChannelKey, std::optional<Record>>> last;
    std::function<void(const Record&)> on_forget;
    std::function<void(const ChannelKey&, const Record&)> on_save;

    void sync() {
        for (HistoryEntry& entry : unsynced) history.push_back(std::move(entry));
        unsynced.clear();
    }
};

/// A store of which one can see whether it needs a restart to work again.
class WatchedStore : public IdentifiedStore {
public:
    virtual bool stopped() const = 0;
};

/// The store of one process: confirms what the disk has, and fails in every way that a disk can.
class SimStore : public WatchedStore {
public:
    SimStore(Life& life, Disk& disk) : life_(life), disk_(disk) {}

    const std::string& lineage() const override { return lineage_; }
    std::string doubt() const override { return {}; }
    std::string doubt_id() const override { return {}; }
    Task<Result<>> trust() override { co_return Result<>(); }
    bool stopped() const override { return stopped_.has_value(); }

    Task<Result<std::optional<Record>>> load(ChannelKey key) override;
    Task<Result<std::map<ChannelKey, Record>>> load_all() override;
    Task<Result<std::uint64_t>> save(ChannelKey key, Record record) override;
    Task<Result<>> forget(ChannelKey key) override;
    Task<Result<>> bury(ChannelKey key, WallTime at) override;
    Task<Result<std::vector<DeletedChannel>>> deleted() override;
    Task<Result<>> direct(Directive directive) override;
    Task<Result<>> take_back(Directive directive) override;
    Task<Result<std::vector<Directive>>> directives() override;
    Task<Result<>> observe(std::vector<StoredObservation> seen) override;
    Task<Result<std::vector<StoredObservation>>> observations() override;
    Task<Result<>> note(HistoryEntry entry) override;
    Task<Result<std::vector<HistoryEntry>>> history(ChannelKey key, std::size_t limit) override;
    Task<Result<std::size_t>> deletes_since(std::string project, WallTime since) override;

private:
    enum class Kind : std::uint8_t { read, bookkeeping, durable };
    /// What happens to a call before its effect: it may take time, fail, or never return.
    Task<Result<>> begin(Op op, Kind kind);
    /// The same after it: for a commit that is not confirmed.
    Task<Result<>> end(Op op, Kind kind);
    Error disk_error() const;

    Life& life_;
    Disk& disk_;
    const std::string lineage_ = "lineage";
    std::optional<Error> stopped_;
    bool breaks_ = false;  ///< this commit's disk error comes after the effect
};

}  // namespace fairway::sim
