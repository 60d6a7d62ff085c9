#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "controller/store/store_host.hpp"
#include "reconciler/model/error.hpp"

namespace fairway {

/// A file apart from the store that knows how far the store had come: when somebody puts an older copy
/// of the store in its place, or another store, the two no longer agree. It survives a killed process;
/// after a power cut it may know less than the store, which says nothing.
class SerialWitness {
public:
    struct Statement {
        std::string lineage;
        std::uint64_t serial = 0;
        bool doubted = false;  ///< the store did not agree before, and nobody has said that it is right
    };
    /// Opens `path`, making it where it is missing and `writable`.
    static Result<SerialWitness> open(StoreHost& host, const std::string& path, bool writable);

    /// What it knew when it was opened; nothing where it was new, or cannot be understood.
    const std::optional<Statement>& statement() const { return statement_; }
    /// From now on it knows this. Failures are not told: the store itself is what counts.
    void note(const Statement& statement) const;

private:
    std::unique_ptr<SideFile> file_;  ///< null: there is none, and none is to be made
    std::optional<Statement> statement_;
};

}  // namespace fairway
