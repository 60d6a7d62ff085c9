#pragma once

#include "controller/store/sqlite.hpp"

namespace fairway {

/// The transaction that jobs which wait at the same time share. It begins with the first write, so that
/// jobs without one cost none; each job has a savepoint, so that a refused one takes only its own back.
class Batch {
public:
    explicit Batch(Database& database) : database_(database) {}

    /// `durable`: the commit is synced to the disk before it returns.
    void start(bool durable);
    /// To be called before a job writes.
    void writing();
    // The end of a job: its writes stay, or go.
    void keep();
    void undo();
    bool wrote() const { return begun_; }
    /// Whether SQLite has taken back the whole batch by itself, as it does on a full disk.
    bool lost() const { return begun_ && !database_.in_transaction(); }
    void commit();
    void abandon() noexcept;

private:
    Database& database_;
    bool durable_ = true;
    bool synced_ = true;  ///< how the connection is set: FULL or NORMAL
    bool begun_ = false;
    bool savepoint_ = false;
    bool reading_ = false;
};

}  // namespace fairway
