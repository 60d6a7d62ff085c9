#include "manifests/directory/directory_reader.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/manifests/directory/tree.hpp"

using namespace fairway;
using namespace std::chrono_literals;
using test::manifest;
using test::names;
using test::port_of;
using test::Tree;
namespace fs = std::filesystem;
using Names = std::vector<std::string>;

namespace {

const std::atomic<bool> never{false};

DirectoryReader reader_of(const Tree& tree, const DirectoryOptions& options = {}) {
    return DirectoryReader("channels", {tree.path()}, ManifestContext{}, options);
}

SnapshotPtr good(Result<SnapshotPtr> result) {
    if (!result) FAIL(result.error().what());
    return *result;
}

std::string problem_of(const ManifestSnapshot& snapshot) {
    REQUIRE(snapshot.problems.size() == 1);
    return to_string(snapshot.problems.front());
}

/// Runs `act` as a user who is not allowed everything.
template <class Act>
void unprivileged(Act act) {
    const bool root = geteuid() == 0;
    if (root) REQUIRE(seteuid(65534) == 0);
    act();
    if (root) REQUIRE(seteuid(0) == 0);
}

}  // namespace

TEST_CASE("every manifest below a directory is read, hidden and foreign files are not") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    tree.write("sub/b.yml", manifest("chan_b"));
    tree.write("sub/deep/c.json", R"({"apiVersion":"fairway/v1","kind":"VpcChannel",
        "metadata":{"name":"chan_c"},"spec":{"port":1,"member_type":"ip","members":[{"host":"10.0.0.1"}],
        "instance_ids":["eea73cde015940908ae0117d67bf7330"]}})");
    for (const char* name :
         {".hidden.yaml", ".git/d.yaml", "e.yaml~", "#f.yaml#", ".g.yaml.swp", "4913", "README.md"}) {
        tree.write(name, manifest("chan_x"));
    }
    const auto snapshot = good(load_manifests({tree.path()}, ManifestContext{}));
    for (const auto& problem : snapshot->problems) MESSAGE(to_string(problem));
    CHECK(names(*snapshot) == Names{"chan_a", "chan_b", "chan_c"});
    CHECK(snapshot->files == 3);
    CHECK(snapshot->complete());
    CHECK(snapshot->manifests.begin()->second->place.file == tree / "a.yaml");
}

TEST_CASE("an empty directory is a snapshot without manifests, a missing one is an error") {
    Tree tree;
    CHECK(good(load_manifests({tree.path()}, ManifestContext{}))->manifests.empty());
    const auto missing = load_manifests({tree / "nowhere"}, ManifestContext{});
    REQUIRE_FALSE(missing);
    CHECK(
        missing.error().what() ==
        tree / "nowhere" + ": No such file or directory; create it or correct the path"
    );
    CHECK(missing.error().cls() == ErrorClass::retryable);
}

TEST_CASE("a file that is named itself is read whatever its name ends in, and by way of a link") {
    Tree tree;
    tree.write("channel.txt", manifest("chan_a"));
    fs::create_symlink("channel.txt", tree / "link");
    CHECK(names(*good(load_manifests({tree / "channel.txt"}, ManifestContext{}))) == Names{"chan_a"});
    CHECK(names(*good(load_manifests({tree / "link"}, ManifestContext{}))) == Names{"chan_a"});
}

TEST_CASE("several paths make one snapshot, and the same path twice is the same") {
    Tree tree;
    tree.write("one/a.yaml", manifest("chan_a"));
    tree.write("two/b.yaml", manifest("chan_b"));
    const auto snapshot =
        good(load_manifests({tree / "one", tree / "two/b.yaml", tree / "one/"}, ManifestContext{}));
    CHECK(names(*snapshot) == Names{"chan_a", "chan_b"});
    CHECK(snapshot->complete());
}

