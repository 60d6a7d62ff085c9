// What the real binary deletes, and what it does not: apply --prune and its safeguards.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/process/owner.hpp"

namespace fairway {
namespace {

using Names = std::set<std::string>;

std::string with_lifecycle(const std::string& name, const std::string& lifecycle, int port = 22) {
    return Stage::demo(name, port) + "lifecycle: " + lifecycle + "\n";
}

TEST_CASE("plan --prune shows what would go and sends nothing, and without --prune all stays") {
    Owner stage;
    stage.own(5);
    stage.remove("channel_4");
    const std::size_t writes = stage.writes();
    const auto planned = stage.run({"plan", "--prune", "--detailed-exitcode"});
    CAPTURE(planned.out);
    CHECK(planned.code == 2);
    CHECK(contains(planned.out, "channel_4  delete on 2 instances: the manifest is gone"));
    CHECK(contains(planned.out, "1 to delete"));

    const auto left = stage.run({"apply", "--yes"});
    CAPTURE(left.out);
    CHECK(left.code == 0);
    CHECK(contains(left.out, "channel_4"));
    CHECK(stage.writes() == writes);
    CHECK(stage.live().size() == 5);
}

TEST_CASE("apply --prune deletes what is no longer declared, once, and is then done") {
    Owner stage;
    stage.own(5);
    stage.remove("channel_4");
    const auto pruned = stage.prune();
    CAPTURE(pruned.out);
    CHECK(pruned.code == 0);
    CHECK(contains(pruned.out, "1 deleted"));
    CHECK(stage.deletes() == 2);
    CHECK(stage.live() == Names{"channel_0", "channel_1", "channel_2", "channel_3"});
    CHECK(contains(stage.run({"history", "channel_4"}).out, "the manifest is gone"));

    const std::size_t writes = stage.writes();
    CHECK(stage.prune().code == 0);
    CHECK(stage.run({"plan", "--prune", "--detailed-exitcode"}).code == 0);
    CHECK(stage.writes() == writes);
}

TEST_CASE("where the daemon deletes, plan shows it and apply says what it takes") {
    Owner stage;
    stage.own(5);
    stage.reconcile = "{drift_interval: 1h, prune: \"on\"}";
    stage.configure();
    stage.remove("channel_4");
    const auto planned = stage.run({"plan"});
    CAPTURE(planned.out);
    CHECK(contains(planned.out, "1 to delete"));
    CHECK(contains(planned.out, "warning: what is deleted or let go here, the daemon would do"));
    CHECK_FALSE(contains(stage.run({"plan", "--prune"}).out, "warning"));

    const auto applied = stage.run({"apply", "--yes"});
    CAPTURE(applied.out);
    CHECK(applied.code == 0);
    CHECK(contains(applied.out, "channel_4  left alone: apply deletes with --prune only"));
    const auto once = stage.run({"run", "--once"});
    CAPTURE(once.out);
    CHECK(once.code == 0);
    CHECK(contains(once.out, "channel_4  left alone: a single pass deletes nothing"));
    CHECK(stage.deletes() == 0);

    stage.declare_on("channel_0", Owner::first_instance, 8080);  // a change, and a part that waits
    const auto partly = stage.run({"apply", "--yes"});
    CAPTURE(partly.err);
    CHECK(contains(partly.err, "default/channel_0: apply deletes with --prune only"));
    CHECK_FALSE(contains(partly.err, "waits until"));
}

TEST_CASE("what safeguards refused ends with 5, whichever they are and whatever else was done") {
    Owner stage;
    stage.manifest("channel_4.yaml", with_lifecycle("channel_4", "{deletion: forbid}"));
    stage.own(4);
    stage.remove("channel_4");
    stage.declare("channel_0", 8080);
    const auto pruned = stage.prune();
    CAPTURE(pruned.out);
    CHECK(pruned.code == 5);
    CHECK(contains(pruned.out, "1 updated, 1 refused, 3 unchanged"));

    stage.cloud.plant(
        Owner::first_instance, R"({"name":"foreign","port":99,"balance_strategy":1,"member_type":"ip"})"
    );
    stage.declare("foreign");
    stage.declare("channel_0", 8081);
    const auto both = stage.prune();
    CAPTURE(both.out);
    CHECK(both.code == 5);
    CHECK(contains(both.out, "1 updated, 2 refused, 3 unchanged"));
}

TEST_CASE("owning fewer than ten, two may go, and never all") {
    Owner stage;
    stage.own(2);
    stage.remove("channel_1");
    CHECK(stage.prune().code == 0);
    CHECK(stage.live() == Names{"channel_0"});

    stage.manifest("channel_0.yaml", Stage::demo("another"));
    const auto refused = stage.prune();
    CAPTURE(refused.out);
    CHECK(refused.code == 5);
    CHECK(contains(refused.out, "all 2 instance channels of ours would go"));
    CHECK(stage.deletes() == 2);
    CHECK(stage.live() == Names{"another", "channel_0"});
}

TEST_CASE("an instance that is no longer named is deleted there alone, under --prune only") {
    Owner stage;
    stage.own(5);
    stage.declare_on("channel_0", Owner::first_instance);
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    CHECK(stage.deletes() == 0);
    const auto pruned = stage.prune();
    CAPTURE(pruned.out);
    CHECK(pruned.code == 0);
    CHECK(stage.deletes() == 1);
    CHECK(stage.instances_of("channel_0") == Names{Owner::first_instance});
    CHECK(stage.run({"plan", "--prune", "--detailed-exitcode"}).code == 0);
}

TEST_CASE("a change and a shrink are one apply, and the plan shows both") {
    Owner stage;
    stage.own(5);
    stage.declare_on("channel_0", Owner::first_instance, 8080);
    const auto planned = stage.run({"plan", "--prune"});
    CAPTURE(planned.out);
    CHECK(contains(planned.out, "/port: 22 -> 8080"));
    CHECK(contains(planned.out, Owner::second_instance));

    const auto pruned = stage.prune();
    CAPTURE(pruned.out);
    CHECK(pruned.code == 0);
    CHECK(stage.deletes() == 1);
    CHECK(stage.instances_of("channel_0") == Names{Owner::first_instance});
    CHECK(stage.cloud.channels_named("channel_0").front().port == 8080);
}

TEST_CASE("without --prune the change is made and the instance stays") {
    Owner stage;
    stage.own(5);
    stage.declare_on("channel_0", Owner::first_instance, 8080);
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    CHECK(stage.deletes() == 0);
    REQUIRE(stage.cloud.channels_named("channel_0").size() == 2);
    for (const auto& channel : stage.cloud.channels_named("channel_0"))
        CHECK((channel.port == 8080) == (channel.instance_id == Owner::first_instance));
}

TEST_CASE("beyond the budget nothing is deleted, the rest is done, and the way out is shown") {
    Owner stage;
    stage.own(5);
    stage.remove("channel_3");
    stage.remove("channel_4");
    stage.declare("channel_0", 8080);
    stage.declare("fresh");
    const auto refused = stage.prune();
    CAPTURE(refused.out);
    CHECK(refused.code == 5);
    CHECK(contains(refused.out, "channel_3  refused: "));
    CHECK(contains(refused.out, "channel_4  refused: "));
    CHECK(contains(refused.out, "4 of 10 instance channels (40 %)"));
    CHECK(stage.deletes() == 0);
    CHECK(stage.cloud.channels_named("channel_0").front().port == 8080);
    CHECK(stage.live().contains("fresh"));
    CHECK(approval_in(refused.out).size() == 16);
}

TEST_CASE("an approval lets just the refused deletions go, and once") {
    Owner stage;
    stage.own(6);
    stage.remove("channel_4");
    stage.remove("channel_5");
    const auto refused = stage.prune();
    CAPTURE(refused.out);
    CHECK(refused.code == 5);
    const std::string id = approval_in(refused.out);
    CHECK(approval_in(stage.run({"plan", "--prune"}).out) == id);
    CHECK(stage.run({"approve", id}).code == 0);

    stage.remove("channel_3");  // not what was approved
    CHECK(stage.prune().code == 5);
    CHECK(stage.deletes() == 0);
    stage.declare("channel_3");
    const auto pruned = stage.prune();
    CAPTURE(pruned.out);
    CHECK(pruned.code == 0);
    CHECK(stage.deletes() == 4);
    CHECK(stage.live() == Names{"channel_0", "channel_1", "channel_2", "channel_3"});

    stage.declare("channel_4");
    stage.declare("channel_5");
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    stage.remove("channel_4");
    stage.remove("channel_5");
    CHECK(stage.prune().code == 5);
    CHECK(stage.deletes() == 4);
}

TEST_CASE("an approval is used up by what is done, not by what is looked at") {
    Owner stage;
    stage.own(6);
    stage.remove("channel_4");
    stage.remove("channel_5");
    const std::string id = approval_in(stage.prune().out);
    REQUIRE(stage.run({"approve", id}).code == 0);
    for (int i = 0; i < 2; ++i) {
        const auto planned = stage.run({"plan", "--prune", "--detailed-exitcode"});
        CAPTURE(planned.out);
        CHECK(planned.code == 2);
        CHECK(contains(planned.out, "2 to delete"));
    }
    CHECK(stage.prune({"channel_0"}).code == 0);  // narrowed to what needs no approval
    CHECK(stage.deletes() == 0);
    CHECK(stage.prune().code == 0);
    CHECK(stage.deletes() == 4);
}

TEST_CASE("a leak of one channel after the other stops within the day") {
    Owner stage;
    stage.own(6);
    stage.remove("channel_5");
    CHECK(stage.prune().code == 0);
    stage.remove("channel_4");
    const auto refused = stage.prune();
    CAPTURE(refused.out);
    CHECK(refused.code == 5);
    CHECK(contains(refused.out, "within 24 hours"));
    CHECK(stage.deletes() == 2);
}

TEST_CASE("many updates at once are refused as a whole, and approved as a whole") {
    Owner stage;
    stage.own(5);
    for (int i = 0; i < 3; ++i) stage.declare("channel_" + std::to_string(i), 8080);
    stage.declare("fresh");
    const std::size_t updates = stage.cloud.audit(0, "UpdateProjectVpcChannel").size();
    const auto refused = stage.run({"apply", "--yes"});
    CAPTURE(refused.out);
    CHECK(refused.code == 5);
    CHECK(stage.live().contains("fresh"));
    CHECK(stage.cloud.audit(0, "UpdateProjectVpcChannel").size() == updates);
    for (const auto& channel : stage.cloud.channels()) CHECK(channel.port == 22);
    REQUIRE(stage.run({"approve", approval_in(refused.out)}).code == 0);
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    CHECK(stage.cloud.channels_named("channel_2").front().port == 8080);
}

TEST_CASE("what forbids its deletion stays, though its manifest is gone") {
    Owner stage;
    stage.manifest("channel_4.yaml", with_lifecycle("channel_4", "{deletion: forbid}"));
    stage.own(4);
    REQUIRE(stage.live().size() == 5);
    stage.remove("channel_4");
    const auto pruned = stage.prune();
    CAPTURE(pruned.out);
    CHECK(pruned.code == 5);
    CHECK(contains(pruned.out, "forbid"));
    CHECK(stage.deletes() == 0);
    // Only a manifest lifts what a manifest said.
    stage.declare("channel_4");
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    stage.remove("channel_4");
    CHECK(stage.prune().code == 0);
    CHECK_FALSE(stage.live().contains("channel_4"));
}

TEST_CASE("protection that was asked for while the channel was left alone holds all the same") {
    Owner stage;
    stage.own(6);
    REQUIRE(stage.run({"suspend", "channel_3"}).code == 0);
    for (const char* name : {"channel_4", "channel_5"})
        stage.manifest(std::string(name) + ".yaml", with_lifecycle(name, "{drift: warn}"));
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    for (const auto& channel : stage.cloud.channels_named("channel_4"))
        stage.cloud.change(channel.id, [](apic_simulator::Channel& one) { one.port = 99; });
    const std::size_t writes = stage.writes();
    stage.manifest("channel_3.yaml", with_lifecycle("channel_3", "{deletion: forbid}"));
    stage.manifest("channel_4.yaml", with_lifecycle("channel_4", "{drift: warn, deletion: forbid}"));
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    CHECK(stage.writes() == writes);

    REQUIRE(stage.run({"resume", "channel_3"}).code == 0);
    stage.remove("channel_3");
    stage.remove("channel_4");
    const auto pruned = stage.prune();
    CAPTURE(pruned.out);
    CHECK(pruned.code == 5);
    CHECK(contains(pruned.out, "forbid"));
    CHECK(stage.deletes() == 0);
}

TEST_CASE("a daemon notes the protection of a channel that is suspended") {
    DaemonOwner stage;
    stage.own(5);
    REQUIRE(stage.run({"suspend", "channel_4"}).code == 0);
    stage.manifest("channel_4.yaml", with_lifecycle("channel_4", "{deletion: forbid}"));
    stage.start();
    REQUIRE(eventually([&] { return stage.in_state("suspended") == 1; }));
    REQUIRE(eventually([&] { return contains(stage.run({"describe", "channel_4"}).out, "forbid"); }));
    stage.running->signal(SIGTERM);
    stage.running->wait();
    REQUIRE(stage.run({"resume", "channel_4"}).code == 0);
    stage.remove("channel_4");
    CHECK(stage.prune().code == 5);
    CHECK(stage.deletes() == 0);
}

TEST_CASE("an orphan is let go and stays in the cloud") {
    Owner stage;
    stage.manifest("channel_4.yaml", with_lifecycle("channel_4", "{deletion: orphan}"));
    stage.own(4);
    stage.remove("channel_4");
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    CHECK(contains(stage.run({"get"}).out, "channel_4"));
    const auto pruned = stage.prune();
    CAPTURE(pruned.out);
    CHECK(pruned.code == 0);
    CHECK(contains(pruned.out, "1 let go"));
    CHECK(stage.deletes() == 0);
    CHECK(stage.live().contains("channel_4"));
    CHECK_FALSE(contains(stage.run({"get"}).out, "channel_4"));
}

TEST_CASE("what was adopted is kept unless the configuration says otherwise") {
    Owner stage;
    stage.cloud.plant(
        Owner::first_instance, R"({"name":"found","port":22,"balance_strategy":1,"member_type":"ip",
            "members":[{"host":"192.168.0.5","weight":1}]})"
    );
    stage.manifest(
        "found.yaml",
        std::string("apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: found}\nspec:\n"
                    "  port: 22\n  balance_strategy: 1\n  member_type: ip\n"
                    "  members: [{host: 192.168.0.5, weight: 1}]\n  instance_ids: [") +
            Owner::first_instance + "]\nlifecycle: {adopt: if-equal}\n"
    );
    stage.own(5);
    stage.remove("found");
    const auto kept = stage.prune();
    CAPTURE(kept.out);
    CHECK(kept.code == 5);
    CHECK(contains(kept.out, "adopted"));
    CHECK(stage.deletes() == 0);

