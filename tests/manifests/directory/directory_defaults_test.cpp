// ChannelDefaults in directories: what is read again when they change, and what holds for single files.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>

#include "manifests/directory/directory_reader.hpp"
#include "tests/manifests/directory/tree.hpp"

using namespace fairway;
using test::names;
using test::port_of;
using test::Tree;
using Names = std::vector<std::string>;

namespace {

const std::atomic<bool> never{false};

std::string defaults(int port) {
    return "apiVersion: fairway/v1\nkind: ChannelDefaults\nspec:\n  port: " + std::to_string(port) +
           "\n  instance_ids: [one]\n";
}

std::string channel(const std::string& name, const std::string& spec = "{}") {
    return "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: " + name + "}\nspec: " + spec +
           "\n";
}

struct Desk {
    SnapshotPtr read() {
        auto result = reader.read_all(never);
        if (!result) FAIL(result.error().what());
        return *result;
    }
    /// What a notice of these files comes to; null: a full look is needed.
    SnapshotPtr hinted(const std::vector<std::string>& files) {
        std::vector<DirectoryHint> hints;
        for (const auto& name : files) hints.push_back({tree / name, true});
        const auto result = reader.read_some(hints);
        return result && *result ? **result : nullptr;
    }

    Tree tree;
    DirectoryReader reader{"channels", {tree.path()}, ManifestContext{}, {}};
};

}  // namespace

TEST_CASE("another default is in every channel below at the next look, and only these are read again") {
    Desk desk;
    desk.tree.write("team/defaults.yaml", defaults(80));
    desk.tree.write("team/a.yaml", channel("aaa"));
    desk.tree.write("team/deep/b.yaml", channel("bbb", "{port: 90}"));
    desk.tree.write("other/c.yaml", channel("ccc", "{port: 70, instance_ids: [one]}"));
    const auto first = desk.read();
    CHECK(port_of(*first, "aaa") == 80);
    desk.read();  // files read soon after they were made are looked into once more
    const auto before = desk.reader.counts();
    CHECK(before.parses == 5);  // the defaults once for themselves, and all of them once
    CHECK(desk.read() == first);
    CHECK(desk.reader.counts().reads == before.reads);
    CHECK(desk.reader.counts().parses == before.parses);

    desk.tree.replace("team/defaults.yaml", defaults(81));
    const auto second = desk.read();
    CHECK(port_of(*second, "aaa") == 81);
    CHECK(port_of(*second, "bbb") == 90);
    CHECK(second->revision != first->revision);
    CHECK(second->find({"default", "ccc"}) == first->find({"default", "ccc"}));
    CHECK(second->find({"default", "bbb"}) != first->find({"default", "bbb"}));  // its line is told

    desk.read();
    const auto read = desk.reader.counts();
    CHECK(read.parses == before.parses + 5);  // the new defaults alone, in either look
    CHECK(desk.read() == second);
    CHECK(desk.reader.counts().reads == read.reads);

    desk.tree.remove("team/defaults.yaml");
    const auto third = desk.read();
    CHECK(names(*third) == Names{"ccc"});
    CHECK(third->unreadable.contains({"default", "aaa"}));
    desk.tree.write("team/defaults.yaml", defaults(82));
    CHECK(port_of(*desk.read(), "aaa") == 82);
}

TEST_CASE("a channel that changes alone is read with its defaults, and a change of these is not its own"
) {
    Desk desk;
    desk.tree.write("defaults.yaml", defaults(80));
    desk.tree.write("a.yaml", channel("aaa"));
    desk.tree.write("b.yaml", channel("bbb"));
    desk.tree.settle();
    desk.read();
    desk.tree.replace("a.yaml", channel("aaa", "{balance_strategy: wlc}"));
    const auto quick = desk.hinted({"a.yaml"});
    REQUIRE(quick);
    CHECK(port_of(*quick, "aaa") == 80);
    CHECK(quick->find({"default", "aaa"})->spec.balance_strategy == BalanceStrategy::wlc);

    SUBCASE("they change") {
        desk.tree.replace("defaults.yaml", defaults(81));
        CHECK_FALSE(desk.hinted({"defaults.yaml"}));
    }
    SUBCASE("they go") {
        desk.tree.remove("defaults.yaml");
        desk.tree.settle();
        CHECK_FALSE(desk.hinted({"defaults.yaml"}));
    }
    SUBCASE("they come in the place of a channel") {
        desk.tree.replace("a.yaml", defaults(81));
        CHECK_FALSE(desk.hinted({"a.yaml"}));
    }
    SUBCASE("they come to a directory of their own") {
        desk.tree.write("new/defaults.yaml", defaults(81));
        CHECK_FALSE(desk.hinted({"new/defaults.yaml"}));
    }
}

