// Answers to a list, and answers in a row: what we take of them, and what never comes of a part.
#include <doctest/doctest.h>

#include "reconciler/engine/reconciler.hpp"
#include "tests/reconciler/world.hpp"
#include "tests/wire/scripted_api.hpp"
#include "tests/wire/wire_world.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

std::string row(const std::string& name, const std::string& instance, const std::string& id) {
    return R"({"id":")" + id + R"(","name":")" + name + R"(","instance_id":")" + instance +
           R"(","port":22})";
}

std::string page(const std::vector<std::string>& rows, long long size, long long total) {
    std::string text = R"({"size":)" + std::to_string(size) + R"(,"total":)" + std::to_string(total) +
                       R"(,"project_vpc_channels":[)";
    for (const std::string& one : rows) text += (text.back() == '[' ? "" : ",") + one;
    return http("200 OK", text + "]}");
}

/// Rows `from` to `to` of a list that promises `total`.
std::string slice(std::size_t from, std::size_t to, long long total) {
    std::vector<std::string> rows;
    for (std::size_t i = from; i < to; ++i)
        rows.push_back(row("n" + std::to_string(i), "i1", "id" + std::to_string(i)));
    const auto size = static_cast<long long>(rows.size());
    return page(rows, size, total);
}

std::size_t number_in(const HttpRequest& request, const std::string& name) {
    return std::stoul(request.target.substr(request.target.find(name + "=") + name.size() + 1));
}

/// A list of the project over pages that `answer` makes for an offset, and how many requests it took.
struct Listing {
    explicit Listing(std::function<std::string(std::size_t offset, std::size_t limit)> answer)
        : wire([this, answer = std::move(answer)](const HttpRequest& request) {
              ++requests;
              return std::optional(answer(number_in(request, "offset"), number_in(request, "limit")));
          }) {
        wire.clock.run(list());
    }
    Task<> list() {
        auto got = co_await wire.api->list("default");
        rows = std::move(got);
    }
    bool refused(std::string_view why) const {
        return !rows && rows.error().cls() == ErrorClass::retryable &&
               rows.error().what().find(why) != std::string::npos;
    }
    int requests = 0;
    ScriptedApi wire;
    Result<std::vector<InstanceChannel>> rows{std::vector<InstanceChannel>()};
};

TEST_CASE("a list whose numbers do not agree with its rows is an error, whatever is wrong with them") {
    CHECK(Listing([](std::size_t, std::size_t) { return slice(0, 3, 2); }).refused("not complete"));
    CHECK(Listing([](std::size_t, std::size_t) { return slice(0, 3, -1); }).refused("not complete"));
    CHECK(Listing([](std::size_t offset, std::size_t) {
              return slice(offset, 3, 9'000'000'000'000'000'000);
          }).refused("not complete"));
    CHECK(Listing([](std::size_t, std::size_t) { return slice(0, 3, 6); }).refused("not complete"));
    int count = 0;
    CHECK(Listing([&](std::size_t offset, std::size_t) {
              return slice(offset, offset + 2, 100 + ++count);
          }).refused("the number of rows changed"));
    CHECK(Listing([](std::size_t, std::size_t) {
              return http(
                  "200 OK", R"({"project_vpc_channels":[{"name":"a","instance_id":"i","port":1}]})"
              );
          }).refused("not complete"));
}

TEST_CASE("the size that a page gives for itself counts for nothing, its rows do") {
    for (const long long size : {-7LL, 0LL, 1000LL}) {
        const Listing listing([&](std::size_t, std::size_t) {
            return page({row("a", "i1", "1"), row("b", "i1", "2")}, size, 2);
        });
        REQUIRE(listing.rows);
        CHECK(listing.rows->size() == 2);
    }
}

TEST_CASE("a list of more than a hundred pages comes whole, one without end is given up") {
    const Listing long_one([](std::size_t offset, std::size_t limit) {
        CHECK(limit == 500);
        return slice(offset, std::min<std::size_t>(offset + 20, 3000), 3000);
    });
    REQUIRE(long_one.rows);
    CHECK(long_one.rows->size() == 3000);
    CHECK(long_one.requests == 150);
    const Listing endless([](std::size_t offset, std::size_t) {
        return slice(offset, offset + 1, 1'000'000);
    });
    CHECK(endless.refused("too many pages"));
    CHECK(endless.requests == 2 * 2000);
}

