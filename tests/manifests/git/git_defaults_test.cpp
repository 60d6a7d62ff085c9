// ChannelDefaults in commits.
#include <doctest/doctest.h>

#include <filesystem>

#include "manifests/git/git_commit_reader.hpp"
#include "tests/manifests/directory/tree.hpp"
#include "tests/manifests/git/repository.hpp"

using namespace fairway;
using test::names;
using test::port_of;
using test::Repository;
using Names = std::vector<std::string>;

namespace {

std::string defaults(int port) {
    return "apiVersion: fairway/v1\nkind: ChannelDefaults\nspec:\n  port: " + std::to_string(port) +
           "\n  instance_ids: [one]\n";
}

std::string channel(const std::string& name) {
    return "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: " + name + "}\nspec: {}\n";
}

struct Desk {
    Desk()
        : home(
              (std::filesystem::create_directory(repository.folder.file("home")),
               repository.folder.file("home"))
          ),
          git(repository.path(), home, stop),
          reader("channels", "channels", {}) {}

    SnapshotPtr push(const Repository::Files& files) {
        auto result = reader.read(git, repository.push(files));
        if (!result) FAIL(result.error().what());
        return *result;
    }

    Repository repository;
    StopSignal stop;
    std::string home;
    GitProgram git;
    GitCommitReader reader;
};

}  // namespace

TEST_CASE("a commit that changes only defaults changes every channel below them") {
    Desk desk;
    const auto first = desk.push(
        {{"defaults.yaml", defaults(1)},  // above the source's path
         {"channels/team/defaults.yaml", defaults(80)},
         {"channels/team/a.yaml", channel("aaa")},
         {"channels/team/deep/b.yaml", channel("bbb")},
         {"channels/other/c.yaml", test::manifest("ccc", 70)}}
    );
    CHECK(port_of(*first, "aaa") == 80);
    CHECK(*first->find({"default", "bbb"})->inherited.front().file == "channels/team/defaults.yaml");
    const auto before = desk.reader.counts();

    const auto second = desk.push({{"channels/team/defaults.yaml", defaults(81)}});
    CHECK(port_of(*second, "aaa") == 81);
    CHECK(port_of(*second, "bbb") == 81);
    CHECK(second->find({"default", "ccc"}) == first->find({"default", "ccc"}));
    CHECK(desk.reader.counts().reads == before.reads + 3);

    const auto read = desk.reader.counts();
    const auto third = desk.push({{"channels/other/c.yaml", test::manifest("ccc", 71)}});
    CHECK(desk.reader.counts().reads == read.reads + 1);
    CHECK(desk.reader.counts().parses == read.parses + 1);
    CHECK(third->find({"default", "aaa"}) == second->find({"default", "aaa"}));

    const auto fourth = desk.push({{"channels/team/defaults.yaml", std::nullopt}});
    CHECK(names(*fourth) == Names{"ccc"});
    CHECK(fourth->unreadable.size() == 2);
    CHECK(port_of(*desk.push({{"channels/all.yaml", defaults(82)}}), "bbb") == 82);
}

TEST_CASE("above the source's path no defaults are looked for") {
    Desk desk;
    const auto snapshot =
        desk.push({{"defaults.yaml", defaults(80)}, {"channels/a.yaml", channel("aaa")}});
    CHECK(snapshot->manifests.empty());
    CHECK_FALSE(snapshot->complete());
}

TEST_CASE("a pointer of Git LFS in the place of defaults holds back the channels below") {
    Desk desk;
    desk.push({{"channels/common.yaml", defaults(80)}, {"channels/c.yaml", test::manifest("ccc", 70)}});
    const auto snapshot = desk.push(
        {{"channels/common.yaml", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"}}
    );
    CHECK(snapshot->manifests.empty());
    CHECK(snapshot->held_back.contains({"default", "ccc"}));
}