TEST_CASE("a pipe, a socket or a device among the manifests is an error of the whole") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    std::string expected;
    SUBCASE("pipe") {
        REQUIRE(mkfifo((tree / "pipe").c_str(), 0644) == 0);
        expected = tree / "pipe" +
                   ": is a named pipe; move it out of the manifests, or hide it with a leading dot";
    }
    SUBCASE("socket") {
        const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = tree / "socket.yaml";
        REQUIRE(path.size() < sizeof address.sun_path);
        std::memcpy(address.sun_path, path.c_str(), path.size());
        REQUIRE(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        close(fd);
        expected = path + ": is a socket; move it out of the manifests, or hide it with a leading dot";
    }
    const auto result = load_manifests({tree.path()}, ManifestContext{});
    REQUIRE_FALSE(result);
    CHECK(result.error().what() == expected);

    const auto device = load_manifests({"/dev/null"}, ManifestContext{});
    REQUIRE_FALSE(device);
    CHECK(device.error().what() == "/dev/null: is a device, not a directory or a plain file");
}

TEST_CASE("an unreadable file or directory is an error of the whole, never an absence") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    tree.write("sub/b.yaml", manifest("chan_b"));
    std::string expected;
    SUBCASE("file") {
        chmod((tree / "a.yaml").c_str(), 0);
        expected = tree / "a.yaml";
    }
    SUBCASE("directory") {
        chmod((tree / "sub").c_str(), 0);
        expected = tree / "sub";
    }
    SUBCASE("directory that may be listed but not entered") {
        chmod((tree / "sub").c_str(), 0444);
        expected = tree / "sub";
    }
    unprivileged([&] {
        const auto result = load_manifests({tree.path()}, ManifestContext{});
        REQUIRE_FALSE(result);
        CHECK(result.error().what().starts_with(expected));
        CHECK(result.error().what().ends_with(
            "Permission denied; let the user that runs fairway read it (chmod, chown)"
        ));
    });
    chmod((tree / "sub").c_str(), 0755);
}

TEST_CASE("what did not change is neither read nor parsed, and the snapshot stays the same object") {
    Tree tree;
    for (int i = 0; i < 100; ++i) {
        tree.write("c" + std::to_string(i) + ".yaml", manifest("chan_" + std::to_string(i)));
    }
    auto reader = reader_of(tree);
    const auto first = good(reader.read_all(never));
    good(reader.read_all(never));  // files read soon after they were made are looked into once more
    const auto before = reader.counts();
    CHECK(before.parses == 100);
    CHECK(good(reader.read_all(never)) == first);
    CHECK(reader.counts().reads == before.reads);
    CHECK(reader.counts().parses == before.parses);

    tree.write("c7.yaml", manifest("chan_7", 81));
    const auto second = good(reader.read_all(never));
    CHECK(second != first);
    CHECK(port_of(*second, "chan_7") == 81);
    CHECK(second->revision != first->revision);
    CHECK(reader.counts().reads == before.reads + 1);
    CHECK(reader.counts().parses == before.parses + 1);
    CHECK(second->manifests.at({"default", "chan_8"}) == first->manifests.at({"default", "chan_8"}));
}

TEST_CASE("the same content written again is read, but not parsed, and changes nothing") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    auto reader = reader_of(tree);
    const auto first = good(reader.read_all(never));
    tree.replace("a.yaml", manifest("chan_a"));
    CHECK(good(reader.read_all(never)) == first);
    CHECK(reader.counts().reads >= 2);
    CHECK(reader.counts().parses == 1);
}

TEST_CASE("a change that keeps size and modification time is noticed") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a", 80));
    tree.settle();
    auto reader = reader_of(tree);
    good(reader.read_all(never));
    tree.write("a.yaml", manifest("chan_a", 81));
    tree.settle();
    CHECK(port_of(*good(reader.read_all(never)), "chan_a") == 81);
}

TEST_CASE("a second change within the grain of file times is noticed by the next full look") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a", 80));
    auto reader = reader_of(tree);
    good(reader.read_all(never));
    for (int port = 10; port < 30; ++port) {
        tree.write("a.yaml", manifest("chan_a", port));
        auto quick = reader.read_some({{tree / "a.yaml", true}});
        REQUIRE(quick);
        CHECK(port_of(*good(*quick), "chan_a") == port);
        tree.write("a.yaml", manifest("chan_a", port + 40));
        CHECK(port_of(*good(reader.read_all(never)), "chan_a") == port + 40);
    }
}