TEST_CASE("a filter that the cloud ignores lets nobody else's channel through") {
    ScriptedApi wire([](const HttpRequest&) {
        return std::optional(page(
            {row("vpc_demo", "i1", "1"), row("VPC_DEMO", "i1", "2"), row("VPC_demo2", "i1", "3"),
             row("VPC_dem", "i1", "4"), row("VPC_demo ", "i1", "5"), row("VPC_demo", "i2", "6")},
            6, 6
        ));
    });
    std::optional<Result<ObservedChannel>> found;
    const auto look = [&]() -> Task<> {
        const ChannelKey key{"default", "VPC_demo"};
        found = co_await wire.api->find(key);
    };
    wire.clock.run(look());
    REQUIRE(*found);
    REQUIRE((*found)->rows.size() == 1);
    CHECK((*found)->rows[0].id == "6");
}

TEST_CASE("a row that lacks its instance spoils the whole list") {
    const Listing listing([](std::size_t, std::size_t) {
        return page({row("a", "i1", "1"), R"({"id":"2","name":"b","port":22})"}, 2, 2);
    });
    CHECK(listing.refused("instance_id is missing"));
}

/// Passes over one channel of the simulated cloud, until it is in sync or a day is over.
struct Perseverance {
    explicit Perseverance(std::vector<apic_simulator::FaultRule> faults) {
        wire.cloud.set_faults(std::move(faults), 1);
        wire.clock.run(passes());
    }
    Task<> passes() {
        ChannelSpec spec;
        spec.port = 22;
        spec.balance_strategy = BalanceStrategy::wrr;
        spec.member_type = MemberType::ip;
        spec.instance_ids = wire.instances;
        const ChannelKey key{WireWorld::project, "VPC_demo"};
        NoMetrics metrics;
        Reconciler reconciler(*wire.api, store, wire.clock, metrics, ReconcilerOptions());
        const TimePoint end = wire.clock.now() + 24h;
        while (report.state != ChannelState::in_sync || !begun) {
            begun = true;
            const auto wish = snapshot_of(key, spec);
            report = co_await reconciler.reconcile(key, wish, std::nullopt);
            if (wire.clock.now() > end) co_return;
            const Duration pause = report.again.value_or(5s);
            co_await wire.clock.sleep_until(wire.clock.now() + pause);
        }
    }
    std::size_t creates() const { return wire.cloud.audit(0, "CreateProjectVpcChannel").size(); }

    WireWorld wire;
    Killer killer;
    FakeStore store{killer};
    PassReport report;
    bool begun = false;
};

apic_simulator::FaultRule burst(int status, std::uint64_t length, apic_simulator::FaultKind kind) {
    apic_simulator::FaultRule rule;
    rule.kind = kind;
    rule.status = status;
    rule.code.clear();
    rule.body = "<html>";
    rule.content_type = "text/html";
    rule.first = length;
    return rule;
}

TEST_CASE("a burst of 502, 503 and 504 delays a channel, and neither doubles nor loses it") {
    using apic_simulator::FaultKind;
    for (const int status : {502, 503, 504}) {
        CAPTURE(status);
        const Perseverance refused({burst(status, 40, FaultKind::status)});
        CHECK(refused.report.state == ChannelState::in_sync);
        CHECK(refused.wire.cloud.channels().size() == refused.wire.instances.size());

        // The work is done, and the answer says otherwise.
        auto hidden = burst(status, 1, FaultKind::status_after_commit);
        hidden.operation = "CreateProjectVpcChannel";
        const Perseverance done({hidden});
        CHECK(done.report.state == ChannelState::in_sync);
        CHECK(done.creates() == 1);
        CHECK(done.wire.cloud.channels().size() == done.wire.instances.size());
    }
}

}  // namespace
}  // namespace fairway