TEST_CASE("defaults that broke while the directory was watched hold everything below back") {
    Desk desk;
    desk.tree.write("defaults.yaml", defaults(80));
    desk.tree.write("a.yaml", channel("aaa", "{port: 80, instance_ids: [one]}"));
    desk.tree.settle();
    desk.read();
    SUBCASE("emptied") {
        desk.tree.write("defaults.yaml", "");
    }
    SUBCASE("a link") {
        desk.tree.remove("defaults.yaml");
        REQUIRE(symlink("elsewhere", (desk.tree / "defaults.yaml").c_str()) == 0);
    }
    SUBCASE("too large") {
        desk.tree.write("defaults.yaml", std::string(max_manifest_bytes + 1, '#'));
    }
    desk.tree.settle();
    for (int look = 0; look < 2; ++look) {
        const auto snapshot = desk.read();
        CHECK(snapshot->manifests.empty());
        CHECK(snapshot->unreadable.contains({"default", "aaa"}));
        CHECK_FALSE(snapshot->complete());
    }
    std::filesystem::remove(desk.tree / "defaults.yaml");
    desk.tree.write("defaults.yaml", defaults(81));
    desk.tree.settle();
    CHECK(names(*desk.read()) == Names{"aaa"});
}

TEST_CASE("a file that is named itself has the defaults that lie beside it, and no other") {
    Tree tree;
    tree.write(
        "defaults.yaml", "apiVersion: fairway/v1\nkind: ChannelDefaults\nspec: {member_type: ip}\n"
    );
    tree.write("team/shared.yaml", defaults(80) + "---\n" + channel("other"));
    tree.write("team/a.yaml", channel("aaa"));
    tree.write("team/broken.yaml", "kind: VpcChannel\nspec: {\n");
    tree.write("team/README", "kind: ChannelDefaults\n");
    tree.settle();
    DirectoryReader reader("files", {tree / "team/a.yaml"}, {}, {});
    const auto first = *reader.read_all(never);
    CHECK(names(*first) == Names{"aaa"});
    CHECK(port_of(*first, "aaa") == 80);
    CHECK_FALSE(first->find({"default", "aaa"})->spec.member_type);
    CHECK(first->problems.empty());
    CHECK(*reader.read_all(never) == first);

    tree.replace("team/shared.yaml", defaults(81));
    tree.settle();
    CHECK(port_of(**reader.read_all(never), "aaa") == 81);
    tree.replace(
        "team/shared.yaml", "apiVersion: fairway/v1\nkind: ChannelDefaults\nspec: {prot: 80}\n"
    );
    tree.settle();
    const auto broken = *reader.read_all(never);
    CHECK(broken->manifests.empty());
    CHECK(broken->problems.size() == 2);
    tree.remove("team/shared.yaml");
    tree.settle();
    const auto without = *reader.read_all(never);
    CHECK(without->unreadable.contains({"default", "aaa"}));
}

TEST_CASE("a file beside the one that was named is read whole where it was named too") {
    Tree tree;
    tree.write("all.yaml", defaults(80) + "---\n" + channel("one_more"));
    tree.write("a.yaml", channel("aaa"));
    tree.settle();
    for (const auto& paths :
         {std::vector{tree / "a.yaml", tree / "all.yaml"}, std::vector{tree / "a.yaml", tree.path()}}) {
        const auto snapshot = load_manifests(paths, {});
        REQUIRE(snapshot);
        CHECK(names(**snapshot) == Names{"aaa", "one_more"});
    }
}