TEST_CASE("times that run backwards do no harm, for the content decides") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a", 80));
    auto reader = reader_of(tree);
    good(reader.read_all(never));
    tree.write("a.yaml", manifest("chan_a", 81));
    const timespec ahead[2] = {{4'000'000'000, 0}, {4'000'000'000, 0}};
    utimensat(AT_FDCWD, (tree / "a.yaml").c_str(), ahead, 0);
    CHECK(port_of(*good(reader.read_all(never)), "chan_a") == 81);
    tree.write("a.yaml", manifest("chan_a", 82));
    const timespec long_ago[2] = {{1, 5}, {1, 5}};
    utimensat(AT_FDCWD, (tree / "a.yaml").c_str(), long_ago, 0);
    CHECK(port_of(*good(reader.read_all(never)), "chan_a") == 82);
}

TEST_CASE("symbolic links are refused with their place, and nothing behind them is read") {
    Tree outside;
    outside.write("secret.yaml", manifest("chan_secret"));
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    tree.write("sub/b.yaml", manifest("chan_b"));
    fs::path target;
    std::string name = "link.yaml";
    SUBCASE("absolute") {
        target = outside / "secret.yaml";
    }
    SUBCASE("upwards") {
        target = "../" + fs::path(outside.path()).filename().string() + "/secret.yaml";
    }
    SUBCASE("out and back") {
        target = "../" + fs::path(tree.path()).filename().string() + "/a.yaml";
    }
    SUBCASE("inside") {
        target = "a.yaml";
    }
    SUBCASE("to itself") {
        target = "link.yaml";
    }
    SUBCASE("to nothing") {
        target = "nothing.yaml";
    }
    SUBCASE("to a directory outside") {
        target = outside.path();
        name = "link";
    }
    SUBCASE("to a directory inside") {
        target = "sub";
        name = "link";
    }
    fs::create_symlink(target, tree / name);
    const auto snapshot = good(load_manifests({tree.path()}, ManifestContext{}));
    CHECK(names(*snapshot) == Names{"chan_a", "chan_b"});
    CHECK_FALSE(snapshot->complete());
    CHECK(
        problem_of(*snapshot) == tree / name +
                                     ": is a symbolic link, and links are not followed; put the file or "
                                     "directory itself here"
    );
}

TEST_CASE("links that do not concern manifests are nobody's business") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    fs::create_symlink("/etc/passwd", tree / "notes");
    fs::create_symlink("nothing", tree / "gone");
    fs::create_symlink("/etc", tree / ".hidden");
    const auto snapshot = good(load_manifests({tree.path()}, ManifestContext{}));
    CHECK(snapshot->complete());
    CHECK(snapshot->problems.empty());
}

TEST_CASE("a long chain of links and a file that became a link keep their names from harm") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    auto reader = reader_of(tree);
    good(reader.read_all(never));
    fs::rename(tree / "a.yaml", tree / "target");
    std::string previous = "target";
    for (int i = 0; i < 50; ++i) {
        fs::create_symlink(previous, tree / ("l" + std::to_string(i)));
        previous = "l" + std::to_string(i);
    }
    fs::create_symlink(previous, tree / "a.yaml");
    const auto snapshot = good(reader.read_all(never));
    CHECK(snapshot->manifests.empty());
    CHECK(snapshot->unreadable == std::set<ChannelKey>{{"default", "chan_a"}});
}

