// The Git source over a real sshd.
#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "tests/manifests/git/followed.hpp"

using namespace fairway;
using namespace std::chrono_literals;
using test::Followed;
using test::has;
using test::manifest;
using test::names;
using test::Repository;
using test::SshServer;
using Names = std::vector<std::string>;
namespace fs = std::filesystem;

namespace {

struct Stage : Followed {
    Stage() {
        first = upstream.push({{"channels/a.yaml", manifest("VPC_a")}}, "Add a");
        options.url = server.url(upstream);
        options.path = "channels";
        options.key_file = server.identity();
        options.known_hosts = server.known_hosts();
    }

    std::string mirror() const { return here.file("git/channels/mirror.git"); }
    /// Bytes on disk below the mirror.
    std::uintmax_t size() const {
        std::uintmax_t bytes = 0;
        for (const auto& entry : fs::recursive_directory_iterator(mirror()))
            if (entry.is_regular_file()) bytes += entry.file_size();
        return bytes;
    }

    SshServer server;
};

TEST_CASE("what is pushed comes, and nothing else is asked for") {
    Stage stage;
    const auto one = stage.good();
    CHECK(one->version == stage.first);
    CHECK(names(*one) == Names{"VPC_a"});
    CHECK(stage.good() == one);

    const auto second = stage.upstream.push({{"channels/b.yaml", manifest("VPC_b")}}, "Add b");
    const auto two = stage.good();
    CHECK(two->version == second);
    CHECK(two->change == "Ann Author: Add b");
    CHECK(names(*two) == Names{"VPC_a", "VPC_b"});
    CHECK(stage.reader().counts().reads == 2);

    stage.restart();
    CHECK(stage.good()->version == second);
    const fs::perms all = fs::status(stage.here.file("git/channels")).permissions();
    CHECK((all & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none);
}

TEST_CASE("a branch that was rewritten is refused, also after a restart and with a new mirror") {
    Stage stage;
    stage.good();
    const auto second = stage.upstream.push({{"channels/b.yaml", manifest("VPC_b")}});
    stage.good();
    stage.upstream.move("main", stage.first);
    const auto other = stage.upstream.push({{"channels/c.yaml", manifest("VPC_c")}});
    for (int round = 0; round < 3; ++round) {
        CAPTURE(round);
        const auto trouble = stage.trouble();
        CHECK_MESSAGE(has(trouble, other + " does not descend from " + second), trouble);
        CHECK(has(trouble, "set allow_rewind: true"));
        stage.restart();
        if (round == 1) fs::remove_all(stage.mirror());
    }
    // A commit that descends from what was accepted is the other way out.
    stage.upstream.move("main", second);
    const auto third = stage.upstream.push({{"channels/d.yaml", manifest("VPC_d")}});
    CHECK(stage.good()->version == third);
}

TEST_CASE("a branch that went back, or has another history, is taken where that is allowed") {
    Stage stage;
    stage.good();
    stage.upstream.push({{"channels/b.yaml", manifest("VPC_b")}});
    stage.good();
    stage.upstream.move("main", stage.first);
    CHECK(has(stage.trouble(), "was rewritten"));
    const auto unrelated = stage.upstream.commit_tree(
        stage.upstream.git({"rev-parse", stage.first + "^{tree}"}), {}, "another root"
    );
    stage.options.allow_rewind = true;
    stage.restart();
    CHECK(stage.good()->version == stage.first);
    stage.upstream.move("main", unrelated);
    CHECK(stage.good()->version == unrelated);
    stage.options.allow_rewind = false;
    stage.restart();
    CHECK(stage.good()->version == unrelated);
}

TEST_CASE("a branch that is deleted or renamed is an error until it is back") {
    Stage stage;
    stage.good();
    stage.upstream.git({"branch", "-m", "main", "trunk"});
    const auto trouble = stage.trouble();
    CHECK_MESSAGE(has(trouble, "there is no such branch main (any more)"), trouble);
    CHECK(has(trouble, "nothing is deleted"));
    stage.upstream.git({"branch", "-m", "trunk", "main"});
    CHECK(stage.good()->version == stage.first);
}

TEST_CASE("the server's default branch is not asked for") {
    Stage stage;
    stage.good();
    stage.upstream.push({{"channels/x.yaml", manifest("VPC_x")}}, "elsewhere", "other");
    stage.upstream.git({"symbolic-ref", "HEAD", "refs/heads/other"});
    CHECK(stage.good()->version == stage.first);
}

TEST_CASE("a tag is followed where it moves forward") {
    Stage stage;
    stage.options.follow = GitOptions::Follow::tag;
    stage.options.name = "live";
    stage.upstream.git({"tag", "-a", "-m", "first", "live", stage.first});
    CHECK(stage.good()->version == stage.first);
    const auto second = stage.upstream.push({{"channels/b.yaml", manifest("VPC_b")}});
    stage.upstream.git({"tag", "-f", "live", second});
    CHECK(stage.good()->version == second);
    stage.upstream.git({"tag", "-f", "live", stage.first});
    CHECK(has(stage.trouble(), "tag live of"));
    CHECK(has(stage.trouble(), "was rewritten"));
}

TEST_CASE("one commit stays what it is, without asking again") {
    Stage stage;
    stage.options.follow = GitOptions::Follow::commit;
    stage.options.name = stage.first;
    stage.upstream.push({{"channels/b.yaml", manifest("VPC_b")}});
    CHECK(names(*stage.good()) == Names{"VPC_a"});
    stage.server.stop();
    stage.restart();
    CHECK(stage.good()->version == stage.first);
}

TEST_CASE("a path that is missing at a new commit is an error; an earlier commit is still accepted") {
    Stage stage;
    stage.good();
    stage.upstream.push({{"channels/a.yaml", std::nullopt}, {"moved/a.yaml", manifest("VPC_a")}});
    CHECK(has(stage.trouble(), "path channels does not exist in commit"));
    stage.upstream.push({{"channels/a.yaml", manifest("VPC_a")}});
    CHECK(names(*stage.good()) == Names{"VPC_a"});
}

TEST_CASE("a server that is down is an error, and is used again when it is back") {
    Stage stage;
    stage.good();
    stage.server.stop();
    CHECK(has(stage.trouble(), "Connection refused"));
    stage.server.start();
    CHECK(stage.good()->version == stage.first);
}

TEST_CASE("another host key is refused") {
    Stage stage;
    stage.good();
    stage.server.change_host_key();
    const auto trouble = stage.trouble();
    CHECK_MESSAGE(has(trouble, "the server shows another host key than known_hosts names"), trouble);
    TempDir empty;
    stage.options.known_hosts = empty.write("none", "");
    stage.restart();
    CHECK(has(stage.trouble(), "another host key"));
}

TEST_CASE("a key that the server does not know is refused at once, without a prompt") {
    Stage stage;
    stage.options.key_file = stage.server.other_identity();
    const auto began = std::chrono::steady_clock::now();
    const auto trouble = stage.trouble();
    CHECK_MESSAGE(has(trouble, "the server refused our credentials"), trouble);
    CHECK(std::chrono::steady_clock::now() - began < 20s);
}

TEST_CASE("a server that says nothing more is given up in time") {
    Stage stage;
    stage.server.force("sleep 100");
    stage.options.timeout = 1s;
    const auto began = std::chrono::steady_clock::now();
    CHECK(has(stage.trouble(), "took longer than timeout, 1000ms"));
    CHECK(std::chrono::steady_clock::now() - began < 20s);
    stage.server.force("");
    stage.options.timeout = 30s;
    stage.restart();
    CHECK(stage.good()->version == stage.first);
}

TEST_CASE("a fetch is ended at once when we stop") {
    Stage stage;
    stage.server.force("sleep 100");
    std::thread other([&] {
        std::this_thread::sleep_for(300ms);
        stage.stop.raise();
    });
    const auto began = std::chrono::steady_clock::now();
    const auto result = stage.reader().read();
    other.join();
    REQUIRE_FALSE(result);
    CHECK(result.error().cls() == ErrorClass::cancelled);
    CHECK(std::chrono::steady_clock::now() - began < 10s);
}

TEST_CASE("an answer that breaks off or is nonsense is an error, and leaves nothing behind") {
    Stage stage;
    stage.good();
    const auto size = stage.size();
    std::string noise;
    for (int i = 0; i < 20'000; ++i) noise += std::to_string(i * 7919);
    stage.upstream.push({{"channels/b.yaml", manifest("VPC_b")}, {"noise", noise}});
    stage.options.timeout = 3s;  // some of these keep the connection open and say nothing more
    const std::string pack = "git-upload-pack '" + stage.upstream.path() + "'";
    for (const std::string& command :
         {pack + " | head -c 1500", pack + " | head -c 5000", std::string("echo hello"),
          std::string("true"), pack + " | tr d e", std::string("printf '0008NAK\\\\n'")}) {
        CAPTURE(command);
        stage.server.force(command);
        stage.restart();
        const auto result = stage.reader().read();
        CHECK_FALSE(result);
        CHECK(stage.size() <= size + 4096);
    }
    stage.server.force("");
    stage.options.timeout = 30s;
    stage.restart();
    CHECK(names(*stage.good()) == Names{"VPC_a", "VPC_b"});
}

TEST_CASE("a repository that is larger than max_size is not kept") {
    Stage stage;
    stage.options.max_size = 1024 * 1024;
    CHECK(stage.good()->version == stage.first);
    std::string noise(3 * 1024 * 1024, '\0');
    std::uint64_t state = 1;
    for (char& byte : noise) byte = static_cast<char>((state = state * 6364136223846793005u + 1) >> 56);
    stage.upstream.push({{"large", noise}});
    const auto trouble = stage.trouble();
    CHECK_MESSAGE(has(trouble, "is larger than max_size_mib, 1"), trouble);
    CHECK(stage.size() < 100'000);
    stage.options.max_size = 16 * 1024 * 1024;
    stage.restart();
    CHECK(names(*stage.good()) == Names{"VPC_a"});
}

TEST_CASE("a mirror that was damaged is made anew") {
    Stage stage;
    stage.good();
    const auto each = [&](const std::string& part, const auto& harm) {
        std::vector<fs::path> files;
        for (const auto& entry : fs::recursive_directory_iterator(stage.mirror() + part))
            if (entry.is_regular_file()) files.push_back(entry.path());
        REQUIRE_FALSE(files.empty());
        for (const auto& file : files) {
            fs::permissions(file, fs::perms::owner_all);
            harm(file);
        }
    };
    const auto empty = [](const fs::path& file) { fs::resize_file(file, 0); };
    const auto scramble = [](const fs::path& file) {
        std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(20);
        bytes << "scrambled, all of it, from here to there and everywhere around";
    };
    const auto remove = [](const fs::path& file) { fs::remove(file); };
    const std::vector<std::function<void()>> harms{
        [&] { each("/objects/pack", empty); },   [&] { each("/objects/pack", scramble); },
        [&] { each("/objects/pack", remove); },  [&] { each("/refs", scramble); },
        [&] { each("/refs", empty); },           [&] { fs::remove_all(stage.mirror() + "/objects"); },
        [&] { fs::remove_all(stage.mirror()); }, [&] { fs::remove(stage.mirror() + "/HEAD"); },
    };
    for (std::size_t i = 0; i < harms.size(); ++i) {
        CAPTURE(i);
        harms[i]();
        const auto next = stage.upstream.push({{"channels/a.yaml", manifest("VPC_a", 100 + int(i))}});
        const bool restarted = i % 2 == 0;
        if (restarted) stage.restart();
        CHECK(stage.good()->version == next);
    }
}

TEST_CASE("what a killed process left in the mirror is no hindrance") {
    Stage stage;
    stage.good();
    for (const char* name :
         {"/shallow.lock", "/refs/fairway/next.lock", "/packed-refs.lock", "/config.lock",
          "/objects/pack/tmp_pack_abc", "/objects/pack/pack-1.keep"})
        std::ofstream(stage.mirror() + name) << "x";
    stage.upstream.push({{"channels/b.yaml", manifest("VPC_b")}});
    stage.restart();
    CHECK(names(*stage.good()) == Names{"VPC_a", "VPC_b"});
    CHECK_FALSE(fs::exists(stage.mirror() + "/objects/pack/tmp_pack_abc"));
}

TEST_CASE("a mirror's own configuration and hooks run nothing") {
    Stage stage;
    stage.good();
    const std::string mark = stage.here.file("pwned");
    std::ofstream(stage.mirror() + "/config")
        << "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tfsmonitor = touch " << mark
        << "\n\tsshCommand = touch " << mark << "\n[gc]\n\tauto = 1\n[alias]\n\tfetch = !touch " << mark
        << "\n[include]\n\tpath = /nowhere\n[uploadpack]\n\tpackObjectsHook = touch " << mark << "\n";
    fs::create_directories(stage.mirror() + "/hooks");
    for (const char* hook : {"post-checkout", "reference-transaction", "post-merge", "pre-auto-gc"}) {
        const std::string file = stage.mirror() + "/hooks/" + hook;
        std::ofstream(file) << "#!/bin/sh\ntouch " << mark << "\n";
        chmod(file.c_str(), 0755);
    }
    stage.upstream.push({{"channels/b.yaml", manifest("VPC_b")}});
    CHECK(names(*stage.good()) == Names{"VPC_a", "VPC_b"});
    stage.restart();
    stage.good();
    CHECK_FALSE(fs::exists(mark));
    CHECK_FALSE(
        has(test::Repository().git({"config", "-f", stage.mirror() + "/config", "--list"}), "alias")
    );
}

TEST_CASE("trees with names that would harm a checkout do not get in") {
    for (const char* name : {".git", ".GIT", "git~1", ".."}) {
        CAPTURE(name);
        Stage stage;
        stage.good();
        const auto inner = stage.upstream.tree({{"100644", stage.upstream.blob("[core]\n"), "config"}});
        const auto folder = stage.upstream.tree(
            {{"40000", inner, name}, {"100644", stage.upstream.blob(manifest("VPC_b")), "b.yaml"}}
        );
        const auto root = stage.upstream.tree({{"40000", folder, "channels"}});
        stage.upstream.move("main", stage.upstream.commit_tree(root, {stage.first}));
        const auto result = stage.reader().read();
        CHECK_FALSE(result);
    }
}

TEST_CASE("a mirror that somebody else could write to, or has in use, is not used") {
    Stage stage;
    stage.good();
    GitReader second("channels", stage.options, {}, stage.stop);
    const auto held = second.read();
    REQUIRE_FALSE(held);
    CHECK(has(held.error().what(), "is in use by another Fairway"));
    second.allow_temporary();
    CHECK(second.read());
    stage.restart();
    fs::permissions(stage.options.folder, fs::perms::all);
    CHECK(has(stage.trouble(), "is not a directory of our user alone"));
}

TEST_CASE("many fetches do not fill the mirror with packs") {
    Stage stage;
    for (int i = 0; i < 25; ++i) {
        stage.upstream.push({{"channels/a.yaml", manifest("VPC_a", 1000 + i)}});
        stage.good();
    }
    std::size_t packs = 0;
    for (const auto& entry : fs::directory_iterator(stage.mirror() + "/objects/pack"))
        packs += entry.path().extension() == ".pack" ? 1 : 0;
    CHECK(packs < 20);
    stage.upstream.move("main", stage.first);
    CHECK(has(stage.trouble(), "was rewritten"));
}

TEST_CASE("a full disk is told, and used again when it has room") {
    Stage stage;
    const std::string disk = stage.here.file("git");
    fs::create_directory(disk);
    if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=1m,mode=0700") != 0) {
        MESSAGE("skipped: no file system can be mounted here");
        return;
    }
    struct Unmount {
        std::string path;
        ~Unmount() { umount2(path.c_str(), MNT_DETACH); }
    } const unmount{disk};
    stage.good();
    std::ofstream(disk + "/fill") << std::string(1024 * 1024, 'x');
    std::string noise(200'000, '\0');
    std::uint64_t state = 1;
    for (char& byte : noise) byte = static_cast<char>((state = state * 6364136223846793005u + 1) >> 56);
    stage.upstream.push({{"channels/b.yaml", manifest("VPC_b")}, {"noise", noise}});
    const auto trouble = stage.trouble();
    CHECK_MESSAGE(has(trouble, "the disk is full"), trouble);
    fs::remove(disk + "/fill");
    CHECK(names(*stage.good()) == Names{"VPC_a", "VPC_b"});
    stage.restart();
}

}  // namespace
