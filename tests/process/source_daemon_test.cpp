// A source that breaks under a daemon that may delete: nothing goes, and the metrics tell why.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/process/owner.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

/// A daemon that would delete at once what is gone, over a store that owns four channels.
struct Watching : DaemonOwner {
    explicit Watching(bool volume = false) {
        reconcile = generous;
        configure();
        own(4);
        if (volume) as_volume();
        start();
        REQUIRE(eventually([&] { return in_state("in_sync") == 4; }));
    }
    /// Asks for so many list passes that begin from now on, and waits for them.
    bool look(int times) const {
        for (int i = 0; i < times; ++i) {
            const double before = lists();
            if (run({"reconcile"}).code != 0) return false;
            if (!eventually([&] { return lists() > before; })) return false;
        }
        return true;
    }
    /// Whether an API uses the channel, and so stands against its deletion.
    void use(const std::string& name, bool used) {
        for (const auto& channel : cloud.channels_named(name)) {
            cloud.change(channel.id, [used](apic_simulator::Channel& one) { one.used_by_api = used; });
        }
    }
    double blocked(const std::string& reason) const {
        return metric(address, "fairway_prune_blocked{project=\"default\",reason=\"" + reason + "\"}")
            .value_or(-1);
    }
    double fetches(const std::string& result) const {
        return metric(
                   address, "fairway_source_fetches_total{result=\"" + result + "\",source=\"channels\"}"
        )
            .value_or(0);
    }
};

TEST_CASE("a daemon whose directory goes away deletes nothing, and works on when it comes back") {
    Watching stage;
    fs::rename(stage.manifests(), stage.folder.file("away"));
    REQUIRE(eventually([&] { return stage.fetches("error") >= 1; }));
    CHECK(stage.look(10));
    CHECK(stage.deletes() == 0);
    CHECK(stage.live().size() == 4);
    fs::rename(stage.folder.file("away"), stage.manifests());
    stage.declare("fresh");
    CHECK(eventually([&] { return stage.live().contains("fresh"); }));
    CHECK(stage.deletes() == 0);
}

TEST_CASE("a daemon whose directory is emptied deletes nothing, and says why") {
    Watching stage;
    stage.clear();
    REQUIRE(eventually([&] { return stage.blocked("empty_source") == 4; }));
    CHECK(stage.look(10));
    CHECK(stage.deletes() == 0);
    CHECK(stage.blocked("empty_source") == 4);
    CHECK(stage.live().size() == 4);
}

TEST_CASE("a daemon whose volume swings to an empty generation deletes nothing") {
    Watching stage(true);
    stage.swing("..two", {});
    REQUIRE(eventually([&] { return stage.blocked("source_error") == 4; }));  // names that lead nowhere
    for (int i = 0; i < 4; ++i) stage.remove("channel_" + std::to_string(i));
    REQUIRE(eventually([&] { return stage.blocked("empty_source") == 4; }));
    CHECK(stage.look(10));
    CHECK(stage.deletes() == 0);
    CHECK(stage.live().size() == 4);
}

TEST_CASE("a daemon deletes nothing while a file is broken, then just what was removed") {
    Watching stage;
    stage.manifest("channel_2.yaml", "nonsense: [");
    stage.remove("channel_3");
    REQUIRE(eventually([&] { return stage.blocked("source_error") == 1; }));
    CHECK(stage.look(10));
    CHECK(stage.deletes() == 0);
    CHECK(stage.live().size() == 4);

    stage.declare("channel_2");
    REQUIRE(eventually([&] { return !stage.live().contains("channel_3"); }));
    REQUIRE(eventually([&] { return stage.in_state("deleting") + stage.in_state("unmanaged") == 0; }));
    CHECK(stage.look(3));
    CHECK(stage.deletes() == 2);
    CHECK(stage.live() == Names{"channel_0", "channel_1", "channel_2"});
    CHECK(stage.blocked("source_error") == 0);
    stage.running->signal(SIGTERM);
    CHECK(stage.running->wait().value_or(-1) == 0);
}