    stage.reconcile = "{drift_interval: 1h, delete_adopted: true}";
    stage.configure();
    CHECK(stage.prune().code == 0);
    CHECK(stage.deletes() == 1);
    CHECK_FALSE(stage.live().contains("found"));
}

TEST_CASE("one broken manifest, and nothing is deleted while the rest is done") {
    Owner stage;
    stage.own(5);
    stage.remove("channel_4");
    stage.declare("fresh");
    stage.manifest("broken.yaml", Stage::demo("broken", 70000));
    const auto pruned = stage.prune();
    CAPTURE(pruned.out);
    CHECK(pruned.code == 4);
    CHECK(contains(pruned.out, "broken.yaml:5:9: spec.port: "));
    CHECK(contains(pruned.out, "not every manifest could be read, so nothing is deleted"));
    CHECK(stage.deletes() == 0);
    CHECK(stage.live().contains("fresh"));
}

TEST_CASE("without any manifest nothing goes, unless it is allowed and a person approved it") {
    Owner stage;
    stage.own(1);
    stage.remove("channel_0");
    const auto refused = stage.prune();
    CHECK(refused.code == 5);
    CHECK(contains(refused.err, "no manifests found"));
    stage.reconcile = "{drift_interval: 1h, allow_empty: true}";
    stage.configure();
    CHECK(stage.run({"apply", "--yes"}).code == 5);
    const auto asked = stage.prune();
    CAPTURE(asked.out);
    CHECK(asked.code == 5);
    CHECK(stage.deletes() == 0);
    REQUIRE(stage.run({"approve", approval_in(asked.out)}).code == 0);
    const auto pruned = stage.prune();
    CAPTURE(pruned.out);
    CHECK(pruned.code == 0);
    CHECK(stage.deletes() == 2);
    CHECK(stage.live().empty());
}

