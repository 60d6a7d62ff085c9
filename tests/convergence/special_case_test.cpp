#include <doctest/doctest.h>

#include <algorithm>

#include "tests/convergence/cloud_world.hpp"
#include "tests/convergence/live_state.hpp"

namespace fairway {
namespace {

namespace sim = apic_simulator;

/// One channel on two instances, by the rest of its spec.
Wish one(const CloudWorld& world, const std::string& spec, const std::string& lifecycle = {}) {
    const std::string instances =
        R"(,"instance_ids":[")" + world.instances.at(0) + "\",\"" + world.instances.at(1) + "\"]";
    return wish_of({{"VPC_demo", "\"spec\":{" + spec + instances + "}" + lifecycle}});
}

std::vector<std::string> told_paths(const Report& report) {
    std::vector<std::string> paths;
    for (const ReportedChange& change : report.changes) {
        for (const ReportedField& field : change.fields) paths.push_back(field.path);
    }
    return paths;
}

void check_in_sync(CloudWorld& world, const Wish& wish) {
    const Report left = world.plan(wish);
    CHECK_MESSAGE(left.changes.empty(), told(left));
    world.writes();
    world.apply(wish);
    CHECK(world.writes().empty());
}

using Paths = std::vector<std::string>;

constexpr const char* two_members =
    R"("port":8080,"member_type":"ip",
       "member_groups":[{"member_group_name":"blue"},{"member_group_name":"green"}],
       "members":[{"host":"192.168.0.5","weight":5,"member_group_name":"blue"},
                  {"host":"192.168.0.5","weight":5,"member_group_name":"green"}])";

}  // namespace

TEST_CASE("members on the channel's port follow it, and keep what is not managed of them") {
    CloudWorld world;
    const std::string rest =
        R"(,"member_type":"ip","members":[{"host":"192.168.0.5"},{"host":"192.168.0.6"}],
        "vpc_health_config":{"protocol":"tcp","port":0,"threshold_normal":2,"threshold_abnormal":5,
                             "time_interval":10,"timeout":5})";
    world.apply(one(world, "\"port\":8080" + rest));
    for (const sim::Channel& channel : world.cloud.channels_named("VPC_demo")) {
        world.cloud.change(channel.id, [](sim::Channel& live) {
            for (sim::Member& member : live.members) member.status = 2;
        });
    }
    const Wish moved = one(world, "\"port\":8090" + rest);
    CHECK(told_paths(world.plan(moved)) == Paths{"/port"});
    world.writes();
    world.apply(moved);
    CHECK(world.writes().at("VPC_demo") == 1);
    for (const sim::Channel& channel : world.cloud.channels_named("VPC_demo")) {
        CHECK(channel.port == 8090);
        for (const sim::Member& member : channel.members) CHECK(member.status == 2);
    }
    check_in_sync(world, moved);
    // The same the other way round: the port drifts, and the members with it.
    for (const sim::Channel& channel : world.cloud.channels_named("VPC_demo"))
        world.cloud.change(channel.id, [](sim::Channel& live) { live.port = 99; });
    CHECK(told_paths(world.plan(moved)) == Paths{"/port"});
    world.apply(moved);
    check_in_sync(world, moved);
}

TEST_CASE("drift on one instance is corrected there, and nothing is sent to the other") {
    CloudWorld world;
    const Wish wish = one(world, R"("port":8080,"balance_strategy":1)");
    world.apply(wish);
    const sim::Channel drifted = world.cloud.channels_named("VPC_demo").front();
    world.cloud.change(drifted.id, [](sim::Channel& live) { live.balance_strategy = 3; });
    world.cloud.clear_audit();
    world.apply(wish);
    const auto puts = world.cloud.audit(0, "UpdateProjectVpcChannel");
    REQUIRE(puts.size() == 1);
    CHECK(puts.front().instance_ids == std::vector<std::string>{drifted.instance_id});
    check_in_sync(world, wish);
}

