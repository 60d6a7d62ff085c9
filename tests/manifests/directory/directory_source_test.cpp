#include "manifests/directory/directory_source.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>

#include "tests/manifests/directory/tree.hpp"
#include "tests/support/run_task.hpp"

using namespace fairway;
using namespace std::chrono_literals;
using test::manifest;
using test::names;
using test::port_of;
using test::Tree;
namespace asio = boost::asio;
namespace fs = std::filesystem;
using Names = std::vector<std::string>;

namespace {

/// A source on a loop of its own, watching `path`.
struct Watched {
    explicit Watched(const std::string& path, DirectoryOptions options = quiet()) {
        source.emplace(
            "channels", std::vector<std::string>{path}, ManifestContext{}, loop.get_executor(), options,
            [this](const std::string& text) { warnings.push_back(text); }
        );
    }
    /// Looks are due after events only.
    static DirectoryOptions quiet() {
        DirectoryOptions options;
        options.scan_interval = std::chrono::hours(1);
        return options;
    }

    Result<SnapshotPtr> load() { return run_task(loop, source->load()); }
    SnapshotPtr good() {
        auto result = load();
        if (!result) FAIL(result.error().what());
        return *result;
    }
    /// Whether changed() returns within the limit, which is generous where it should.
    bool changes(std::chrono::milliseconds limit = 20s) {
        asio::cancellation_signal stop;
        bool done = false, returned = false;
        asio::co_spawn(
            loop, source->changed(),
            asio::bind_cancellation_slot(
                stop.slot(),
                [&](std::exception_ptr thrown) {
                    done = true;
                    returned = thrown == nullptr;
                }
            )
        );
        asio::steady_timer timer(loop, limit);
        timer.async_wait([&](const boost::system::error_code& error) {
            if (!error) stop.emit(asio::cancellation_type::terminal);
        });
        loop.restart();
        while (!done && loop.run_one() > 0) {
        }
        timer.cancel();
        loop.poll();
        return returned;
    }
    /// Loads after each change until `right` says so of the snapshot; false when no change comes any
    /// more.
    template <class Right>
    bool becomes(Right right) {
        for (int i = 0; i < 1000; ++i) {
            if (!changes()) return false;
            auto result = load();
            if (right(result)) return true;
        }
        return false;
    }
    bool becomes_names(const Names& expected) {
        return becomes([&](const auto& result) { return result && names(**result) == expected; });
    }

    asio::io_context loop;
    std::vector<std::string> warnings;
    std::optional<DirectorySource> source;
};

}  // namespace

TEST_CASE("the first change is there at once, and load() says what there is") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    Watched watched(tree.path());
    CHECK(watched.changes());
    const auto snapshot = watched.good();
    CHECK(names(*snapshot) == Names{"chan_a"});
    CHECK(snapshot->source == "channels");
    CHECK(watched.warnings.empty());
}

TEST_CASE("without news the same snapshot comes without a look at the disk") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    Watched watched(tree.path());
    const auto first = watched.good();
    const auto counts = watched.source->counts();
    CHECK(watched.good() == first);
    CHECK(watched.source->counts().stats == counts.stats);
    CHECK_FALSE(watched.changes(20ms));
}

TEST_CASE("an edit among a thousand files costs a look at that file") {
    Tree tree;
    for (int i = 0; i < 1000; ++i) {
        tree.write("c" + std::to_string(i) + ".yaml", manifest("chan_" + std::to_string(i)));
    }
    Watched watched(tree.path());
    watched.good();
    const auto before = watched.source->counts();
    SUBCASE("in place") {
        tree.write("c5.yaml", manifest("chan_5", 81));
    }
    SUBCASE("by renaming") {
        tree.replace("c5.yaml", manifest("chan_5", 81));
    }
    CHECK(watched.changes());
    CHECK(port_of(*watched.good(), "chan_5") == 81);
    const auto after = watched.source->counts();
    CHECK(after.full_looks == before.full_looks);
    CHECK(after.stats == before.stats + 1);
    CHECK(after.reads == before.reads + 1);
    CHECK(after.parses == before.parses + 1);
}

