#include "controller/app/core.hpp"

#include <utility>

namespace fairway {
namespace {

ReconcilerOptions reconciler_options(const Config& config) {
    ReconcilerOptions options;
    options.settle = config.reconcile.settle;
    return options;
}

ObserverOptions observer_options(const Config& config, bool presume_ours) {
    ObserverOptions options;
    options.settle = config.reconcile.settle;
    options.presume_ours = presume_ours;
    return options;
}

}  // namespace

Result<std::unique_ptr<Core>> Core::open(
    boost::asio::any_io_executor executor, const Config& config, Ports ports, bool presume_ours
) {
    const auto secret_named = [secrets = config.secrets](std::string_view name) -> const Secret* {
        const auto it = secrets.find(std::string(name));
        return it == secrets.end() ? nullptr : &it->second;
    };
    Result<std::unique_ptr<HttpChannelApi>> api = HttpChannelApi::open(
        std::move(executor), config.projects, secret_named, ports.clock, ports.entropy, ports.metrics
    );
    if (!api) return api.error();
    return std::unique_ptr<Core>(new Core(std::move(*api), config, ports, presume_ours));
}

Core::Core(std::unique_ptr<HttpChannelApi> api, const Config& config, Ports ports, bool presume_ours)
    : api_(std::move(api)),
      reconciler_(*api_, ports.store, ports.clock, ports.metrics, reconciler_options(config)),
      observer_(*api_, ports.store, ports.clock, ports.metrics, observer_options(config, presume_ours)) {
}

}  // namespace fairway
