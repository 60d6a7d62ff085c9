#pragma once

#include <memory>
#include <string>

#include "reconciler/model/error.hpp"
#include "reconciler/model/manifest_snapshot.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// The desired state as the daemon follows it: whole at every moment, from however many places.
class WishSource {
public:
    virtual ~WishSource() = default;
    /// Reads everything for the first time; fails when a part cannot be read.
    virtual Task<Result<std::shared_ptr<const ManifestSnapshot>>> load() = 0;
    /// After load(): watches, and returns the next desired state that is not the one returned before.
    /// What cannot be read any more keeps its last good part, and is tried again.
    virtual Task<std::shared_ptr<const ManifestSnapshot>> next() = 0;
    /// Reads everything anew, whatever is known of it; true when all of it together is `revision`.
    virtual Task<bool> reads_as(std::string revision) = 0;
    /// Somebody knows of something new in the Git repository of that source; false where there is none.
    virtual bool fetch_now(const std::string& /*source*/) { return false; }
    /// Ends the watching.
    virtual Task<> stop() = 0;
};

}  // namespace fairway
