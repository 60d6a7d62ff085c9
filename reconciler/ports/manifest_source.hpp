#pragma once

#include <memory>

#include "reconciler/model/error.hpp"
#include "reconciler/model/manifest_snapshot.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// Where manifests come from.
class ManifestSource {
public:
    virtual ~ManifestSource() = default;
    /// All manifests of a directory or a Git branch: a whole snapshot, or an error, never a part. Broken
    /// documents are in its `problems` and `unreadable`. Files that did not change are not read again.
    virtual Task<Result<std::shared_ptr<const ManifestSnapshot>>> load() = 0;
    /// Returns when something may have changed since the last load(), or throws when cancelled.
    virtual Task<> changed() = 0;
};

}  // namespace fairway