TEST_CASE("among very many files an edit is looked at alone as well, only not on the loop") {
    Tree tree;
    for (int i = 0; i < 2001; ++i) tree.write("c" + std::to_string(i) + ".yaml", "");
    Watched watched(tree.path());
    watched.good();
    const auto before = watched.source->counts();
    tree.write("c5.yaml", manifest("chan_5", 81));
    CHECK(watched.changes());
    CHECK(port_of(*watched.good(), "chan_5") == 81);
    CHECK(watched.source->counts().full_looks == before.full_looks);
    CHECK(watched.source->counts().stats == before.stats + 1);
    tree.write("sub/d.yaml", manifest("chan_d"));
    CHECK(watched.becomes_names({"chan_5", "chan_d"}));
}

TEST_CASE("new, renamed and removed files are noticed") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    Watched watched(tree.path());
    watched.good();
    tree.write("b.yaml", manifest("chan_b"));
    CHECK(watched.becomes_names({"chan_a", "chan_b"}));
    fs::rename(tree / "b.yaml", tree / "c.yaml");
    CHECK(watched.becomes([&](const auto& result) {
        return result && (*result)->manifests.at({"default", "chan_b"})->place.file == tree / "c.yaml";
    }));
    tree.remove("c.yaml");
    CHECK(watched.becomes_names({"chan_a"}));
}

TEST_CASE("hidden files, backups and foreign files wake nobody") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    Watched watched(tree.path());
    watched.good();
    for (const char* name : {".a.yaml.swp", "a.yaml~", "#a.yaml#", "4913", "README.md"}) {
        tree.write(name, "x");
        tree.remove(name);
    }
    CHECK_FALSE(watched.changes(30ms));
}

TEST_CASE("a tree of directories that comes at once is read to its end, and watched from then on") {
    Tree tree;
    Watched watched(tree.path());
    watched.good();
    tree.write("1/2/3/a.yaml", manifest("chan_a"));
    CHECK(watched.becomes_names({"chan_a"}));
    tree.write("1/2/3/b.yaml", manifest("chan_b"));
    CHECK(watched.becomes_names({"chan_a", "chan_b"}));
    fs::rename(tree / "1/2", tree / "moved");
    CHECK(watched.becomes([&](const auto& result) {
        return result && (*result)->manifests.contains({"default", "chan_a"}) &&
               (*result)->manifests.at({"default", "chan_a"})->place.file == tree / "moved/3/a.yaml";
    }));
    tree.write("moved/3/a.yaml", manifest("chan_a", 81));
    CHECK(watched.becomes([&](const auto& result) { return result && port_of(**result, "chan_a") == 81; }
    ));
    tree.remove("moved");
    CHECK(watched.becomes_names({}));
}

TEST_CASE("a new generation of a Kubernetes volume is noticed, again and again") {
    Tree tree;
    for (int port = 1; port <= 3; ++port) {
        if (port == 1) tree.publish("volume", {{"a.yaml", manifest("chan_a", port)}});
    }
    Watched watched(tree / "volume");
    CHECK(port_of(*watched.good(), "chan_a") == 1);
    for (int port = 2; port < 6; ++port) {
        tree.publish("volume", {{"a.yaml", manifest("chan_a", port)}});
        CHECK(watched.becomes([&](const auto& result) {
            return result && port_of(**result, "chan_a") == port;
        }));
    }
}

