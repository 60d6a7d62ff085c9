#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "controller/store/batch.hpp"
#include "reconciler/ports/state_store.hpp"

namespace fairway {

/// What was done, kept for 30 days before the newest entry.
class HistoryTable {
public:
    HistoryTable(Batch& batch, Database& database) : batch_(batch), database_(database) {}

    void note(const HistoryEntry& entry);
    /// The newest first: of a channel, of a project where the name is empty, of that name in every
    /// project where the project is empty, or of all.
    std::vector<HistoryEntry> read(const ChannelKey& key, std::size_t limit);
    /// Deletes that were sent, and not refused.
    std::size_t deletes_since(const std::string& project, WallTime since);

private:
    Batch& batch_;
    Database& database_;
    WallTime pruned_at_{};
};

}  // namespace fairway
