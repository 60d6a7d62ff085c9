// What a person tells Fairway beside the manifests, and a store that is not the one it was.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "tests/process/owner.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;

/// A daemon that looks of itself once an hour.
struct Steered : DaemonOwner {
    Steered() {
        own(2);
        start();
        REQUIRE(eventually([&] { return in_state("in_sync") == 2; }));
    }
    int port_of(const std::string& name) const { return cloud.channels_named(name).front().port; }
    void drift(const std::string& name) {
        for (const auto& channel : cloud.channels_named(name))
            cloud.change(channel.id, [](apic_simulator::Channel& one) { one.port = 99; });
    }
};

TEST_CASE("the daemon's socket is for its owner alone") {
    Steered stage;
    struct stat found {};
    REQUIRE(stat(stage.folder.file("fairway.sock").c_str(), &found) == 0);
    CHECK(S_ISSOCK(found.st_mode));
    CHECK((found.st_mode & 0777) == 0600);
    stage.running->signal(SIGTERM);
    CHECK(stage.running->wait().value_or(-1) == 0);
    CHECK_FALSE(fs::exists(stage.folder.file("fairway.sock")));
}

TEST_CASE("reconcile lets the daemon look now, at one channel or at all") {
    Steered stage;
    stage.drift("channel_0");
    stage.drift("channel_1");
    CHECK(stage.run({"reconcile", "channel_0"}).code == 0);
    CHECK(eventually([&] { return stage.port_of("channel_0") == 22; }));
    CHECK(stage.port_of("channel_1") == 99);
    CHECK(stage.run({"reconcile"}).code == 0);
    CHECK(eventually([&] { return stage.port_of("channel_1") == 22; }));
    const auto unknown = stage.run({"reconcile", "nobody"});
    CHECK(unknown.code == 3);
    CHECK(contains(unknown.err, "no channel that is known has this name"));
}

TEST_CASE("without a daemon reconcile says what to do instead") {
    Owner stage;
    const auto alone = stage.run({"reconcile"});
    CHECK(alone.code == 1);
    CHECK(contains(alone.err, "fairway apply"));
}

TEST_CASE("a daemon leaves alone what a person suspended, until it is resumed") {
    Steered stage;
    REQUIRE(stage.run({"suspend", "channel_0", "--reason", "a freeze"}).code == 0);
    REQUIRE(eventually([&] { return stage.in_state("suspended") == 1; }));
    const auto shown = stage.run({"get"});
    CAPTURE(shown.out);
    CHECK(contains(shown.out, "Suspended"));
    CHECK(contains(shown.out, "a freeze"));

    const std::size_t writes = stage.writes();
    stage.declare("channel_0", 8080);
    stage.declare("channel_1", 8080);
    REQUIRE(eventually([&] { return stage.port_of("channel_1") == 8080; }));
    const double lists = stage.lists();
    CHECK(stage.run({"reconcile", "channel_0"}).code == 0);
    CHECK(stage.run({"reconcile"}).code == 0);
    REQUIRE(eventually([&] { return stage.lists() > lists; }));
    CHECK(stage.port_of("channel_0") == 22);
    CHECK(stage.writes() == writes + 1);

    REQUIRE(stage.run({"resume", "channel_0"}).code == 0);
    CHECK(eventually([&] { return stage.port_of("channel_0") == 8080; }));
    CHECK(eventually([&] { return stage.in_state("suspended") == 0; }));
}

TEST_CASE("a suspension outlives the daemon, and apply heeds it") {
    Owner stage;
    stage.own(2);
    REQUIRE(stage.run({"suspend", "default/channel_0", "--reason", "a freeze"}).code == 0);
    CHECK(contains(stage.run({"get"}).out, "Suspended"));
    stage.declare("channel_0", 8080);
    const std::size_t writes = stage.writes();
    const auto applied = stage.run({"apply", "--yes"});
    CAPTURE(applied.out);
    CHECK(applied.code == 0);
    CHECK(contains(applied.out, "left alone: suspended: a freeze"));
    stage.remove("channel_0");  // nor is it deleted
    CHECK(stage.prune().code == 0);
    CHECK(stage.writes() == writes);
    stage.declare("channel_0", 8080);
    {
        std::string address;
        Process daemon = stage.daemon(address);
        REQUIRE(eventually([&] {
            return Stage::metric(address, "fairway_channels{project=\"default\",state=\"suspended\"}") ==
                   1.0;
        }));
        daemon.signal(SIGTERM);
        CHECK(daemon.wait().value_or(-1) == 0);
    }
    CHECK(stage.writes() == writes);
    REQUIRE(stage.run({"resume", "channel_0"}).code == 0);
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    CHECK(stage.cloud.channels_named("channel_0").front().port == 8080);
}