TEST_CASE("a path that is replaced, or is away for a while, is noticed") {
    Tree tree;
    tree.write("root/a.yaml", manifest("chan_a"));
    Watched watched(tree / "root");
    watched.good();
    SUBCASE("replaced") {
        fs::rename(tree / "root", tree / "old");
        tree.write("root/b.yaml", manifest("chan_b"));
        CHECK(watched.becomes_names({"chan_b"}));
    }
    SUBCASE("away") {
        fs::rename(tree / "root", tree / "old");
        CHECK(watched.becomes([&](const auto& result) { return !result; }));
        fs::rename(tree / "old", tree / "root");
        CHECK(watched.becomes_names({"chan_a"}));
    }
    tree.write("root/c.yaml", manifest("chan_c"));
    CHECK(watched.becomes([&](const auto& result) {
        return result && (*result)->manifests.contains({"default", "chan_c"});
    }));
}

TEST_CASE("a path that is a link is followed anew when the link is swung over") {
    Tree tree;
    tree.write("one/a.yaml", manifest("chan_a", 1));
    tree.write("two/a.yaml", manifest("chan_a", 2));
    fs::create_directory_symlink("one", tree / "current");
    Watched watched(tree / "current");
    CHECK(port_of(*watched.good(), "chan_a") == 1);
    fs::create_directory_symlink("two", tree / "next");
    fs::rename(tree / "next", tree / "current");
    CHECK(watched.becomes([&](const auto& result) { return result && port_of(**result, "chan_a") == 2; })
    );
}

TEST_CASE("a single file is watched as well") {
    Tree tree;
    tree.write("one.txt", manifest("chan_a", 1));
    Watched watched(tree / "one.txt");
    CHECK(port_of(*watched.good(), "chan_a") == 1);
    tree.write("one.txt", manifest("chan_a", 2));
    CHECK(watched.becomes([&](const auto& result) { return result && port_of(**result, "chan_a") == 2; })
    );
    tree.replace("one.txt", manifest("chan_a", 3));
    CHECK(watched.becomes([&](const auto& result) { return result && port_of(**result, "chan_a") == 3; })
    );
}

TEST_CASE("after an error the files are looked at again soon, with or without notice") {
    Tree tree;
    DirectoryOptions options = Watched::quiet();
    options.retry_interval = 5ms;
    Watched watched(tree / "later/manifests", options);
    CHECK_FALSE(watched.load());
    tree.write("later/manifests/a.yaml", manifest("chan_a"));
    CHECK(watched.becomes_names({"chan_a"}));
}

TEST_CASE("from time to time a full look happens without notice") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    DirectoryOptions options;
    options.scan_interval = 10ms;
    Watched watched(tree.path(), options);
    const auto first = watched.good();
    const auto before = watched.source->counts();
    CHECK(watched.changes());
    CHECK(watched.good() == first);
    CHECK(watched.source->counts().full_looks == before.full_looks + 1);
}

TEST_CASE("more notices than the kernel keeps lead to a full look") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    tree.write("b.yaml", manifest("chan_b"));
    Watched watched(tree.path());
    watched.good();
    const auto before = watched.source->counts();
    int limit = 16'384;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
    if (limit > 200'000) {
        MESSAGE("skipped: the queue is too long");
        return;
    }
    for (int i = 0; i <= limit / 2; ++i) {  // alternating, for equal notices in a row are one
        for (const char* name : {"a.yaml", "b.yaml"}) {
            const int fd = open((tree / name).c_str(), O_WRONLY | O_CLOEXEC);
            close(fd);
        }
    }
    tree.write("c.yaml", manifest("chan_c"));
    CHECK(watched.becomes_names({"chan_a", "chan_b", "chan_c"}));
    CHECK(watched.source->counts().full_looks > before.full_looks);
}

