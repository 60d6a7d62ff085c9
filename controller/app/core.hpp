#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "controller/api/http_channel_api.hpp"
#include "controller/app/config/config.hpp"
#include "reconciler/engine/observer.hpp"
#include "reconciler/engine/reconciler.hpp"

namespace fairway {

/// The engine over the real cloud: what plan, apply and run share. Store, metrics, clock and entropy are
/// the caller's and outlive it.
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
    static Result<std::unique_ptr<Core>> open(
        boost::asio::any_io_executor executor, const Config& config, Ports ports, Mode mode = Mode::work
    );

    ChannelApi& api() { return *api_; }
    Reconciler& reconciler() { return reconciler_; }
    Observer& observer() { return observer_; }

private:
    Core(std::unique_ptr<HttpChannelApi> api, const Config& config, Ports ports, Mode mode);

    std::unique_ptr<HttpChannelApi> api_;
    Reconciler reconciler_;
    Observer observer_;
};

}  // namespace fairway