TEST_CASE("a suspension for a time ends by itself") {
    Owner stage;
    stage.own(1);
    stage.declare("channel_0", 8080);
    REQUIRE(stage.run({"suspend", "channel_0", "--for", "100ms"}).code == 0);
    CHECK(eventually([&] {
        return stage.run({"apply", "--yes"}).code == 0 &&
               stage.cloud.channels_named("channel_0").front().port == 8080;
    }));
}

/// What the store's folder holds, kept and put back as people do who restore a backup of the database.
struct Backup {
    explicit Backup(const Owner& stage)
        : file(stage.folder.file("state/fairway.db")), copy(stage.folder.file("fairway.db.copy")) {
        fs::copy_file(file, copy);
    }
    void put_back() const {
        fs::copy_file(copy, file, fs::copy_options::overwrite_existing);
        fs::remove(file + "-wal");
        fs::remove(file + "-shm");
    }
    std::string file, copy;
};

TEST_CASE("an older copy of the store writes nothing until a person approves it") {
    Owner stage;
    stage.own(5);
    const Backup backup(stage);
    stage.declare("later");
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    backup.put_back();

    stage.declare("channel_0", 8080);
    stage.declare("fresh");
    stage.remove("channel_4");
    const std::size_t writes = stage.writes();
    for (int again = 0; again < 2; ++again) {  // opening it once does not make it the right one
        const auto refused = stage.prune();
        CAPTURE(refused.out);
        CHECK(refused.code == 5);
        CHECK(contains(refused.out + refused.err, "older copy"));
        CHECK(stage.writes() == writes);
    }
    const std::string id = approval_in(stage.prune().out);
    REQUIRE(id.size() == 16);
    const auto planned = stage.run({"plan", "--prune", "--detailed-exitcode"});
    CAPTURE(planned.out);
    CHECK(planned.code == 5);
    CHECK(contains(planned.out, "warning: the store was an older copy"));
    CHECK(approval_in(planned.out) == id);
    CHECK_FALSE(contains(planned.out, "to create"));
    REQUIRE(stage.run({"approve", id}).code == 0);
    stage.remove("later");  // which this store does not know
    const auto applied = stage.prune();
    CAPTURE(applied.out);
    CHECK(applied.code == 0);
    CHECK(stage.cloud.channels_named("channel_0").front().port == 8080);
    CHECK(stage.live().contains("fresh"));
    CHECK(stage.live().contains("later"));  // not ours any more
    CHECK_FALSE(stage.live().contains("channel_4"));
}

TEST_CASE("a daemon over an older copy only looks, until a person approves it") {
    Owner stage;
    stage.own(2);
    const Backup backup(stage);
    stage.declare("channel_0", 8080);
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    backup.put_back();
    stage.declare("channel_1", 8080);
    const std::size_t writes = stage.writes();
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return !approval_in(daemon.err()).empty(); }));
    REQUIRE(eventually([&] {
        return Stage::metric(
                   address, "fairway_list_passes_total{project=\"default\",result=\"complete\"}"
               )
                   .value_or(0) >= 1;
    }));
    CHECK(stage.writes() == writes);
    REQUIRE(stage.run({"approve", approval_in(daemon.err())}).code == 0);
    CHECK(eventually([&] { return stage.cloud.channels_named("channel_1").front().port == 8080; }));
}

