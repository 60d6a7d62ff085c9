// What an answer told us is ours stays ours, whatever the next look shows of it.
#include <doctest/doctest.h>

#include "tests/reconciler/world.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr WallTime now{std::chrono::hours(24 * 365 * 56)};
constexpr Duration settle = 60s;

using Ids = std::map<InstanceId, std::string>;

InstanceChannel row_of(const InstanceId& instance, const std::string& id) {
    InstanceChannel row;
    row.instance = instance;
    row.name = "VPC_demo";
    row.id = id;
    row.create_time = now;
    row.spec = demo_spec();
    row.spec.instance_ids.clear();
    row.members_known = row.health_known = true;
    return row;
}

/// A create on i1 and i2 was sent a moment ago.
struct Sent {
    explicit Sent(Phase phase) {
        manifest.key = {"default", "VPC_demo"};
        manifest.spec = demo_spec();
        record.phase = phase;
        record.since = now - 1s;
        record.intent_at = now - 2s;
        record.pending = demo_spec();
    }
    Action next(bool wanted, WallTime at = now) const {
        return next_action({wanted ? &manifest : nullptr, &record, seen, at, settle}).action;
    }
    Manifest manifest;
    Record record;
    ObservedChannel seen;
};

TEST_CASE("a row that was made and is not in the list yet does not become nobody's") {
    Sent at(Phase::created);
    at.record.ids = {{"i1", "a"}, {"i2", "b"}};
    at.seen.rows = {row_of("i1", "a")};
    for (const bool wanted : {true, false}) {
        CAPTURE(wanted);
        const Action action = at.next(wanted, now + settle * 2);
        REQUIRE(std::holds_alternative<Adopt>(action));
        CHECK(std::get<Adopt>(action).ids == Ids{{"i1", "a"}, {"i2", "b"}});
        CHECK(std::get<Adopt>(action).applied.instance_ids == std::vector<InstanceId>{"i1"});
    }
}

TEST_CASE("a create whose answer named no ids is not let go before all its rows can have shown") {
    Sent at(Phase::created);
    at.record.ids = {{"i1", ""}, {"i2", ""}};
    at.seen.rows = {row_of("i1", "a")};
    CHECK(std::holds_alternative<Wait>(at.next(false)));
    at.seen.rows.push_back(row_of("i2", "b"));
    const Action action = at.next(false);
    REQUIRE(std::holds_alternative<Adopt>(action));
    CHECK(std::get<Adopt>(action).ids == Ids{{"i1", "a"}, {"i2", "b"}});
}

TEST_CASE("of two rows that a create may have made on one instance none is deleted") {
    for (const Phase phase : {Phase::intent, Phase::ambiguous, Phase::created}) {
        CAPTURE(to_string(phase));
        Sent at(phase);
        if (phase == Phase::created) at.record.ids = {{"i1", ""}, {"i2", ""}};
        at.seen.rows = {row_of("i1", "a"), row_of("i2", "b"), row_of("i2", "c")};
        for (const bool wanted : {true, false}) {
            CAPTURE(wanted);
            const Action action = at.next(wanted, now + settle * 2);
            REQUIRE(std::holds_alternative<Stall>(action));
            CHECK(std::get<Stall>(action).conflict);
            CHECK(std::get<Stall>(action).why.find("id c") != std::string::npos);
        }
    }
}

TEST_CASE("a channel that only the lists had lost is still ours after the cloud said that it exists") {
    World world;
    world.settle_down();
    const Ids ids = world.store.rows.at(world.key).ids;
    world.clock.set_wall(1h);
    std::vector<InstanceChannel> hidden = std::exchange(world.cloud.rows, {});
    world.cloud.fate = [&](const std::string& call) {
        if (call == "create VPC_demo" && !hidden.empty()) world.cloud.rows = std::exchange(hidden, {});
        return Fate::fine;
    };
    world.settle_down();
    CHECK(hidden.empty());
    CHECK(world.store.rows.at(world.key).phase == Phase::ready);
    CHECK(world.store.rows.at(world.key).ids == ids);
    CHECK(world.conditions.at(world.key).state == ChannelState::in_sync);
}

/// Hides the channel's rows on i2 from all looks, as long as it is `behind`.
struct BehindOnOne : World {
    BehindOnOne() {
        rules.mode = PruneMode::on;
        rules.budget.at_least = 1;
        rules.budget.percent = rules.budget.per_day_percent = 100;
        cloud.fate = [this](const std::string& call) {
            cloud.rows.insert(cloud.rows.end(), hidden.begin(), hidden.end());
            hidden.clear();
            if (!behind || (!call.starts_with("find") && !call.starts_with("list"))) return Fate::fine;
            for (const InstanceChannel& row : cloud.rows) {
                if (row.instance == "i2") hidden.push_back(row);
            }
            std::erase_if(cloud.rows, [](const InstanceChannel& row) { return row.instance == "i2"; });
            return Fate::fine;
        };
    }
    /// Another project's manifest is all that is left.
    void wish_for_nothing() {
        auto other = std::make_shared<Manifest>();
        other->key = {"another project", "other"};
        auto snapshot = std::make_shared<ManifestSnapshot>();
        snapshot->manifests.emplace(other->key, std::move(other));
        snapshot->revision = "r2";
        wish = std::move(snapshot);
    }
    bool behind = true;
    std::vector<InstanceChannel> hidden;
};

TEST_CASE("killed at any moment while a list is behind, a channel goes whole with its manifest") {
    const int moments = killed_at_every_moment<BehindOnOne>(
        [](BehindOnOne&) {},
        [](BehindOnOne& world) {
            world.settle_down();
            CHECK(world.cloud.rows.empty());
            CHECK(world.store.rows.empty());
        },
        [](BehindOnOne& world) {
            world.behind = false;
            world.wish_for_nothing();
        }
    );
    CHECK(moments > 8);
}

}  // namespace
}  // namespace fairway
