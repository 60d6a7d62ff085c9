#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "controller/app/config/config.hpp"
#include "controller/app/wish_source.hpp"
#include "controller/async/event.hpp"
#include "controller/async/task_group.hpp"
#include "controller/log/log.hpp"
#include "manifests/git/git_source.hpp"
#include "manifests/manifests.hpp"
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

/// How Git reaches the repository of that source, which is one of Git.
GitOptions git_options_of(const SourceConfig& source);

/// Reads a source once; a Git server is asked.
Result<std::shared_ptr<const ManifestSnapshot>> load_source(
    const SourceConfig& source, const ManifestContext& context
);

/// Every source of the configuration, watched. The desired state is whole only when every source gave
/// its part.
class Sources : public WishSource {
public:
    Sources(
        boost::asio::any_io_executor executor, const Config& config, Clock& clock, Entropy& entropy,
        Metrics& metrics, Log& log
    );
    ~Sources() override;

    Task<Result<std::shared_ptr<const ManifestSnapshot>>> load() override;
    Task<std::shared_ptr<const ManifestSnapshot>> next() override;
    Task<bool> reads_as(std::string revision) override;
    /// Tells so in the log, where it was not known already.
    bool fetch_now(const std::string& source) override;
    Task<> stop() override;

private:
    struct One {
        std::string name, directory;
        std::unique_ptr<ManifestSource> source;
        GitSource* git = nullptr;  ///< `source`, where it is one of Git
        std::shared_ptr<const ManifestSnapshot> last;
        std::string trouble;  ///< of the last load, which failed; told once
    };
    Task<> watch(One& one);
    Task<Result<std::shared_ptr<const ManifestSnapshot>>> load_afresh(One& one);
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
