#include "controller/app/core.hpp"

#include <utility>

namespace fairway {
namespace {

ReconcilerOptions reconciler_options(const Config& config) {
    ReconcilerOptions options;
    options.settle = config.reconcile.settle;
    return options;
}

ObserverOptions observer_options(const Config& config, Core::Mode mode) {
    ObserverOptions options;
    options.settle = config.reconcile.settle;
    options.presume_ours = mode == Core::Mode::presume;
    options.remember = mode == Core::Mode::work;
    return options;
}

}  // namespace

Result<std::unique_ptr<Core>> Core::open(
    boost::asio::any_io_executor executor, const Config& config, Ports ports, Mode mode
) {
    const auto secret_named = [secrets = config.secrets](std::string_view name) -> const Secret* {
        const auto it = secrets.find(std::string(name));
        return it == secrets.end() ? nullptr : &it->second;
    };
    Result<std::unique_ptr<HttpChannelApi>> api = HttpChannelApi::open(
        std::move(executor), config.projects, secret_named, ports.clock, ports.entropy, ports.metrics
    );
    if (!api) return api.error();
    return std::unique_ptr<Core>(new Core(std::move(*api), config, ports, mode));
}

Core::Core(std::unique_ptr<HttpChannelApi> api, const Config& config, Ports ports, Mode mode)
    : api_(std::move(api)),
      reconciler_(*api_, ports.store, ports.clock, ports.metrics, reconciler_options(config)),
      observer_(*api_, ports.store, ports.clock, ports.metrics, observer_options(config, mode)) {}

}  // namespace fairway
