#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "controller/app/config/config.hpp"
#include "controller/async/event.hpp"
#include "controller/async/task_group.hpp"
#include "controller/log/log.hpp"
#include "manifests/directory/directory_source.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/metrics.hpp"

namespace fairway {

/// What a manifest may name, by this configuration.
ManifestContext context_of(const Config& config);

/// Puts the snapshots of several sources together. A channel declared by two of them is refused at both
/// places.
std::shared_ptr<const ManifestSnapshot> merged(
    const std::vector<std::shared_ptr<const ManifestSnapshot>>& snapshots
);

/// Every source of the configuration, watched. The desired state is whole only when every source gave
/// its part.
class Sources {
public:
    Sources(
        boost::asio::any_io_executor executor, const Config& config, Clock& clock, Metrics& metrics,
        Log& log
    );
    ~Sources();

    /// Loads every source for the first time; fails when one cannot be read.
    Task<Result<std::shared_ptr<const ManifestSnapshot>>> load();
    /// After load(): watches, and returns the next desired state that is not the one returned before. A
    /// source that cannot be read any more keeps its last good part, and is tried again.
    Task<std::shared_ptr<const ManifestSnapshot>> next();
    /// Reads every file anew, whatever is known of it; true when all of it together is `revision`.
    Task<bool> reads_as(std::string revision) const;
    /// Ends the watching.
    Task<> stop();

private:
    struct One {
        std::string name, directory;
        std::unique_ptr<DirectorySource> source;
        std::shared_ptr<const ManifestSnapshot> last;
        bool failing = false;  ///< the last load failed; told once
    };
    Task<> watch(One& one);
    Task<Result<>> load_one(One& one);
    void merge();

    boost::asio::any_io_executor executor_;
    ManifestContext context_;
    Clock& clock_;
    Metrics& metrics_;
    Log& log_;
    std::vector<std::unique_ptr<One>> sources_;
    std::shared_ptr<const ManifestSnapshot> merged_, returned_;
    Event news_;
    TaskGroup watchers_;
};

}  // namespace fairway
