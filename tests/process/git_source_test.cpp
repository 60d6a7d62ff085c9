// Manifests from a Git repository, by the real binary and over real servers.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/controller/listener/client.hpp"
#include "tests/manifests/git/servers.hpp"
#include "tests/process/owner.hpp"

namespace fairway {
namespace {

using test::HttpsServer;
using test::Repository;
using test::SshServer;
using Names = std::set<std::string>;

/// The daemon follows the branch main of a repository with two channels, which it owns.
struct Follower : DaemonOwner {
    Follower() {
        first = upstream.push(
            {{"channels/one.yaml", demo("channel_1")}, {"channels/two.yaml", demo("channel_2")}},
            "Add \x1b[31mtwo channels"
        );
        folder.write("password", std::string(HttpsServer::password) + "\n");
        reconcile = generous;
        source = "git: {url: \"" + web.url() +
                 "\", branch: main, path: channels, interval: 1s, ca_file: " + web.ca_file() +
                 ", credentials: {user: " + HttpsServer::user +
                 ", password: {file: " + folder.file("password") + "}}}";
        configure();
    }
    bool logged(const std::string& text) const { return contains(running->err(), text); }

    Repository upstream;
    HttpsServer web{upstream};
    std::string first;
};

TEST_CASE("a push is followed, and history tells the commit, its author and its subject") {
    Follower stage;
    stage.start();
    REQUIRE(eventually([&] { return stage.live() == Names{"channel_1", "channel_2"}; }));
    const auto second = stage.upstream.push(
        {{"channels/three.yaml", Stage::demo("channel_3")}}, "Add the third\n\nbody"
    );
    REQUIRE(eventually([&] { return stage.live().contains("channel_3"); }));
    CHECK(eventually([&] {
        return Stage::metric(
                   stage.address,
                   "fairway_source_revision_info{revision=\"" + second + "\",source=\"channels\"}"
               ) == 1;
    }));
    const auto history = stage.run({"history", "channel_3", "-o", "json"});
    CHECK_MESSAGE(contains(history.out, "\"revision\":\"" + second + "\""), history.out);
    CHECK(contains(history.out, "\"change\":\"Ann Author: Add the third\""));
    CHECK(contains(stage.run({"history", "channel_3"}).out, second.substr(0, 12)));
    const auto described = stage.run({"describe", "channel_1"}).out;
    CHECK_MESSAGE(
        contains(described, stage.first.substr(0, 12) + " (Ann Author: Add ?[31mtwo channels)"),
        described
    );
    CHECK(stage.logged(second));
    CHECK_FALSE(stage.logged(HttpsServer::password));

    stage.upstream.push({{"channels/three.yaml", std::nullopt}}, "Drop the third");
    CHECK(eventually([&] { return stage.live() == Names{"channel_1", "channel_2"}; }));
}

TEST_CASE("whatever becomes of a branch, nothing is deleted but by a commit that descends") {
    Follower stage;
    stage.start();
    REQUIRE(eventually([&] { return stage.live() == Names{"channel_1", "channel_2"}; }));
    const auto held = [&](const std::string& told) {
        CHECK_MESSAGE(eventually([&] { return stage.logged(told); }), stage.running->err());
        const double lists = stage.lists();
        CHECK(eventually([&] { return stage.lists() >= lists + 2; }));
        CHECK(stage.deletes() == 0);
    };
    // Rewritten without a channel.
    const auto other = stage.upstream.commit_tree(stage.upstream.tree(
        {{"40000",
          stage.upstream.tree({{"100644", stage.upstream.blob(Stage::demo("channel_1")), "one.yaml"}}),
          "channels"}}
    ));
    stage.upstream.move("main", other);
    held(other + " does not descend from " + stage.first);
    stage.upstream.move("main", stage.first);
    CHECK(eventually([&] { return stage.logged("source can be read again"); }));
    // Deleted.
    stage.upstream.git({"update-ref", "-d", "refs/heads/main"});
    held("there is no such branch main (any more)");
    stage.upstream.move("main", stage.first);
    // Without the path.
    stage.upstream.push(
        {{"channels/one.yaml", std::nullopt}, {"channels/two.yaml", std::nullopt}, {"x", "x"}}
    );
    held("path channels does not exist in commit");
    // With an empty path.
    stage.upstream.push({{"channels/.gitkeep", "x"}});
    held("no manifests found");
    // Down.
    stage.web.stop();
    held("connect to server");
}

TEST_CASE("a daemon that follows a repository lives through a reload, and ends well") {
    Follower stage;
    stage.start();
    REQUIRE(eventually([&] { return stage.live() == Names{"channel_1", "channel_2"}; }));
    stage.running->signal(SIGHUP);
    REQUIRE(eventually([&] { return stage.logged("reloading"); }));
    stage.upstream.push({{"channels/three.yaml", Stage::demo("channel_3")}});
    CHECK(eventually([&] { return stage.live().contains("channel_3"); }));
    stage.running->signal(SIGTERM);
    CHECK(stage.running->wait() == 0);
}

TEST_CASE("commands without -f ask the Git server once") {
    Follower stage;
    const auto applied = stage.run({"apply", "--yes"});
    CHECK_MESSAGE(applied.code == 0, applied.err);
    CHECK(stage.live() == Names{"channel_1", "channel_2"});
    CHECK(stage.run({"validate"}).code == 0);
    CHECK(stage.run({"plan", "--detailed-exitcode"}).code == 0);
    const auto checked = stage.run({"check"});
    CHECK_MESSAGE(contains(checked.out, "2 channels in 2 files of commit " + stage.first), checked.out);
    stage.web.stop();
    const auto down = stage.run({"plan"});
    CHECK(down.code == 7);
    CHECK_MESSAGE(contains(down.err, "source channels: fetch branch main of https://"), down.err);
    CHECK(stage.run({"check"}).code == 7);
}

/// The same, but the server is asked once in a day, unless it tells of news.
struct Told : Follower {
    Told() {
        canaries.push_back({"the secret of the webhook", secret});
        canaries.push_back({"its successor", rotated});
        folder.write("hook", std::string(secret) + "\n");
        const std::string usual = "interval: 1s";
        source.replace(
            source.find(usual), usual.size(), "interval: 24h, webhook: {secret: {file: hook}}"
        );
        server += ", token: {file: " + folder.file("token") + "}";
        folder.write("token", "0123456789abcdef\n");
        reconcile = "{drift_interval: 1h}";
        configure();
    }
    /// The status of the answer.
    std::string post(const std::string& name, const std::string& token) const {
        const auto port = address.substr(address.rfind(':') + 1);
        test::Client client(static_cast<std::uint16_t>(std::stoi(port)));
        client.send(
            "POST /webhook/" + name +
            " HTTP/1.1\r\nHost: fairway.example.org\r\nX-Gitlab-Event: Push Hook\r\n" +
            "X-Gitlab-Token: " + token + "\r\nContent-Length: 13\r\n\r\n{\"ref\":\"any\"}"
        );
        return test::status(client.reply());
    }
    std::size_t told() const {
        const std::string log = running->err(), line = "msg=\"told of news\" source=channels";
        std::size_t count = 0;
        for (auto at = log.find(line); at != std::string::npos; at = log.find(line, at + 1)) ++count;
        return count;
    }
    bool has(const std::set<std::string>& names) const {
        return eventually([&] { return live() == names; });
    }