TEST_CASE("manifests that change between the plan and the deletion stop everything") {
    Owner stage;
    stage.own(5);
    stage.remove("channel_4");
    stage.declare("channel_0", 8080);
    const std::size_t writes = stage.writes();
    // The list is slow: meanwhile the manifest comes back.
    stage.cloud.set_latency({{"ListProjectVpcChannelsV2", 1500}});
    const auto since = stage.cloud.audit().back().sequence;
    Process apply = stage.start({"apply", "--prune", "--yes"});
    const auto connections = stage.cloud.audit_summary().connections;
    REQUIRE(eventually([&] {
        return stage.cloud.audit_summary().connections > connections ||
               stage.cloud.audit(since).size() > 0;
    }));
    stage.declare("channel_4");
    const auto code = apply.wait();
    CAPTURE(apply.out());
    CAPTURE(apply.err());
    CHECK(code.value_or(-1) == 5);
    CHECK(contains(apply.out(), "the manifests changed meanwhile"));
    CHECK(stage.writes() == writes);
    CHECK(stage.live().size() == 5);
}

TEST_CASE("a part of a source is not taken for the whole") {
    Owner stage;
    stage.own(5);
    const std::string part = stage.manifests() + "/channel_0.yaml";
    for (const std::string command : {"plan", "apply"}) {
        const auto refused = stage.run({command, "--prune", "-f", part});
        CHECK(refused.code == 5);
        CHECK(contains(refused.err, "only a part of the source"));
    }
    CHECK(stage.run({"apply", "--prune", "--yes", "-f", part, "-f", stage.manifests()}).code == 0);
    CHECK(stage.run({"apply", "--yes", "-f", part}).code == 0);
    CHECK(stage.deletes() == 0);
}

TEST_CASE("a name narrows what is deleted, and the budget still sees the whole") {
    Owner stage;
    stage.own(6);
    stage.remove("channel_4");
    const auto other = stage.prune({"channel_0"});
    CAPTURE(other.out);
    CHECK(other.code == 0);
    CHECK(stage.deletes() == 0);
    stage.remove("channel_5");
    CHECK(stage.prune({"channel_5"}).code == 5);
    CHECK(stage.deletes() == 0);
    stage.declare("channel_4");
    CHECK(stage.prune({"channel_5"}).code == 0);
    CHECK(stage.live().size() == 5);
}

}  // namespace
}  // namespace fairway