TEST_CASE("a Kubernetes volume is read through its current generation") {
    Tree tree;
    tree.publish("volume", {{"a.yaml", manifest("chan_a", 1)}, {"b.yaml", manifest("chan_b", 1)}});
    auto reader = reader_of(tree);
    const auto first = good(reader.read_all(never));
    CHECK(names(*first) == Names{"chan_a", "chan_b"});
    CHECK(first->complete());
    CHECK(first->manifests.begin()->second->place.file == tree / "volume/a.yaml");

    tree.publish("volume", {{"a.yaml", manifest("chan_a", 2)}, {"c.yaml", manifest("chan_c", 2)}});
    const auto between = good(reader.read_all(never));
    CHECK(names(*between) == Names{"chan_a", "chan_c"});
    CHECK_FALSE(between->complete());  // the stale link b.yaml is still there
    fs::remove(tree / "volume/b.yaml");
    const auto second = good(reader.read_all(never));
    CHECK(names(*second) == Names{"chan_a", "chan_c"});
    CHECK(second->complete());
    CHECK(reader.counts().parses == 4);

    tree.publish("volume", {{"a.yaml", manifest("chan_a", 2)}, {"c.yaml", manifest("chan_c", 2)}});
    CHECK(good(reader.read_all(never)) == second);  // other files, same content
}

TEST_CASE("a directory in a manifest's place is a fault, and its channels are not gone") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    auto reader = reader_of(tree);
    CHECK(good(reader.read_all(never))->complete());
    fs::remove(tree / "a.yaml");
    fs::create_directory(tree / "a.yaml");
    const auto snapshot = good(reader.read_all(never));
    CHECK_FALSE(snapshot->complete());
    CHECK(snapshot->unreadable == std::set<ChannelKey>{{"default", "chan_a"}});
}

TEST_CASE("a Kubernetes volume whose link leads elsewhere is refused") {
    Tree outside;
    outside.write("secret.yaml", manifest("chan_secret"));
    for (const std::string& target : {outside.path(), std::string("../"), std::string("..")}) {
        CAPTURE(target);
        Tree tree;
        fs::create_symlink(target, tree / "..data");
        const auto snapshot = good(load_manifests({tree.path()}, ManifestContext{}));
        CHECK(snapshot->manifests.empty());
        CHECK(snapshot->invalid == 1);
    }
}

TEST_CASE("a volume that is updated while it is read shows one generation or the other, never a mix") {
    Tree tree;
    const auto publish = [&](int port) {
        std::vector<std::pair<std::string, std::string>> files;
        for (int i = 0; i < 20; ++i) {
            files.emplace_back(
                "c" + std::to_string(i) + ".yaml", manifest("chan_" + std::to_string(i), port)
            );
        }
        tree.publish("volume", files);
    };
    publish(1);
    DirectoryOptions eager;
    eager.settle = 1us;  // reads in the midst of it
    auto reader = reader_of(tree, eager);
    std::atomic<bool> stop{false};
    std::thread kubelet([&] {
        for (int port = 2; !stop; ++port) {
            publish(port);
            std::this_thread::sleep_for(1ms);
        }
    });
    int seen = 0;
    for (int i = 0; i < 300; ++i) {
        auto result = reader.read_all(never);
        if (!result) continue;  // said so, and is asked again
        ++seen;
        const auto& snapshot = **result;
        REQUIRE(snapshot.manifests.size() == 20);
        const int port = port_of(snapshot, "chan_0");
        for (int c = 1; c < 20; ++c) REQUIRE(port_of(snapshot, "chan_" + std::to_string(c)) == port);
    }
    stop = true;
    kubelet.join();
    CHECK(seen > 0);
}