TEST_CASE("where nothing can be watched it is said once, and files are looked for") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a", 1));
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const rlimit old = limit;
    asio::io_context loop;
    std::vector<std::string> warnings;
    DirectoryOptions options = Watched::quiet();
    options.poll_interval = 5ms;
    loop.poll();
    const int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(next);
    limit.rlim_cur = static_cast<rlim_t>(next);  // no descriptor is left
    setrlimit(RLIMIT_NOFILE, &limit);
    DirectorySource source(
        "channels", {tree.path()}, ManifestContext{}, loop.get_executor(), options,
        [&](const std::string& text) { warnings.push_back(text); }
    );
    setrlimit(RLIMIT_NOFILE, &old);
    CHECK(port_of(**run_task(loop, source.load()), "chan_a") == 1);
    tree.write("a.yaml", manifest("chan_a", 2));
    run_task(loop, source.changed());
    CHECK(port_of(**run_task(loop, source.load()), "chan_a") == 2);
    REQUIRE(warnings.size() == 1);
    CHECK(
        warnings[0].find("Too many open files; raise fs.inotify.max_user_instances") != std::string::npos
    );
}

TEST_CASE("a load that is cancelled leaves nothing behind, and the next one is whole") {
    Tree tree;
    for (int i = 0; i < 200; ++i) {
        tree.write("c" + std::to_string(i) + ".yaml", manifest("chan_" + std::to_string(i)));
    }
    Watched watched(tree.path());
    asio::cancellation_signal stop;
    bool done = false, thrown = false;
    auto task = [](DirectorySource& source) -> Task<> {
        auto ignored = co_await source.load();
        (void)ignored;
    };
    asio::co_spawn(
        watched.loop, task(*watched.source),
        asio::bind_cancellation_slot(
            stop.slot(),
            [&](std::exception_ptr failure) {
                done = true;
                thrown = failure != nullptr;
            }
        )
    );
    asio::post(watched.loop, [&] { stop.emit(asio::cancellation_type::terminal); });
    watched.loop.restart();
    while (!done && watched.loop.run_one() > 0) {
    }
    CHECK(thrown);
    CHECK(watched.good()->manifests.size() == 200);
    tree.write("c7.yaml", manifest("chan_7", 81));
    CHECK(watched.changes());
    CHECK(port_of(*watched.good(), "chan_7") == 81);
}

TEST_CASE("a source may go while it reads") {
    Tree tree;
    for (int i = 0; i < 200; ++i) {
        tree.write("c" + std::to_string(i) + ".yaml", manifest("chan_" + std::to_string(i)));
    }
    asio::io_context loop;
    std::optional<DirectorySource> source;
    source.emplace(
        "channels", std::vector<std::string>{tree.path()}, ManifestContext{}, loop.get_executor()
    );
    asio::cancellation_signal stop;
    auto task = [](DirectorySource& given) -> Task<> {
        auto ignored = co_await given.load();
        (void)ignored;
    };
    asio::co_spawn(
        loop, task(*source),
        asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr) { source.reset(); })
    );
    asio::post(loop, [&] { stop.emit(asio::cancellation_type::terminal); });
    loop.run();
    CHECK_FALSE(source);
}

TEST_CASE("another configuration takes effect with the next load") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    Watched watched(tree.path());
    CHECK(watched.good()->manifests.contains({"default", "chan_a"}));
    ManifestContext other;
    other.projects = {"production"};
    watched.source->set_context(other);
    CHECK(watched.good()->manifests.contains({"production", "chan_a"}));
}

TEST_CASE("a thousand files that change in a row end in the state they end in") {
    Tree tree;
    for (int i = 0; i < 1000; ++i) {
        tree.write("c" + std::to_string(i) + ".yaml", manifest("chan_" + std::to_string(i), 1));
    }
    Watched watched(tree.path());
    watched.good();
    for (int i = 0; i < 1000; ++i) {  // as git does: remove, then write
        tree.remove("c" + std::to_string(i) + ".yaml");
        tree.write("c" + std::to_string(i) + ".yaml", manifest("chan_" + std::to_string(i), 2));
    }
    CHECK(watched.becomes([&](const auto& result) {
        if (!result || (*result)->manifests.size() != 1000) return false;
        for (const auto& [key, found] : (*result)->manifests) {
            if (found->spec.port != 2) return false;
        }
        return true;
    }));
}
