#include "manifests/git/git_commit_reader.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/manifests/directory/tree.hpp"
#include "tests/manifests/git/repository.hpp"

using namespace fairway;
using test::manifest;
using test::names;
using test::port_of;
using test::Repository;
using Names = std::vector<std::string>;

namespace {

/// A reader of a repository that is filled in place: no network is needed to read a commit.
struct Desk {
    explicit Desk(std::string path = "channels", GitLimits limits = {})
        : home(
              (std::filesystem::create_directory(repository.folder.file("home")),
               repository.folder.file("home"))
          ),
          git(repository.path(), home, stop),
          reader("channels", std::move(path), {}, limits) {}

    Result<SnapshotPtr> read(const std::string& commit) { return reader.read(git, commit); }
    SnapshotPtr good(const std::string& commit) {
        auto result = read(commit);
        if (!result) FAIL(result.error().what());
        return *result;
    }
    /// A commit whose folder `channels` has one good manifest, `good.yaml`, and these entries.
    std::string with(std::vector<Repository::Entry> entries) const {
        entries.push_back({"100644", repository.blob(manifest("VPC_good")), "good.yaml"});
        const std::string folder = repository.tree(entries);
        return repository.commit_tree(repository.tree({{"40000", folder, "channels"}}));
    }

    Repository repository;
    StopSignal stop;
    std::string home;
    GitProgram git;
    GitCommitReader reader;
};

std::string problems_of(const ManifestSnapshot& snapshot) {
    std::string out;
    for (const ManifestProblem& problem : snapshot.problems) out += to_string(problem) + '\n';
    return out;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_CASE("the manifests of a commit are those below the path, by name and content") {
    Desk desk;
    const std::string commit = desk.repository.push(
        {{"channels/a.yaml", manifest("VPC_a", 81)},
         {"channels/deep/er/b.json", manifest("VPC_b", 82)},
         {"channels/README.md", "no manifest"},
         {"channels/.hidden.yaml", "no: manifest"},
         {"channels/.github/x.yaml", "no: manifest"},
         {"elsewhere/c.yaml", manifest("VPC_c")}},
        "Add two channels\n\nand a text below"
    );
    const auto snapshot = desk.good(commit);
    CHECK(names(*snapshot) == Names{"VPC_a", "VPC_b"});
    CHECK(snapshot->files == 2);
    CHECK(snapshot->complete());
    CHECK(snapshot->version == commit);
    CHECK(snapshot->change == "Ann Author: Add two channels");
    CHECK(snapshot->find({"default", "VPC_b"})->place.file == "channels/deep/er/b.json");
}

TEST_CASE("without a path the whole repository is read") {
    Desk desk("");
    const auto snapshot = desk.good(desk.repository.push({{"a.yaml", manifest("VPC_a")}}));
    CHECK(names(*snapshot) == Names{"VPC_a"});
    CHECK(snapshot->find({"default", "VPC_a"})->place.file == "a.yaml");
}

TEST_CASE("from one commit to the next only what changed is read and parsed") {
    Desk desk;
    desk.good(desk.repository.push(
        {{"channels/a.yaml", manifest("VPC_a", 81)}, {"channels/b.yaml", manifest("VPC_b", 82)}}
    ));
    const auto commit = desk.repository.push({{"channels/b.yaml", manifest("VPC_b", 83)}});
    const auto second = desk.good(commit);
    CHECK(port_of(*second, "VPC_b") == 83);
    CHECK(desk.reader.counts().reads == 3);
    CHECK(desk.reader.counts().parses == 3);

    CHECK(desk.good(commit) == second);
    CHECK(desk.reader.counts().listings == 2);

    // The wish of a commit that touches no manifest is the same, under another name.
    const auto third = desk.good(desk.repository.push({{"README", "x"}}, "Write more"));
    CHECK(third->revision == second->revision);
    CHECK(third->version != second->version);
    CHECK(third->change == "Ann Author: Write more");
    CHECK(desk.reader.counts().reads == 3);

    const auto fourth = desk.good(desk.repository.push({{"channels/a.yaml", std::nullopt}}));
    CHECK(names(*fourth) == Names{"VPC_b"});
    CHECK(desk.reader.counts().reads == 3);
}

TEST_CASE("another configuration has everything parsed anew") {
    Desk desk;
    const auto commit = desk.repository.push({{"channels/a.yaml", manifest("VPC_a")}});
    desk.good(commit);
    ManifestContext context;
    context.projects = {"other"};
    context.check_names = true;
    desk.reader.set_context(context);
    CHECK(desk.good(commit)->find({"other", "VPC_a"}) != nullptr);
}

TEST_CASE("a file that broke protects what it declared when it was whole") {
    Desk desk;
    desk.good(desk.repository.push({{"channels/a.yaml", manifest("VPC_a") + "---\n" + manifest("VPC_b")}}
    ));
    const auto broken =
        desk.good(desk.repository.push({{"channels/a.yaml", "apiVersion: fairway/v1\nk"}}));
    CHECK_FALSE(broken->complete());
    CHECK(broken->unreadable.contains({"default", "VPC_a"}));
    CHECK(broken->unreadable.contains({"default", "VPC_b"}));
    const auto mended = desk.good(desk.repository.push({{"channels/a.yaml", manifest("VPC_a")}}));
    CHECK(mended->complete());
    CHECK(names(*mended) == Names{"VPC_a"});
}

TEST_CASE("links are not followed: what they may stand for is refused") {
    struct Case {
        const char *name, *target, *wrong;
    };
    const Case cases[] = {
        {"a.yaml", "good.yaml", "channels/a.yaml: is a symbolic link, and links are not followed"},
        {"a.yaml", "/etc/passwd", "channels/a.yaml: is a symbolic link, and links are not followed"},
        {"more", "/etc", "channels/more: is a symbolic link that leads out of the manifests"},
        {"more", "../elsewhere", "channels/more: is a symbolic link that leads out of the manifests"},
        {"more", "../channels", "channels/more: is a symbolic link that leads out of the manifests"},
        {"more", ".", "channels/more: is a symbolic link to a directory"},
        {"more", "more", "channels/more: is a symbolic link by way of another link"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.target);
        Desk desk;
        const auto snapshot =
            desk.good(desk.with({{"120000", desk.repository.blob(one.target), one.name}}));
        CHECK(names(*snapshot) == Names{"VPC_good"});
        CHECK(snapshot->invalid == 1);
        CHECK_MESSAGE(has(problems_of(*snapshot), one.wrong), problems_of(*snapshot));
    }
}

TEST_CASE("a chain of fifty links is refused as every link to a link is") {
    Desk desk;
    std::vector<Repository::Entry> links;
    for (int i = 0; i < 50; ++i)
        links.push_back(
            {"120000", desk.repository.blob("link" + std::to_string(i + 1)), "link" + std::to_string(i)}
        );
    links.push_back({"120000", desk.repository.blob("sub"), "link50"});
    const auto inner = desk.repository.tree({{"100644", desk.repository.blob("x"), "x"}});
    links.push_back({"40000", inner, "sub"});
    const auto snapshot = desk.good(desk.with(links));
    CHECK(snapshot->invalid == 51);
    CHECK(names(*snapshot) == Names{"VPC_good"});
}

TEST_CASE("a link without a manifest's name that leads to a file is passed over") {
    Desk desk;
    const auto snapshot =
        desk.good(desk.with({{"120000", desk.repository.blob("good.yaml"), "latest"}}));
    CHECK(snapshot->complete());
}

TEST_CASE("odd names are told with question marks, and never read") {
    Desk desk;
    const std::string text = manifest("VPC_odd");
    const auto snapshot = desk.good(desk.with(
        {{"100644", desk.repository.blob(text), "a\nb.yaml"},
         {"100644", desk.repository.blob(text), std::string(4200, 'x') + ".yaml"},
         {"100644", desk.repository.blob(text), "dot.yaml."},
         {"100644", desk.repository.blob(text), "blank.yaml "}}
    ));
    CHECK(names(*snapshot) == Names{"VPC_good"});
    CHECK(snapshot->invalid == 2);
    CHECK(has(problems_of(*snapshot), "channels/a?b.yaml: the name has control characters"));
    CHECK(has(problems_of(*snapshot), "has a path of 4205 bytes"));
}

TEST_CASE("components that mean something to git or to the system are not entered") {
    Desk desk;
    const auto inner =
        desk.repository.tree({{"100644", desk.repository.blob(manifest("VPC_planted")), "planted.yaml"}}
        );
    const auto snapshot = desk.good(desk.with({{"40000", inner, ".."}, {"40000", inner, ".git"}}));
    CHECK(names(*snapshot) == Names{"VPC_good"});
}

TEST_CASE("names that differ only by case are read, with a warning") {
    Desk desk;
    const auto snapshot = desk.good(desk.with(
        {{"100644", desk.repository.blob(manifest("VPC_one")), "A.yaml"},
         {"100644", desk.repository.blob(manifest("VPC_two")), "a.yaml"}}
    ));
    CHECK(names(*snapshot) == Names{"VPC_good", "VPC_one", "VPC_two"});
    CHECK(snapshot->complete());
    CHECK(has(problems_of(*snapshot), "channels/a.yaml: warning: differs only by case from A.yaml"));
}

TEST_CASE("a directory in a manifest's place is refused") {
    Desk desk;
    const auto inner =
        desk.repository.tree({{"100644", desk.repository.blob(manifest("VPC_in")), "in.yaml"}});
    const auto snapshot = desk.good(desk.with({{"40000", inner, "a.yaml"}}));
    CHECK(names(*snapshot) == Names{"VPC_good"});
    CHECK(snapshot->invalid == 1);
    CHECK(has(
        problems_of(*snapshot), "channels/a.yaml: is a directory, and its name is that of a manifest"
    ));
}

TEST_CASE("a submodule is passed over with a warning, and refused in a manifest's place") {
    Desk desk;
    const std::string id(40, '1');
    const auto passed = desk.good(desk.with({{"160000", id, "lib"}}));
    CHECK(passed->complete());
    CHECK(passed->files == 1);
    CHECK_MESSAGE(
        has(problems_of(*passed), "channels/lib: warning: is a submodule, and submodules are not read"),
        problems_of(*passed)
    );
    const auto refused = desk.good(desk.with({{"160000", id, "lib.yaml"}}));
    CHECK(refused->invalid == 1);
}

TEST_CASE("a pointer of Git LFS is refused as what it is") {
    Desk desk;
    const auto snapshot = desk.good(desk.repository.push(
        {{"channels/a.yaml", "version https://git-lfs.github.com/spec/v1\noid sha256:" +
                                 std::string(64, 'a') + "\nsize 9\n"}}
    ));
    CHECK(snapshot->invalid == 1);
    CHECK(has(problems_of(*snapshot), "is a pointer of Git LFS"));
}

TEST_CASE("attributes have no effect on what is read") {
    Desk desk;
    const std::string text = manifest("VPC_a") + "# $Id$\n";
    const auto plain = desk.good(desk.repository.push({{"channels/a.yaml", text}}));
    const auto revision = plain->revision;
    const auto again = desk.good(desk.repository.push(
        {{".gitattributes", "*.yaml text eol=crlf ident filter=lfs working-tree-encoding=UTF-16\n"},
         {"channels/.gitattributes", "*.yaml export-ignore\n"},
         {"channels/b.yaml", manifest("VPC_b")}}
    ));
    CHECK(names(*again) == Names{"VPC_a", "VPC_b"});
    CHECK(again->complete());
    CHECK(again->revision != revision);
}

TEST_CASE("a repository within the repository, its configuration and its hooks are only files") {
    Desk desk("");
    const auto snapshot = desk.good(desk.repository.push(
        {{"bare/HEAD", "ref: refs/heads/main\n"},
         {"bare/config", "[core]\n\tbare = true\n\tfsmonitor = touch " +
                             desk.repository.folder.file("pwned") + "\n\thooksPath = hooks\n"},
         {"bare/objects/x", "x"},
         {"bare/refs/x", "x"},
         {"bare/hooks/post-checkout", "#!/bin/sh\ntouch " + desk.repository.folder.file("pwned") + "\n"},
         {"a.yaml", manifest("VPC_a")}}
    ));
    CHECK(names(*snapshot) == Names{"VPC_a"});
    CHECK_FALSE(std::filesystem::exists(desk.repository.folder.file("pwned")));
}

TEST_CASE("what is too much is an error of the whole") {
    GitLimits limits;
    limits.max_files = 3;
    limits.max_total_bytes = 2000;
    limits.max_depth = 2;
    {
        Desk desk("channels", limits);
        const auto result = desk.read(desk.repository.push(
            {{"channels/a.yaml", "1"},
             {"channels/b.yaml", "1"},
             {"channels/c.yaml", "1"},
             {"channels/d.yaml", "1"}}
        ));
        REQUIRE_FALSE(result);
        CHECK(has(result.error().what(), "d.yaml: is one file too many; at most 3 are read"));
    }
    {
        Desk desk("channels", limits);
        const auto result =
            desk.read(desk.repository.push({{"channels/a.yaml", std::string(2001, '#')}}));
        REQUIRE_FALSE(result);
        CHECK(has(result.error().what(), "a.yaml: makes the files too large together"));
    }
    {
        Desk desk("channels", limits);
        const auto result = desk.read(desk.repository.push({{"channels/1/2/3/a.yaml", "1"}}));
        REQUIRE_FALSE(result);
        CHECK(has(result.error().what(), "lies more than 2 directories deep"));
    }
}

TEST_CASE("a file above the limit is refused without being read") {
    Desk desk;
    const auto snapshot = desk.good(desk.repository.push(
        {{"channels/a.yaml", manifest("VPC_a")}, {"channels/big.yaml", std::string(1'048'577, '#')}}
    ));
    CHECK(names(*snapshot) == Names{"VPC_a"});
    CHECK(has(problems_of(*snapshot), "channels/big.yaml: has 1048577 bytes"));
    CHECK(desk.reader.counts().reads == 1);
}

TEST_CASE("a path that is missing in the commit, or no directory, is an error") {
    Desk desk;
    const auto missing = desk.read(desk.repository.push({{"other/a.yaml", manifest("VPC_a")}}));
    REQUIRE_FALSE(missing);
    CHECK(missing.error().cls() == ErrorClass::not_found);
    CHECK(has(missing.error().what(), "path channels does not exist in commit " + desk.repository.head())
    );
    const auto file = desk.read(desk.repository.push({{"channels", "x"}}));
    REQUIRE_FALSE(file);
    CHECK(has(file.error().what(), "path channels is no directory"));
}

TEST_CASE("a path that is there and holds no manifest is an empty snapshot") {
    Desk desk;
    const auto snapshot = desk.good(desk.repository.push({{"channels/.gitkeep", "x"}}));
    CHECK(snapshot->manifests.empty());
    CHECK(snapshot->complete());
    CHECK(snapshot->files == 0);
}

TEST_CASE("a repository that lacks an object is told as damaged") {
    Desk desk;
    const std::string blob = desk.repository.blob(manifest("VPC_gone"));
    const auto commit = desk.with({{"100644", blob, "gone.yaml"}});
    std::filesystem::remove(
        desk.repository.path() + "/objects/" + blob.substr(0, 2) + "/" + blob.substr(2)
    );
    const auto result = desk.read(commit);
    REQUIRE_FALSE(result);
    CHECK(result.error().cls() == ErrorClass::conflict);
    CHECK(desk.read(std::string(40, 'a')).error().cls() == ErrorClass::conflict);
}

TEST_CASE("a commit's author and subject are one line of text, whatever stands there") {
    const auto hostile = parse_git_commit(
        "c",
        "tree t\nauthor \x1b[31mEve\xff\t<eve@x> 1 +0\ncommitter c\n\n\n \x1b]0;t\x07 "
        "sub\xe2\x80\xaeject"
        "\nmore\n"
    );
    CHECK(hostile.author == "?[31mEve?");
    CHECK(hostile.subject == "?]0;t? sub?ject");
    CHECK(parse_git_commit("c", "author  <only@x> 1 +0\n\n").author == "only@x");
    CHECK(parse_git_commit("c", "").subject.empty());
    CHECK(parse_git_commit("c", "a\n\n" + std::string(5000, 'x')).subject.size() == 103);
}

}  // namespace