TEST_CASE(
    "names that a broken file declared when it was whole stay protected until it is mended or removed"
) {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a") + "---\n" + manifest("chan_b"));
    tree.write("z.yaml", manifest("chan_z"));
    auto reader = reader_of(tree);
    good(reader.read_all(never));

    tree.write("a.yaml", manifest("chan_a", 81) + "---\nkind: [\n");
    auto snapshot = good(reader.read_all(never));
    CHECK_FALSE(snapshot->complete());
    CHECK(snapshot->unreadable.contains({"default", "chan_b"}));
    CHECK(snapshot->find({"default", "chan_z"}) != nullptr);

    tree.write("a.yaml", "still: [\n");
    snapshot = good(reader.read_all(never));
    CHECK(snapshot->unreadable.contains({"default", "chan_a"}));
    CHECK(snapshot->unreadable.contains({"default", "chan_b"}));

    SUBCASE("mended") {
        tree.write("a.yaml", manifest("chan_a"));
        snapshot = good(reader.read_all(never));
        CHECK(snapshot->complete());
        CHECK(names(*snapshot) == Names{"chan_a", "chan_z"});
    }
    SUBCASE("removed") {
        tree.remove("a.yaml");
        snapshot = good(reader.read_all(never));
        CHECK(snapshot->complete());
        CHECK(names(*snapshot) == Names{"chan_z"});
    }
}

TEST_CASE("limits of number, size and depth end in an error that says which") {
    Tree tree;
    DirectoryOptions options;
    std::string expected;
    SUBCASE("files") {
        options.max_files = 3;
        for (int i = 0; i < 4; ++i) tree.write("c" + std::to_string(i) + ".yaml", "");
        expected = tree / "c3.yaml: is one file too many; at most 3 are read";
    }
    SUBCASE("bytes") {
        options.max_total_bytes = 1000;
        for (int i = 0; i < 2; ++i) tree.write("c" + std::to_string(i) + ".yaml", std::string(501, '#'));
        expected = tree / "c1.yaml: makes the files too large together; at most 1000 bytes are read";
    }
    SUBCASE("depth") {
        options.max_depth = 2;
        tree.write("1/2/a.yaml", "");
        CHECK(good(load_manifests({tree.path()}, ManifestContext{}, "files", options))->files == 1);
        tree.write("1/2/3/a.yaml", "");
        expected = tree / "1/2/3: lies more than 2 directories deep; flatten it";
    }
    const auto result = load_manifests({tree.path()}, ManifestContext{}, "files", options);
    REQUIRE_FALSE(result);
    CHECK(result.error().what() == expected);
    CHECK(result.error().cls() == ErrorClass::terminal);
}

TEST_CASE("a file that is too large or has a hostile name is refused alone") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    SUBCASE("large") {
        tree.write("big.yaml", std::string(max_manifest_bytes + 1, '#'));
        const auto snapshot = good(load_manifests({tree.path()}, ManifestContext{}));
        CHECK(names(*snapshot) == Names{"chan_a"});
        CHECK(
            problem_of(*snapshot) ==
            tree / "big.yaml: has 1048577 bytes; at most 1048576 are read; split it"
        );
    }
    SUBCASE("just not too large") {
        tree.write("big.yaml", std::string(max_manifest_bytes, '#'));
        CHECK(good(load_manifests({tree.path()}, ManifestContext{}))->complete());
    }
    SUBCASE("name") {
        tree.write("b\nforged: line.yaml", manifest("chan_b"));
        const auto snapshot = good(load_manifests({tree.path()}, ManifestContext{}));
        CHECK(names(*snapshot) == Names{"chan_a"});
        CHECK(
            problem_of(*snapshot) ==
            tree / "b?forged: line.yaml: the name has control characters; rename it"
        );
    }
}

TEST_CASE("a file that is being written in place is waited for") {
    Tree tree;
    const std::string text = manifest("chan_a") + "---\n" + manifest("chan_b");
    DirectoryOptions options;
    options.settle = 500ms;
    options.patience = 30s;
    std::ofstream file(tree / "a.yaml", std::ios::binary);
    file << text.substr(0, text.size() / 2) << std::flush;
    std::thread writer([&] { file << text.substr(text.size() / 2) << std::flush; });
    const auto snapshot = good(load_manifests({tree.path()}, ManifestContext{}, "files", options));
    writer.join();
    CHECK(names(*snapshot) == Names{"chan_a", "chan_b"});
}

