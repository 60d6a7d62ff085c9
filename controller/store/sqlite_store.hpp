#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "controller/store/schema.hpp"
#include "controller/store/store_host.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/ports/identified_store.hpp"
#include "reconciler/ports/metrics.hpp"

namespace fairway {

struct StoreOptions {
    std::string path;
    /// A second place that remembers how far the store had come, beside the file next to it. Empty:
    /// none.
    std::string witness{};
    /// Only looks, also beside a Fairway that writes; every write is refused.
    bool read_only = false;
    /// Random hex digits for a store that is made now: they tell it from every other.
    std::string new_lineage;
    /// What each project's name means. One that was used with another id is refused; another region or
    /// endpoint puts the store in doubt.
    ProjectTies projects{};
    /// The machine that it is on; outlives the store.
    StoreHost* host = &this_machine();
};

/// The state in one SQLite file, written by one process at a time. The work is done where the
/// host says, in a thread of its own; answers come on the caller's executor. A caller that is cancelled
/// while it waits still gets its answer, which is never far: what was asked is done, whether or not
/// somebody listens.
///
/// An I/O error or damage stops the store: every later call fails in the same way, until a restart reads
/// what the disk really holds.
class SqliteStore : public IdentifiedStore {
public:
    /// What the metrics call its operations.
    static constexpr std::array<std::string_view, 17> operations{
        "load",    "load_all",      "save",       "forget",      "bury",         "deleted",
        "direct",  "take_back",     "directives", "observe",     "observations", "note",
        "history", "deletes_since", "trust",      "tie_project", "rescue"};

    /// Opens, makes or migrates the file; blocks, so only at the start. `loop` is the executor of the
    /// loop, where metrics are told. Loop and metrics outlive the store; callers run on that loop.
    ///
    /// Class refused means that another Fairway holds the store, and nothing else; not_found, that there
    /// is nothing to read. All other errors are for a person, and say what to do.
    static Result<std::unique_ptr<SqliteStore>> open(
        boost::asio::any_io_executor loop, StoreOptions options, Metrics& metrics
    );
    /// Does what was asked before, folds the log into the file and lets the lock go.
    ~SqliteStore() override;

    const std::string& lineage() const override;
    /// Grows with every durable commit; less than it was known to be means that an older copy was put in
    /// place. Does not move with bookkeeping, which a power cut may take back.
    std::uint64_t serial() const;

    std::string doubt() const override;
    std::string doubt_id() const override;
    Task<Result<>> trust() override;

    Task<Result<std::optional<Record>>> load(ChannelKey key) override;
    /// All rows, or an error that names the first channel whose row is damaged.
    Task<Result<std::map<ChannelKey, Record>>> load_all() override;
    Task<Result<std::uint64_t>> save(ChannelKey key, Record record) override;
    /// Blocks for as long as the disk takes.
    Result<> rescue(const ChannelKey& key, const Record& created) override;
    Task<Result<>> forget(ChannelKey key) override;
    Task<Result<>> bury(ChannelKey key, WallTime at) override;
    Task<Result<std::vector<DeletedChannel>>> deleted() override;
    Task<Result<>> direct(Directive directive) override;
    Task<Result<>> take_back(Directive directive) override;
    Task<Result<std::vector<Directive>>> directives() override;
    Task<Result<>> observe(std::vector<StoredObservation> seen) override;
    /// Only names with rows. `observed_at` is of the last look by this process, else of the last change.
    Task<Result<std::vector<StoredObservation>>> observations() override;
    Task<Result<>> note(HistoryEntry entry) override;
    Task<Result<std::vector<HistoryEntry>>> history(ChannelKey key, std::size_t limit) override;
    Task<Result<>> tie_project(std::string name, std::string id) override;
    Task<Result<std::size_t>> deletes_since(std::string project, WallTime since) override;

private:
    struct Parts;
    explicit SqliteStore(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace fairway
