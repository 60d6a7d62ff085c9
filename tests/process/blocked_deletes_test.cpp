// Deletions that the cloud has a say in: other types, APIs and channels that use a channel.
#include <doctest/doctest.h>

#include "tests/process/owner.hpp"

namespace fairway {
namespace {

TEST_CASE("a changed type is refused, and replaced where a person names the channel") {
    Owner stage;
    stage.own(5);
    const std::string base = stage.cloud.channels_named("channel_0").front().id;
    const std::string instance = stage.cloud.channels_named("channel_0").front().instance_id;
    stage.declare_on("channel_4", instance);
    REQUIRE(stage.prune().code == 0);
    const std::size_t deletes = stage.deletes();
    stage.manifest(
        "channel_4.yaml",
        "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: channel_4}\nspec:\n"
        "  port: 22\n  balance_strategy: 1\n  member_type: ip\n  vpc_channel_type: reference\n"
        "  member_groups:\n"
        "    - {member_group_name: via, member_group_weight: 1, reference_vpc_channel_id: " +
            base + "}\n  instance_ids: [" + instance + "]\n"
    );
    const auto refused = stage.prune();
    CAPTURE(refused.out);
    CHECK(refused.code == 5);  // a safeguard refused it, and nothing failed
    CHECK(contains(refused.out, "1 refused, 4 unchanged"));
    CHECK(contains(refused.out, "the type of a channel never changes"));
    CHECK(stage.deletes() == deletes);

    CHECK(stage.run({"apply", "--yes", "--allow-replace", "channel_4"}).code == 3);
    CHECK(stage.deletes() == deletes);
    CHECK(stage.prune({"--allow-replace", "nobody"}).code == 3);
    const auto replaced = stage.prune({"--allow-replace", "channel_4"});
    CAPTURE(replaced.out);
    CAPTURE(replaced.err);
    CHECK(replaced.code == 0);
    CHECK(stage.deletes() == deletes + 1);
    REQUIRE(stage.cloud.channels_named("channel_4").size() == 1);
    CHECK(
        stage.cloud.channels_named("channel_4").front().type == apic_simulator::ChannelType::reference
    );
    CHECK(stage.run({"plan", "--prune", "--detailed-exitcode"}).code == 0);
}

TEST_CASE("a channel that an API uses is told once, and the others are done") {
    Owner stage;
    stage.own(5);
    for (const auto& channel : stage.cloud.channels_named("channel_4"))
        stage.cloud.change(channel.id, [](apic_simulator::Channel& used) { used.used_by_api = true; });
    stage.remove("channel_4");
    stage.declare("channel_0", 8080);
    const auto pruned = stage.prune();
    CAPTURE(pruned.out);
    CHECK(pruned.code == 4);
    CHECK(contains(pruned.out, "APIG.3414"));
    CHECK(contains(pruned.out, "1 updated, 1 failed, 3 unchanged"));
    CHECK(stage.deletes() == 1);
    CHECK(stage.live().contains("channel_4"));
    CHECK(stage.cloud.channels_named("channel_0").front().port == 8080);
}

TEST_CASE("a shrink that an API stands against has failed, though the change beside it was made") {
    Owner stage;
    stage.own(5);
    for (const auto& channel : stage.cloud.channels_named("channel_0"))
        stage.cloud.change(channel.id, [](apic_simulator::Channel& used) { used.used_by_api = true; });
    stage.declare_on("channel_0", Owner::first_instance, 8080);
    const auto pruned = stage.prune();
    CAPTURE(pruned.out);
    CAPTURE(pruned.err);
    CHECK(pruned.code == 4);
    CHECK(contains(pruned.out, "APIG.3414"));
    CHECK(stage.instances_of("channel_0").size() == 2);
}

TEST_CASE("of two channels that go, the one that refers to the other goes first") {
    Owner stage;
    stage.own(6);
    const auto base = stage.cloud.channels_named("channel_0").front();
    stage.declare_on("channel_0", base.instance_id);
    REQUIRE(stage.prune().code == 0);
    stage.manifest(
        "refers.yaml",
        "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: refers}\nspec:\n"
        "  port: 22\n  balance_strategy: 1\n  member_type: ip\n  vpc_channel_type: reference\n"
        "  member_groups:\n"
        "    - {member_group_name: via, member_group_weight: 1, reference_vpc_channel_id: " +
            base.id + "}\n  instance_ids: [" + base.instance_id + "]\n"
    );
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);

    // The other alone is refused by the cloud, and that is told.
    stage.remove("channel_0");
    const auto blocked = stage.prune();
    CAPTURE(blocked.out);
    CHECK(blocked.code == 4);
    CHECK(contains(blocked.out, "APIG.3719"));
    CHECK(stage.live().contains("channel_0"));

    const std::size_t deletes = stage.deletes();
    stage.remove("refers");
    const auto pruned = stage.prune();
    CAPTURE(pruned.out);
    CHECK(pruned.code == 0);
    CHECK(stage.deletes() == deletes + 2);
    CHECK(stage.live().size() == 5);
}

TEST_CASE("what another channel refers to goes after that was pointed elsewhere") {
    Owner stage;
    stage.own(6);
    for (const char* name : {"channel_0", "channel_1"})
        stage.declare_on(name, stage.cloud.channels_named("channel_0").front().instance_id);
    REQUIRE(stage.prune().code == 0);
    const auto first = stage.cloud.channels_named("channel_0").front();
    const auto second = stage.cloud.channels_named("channel_1").front();
    const auto refer_to = [&](const std::string& id) {
        stage.manifest(
            "zzz.yaml",
            "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: zzz}\nspec:\n"
            "  port: 22\n  balance_strategy: 1\n  member_type: ip\n  vpc_channel_type: reference\n"
            "  member_groups:\n"
            "    - {member_group_name: via, member_group_weight: 1, reference_vpc_channel_id: " +
                id + "}\n  instance_ids: [" + first.instance_id + "]\n"
        );
    };
    refer_to(first.id);
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);

    stage.reconcile =
        "{drift_interval: 1h, deletion_budget: {percent: 100, per_day_percent: 100, per_pass: 100}}";
    stage.configure();
    const std::size_t deletes = stage.deletes();
    refer_to(second.id);
    stage.remove("channel_0");
    const auto pruned = stage.prune();
    CAPTURE(pruned.out);
    CAPTURE(pruned.err);
    CHECK(pruned.code == 0);
    CHECK(stage.deletes() == deletes + 1);  // and not one that was refused before
    CHECK_FALSE(stage.live().contains("channel_0"));
}

}  // namespace
}  // namespace fairway
