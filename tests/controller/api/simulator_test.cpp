#include <doctest/doctest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/api/http_channel_api.hpp"
#include "controller/async/real_clock.hpp"
#include "controller/async/task_group.hpp"
#include "tests/controller/api/tls_server.hpp"
#include "tests/simulator/simulator.hpp"
#include "tests/support/run_task.hpp"

using namespace fairway;
using namespace std::chrono_literals;
namespace sim = apic_simulator;

namespace {

/// The simulated cloud, and the product's client of it.
struct World {
    explicit World(sim::Config config = {}) : cloud(std::move(config)) {
        const auto& first = cloud.config().projects.at(0);
        project.name = "default";
        project.project_id = first.id;
        project.endpoint = project.iam_endpoint = cloud.url();
        project.region = cloud.config().region;
        static std::atomic<int> count = 0;
        project.ca_file =
            testing::temporary_file("simulator" + std::to_string(++count) + ".pem", cloud.ca_pem());
        for (const auto& instance : first.instances) instances.push_back(instance.id);
        use_key(cloud.config().users.at(0).secret_key);
        project.limits.reads_per_second = project.limits.writes_per_second = 1000;
        options.deadlines.header = 2s;
    }
    void use_key(const std::string& secret) {
        AccessKey key;
        key.access_key = Secret(cloud.config().users.at(0).access_key);
        key.secret_key = Secret(secret);
        project.credentials = std::move(key);
    }
    void use_password(const std::string& text) {
        Password password;
        password.user = cloud.config().users.at(0).name;
        password.domain = cloud.config().domain_name;
        password.password = Secret(text);
        project.credentials = std::move(password);
    }
    ChannelApi& open() {
        if (!api) {
            auto opened = HttpChannelApi::open(
                io.get_executor(), {project}, [](std::string_view) { return nullptr; }, clock, entropy,
                metrics, options
            );
            REQUIRE(opened);
            api = *std::move(opened);
        }
        return *api;
    }
    ChannelSpec spec() const {
        ChannelSpec made;
        made.port = 8080;
        made.balance_strategy = BalanceStrategy::wrr;
        made.member_type = MemberType::ip;
        MemberGroup group;
        group.member_group_name = "blue";
        made.member_groups = {group};
        Member member;
        member.host = "192.168.0.5";
        member.weight = 7;
        member.member_group_name = "blue";
        made.members = {member};
        made.instance_ids = instances;
        return made;
    }
    auto create(std::string name) {
        return run_task(io, open().create({"default", std::move(name)}, spec(), {}));
    }
    auto put(std::string name) {
        return run_task(io, open().put({"default", std::move(name)}, spec(), {}));
    }
    auto find(std::string name) { return run_task(io, open().find({"default", std::move(name)})); }
    void fault(sim::FaultKind kind, std::string operation, std::uint64_t first = 1) {
        sim::FaultRule rule;
        rule.kind = kind;
        rule.operation = std::move(operation);
        rule.first = first;
        cloud.set_faults({rule});
    }

    boost::asio::io_context io;
    RealClock clock{io.get_executor()};
    RealEntropy entropy;
    NoMetrics metrics;
    sim::Simulator cloud;
    std::vector<InstanceId> instances;
    ProjectEndpoint project;
    HttpChannelApiOptions options;
    std::unique_ptr<HttpChannelApi> api;
};

constexpr auto post = "CreateProjectVpcChannel";

}  // namespace

TEST_CASE("the simulator accepts what we create, and shows it to us") {
    World world;
    const auto rows = world.create("VPC_demo");
    REQUIRE(rows);
    CHECK(rows->size() == 2);
    const auto seen = world.find("VPC_demo");
    REQUIRE(seen);
    REQUIRE(seen->rows.size() == 2);
    const InstanceChannel& first = seen->rows[0];
    CHECK(first.members_known);
    REQUIRE(first.spec.members);
    CHECK(first.spec.members->at(0).host == "192.168.0.5");
    const auto whole =
        run_task(world.io, world.open().show({"default", "VPC_demo"}, first.instance, first.id));
    REQUIRE(whole);
    CHECK(whole->id == first.id);
    CHECK(whole->spec.port == 8080);
    CHECK(run_task(world.io, world.open().list("default"))->size() == 2);
    CHECK(world.put("VPC_demo"));
    CHECK(world.find("VPC_dem")->rows.empty());
    const auto instances = run_task(world.io, world.open().instances("default"));
    REQUIRE(instances);
    CHECK(instances->size() == 2);
    const auto modifiable =
        run_task(world.io, world.open().name_modifiable("default", world.instances[0]));
    REQUIRE(modifiable);
    CHECK_FALSE(*modifiable);
    world.cloud.set_name_modifiable(world.instances[0], "on");
    CHECK(*run_task(world.io, world.open().name_modifiable("default", world.instances[0])));
    const auto refused = world.put("VPC_demo");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().cls() == ErrorClass::terminal);
    CHECK(refused.error().what().find("set the feature vpc_name_modifiable") != std::string::npos);
}

TEST_CASE("a name that exists is a conflict, a full instance a quota") {
    World world;
    REQUIRE(world.create("VPC_demo"));
    const auto again = world.create("VPC_demo");
    REQUIRE_FALSE(again);
    CHECK(again.error().cls() == ErrorClass::conflict);
    CHECK(again.error().has_code("APIG.3208"));
    CHECK_FALSE(again.error().outcome_unknown());
    world.cloud.set_switch("channel_limit", "1");
    const auto full = world.create("VPC_more");
    REQUIRE_FALSE(full);
    CHECK(full.error().cls() == ErrorClass::quota);
}

