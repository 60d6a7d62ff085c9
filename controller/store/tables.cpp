#include "controller/store/tables.hpp"

#include "controller/store/checksum.hpp"
#include "reconciler/model/mutant.hpp"

namespace fairway {

Tables::Tables(Database& database, const StoreMeta& meta)
    : database_(database),
      batch_(database),
      channels_(batch_, database, Checksum(0).add(meta.lineage).value(), meta.revision),
      observed_(batch_, database, Checksum(1).add(meta.lineage).value()),
      history_(batch_, database),
      directives_(batch_, database),
      serial_(meta.serial) {}

void Tables::rebind(const ProjectTies& projects) {
    batch_.writing();
    rebind_projects(database_, projects);
}

Result<> Tables::tie_project(const std::string& name, const std::string& id, const std::string& path) {
    const ProjectTies ties{{name, {id}}};
    if (auto same = check_projects(database_, path, ties); !same) return same;
    if (database_.read_only() || project_is_tied(database_, name)) return {};
    batch_.writing();
    tie_project_id(database_, name, id);
    return {};
}

void Tables::start(bool durable) {
    durable_ = durable;
    batch_.start(durable);
}

void Tables::undo() {
    batch_.undo();
    observed_.doubt();
}

void Tables::commit() {
    // Bookkeeping may be lost when the power fails, so it does not move the serial, which must not be.
    const bool counts = durable_ && batch_.wrote();
    const std::uint64_t next = serial_ + 1;
    if (counts) {
        database_.run(
            "UPDATE meta SET serial = ?, revision = ?", static_cast<std::int64_t>(next),
            static_cast<std::int64_t>(channels_.last_revision())
        );
    }
    if (counts && told_ && mutant(Mutant::witness_first)) told_(next);
    batch_.commit();
    if (counts) {
        serial_ = next;
        if (told_) told_(next);
    }
    observed_.settle();
}

void Tables::abandon() noexcept {
    batch_.abandon();
    observed_.doubt();
}

std::uint64_t Tables::bytes() {
    return static_cast<std::uint64_t>(
        database_.integer("PRAGMA page_count") * database_.integer("PRAGMA page_size")
    );
}

}  // namespace fairway