    static constexpr const char *secret = "canary-of-a-webhook", *rotated = "canary-that-was-rotated";
};

TEST_CASE("a push that a webhook tells of is followed at once, and a rotated secret is taken over") {
    Told stage;
    stage.start();
    REQUIRE(stage.has({"channel_1", "channel_2"}));
    stage.upstream.push({{"channels/three.yaml", Stage::demo("channel_3")}});
    CHECK(stage.post("channels", "canary-of-another") == "403");
    CHECK(stage.post("others", Told::secret) == "404");
    CHECK(stage.told() == 0);
    CHECK(stage.live() == Names{"channel_1", "channel_2"});
    CHECK(stage.post("channels", Told::secret) == "202");
    REQUIRE(stage.has({"channel_1", "channel_2", "channel_3"}));
    CHECK(stage.told() == 1);

    stage.folder.write("hook", std::string(Told::rotated) + "\n");
    REQUIRE(eventually([&] { return stage.post("channels", Told::secret) == "403"; }));
    stage.upstream.push({{"channels/four.yaml", Stage::demo("channel_4")}});
    CHECK(eventually([&] { return stage.post("channels", Told::rotated) == "202"; }));
    CHECK(stage.has({"channel_1", "channel_2", "channel_3", "channel_4"}));
}

TEST_CASE("a daemon reads a repository over ssh") {
    Follower stage;
    SshServer server;
    stage.source = "git: {url: \"" + server.url(stage.upstream) +
                   "\", branch: main, path: channels, interval: 1s, key_file: " + server.identity() +
                   ", known_hosts: " + server.known_hosts() + "}";
    stage.configure();
    stage.start();
    REQUIRE(eventually([&] { return stage.live() == Names{"channel_1", "channel_2"}; }));
}

}  // namespace
}  // namespace fairway