TEST_CASE("a file that never comes to rest is left out after a while, its names protected") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    tree.write("b.yaml", manifest("chan_b"));
    tree.settle();
    DirectoryOptions options;
    options.settle = 1s;
    options.patience = 1ms;
    auto reader = reader_of(tree, options);
    good(reader.read_all(never));
    CHECK_FALSE(reader.in_doubt());

    std::atomic<bool> stop{false};
    std::thread writer([&] {
        while (!stop) std::ofstream(tree / "a.yaml", std::ios::app) << "#";
    });
    while (fs::file_size(tree / "a.yaml") < 1000) std::this_thread::yield();
    const auto snapshot = good(reader.read_all(never));
    stop = true;
    writer.join();
    CHECK(names(*snapshot) == Names{"chan_b"});
    CHECK(snapshot->unreadable.contains({"default", "chan_a"}));
    CHECK(reader.in_doubt());
    CHECK_FALSE(reader.read_some({{tree / "b.yaml", true}}));
}

TEST_CASE("a directory that never comes to rest is an error, for a part must not pass as the whole") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    tree.write("sub/c.yaml", manifest("chan_c"));
    DirectoryOptions options;
    options.settle = 10ms;  // longer than the grain of file times
    options.patience = 30ms;
    auto reader = reader_of(tree, options);
    // Amid every look at the directory, for the one below it is entered then.
    const auto move = [&](const std::string& path, int) {
        if (!path.ends_with("/sub")) return;
        const bool there = fs::exists(tree / "a.yaml");
        fs::rename(tree / (there ? "a.yaml" : "b.yaml"), tree / (there ? "b.yaml" : "a.yaml"));
    };
    const auto result = reader.read_all(never, move);
    REQUIRE_FALSE(result);
    CHECK(result.error().cls() == ErrorClass::retryable);
    CHECK(result.error().what().find("keeps changing") != std::string::npos);
    CHECK(names(*good(reader.read_all(never))) == Names{"chan_a", "chan_c"});
}

TEST_CASE("a directory that is suddenly empty on another file system is an error, not an empty wish") {
    Tree tree;
    tree.write("first/a.yaml", manifest("chan_a"));
    fs::create_directory_symlink("first", tree / "root");
    char elsewhere[] = "/dev/shm/fairway-XXXXXX";
    if (mkdtemp(elsewhere) == nullptr) {
        MESSAGE("skipped: no /dev/shm");
        return;
    }
    struct stat here {
    }, there{};
    stat(tree.path().c_str(), &here);
    stat(elsewhere, &there);
    DirectoryReader reader("channels", {tree / "root"}, ManifestContext{}, {});
    good(reader.read_all(never));
    fs::remove(tree / "root");
    fs::create_directory_symlink(elsewhere, tree / "root");
    if (here.st_dev != there.st_dev) {
        for (int again = 0; again < 2; ++again) {
            const auto result = reader.read_all(never);
            REQUIRE_FALSE(result);
            CHECK(result.error().what().find("mount what belongs there") != std::string::npos);
        }
        std::ofstream(std::string(elsewhere) + "/b.yaml") << manifest("chan_b");
        CHECK(names(*good(reader.read_all(never))) == Names{"chan_b"});
    }
    fs::remove_all(elsewhere);
}

TEST_CASE("a look that is stopped ends as cancelled and forgets nothing") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    auto reader = reader_of(tree);
    const auto first = good(reader.read_all(never));
    const std::atomic<bool> stop{true};
    tree.write("a.yaml", manifest("chan_a", 81));
    const auto result = reader.read_all(stop);
    REQUIRE_FALSE(result);
    CHECK(result.error().cls() == ErrorClass::cancelled);
    CHECK(port_of(*good(reader.read_all(never)), "chan_a") == 81);
}

