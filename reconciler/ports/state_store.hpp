#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/model/channel.hpp"
#include "reconciler/model/directive.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/record.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// One thing we did, or tried, kept for people.
struct HistoryEntry {
    std::uint64_t id = 0;  ///< given by the store, growing
    WallTime at{};
    ChannelKey key;
    std::string action;  ///< create, adopt, update, delete (one for each instance), forget
    std::string result;  ///< ok, error, unknown
    std::string detail;  ///< changed fields, or what went wrong
    /// Of the manifests that asked for it; where that is a commit, a space, and who made it and what
    /// for.
    std::string revision;
    std::string request_id;
};

/// A channel that we deleted, kept so that it can be made again.
struct DeletedChannel {
    ChannelKey key;
    WallTime at{};
    ChannelSpec spec;  ///< all that was there, on the instances it was on
};

/// What the cloud showed for a name, as stored.
struct StoredObservation {
    ChannelKey key;
    ObservedChannel seen;
};

/// Our rows, kept across restarts. What save() has confirmed survives any crash. Writers that wait at
/// the same time share one transaction and one sync; what one caller asks is done in the order asked.
class StateStore {
public:
    virtual ~StateStore() = default;
    virtual Task<Result<std::optional<Record>>> load(ChannelKey key) = 0;
    virtual Task<Result<std::map<ChannelKey, Record>>> load_all() = 0;
    /// Durable on return. Refused as a conflict when another revision than `record.revision` is stored;
    /// 0 means there must be none. Returns the new revision.
    virtual Task<Result<std::uint64_t>> save(ChannelKey key, Record record) = 0;
    /// The last resort where save() of a create's ids failed: keeps them elsewhere, for the next start.
    /// An error: they are kept nowhere.
    virtual Result<> rescue(const ChannelKey& /*key*/, const Record& /*created*/) { return {}; }
    /// Durable on return. Drops our row; the observed state goes with it.
    virtual Task<Result<>> forget(ChannelKey key) = 0;

    /// Durable on return. The same after a deletion; what `pending` of the row says was there is kept
    /// for 30 days.
    virtual Task<Result<>> bury(ChannelKey key, WallTime at) = 0;
    /// The newest first.
    virtual Task<Result<std::vector<DeletedChannel>>> deleted() = 0;

    /// Durable on return. Replaces a directive of the same kind and subject.
    virtual Task<Result<>> direct(Directive directive) = 0;
    /// Durable on return. Drops one, which need not be there.
    virtual Task<Result<>> take_back(Directive directive) = 0;
    virtual Task<Result<std::vector<Directive>>> directives() = 0;

    /// Replaces the stored observed state of these names (no rows: not there). Bookkeeping: it may be
    /// lost in a crash, for the next look brings it again. Rows that are already stored so cost no
    /// write.
    virtual Task<Result<>> observe(std::vector<StoredObservation> seen) = 0;
    virtual Task<Result<std::vector<StoredObservation>>> observations() = 0;

    /// Appends to the history; bookkeeping as above, kept for 30 days.
    virtual Task<Result<>> note(HistoryEntry entry) = 0;
    /// The newest first: of one channel; where `name` is empty, of the project; where `project` is
    /// empty, of that name in every project; of all where both are.
    virtual Task<Result<std::vector<HistoryEntry>>> history(ChannelKey key, std::size_t limit) = 0;
    /// Ties a project's name to its id in the cloud, once that was looked up; refused where the name
    /// meant another project before.
    virtual Task<Result<>> tie_project(std::string, std::string) { co_return Result<>(); }

    /// How many deletes of instance channels were sent in a project since then, and not refused.
    virtual Task<Result<std::size_t>> deletes_since(std::string project, WallTime since) = 0;
};

}  // namespace fairway
