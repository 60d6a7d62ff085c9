#include "controller/app/core.hpp"

#include <utility>

#include "controller/api/http_channel_api.hpp"

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

PrunerOptions pruner_options(const Config& config, const Core::Options& from) {
    PrunerOptions options;
    options.rules.mode = from.prune;
    options.rules.allow_empty = config.reconcile.allow_empty;
    options.rules.delete_adopted = config.reconcile.delete_adopted;
    options.rules.budget = config.reconcile.deletion_budget;
    options.rules.patient = from.patient;
    options.rules.hold_updates = from.hold_updates;
    options.lineage = from.lineage;
    return options;
}

}  // namespace

Result<std::unique_ptr<Core>> Core::open(
    boost::asio::any_io_executor executor, const Config& config, Ports ports, Options options
) {
    const auto secret_named = [secrets = config.secrets](std::string_view name) -> const Secret* {
        const auto it = secrets.find(std::string(name));
        return it == secrets.end() ? nullptr : &it->second;
    };
    HttpChannelApi::Options how;
    how.secrets = config.secret_values();
    how.identified = [&store = ports.store](std::string name, std::string id) {
        return store.tie_project(std::move(name), std::move(id));
    };
    Result<std::unique_ptr<HttpChannelApi>> api = HttpChannelApi::open(
        std::move(executor), config.projects, secret_named, ports.clock, ports.entropy, ports.metrics,
        std::move(how)
    );
    if (!api) return api.error();
    return std::make_unique<Core>(std::move(*api), config, ports, options);
}

Core::Core(std::unique_ptr<ChannelApi> api, const Config& config, Ports ports, const Options& options)
    : api_(std::move(api)),
      reconciler_(*api_, ports.store, ports.clock, ports.metrics, reconciler_options(config)),
      observer_(
          *api_, ports.store, ports.clock, ports.metrics, reconciler_.directions(),
          observer_options(config, options.mode)
      ),
      pruner_(ports.store, ports.clock, reconciler_.gate(), pruner_options(config, options)),
      prints_(config.secrets, options.lineage),
      store_(ports.store) {}

std::shared_ptr<const ManifestSnapshot> Core::known(std::shared_ptr<const ManifestSnapshot> wish) {
    std::shared_ptr<ManifestSnapshot> printed;  // made where something is to be said
    for (const auto& [key, manifest] : wish->manifests) {
        const auto& info = manifest->spec.microservice_info;
        if (!info || !info->nacos_info) continue;
        std::string print = prints_.of(info->nacos_info->password_secret);
        if (info->nacos_info->password_print == print) continue;
        if (!printed) printed = std::make_shared<ManifestSnapshot>(*wish);
        auto told = std::make_shared<Manifest>(*manifest);
        told->spec.microservice_info->nacos_info->password_print = std::move(print);
        printed->manifests[key] = std::move(told);
    }
    return printed ? printed : wish;
}

Task<Result<>> Core::load_directions() {
    Result<std::vector<Directive>> directives = co_await store_.directives();
    if (!directives) co_return Error(directives.error()).in("directives");
    reconciler_.directions().suspended = suspensions_in(*directives);
    co_return Result<>();
}

Task<Result<Survey>> Core::survey(std::string project, std::shared_ptr<const ManifestSnapshot> wish) {
    Result<Survey> survey = co_await observer_.survey(project, wish);
    if (!survey) co_return survey.error();
    const Result<> judged = co_await pruner_.judge(*survey, wish);
    if (!judged) co_return judged.error();
    co_return std::move(*survey);
}

}  // namespace fairway
