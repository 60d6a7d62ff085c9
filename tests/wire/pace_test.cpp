// Many that wait for a slow cloud: in turn, each by what it saw a moment ago.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "controller/async/task_group.hpp"
#include "reconciler/engine/dispatcher.hpp"
#include "tests/wire/wire_world.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t channels = 100;

TEST_CASE("where one write a second is allowed, all are made in turn, none by an old look") {
    LimiterOptions limits;
    limits.reads_per_second = 50;
    limits.writes_per_second = 1;
    WireWorld wire(limits);
    Killer killer;
    FakeStore store{killer};
    NoMetrics metrics;
    Reconciler reconciler(*wire.api, store, wire.clock, metrics, ReconcilerOptions());
    Dispatcher dispatcher(
        wire.context.get_executor(), reconciler, wire.clock, wire.entropy, metrics, DispatcherOptions(),
        [](const ChannelKey&, const PassReport&, Duration) {}
    );
    std::map<std::string, TimePoint> looked;
    Duration oldest{};
    std::size_t creates = 0, looks = 0;
    wire.weather.fate = [&](const HttpRequest& request) {
        const TimePoint now = wire.clock.now();
        if (request.method == "POST") {
            ++creates;
            const auto begin = request.body.find("channel_");
            const std::string name = request.body.substr(begin, request.body.find('"', begin) - begin);
            oldest = std::max(oldest, now - looked.at(name));
        } else if (const auto begin = request.target.find("channel_"); begin != std::string::npos) {
            ++looks;
            looked[request.target.substr(begin, request.target.find('&', begin) - begin)] = now;
        }
        return WireFate::fine;
    };
    auto wish = std::make_shared<ManifestSnapshot>();
    for (std::size_t number = 0; number < channels; ++number) {
        auto manifest = std::make_shared<Manifest>();
        manifest->key = {WireWorld::project, "channel_" + std::to_string(number)};
        manifest->spec.port = 80;
        manifest->spec.member_type = MemberType::ip;
        manifest->spec.balance_strategy = BalanceStrategy::wrr;
        manifest->spec.instance_ids = {wire.instances.front()};
        wish->manifests.emplace(manifest->key, std::move(manifest));
    }
    dispatcher.publish(wish, true);
    const TimePoint began = wire.clock.now();
    wire.clock.run(dispatcher.run(true));
    CHECK(creates == channels);
    CHECK(wire.cloud.channels().size() == channels);
    CHECK(oldest <= 7s);  // five of waiting, and the look's own way
    CHECK(wire.clock.now() - began <= (channels + 10) * 1s);
    MESSAGE(looks, " looks, the oldest ", oldest.count() / 1000, " ms old");
    CHECK(looks <= 20 * channels);
}

}  // namespace
}  // namespace fairway