TEST_CASE("members that stay as they are live lose the group that the manifest deletes") {
    CloudWorld world;
    world.apply(one(world, two_members));
    const Wish without = one(world, R"("port":8080,"member_groups":[{"member_group_name":"blue"}])");
    const Outcome outcome = world.apply(without);
    CHECK_MESSAGE(outcome.report.errors.empty(), told(outcome.report));
    for (const sim::Channel& channel : world.cloud.channels_named("VPC_demo")) {
        REQUIRE(channel.members.size() == 2);
        CHECK(channel.members.at(0).group == "blue");
        CHECK(channel.members.at(1).group.empty());
    }
    check_in_sync(world, without);
}

TEST_CASE("a health check that is ignored is not made again when it is deleted") {
    CloudWorld world;
    const std::string check = R"(,"vpc_health_config":{"protocol":"tcp","threshold_normal":2,
        "threshold_abnormal":5,"time_interval":10,"timeout":5})";
    const std::string ignore = R"(,"lifecycle":{"ignore":["/vpc_health_config"]})";
    world.apply(one(world, "\"port\":8080" + check, ignore));
    for (const sim::Channel& channel : world.cloud.channels_named("VPC_demo"))
        world.cloud.change(channel.id, [](sim::Channel& live) { live.health.reset(); });
    const Wish moved = one(world, "\"port\":8090" + check, ignore);
    world.apply(moved);
    for (const sim::Channel& channel : world.cloud.channels_named("VPC_demo")) {
        CHECK(channel.port == 8090);
        CHECK_FALSE(channel.health);
    }
    check_in_sync(world, moved);
}

TEST_CASE("another secret for a registry's password is written once, though no cloud shows it") {
    const auto wish = [](const CloudWorld& world, const std::string& secret) {
        return one(
            world, R"("port":8848,"vpc_channel_type":"microservice","microservice_info":{"nacos_info":{
                "service_name":"orders","server_config":[{"ip_address":"192.168.7.1","port":8848}],
                "user_info":{"user_name":"reader","password":{"secret":")" +
                       secret + "\"}}}}"
        );
    };
    for (const char* echo : {"masked", "as_sent"}) {
        CAPTURE(echo);
        CloudWorld world("nacos_password_echo", echo);
        world.apply(wish(world, "nacos-prod"));
        const Wish next = wish(world, "nacos-next");
        CHECK(told_paths(world.plan(next)) == Paths{"/microservice_info/nacos_info/user_info/password"});
        world.writes();
        world.apply(next);
        CHECK(world.writes().at("VPC_demo") == 1);
        for (const sim::Channel& channel : world.cloud.channels_named("VPC_demo"))
            CHECK(channel.microservice->password == "second-example-only");
        check_in_sync(world, next);
    }
}

TEST_CASE("what a cloud does not keep is told, and sent once in a pass") {
    // This one takes the two members for one, whatever is asked of it.
    CloudWorld world("member_key", "host_port");
    const Wish wish = one(world, two_members);
    for (int pass = 1; pass <= 3; ++pass) {
        CAPTURE(pass);
        world.writes();
        const PassReport report = world.pass("VPC_demo", wish);
        REQUIRE(report.error);
        CHECK(
            report.error->what().find("still differs at /members/green,192.168.0.5,8080") !=
            std::string::npos
        );
        CHECK(world.writes().at("VPC_demo") == (pass == 1 ? 2 : 1));  // the create, and one update
    }
    CHECK(told_paths(world.plan(wish)) == Paths{"/members/green,192.168.0.5,8080"});
}

TEST_CASE("a cloud that only adds members has the surplus taken away by a second write") {
    CloudWorld world("nonempty_members_put", "upsert");
    world.apply(one(world, two_members));
    const Wish fewer =
        one(world, R"("port":8080,"member_type":"ip","member_groups":[{"member_group_name":"blue"}],
                  "members":[{"host":"192.168.0.5","weight":5,"member_group_name":"blue"}])");
    world.apply(fewer);
    for (const sim::Channel& channel : world.cloud.channels_named("VPC_demo"))
        CHECK(channel.members.size() == 1);
    check_in_sync(world, fewer);
}

}  // namespace fairway
