#include "controller/store/batch.hpp"

#include <sqlite3.h>

#include "reconciler/model/mutant.hpp"

namespace fairway {

void Batch::start(bool durable) {
    durable_ = durable && !mutant(Mutant::commit_not_synced);
    begun_ = savepoint_ = reading_ = false;
    if (database_.read_only()) {  // another process writes meanwhile: one view for the whole batch
        database_.run("BEGIN");
        reading_ = true;
    }
}

void Batch::writing() {
    if (database_.read_only()) throw SqliteFailure(SQLITE_READONLY, "opened for reading only");
    if (!begun_) {
        if (synced_ != durable_) {
            database_.execute(durable_ ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
            synced_ = durable_;
        }
        if (mutant(Mutant::synchronous_off)) database_.execute("PRAGMA synchronous = OFF");
        database_.run("BEGIN IMMEDIATE");
        begun_ = true;
    }
    if (!savepoint_) {
        database_.run("SAVEPOINT job");
        savepoint_ = true;
    }
}

void Batch::keep() {
    if (!savepoint_) return;
    savepoint_ = false;
    database_.run("RELEASE job");
}

void Batch::undo() {
    if (!savepoint_) return;
    savepoint_ = false;
    if (lost()) return;
    database_.run("ROLLBACK TO job");
    database_.run("RELEASE job");
}

void Batch::commit() {
    if (begun_ || reading_) database_.run("COMMIT");
    begun_ = reading_ = false;
}

void Batch::abandon() noexcept {
    begun_ = savepoint_ = reading_ = false;
    try {
        if (database_.in_transaction()) database_.run("ROLLBACK");
    } catch (const SqliteFailure&) {
        // Then the connection is of no use any more, which its next call tells.
    }
}

}  // namespace fairway
