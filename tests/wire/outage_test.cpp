// An hour in which nobody answers: what we send meanwhile, and how we come back.
#include <doctest/doctest.h>

#include <algorithm>

#include "controller/async/task_group.hpp"
#include "reconciler/engine/dispatcher.hpp"
#include "tests/wire/wire_world.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr int channels = 100;

/// A daemon's dispatcher at work for people who edit five manifests a second.
struct Office {
    explicit Office(apic_simulator::Config config = {})
        : wire(LimiterOptions{1000, 1000, 64}, std::move(config)),
          reconciler(*wire.api, store, wire.clock, metrics, ReconcilerOptions()),
          dispatcher(
              wire.context.get_executor(), reconciler, wire.clock, wire.entropy, metrics,
              DispatcherOptions(), [](const ChannelKey&, const PassReport&, Duration) {}
          ) {}

    WireWorld wire;
    Killer killer;
    FakeStore store{killer};
    NoMetrics metrics;
    Reconciler reconciler;
    Dispatcher dispatcher;
    std::map<ChannelKey, std::shared_ptr<const Manifest>> manifests;
    int edits = 0;
    std::vector<std::uint64_t> by_second;  ///< requests, of the phase that was lived last

    void edit(int number) {
        auto manifest = std::make_shared<Manifest>();
        manifest->key = {WireWorld::project, "channel_" + std::to_string(number)};
        manifest->spec.port = 1000 + ++edits % 60000;
        manifest->spec.member_type = MemberType::ip;
        manifest->spec.balance_strategy = BalanceStrategy::wrr;
        const std::size_t place = static_cast<std::size_t>(number) % wire.instances.size();
        manifest->spec.instance_ids = {wire.instances[place]};
        manifests[manifest->key] = std::move(manifest);
    }
    void publish() {
        auto snapshot = std::make_shared<ManifestSnapshot>();
        snapshot->manifests.insert(manifests.begin(), manifests.end());
        snapshot->revision = std::to_string(edits);
        dispatcher.publish(std::move(snapshot), true);
    }
    /// Five edits a second, or none, for so long.
    Task<> live(Duration length, bool editing) {
        by_second.clear();
        std::uint64_t before = wire.weather.exchanges;
        const TimePoint begin = wire.clock.now();
        for (int tick = 1; begin + tick * 200ms <= begin + length; ++tick) {
            if (editing) {
                edit(edits % channels);
                publish();
            }
            co_await wire.clock.sleep_until(begin + tick * 200ms);
            if (tick % 5 != 0) continue;
            by_second.push_back(wire.weather.exchanges - before);
            before = wire.weather.exchanges;
        }
    }
    std::uint64_t sent() const {
        std::uint64_t sum = 0;
        for (const std::uint64_t requests : by_second) sum += requests;
        return sum;
    }
    std::uint64_t busiest_second() const {
        return *std::max_element(by_second.begin(), by_second.end());
    }
    int out_of_date() const {
        std::map<std::string, int> ports;
        for (const auto& channel : wire.cloud.channels()) ports[channel.name] = channel.port;
        return static_cast<int>(std::count_if(manifests.begin(), manifests.end(), [&](const auto& one) {
            const auto found = ports.find(one.first.name);
            return found == ports.end() || found->second != one.second->spec.port;
        }));
    }
};

struct Figures {
    std::uint64_t steady_busiest, outage, recovery_busiest;
    int left_undone, duplicates;
};

Task<> hour_of(Office& office, WireFate fate, Figures& figures) {
    for (int number = 0; number < channels; ++number) office.edit(number);
    office.publish();
    TaskGroup working(office.wire.context.get_executor());
    working.spawn(office.dispatcher.run(false));
    co_await office.live(120s, false);
    co_await office.live(300s, true);
    figures.steady_busiest = office.busiest_second();
    office.wire.weather.fate = [fate](const HttpRequest&) { return fate; };
    co_await office.live(1h, true);
    figures.outage = office.sent();
    office.wire.weather.fate = [](const HttpRequest&) { return WireFate::fine; };
    co_await office.live(600s, true);
    figures.recovery_busiest = office.busiest_second();
    co_await office.live(300s, false);
    figures.left_undone = office.out_of_date();
    figures.duplicates = static_cast<int>(office.wire.cloud.channels().size()) - channels;
    co_await office.dispatcher.stop(10s);
    co_await working.join();
}

Figures hour_of(WireFate fate) {
    Office office;
    Figures figures{};
    office.wire.clock.run(hour_of(office, fate, figures));
    return figures;
}

void check(const Figures& figures) {
    CAPTURE(figures.steady_busiest);
    CAPTURE(figures.outage);
    CAPTURE(figures.recovery_busiest);
    constexpr std::uint64_t first_attempts = 5 * 3600;
    CHECK(figures.outage <= first_attempts * 11 / 10 + 3600);
    CHECK(figures.outage <= 3600 + 200);  // in truth: the probes, and what was on its way
    CHECK(figures.outage >= 3000);
    CHECK(figures.recovery_busiest <= 2 * figures.steady_busiest);
    CHECK(figures.left_undone == 0);
    CHECK(figures.duplicates == 0);
}

Task<> hour_without_network(Office& office, int pending, std::uint64_t& sent) {
    for (int number = 0; number < pending; ++number) office.edit(number);
    office.wire.weather.fate = [](const HttpRequest&) { return WireFate::refused; };
    office.publish();
    TaskGroup working(office.wire.context.get_executor());
    working.spawn(office.dispatcher.run(false));
    co_await office.live(1h, false);
    sent = office.sent();
    office.wire.weather.fate = [](const HttpRequest&) { return WireFate::fine; };
    co_await office.live(1h, false);
    co_await office.dispatcher.stop(10s);
    co_await working.join();
}

TEST_CASE("an hour without network leaves ten thousand channels that wait for it, and then they come") {
    constexpr int pending = 10000;
    apic_simulator::Config config;
    apic_simulator::add_instances(config, 58);
    Office office(std::move(config));
    std::uint64_t sent = 0;
    office.wire.clock.run(hour_without_network(office, pending, sent));
    CHECK(sent <= 3600 + 200);  // a probe a second, not a try a channel
    CHECK(office.wire.cloud.channels().size() == pending);
    CHECK(office.out_of_date() == 0);
}

TEST_CASE("while nobody takes our connections we send one probe a second, and come back calmly") {
    check(hour_of(WireFate::refused));
}

TEST_CASE("while connections stand and nothing is answered it is the same") {
    check(hour_of(WireFate::silent));
}

TEST_CASE("while requests are heard and every answer is lost it is the same") {
    check(hour_of(WireFate::lost_after));
}

}  // namespace
}  // namespace fairway