TEST_CASE("a name that nobody knows ends with 3 and with what was probably meant, everywhere") {
    Owner stage;
    stage.own(2);
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"suspend", "chanel_1"},
             {"resume", "chanel_1"},
             {"history", "chanel_1"},
             {"export", "chanel_1"}}) {
        CAPTURE(words.front());
        const auto ended = stage.run(words);
        CAPTURE(ended.err);
        CHECK(ended.code == 3);
        CHECK(contains(ended.err, "did you mean channel_1?"));
    }
    CHECK(stage.run({"history", "channel_1"}).code == 0);
    stage.declare("fresh");  // declared, and nothing was done yet
    CHECK(stage.run({"history", "fresh"}).code == 0);
    CHECK(stage.run({"suspend", "fresh"}).code == 0);
    stage.remove("fresh");
    CHECK(stage.run({"resume", "fresh"}).code == 0);
    CHECK(stage.run({"resume", "fresh"}).code == 3);
}

TEST_CASE("an approval of what nothing is refused by does not go unnoticed") {
    Owner stage;
    stage.own(6);
    stage.remove("channel_4");
    stage.remove("channel_5");
    const std::string id = approval_in(stage.prune().out);
    REQUIRE(id.size() == 16);
    const auto other = stage.run({"approve", "0123456789abcdef"});
    CHECK(other.code == 0);
    CHECK(contains(other.err, "refused by this id now"));
    CHECK_FALSE(contains(other.out, "what the refusal named"));
    const auto right = stage.run({"approve", id});
    CHECK(right.code == 0);
    CHECK(right.err.empty());
    CHECK(contains(right.out, "for just what the refusal named"));
    CHECK(stage.run({"plan", "--prune"}).code == 0);  // and uses nothing up
    CHECK(stage.prune().code == 0);
}

TEST_CASE("get says what becomes of a channel whose manifest is gone, with a daemon and without") {
    Owner stage;
    stage.own(3);
    stage.remove("channel_2");
    CHECK(contains(stage.run({"get"}).out, "the manifest is gone; to delete it: fairway apply --prune"));
    std::string address;
    {
        const Process daemon = stage.daemon(address);
        CHECK(contains(stage.run({"get"}).out, "the manifest is gone; the daemon deletes nothing"));
    }
    stage.reconcile = "{drift_interval: 1h, prune: \"on\"}";
    stage.configure();
    const Process daemon = stage.daemon(address);
    CHECK(contains(stage.run({"get"}).out, "the manifest is gone; the daemon deletes it when"));
}

TEST_CASE("a store that was used with another cloud writes nothing until a person approves it") {
    Owner stage;
    stage.own(2);
    const apic_simulator::Simulator other;
    stage.folder.write("other.pem", other.ca_pem());
    stage.endpoint = other.url();
    stage.ca_file = stage.folder.file("other.pem");
    stage.configure();
    stage.declare("fresh");
    const auto writes = [&] {
        std::size_t count = 0;
        for (const auto& entry : other.audit()) count += entry.method == "GET" ? 0 : 1;
        return count;
    };
    const auto refused = stage.run({"apply", "--yes"});
    CAPTURE(refused.out);
    CHECK(refused.code == 5);
    CHECK(contains(refused.out, "project \"default\" was at " + stage.cloud.url()));
    CHECK(writes() == 0);
    const std::string id = approval_in(refused.out);
    REQUIRE(id.size() == 16);
    REQUIRE(stage.run({"approve", id}).code == 0);
    const auto applied = stage.run({"apply", "--yes"});
    CAPTURE(applied.out);
    CHECK(applied.code == 0);
    CHECK(other.channels_named("fresh").size() == 2);
}

TEST_CASE("a store is not used for another cloud project under the same name") {
    Owner stage;
    stage.own(1);
    std::ifstream in(stage.folder.file("fairway.yaml"));
    std::string text{std::istreambuf_iterator<char>(in), {}};
    text.replace(text.find("b60f05ad"), 8, "b60f05ae");
    stage.folder.write("fairway.yaml", text);
    const std::size_t writes = stage.writes();
    for (const std::string command : {"apply", "run"}) {
        CAPTURE(command);
        const auto refused = stage.run({command});
        CHECK(refused.code != 0);
        CHECK(contains(refused.err, "73d69ae0cfcf460190522d06b60f05ad"));
        CHECK(contains(refused.err, "73d69ae0cfcf460190522d06b60f05ae"));
    }
    CHECK(stage.writes() == writes);
}

}  // namespace
}  // namespace fairway