TEST_CASE("a manifest that comes back in time is not deleted") {
    Owner stage;
    stage.reconcile =
        "{drift_interval: 1s, prune: \"on\", deletion_budget: {percent: 100, at_least: 1, delay: 1h}}";
    stage.configure();
    stage.own(4);
    std::string address;
    Process daemon = stage.daemon(address);
    const auto delayed = [&] {
        return Stage::metric(address, "fairway_prune_blocked{project=\"default\",reason=\"delay\"}");
    };
    stage.remove("channel_3");
    REQUIRE(eventually([&] { return delayed() == 1.0; }));
    stage.declare("channel_3");
    REQUIRE(eventually([&] { return delayed() == 0.0; }));
    CHECK(stage.deletes() == 0);
}

TEST_CASE("what was once let go is judged anew when its manifest came back and went again") {
    Watching stage;
    stage.use("channel_0", true);
    stage.remove("channel_0");
    REQUIRE(stage.look(3));
    REQUIRE(eventually([&] { return stage.deletes() > 0; }));  // let go, and refused by the cloud
    CHECK(eventually([&] { return contains(stage.run({"get"}).out, "APIG.3414"); }));
    CHECK(contains(stage.run({"describe", "channel_0"}).out, "APIG.3414"));
    stage.declare("channel_0");
    REQUIRE(eventually([&] { return stage.in_state("in_sync") == 4; }));
    stage.use("channel_0", false);
    const std::size_t before = stage.deletes();

    stage.folder.write("manifests/channel_1.yaml", "garbage: [");
    REQUIRE(eventually([&] {
        return Stage::metric(
                   stage.address, "fairway_source_manifests{source=\"channels\",state=\"invalid\"}"
               ) == 1;
    }));
    stage.remove("channel_0");
    REQUIRE(eventually([&] { return stage.blocked("source_error") >= 1; }));
    CHECK(stage.look(5));
    CHECK(stage.deletes() == before);
    CHECK(stage.live().size() == 4);
}

TEST_CASE("many manifests that are edited one by one, and fast, are one change") {
    DaemonOwner stage;
    stage.reconcile = "{drift_interval: 1s}";
    stage.configure();
    stage.own(10);
    stage.start();
    REQUIRE(eventually([&] { return stage.in_state("in_sync") == 10; }));
    const std::size_t before = stage.writes();
    for (int i = 0; i < 8; ++i) stage.declare("channel_" + std::to_string(i), 8080);
    REQUIRE(eventually([&] { return stage.in_state("out_of_sync") + stage.in_state("in_sync") == 10; }));
    REQUIRE(eventually([&] { return contains(stage.running->err(), "would change at once"); }));
    CHECK(stage.writes() - before <= 3);  // thirty of a hundred, as of every lot
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"get"}, std::vector<std::string>{"describe", "channel_7"}}) {
        CHECK(eventually([&] {
            return contains(stage.run(command).out, "too many channels would change at once");
        }));
    }
    const std::string told = stage.running->err();
    const auto at = told.rfind("fairway approve ");
    REQUIRE(at != std::string::npos);
    REQUIRE(stage.run({"approve", told.substr(at + 16, 16)}).code == 0);
    CHECK(eventually([&] {
        int changed = 0;
        for (const auto& channel : stage.cloud.channels()) changed += channel.port == 8080 ? 1 : 0;
        return changed == 16;
    }));
}

TEST_CASE("a daemon over its budget deletes nothing, and what a person approved goes") {
    Owner stage;
    stage.reconcile = "{drift_interval: 1s, prune: \"on\", deletion_budget: {delay: 0s}}";
    stage.configure();
    stage.own(5);
    std::string address;
    Process daemon = stage.daemon(address);
    stage.remove("channel_4");
    stage.remove("channel_3");
    const auto over = [&] {
        return Stage::metric(address, "fairway_prune_blocked{project=\"default\",reason=\"budget\"}");
    };
    REQUIRE(eventually([&] { return over() == 2.0; }));
    CHECK(stage.deletes() == 0);
    REQUIRE(eventually([&] { return !approval_in(daemon.err()).empty(); }));
    const std::string planned = stage.run({"plan"}).out;
    const std::string id = approval_in(planned);
    CHECK(contains(daemon.err(), id));
    REQUIRE(stage.run({"approve", id}).code == 0);
    CHECK(eventually([&] { return stage.deletes() >= 2; }));  // one channel first, the rest later
    CHECK(eventually([&] { return over() == 0.0; }));
}

}  // namespace
}  // namespace fairway
