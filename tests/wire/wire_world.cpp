#include "tests/wire/wire_world.hpp"

#include <stdexcept>
#include <utility>

namespace fairway {
namespace {

constexpr std::string_view scheme = "https://";

ProjectEndpoint endpoint_of(const apic_simulator::Config& config, const LimiterOptions& limits) {
    ProjectEndpoint endpoint;
    endpoint.name = WireWorld::project;
    endpoint.project_id = config.projects.front().id;
    endpoint.endpoint = "https://gateway.example";
    endpoint.region = config.region;
    const auto& user = config.users.front();
    endpoint.credentials = AccessKey{Secret(user.access_key), Secret(user.secret_key), std::nullopt};
    endpoint.limits = limits;
    return endpoint;
}

}  // namespace

apic_simulator::Config WireWorld::with_clock(apic_simulator::Config config) {
    config.clock = [this] {
        return std::chrono::time_point_cast<std::chrono::nanoseconds>(clock.wall());
    };
    return config;
}

WireWorld::WireWorld(const LimiterOptions& limits, apic_simulator::Config config)
    : cloud(with_clock(config)) {
    for (const auto& instance : config.projects.front().instances) instances.push_back(instance.id);
    HttpChannelApi::Options options;
    options.connect = [this](const std::string& url, const ProjectEndpoint&) {
        return Result<std::unique_ptr<HttpTransport>>(std::make_unique<WireTransport>(
            context.get_executor(), url.substr(scheme.size()), cloud, clock, weather
        ));
    };
    auto opened = HttpChannelApi::open(
        context.get_executor(), {endpoint_of(config, limits)},
        [](std::string_view) -> const Secret* { return nullptr; }, clock, entropy, metrics_,
        std::move(options)
    );
    if (!opened) throw std::runtime_error(opened.error().what());
    api = *std::move(opened);
}

}  // namespace fairway