TEST_CASE("announced files are looked at alone: edited, new, broken and removed ones") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a", 80));
    tree.write("sub/b.yaml", manifest("chan_b"));
    tree.settle();
    auto reader = reader_of(tree);
    good(reader.read_all(never));
    const auto looked = reader.counts();

    tree.write("a.yaml", manifest("chan_a", 81));
    tree.write("sub/c.yaml", manifest("chan_c"));
    tree.write("sub/b.yaml", "broken: [\n");
    auto quick = reader.read_some(
        {{tree / "a.yaml", true}, {tree / "sub/c.yaml", true}, {tree / "sub/b.yaml", true}}
    );
    REQUIRE(quick);
    auto snapshot = good(*quick);
    CHECK(port_of(*snapshot, "chan_a") == 81);
    CHECK(names(*snapshot) == Names{"chan_a", "chan_c"});
    CHECK(snapshot->unreadable.contains({"default", "chan_b"}));
    CHECK(reader.counts().stats == looked.stats + 3);
    CHECK(reader.counts().reads == looked.reads + 3);

    tree.remove("sub/b.yaml");
    tree.settle();  // the absence has lasted
    quick = reader.read_some({{tree / "sub/b.yaml", true}});
    REQUIRE(quick);
    CHECK(good(*quick)->complete());
    CHECK(reader.counts().full_looks == 1);
}

TEST_CASE("where an announced file alone cannot be judged a full look is asked for") {
    Tree tree;
    tree.write("root/a.yaml", manifest("chan_a"));
    tree.settle();
    DirectoryReader reader("channels", {tree / "root"}, ManifestContext{}, {});
    CHECK_FALSE(reader.read_some({{tree / "root/a.yaml", true}}));  // before the first full look
    const auto first = good(reader.read_all(never));
    std::string path = tree / "root/a.yaml";
    bool settled = true;
    SUBCASE("just written, and nobody saw the writer close it") {
        tree.write("root/a.yaml", manifest("chan_a", 81));
        settled = false;
    }
    SUBCASE("just removed, which may be half of a replacement") {
        tree.remove("root/a.yaml");
    }
    SUBCASE("a link now") {
        tree.remove("root/a.yaml");
        fs::create_symlink("/etc/passwd", tree / "root/a.yaml");
    }
    SUBCASE("below a directory that is not there") {
        path = tree / "root/sub/a.yaml";
    }
    SUBCASE("not below the path") {
        path = "/etc/a.yaml";
    }
    SUBCASE("another root") {
        fs::rename(tree / "root", tree / "old");
        tree.write("root/a.yaml", manifest("chan_a", 81));
    }
    SUBCASE("no root") {
        tree.remove("root");
    }
    CHECK_FALSE(reader.read_some({{path, settled}}));
}

TEST_CASE("the limits hold for announced files as well") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    DirectoryOptions options;
    options.max_files = 1;
    auto reader = reader_of(tree, options);
    good(reader.read_all(never));
    tree.write("b.yaml", manifest("chan_b"));
    CHECK_FALSE(reader.read_some({{tree / "b.yaml", true}}));
    CHECK_FALSE(reader.read_all(never));
}

TEST_CASE("another configuration parses everything anew") {
    Tree tree;
    tree.write("a.yaml", manifest("chan_a"));
    auto reader = reader_of(tree);
    CHECK(good(reader.read_all(never))->manifests.contains({"default", "chan_a"}));
    ManifestContext other;
    other.projects = {"production"};
    other.check_names = true;
    reader.set_context(other);
    CHECK_FALSE(reader.read_some({{tree / "a.yaml", true}}));
    CHECK(good(reader.read_all(never))->manifests.contains({"production", "chan_a"}));
}

TEST_CASE("a thousand files give the same whether one thread parses them or two") {
    Tree tree;
    for (int i = 0; i < 1000; ++i) {
        tree.write(
            std::to_string(i % 10) + "/c" + std::to_string(i) + ".yaml",
            manifest("chan_" + std::to_string(i), i + 1)
        );
    }
    tree.settle();
    const auto snapshot = good(load_manifests({tree.path()}, ManifestContext{}));
    REQUIRE(snapshot->manifests.size() == 1000);
    for (int i = 0; i < 1000; ++i) REQUIRE(port_of(*snapshot, "chan_" + std::to_string(i)) == i + 1);
    auto reader = reader_of(tree);
    CHECK(good(reader.read_all(never))->revision == snapshot->revision);
}