TEST_CASE("faults of a create say whether it may have happened") {
    struct Case {
        sim::FaultKind kind;
        bool happened, unsure;
    };
    const Case cases[] = {
        {sim::FaultKind::status, false, true},
        {sim::FaultKind::throttle, false, true},  // the answer may come after the work
        {sim::FaultKind::reset_before_commit, false, true},
        {sim::FaultKind::reset_after_commit, true, true},
        {sim::FaultKind::status_after_commit, true, true},
        {sim::FaultKind::fail_midway, true, true},
        {sim::FaultKind::truncate_body, true, true},
        {sim::FaultKind::garbage, true, true},
        {sim::FaultKind::html, true, true},
        {sim::FaultKind::oversized_body, true, true},
    };
    for (const Case& at : cases) {
        CAPTURE(static_cast<int>(at.kind));
        World world;
        world.fault(at.kind, post);
        const auto rows = world.create("VPC_demo");
        REQUIRE_FALSE(rows);
        CHECK(rows.error().outcome_unknown() == at.unsure);
        CHECK(rows.error().may_pass());
        const auto seen = world.find("VPC_demo");
        REQUIRE(seen);
        CHECK(seen->rows.empty() == !at.happened);
        CHECK(world.cloud.audit(0, post).size() == 1);
    }
}

TEST_CASE("silence after a create is a time-out with an unknown outcome") {
    World world;
    world.options.deadlines.header = 100ms;
    world.fault(sim::FaultKind::hang_after_commit, post);
    const auto rows = world.create("VPC_demo");
    REQUIRE_FALSE(rows);
    CHECK(rows.error().reason() == ErrorReason::timeout);
    CHECK(rows.error().outcome_unknown());
    world.options.deadlines.header = 2s;
    world.api.reset();
    CHECK(world.find("VPC_demo")->rows.size() == 2);
}

TEST_CASE("long lists come whole, through faults") {
    sim::Config config;
    sim::lift_limits(config.switches);
    World world(std::move(config));
    for (int i = 0; i < 1100; ++i) {
        sim::Channel channel;
        channel.name = "VPC_" + std::to_string(i);
        channel.instance_id = world.instances[0];
        world.cloud.plant(channel);
    }
    world.fault(sim::FaultKind::status, "ListProjectVpcChannelsV2", 2);
    const auto rows = run_task(world.io, world.open().list("default"));
    REQUIRE(rows);
    CHECK(rows->size() == 1100);
}

TEST_CASE("a wrong key does not lock itself out") {
    World world;
    world.use_key("WrongSecret");
    TaskGroup group(world.io.get_executor());
    std::vector<ErrorClass> classes;
    auto one = [&]() -> Task<> {
        const ChannelKey key{"default", "VPC_demo"};
        const auto seen = co_await world.open().find(key);
        if (!seen) classes.push_back(seen.error().cls());
    };
    for (int i = 0; i < 50; ++i) group.spawn(one());
    run_task(world.io, group.join());
    CHECK(classes == std::vector<ErrorClass>(50, ErrorClass::auth));
    CHECK(world.cloud.audit().size() == 1);
    world.use_key(world.cloud.config().users.at(0).secret_key);
    world.api.reset();
    CHECK(world.find("VPC_demo"));
}

TEST_CASE("tokens are fetched, used, and replaced when they die") {
    World world;
    world.use_password(world.cloud.config().users.at(0).password);
    REQUIRE(world.create("VPC_demo"));
    world.cloud.revoke_tokens();
    CHECK(world.find("VPC_demo"));
    CHECK(world.cloud.audit(0, "CreateToken").size() == 2);
    World wrong;
    wrong.use_password("not this one");
    const auto refused = wrong.find("VPC_demo");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().cls() == ErrorClass::auth);
    CHECK_FALSE(wrong.find("VPC_demo"));
    CHECK(wrong.cloud.audit().size() == 1);
}

TEST_CASE("a signature made by a wrong clock points at the clock") {
    World world;
    world.cloud.advance_clock(std::chrono::hours(1));
    const auto seen = world.find("VPC_demo");
    REQUIRE_FALSE(seen);
    CHECK(seen.error().cls() == ErrorClass::auth);
    CHECK(seen.error().what().ends_with("; check the clock of this machine"));
}

TEST_CASE("a cloud that goes away and comes back is found again") {
    World world;
    REQUIRE(world.create("VPC_demo"));
    world.cloud.drop_connections();
    CHECK(world.find("VPC_demo"));
    world.cloud.stop();
    const auto down = world.create("VPC_more");
    REQUIRE_FALSE(down);
    CHECK_FALSE(down.error().outcome_unknown());
    world.cloud.start();
    CHECK(world.create("VPC_more"));
}

TEST_CASE("a server that is not the one we trust gets no request") {
    for (const auto kind :
         {sim::Certificate::wrong_host, sim::Certificate::expired, sim::Certificate::self_signed}) {
        sim::Config config;
        config.certificate = kind;
        World world(std::move(config));
        const auto rows = world.create("VPC_demo");
        REQUIRE_FALSE(rows);
        CHECK_FALSE(rows.error().outcome_unknown());
        CHECK(world.cloud.audit().empty());
    }
}
