#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "controller/api/secret_prints.hpp"
#include "controller/app/config/config.hpp"
#include "reconciler/engine/observer.hpp"
#include "reconciler/engine/pruner.hpp"
#include "reconciler/engine/reconciler.hpp"
#include "reconciler/ports/channel_api.hpp"

namespace fairway {

/// The engine over one cloud: what plan, apply and run share. Store, metrics, clock and entropy are the
/// caller's and outlive it.
class Core {
public:
    enum class Mode : std::uint8_t {
        work,     ///< reads and writes
        look,     ///< the store is read only
        presume,  ///< there is no store: declared names that exist are taken for ours
    };
    struct Ports {
        StateStore& store;
        Metrics& metrics;
        Clock& clock;
        Entropy& entropy;
    };
    struct Options {
        Mode mode = Mode::work;
        PruneMode prune = PruneMode::off;
        bool patient = false;      ///< deletions wait until something was missing for long enough
        bool hold_updates = true;  ///< too many of them wait for an approval
        std::string lineage;       ///< of the store
    };
    /// Over the real cloud, as the configuration names it.
    static Result<std::unique_ptr<Core>> open(
        boost::asio::any_io_executor executor, const Config& config, Ports ports, Options options
    );
    Core(std::unique_ptr<ChannelApi> api, const Config& config, Ports ports, const Options& options);

    /// Reads what people said of single channels; again when they said something new.
    Task<Result<>> load_directions();
    /// Looks at a project and judges what would be done to it.
    Task<Result<Survey>> survey(std::string project, std::shared_ptr<const ManifestSnapshot> wish);

    /// The wish, with what tells the values of its secrets apart. Passes and surveys are to be given
    /// this.
    std::shared_ptr<const ManifestSnapshot> known(std::shared_ptr<const ManifestSnapshot> wish);

    ChannelApi& api() { return *api_; }
    Reconciler& reconciler() { return reconciler_; }
    Pruner& pruner() { return pruner_; }

private:
    std::unique_ptr<ChannelApi> api_;
    Reconciler reconciler_;
    Observer observer_;
    Pruner pruner_;
    SecretPrints prints_;
    StateStore& store_;
};

}  // namespace fairway
