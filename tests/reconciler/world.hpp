#pragma once

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

#include "reconciler/engine/dispatcher.hpp"
#include "reconciler/engine/observer.hpp"
#include "reconciler/engine/pruner.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/sim_clock.hpp"

namespace fairway {

/// VPC_demo of the documentation: two groups, two members, two instances, a health check.
inline ChannelSpec demo_spec() {
    ChannelSpec spec;
    spec.port = 22;
    spec.balance_strategy = BalanceStrategy::wrr;
    spec.member_type = MemberType::ip;
    MemberGroup test, other;
    test.member_group_name = "test";
    test.member_group_weight = 1;
    test.member_group_remark = "remark";
    other.member_group_name = "default";
    other.member_group_weight = 2;
    spec.member_groups = {test, other};
    Member first, second;
    first.host = "192.168.0.5";
    first.weight = 1;
    first.member_group_name = "test";
    second.host = "192.168.1.124";
    second.weight = 2;
    second.member_group_name = "default";
    spec.members = {first, second};
    HealthCheck check;
    check.protocol = HealthProtocol::http;
    check.path = "/vpc/demo";
    check.port = 22;
    check.http_code = "200";
    check.threshold_normal = 2;
    check.threshold_abnormal = 5;
    check.time_interval = 10;
    check.timeout = 5;
    spec.vpc_health_config = check;
    spec.instance_ids = {"i1", "i2"};
    return spec;
}

inline std::shared_ptr<const ManifestSnapshot> snapshot_of(
    const ChannelKey& key, const ChannelSpec& spec, const Lifecycle& lifecycle = {}
) {
    auto manifest = std::make_shared<Manifest>();
    manifest->key = key;
    manifest->spec = spec;
    manifest->lifecycle = lifecycle;
    auto snapshot = std::make_shared<ManifestSnapshot>();
    snapshot->manifests.emplace(key, std::move(manifest));
    snapshot->revision = "r1";
    return snapshot;
}

/// One process' worth of engine over a cloud and a store that outlive it.
struct World {
    World() : clock(context), cloud(clock, killer), store(killer) {}

    const ChannelKey key{"default", "VPC_demo"};
    Killer killer;
    boost::asio::io_context context;
    SimClock clock;
    FakeCloud cloud;
    FakeStore store;
    FixedEntropy entropy;
    struct Counting : NoMetrics {
        void queue_oldest(WallTime enqueued) override { oldest.push_back(enqueued); }
        std::vector<WallTime> oldest;  ///< as told, in order
    } metrics;
    Duration settle = std::chrono::seconds(60);
    unsigned workers = 64;
    GuardRules rules;
    Directions directions;
    std::shared_ptr<const ManifestSnapshot> wish = snapshot_of(key, demo_spec());
    std::map<ChannelKey, ChannelCondition> conditions;  ///< of the last settle_down()
    std::vector<PassReport> reports;

    /// A process starts, surveys, works until nothing is left to do, and ends.
    void settle_down() {
        ReconcilerOptions options;
        options.settle = settle;
        Reconciler reconciler(cloud, store, clock, metrics, options);
        reconciler.directions() = directions;
        PrunerOptions guarding;
        guarding.rules = rules;
        guarding.lineage = "lineage";
        Pruner pruner(store, clock, reconciler.gate(), guarding);
        ObserverOptions looking;
        looking.settle = settle;
        Observer observer(cloud, store, clock, metrics, reconciler.directions(), looking);
        DispatcherOptions how;
        how.attempts = 20;
        how.workers = workers;
        Dispatcher dispatcher(
            context.get_executor(), reconciler, clock, entropy, metrics, how,
            [this](const ChannelKey&, const PassReport& report, Duration) { reports.push_back(report); }
        );
        dispatcher.publish(wish, false);
        clock.run(live(dispatcher, observer, pruner));
        conditions = dispatcher.conditions();
    }

private:
    Task<> live(Dispatcher& dispatcher, Observer& observer, Pruner& pruner) {
        Result<Survey> survey = co_await observer.survey("default", wish);
        if (survey) {
            const Result<> judged = co_await pruner.judge(*survey, wish);
            if (!judged) co_return;
            const Result<> spent = co_await pruner.spend(*survey, wish);
            if (!spent) co_return;
            for (const auto& [found, finding] : survey->findings) {
                const auto deletion = deletion_in(finding.decision);
                if (deletion && finding.decision.held.empty())
                    pruner.allow(found, *deletion, wish->revision);
                const auto* leave = std::get_if<Leave>(&finding.decision.action);
                if (leave == nullptr || leave->kind == Leave::Kind::drift || finding.decision.noted)
                    dispatcher.request(found, Priority::resync, finding.seen);
            }
        }
        co_await dispatcher.run(true);
        co_await dispatcher.stop(Duration::zero());
    }
};

/// Lives the life of a fresh `W`, prepared by `prepare`, once for each moment at which it can be killed;
/// after each it is started again, over the same cloud and store, when `meanwhile` has happened, and
/// judged by `check`. Returns how many moments there were.
template <class W, class Prepare, class Check>
int killed_at_every_moment(
    Prepare prepare, Check check, const std::function<void(W&)>& meanwhile = [](W&) {}
) {
    int moment = 1;
    for (bool killed = true; killed; ++moment) {
        CAPTURE(moment);
        W world;
        prepare(world);
        world.killer.moment = 0;
        world.killer.at = moment;
        killed = false;
        try {
            world.settle_down();
        } catch (const Killed&) {
            killed = true;
        }
        world.killer.at = 0;
        meanwhile(world);
        world.settle_down();
        check(world);
    }
    return moment;
}

}  // namespace fairway
