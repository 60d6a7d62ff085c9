// A source that breaks, in every way that was thought of: nothing is deleted for it.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <functional>
#include <iterator>

#include "tests/process/owner.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

const std::string two = "channel_2", three = "channel_3";

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
    const auto at = text.find(part);
    if (at == std::string::npos) throw std::logic_error("the text has no " + part);
    return text.replace(at, part.size(), by);
}

/// channel_3's file, edited.
std::function<void(const Owner&)> edit(const std::string& part, const std::string& by) {
    return [part, by](const Owner& stage) {
        stage.manifest(three + ".yaml", replaced(read(stage.file_of(three)), part, by));
    };
}

std::function<void(const Owner&)> text(const std::string& all) {
    return [all](const Owner& stage) { stage.manifest(three + ".yaml", all); };
}

/// channel_3's file, cut off before the first `part`.
std::function<void(const Owner&)> cut(const std::string& part) {
    return [part](const Owner& stage) {
        const std::string whole = read(stage.file_of(three));
        stage.manifest(three + ".yaml", whole.substr(0, whole.find(part)));
    };
}

std::function<void(const Owner&)> rename_to(const std::string& name) {
    return
        [name](const Owner& stage) { fs::rename(stage.file_of(three), stage.manifests() + "/" + name); };
}

/// In the place of channel_3's file.
std::function<void(const Owner&)> instead(const std::function<void(const std::string&)>& make) {
    return [make](const Owner& stage) {
        fs::remove(stage.file_of(three));
        make(stage.file_of(three));
    };
}

struct Fault {
    const char* name;
    std::function<void(const Owner&)> make;
    /// What is validly and wholly removed by it, and hence deleted; of nearly all: nothing.
    Names removed = {};
};

const std::string head = "apiVersion: fairway/v1\nkind: VpcChannel\n";

const std::vector<Fault> faults{
    // The directory.
    {"directory missing", [](const Owner& s) { fs::remove_all(s.manifests()); }},
    {"directory emptied", [](const Owner& s) { s.clear(); }},
    {"directory empty but for lost+found",
     [](const Owner& s) {
         s.clear();
         fs::create_directory(s.manifests() + "/lost+found");
     }},
    {"directory now a file",
     [](const Owner& s) {
         fs::remove_all(s.manifests());
         std::ofstream(s.manifests()) << "nothing\n";
     }},
    {"directory now an empty file",
     [](const Owner& s) {
         fs::remove_all(s.manifests());
         std::ofstream(s.manifests()).flush();
     }},
    {"directory now a link to nowhere",
     [](const Owner& s) {
         fs::remove_all(s.manifests());
         fs::create_symlink("nowhere", s.manifests());
     }},
    {"directory now a link to an empty one",
     [](const Owner& s) {
         fs::remove_all(s.manifests());
         fs::create_directory(s.folder.file("void"));
         fs::create_symlink("void", s.manifests());
     }},
    {"directory now a link to itself",
     [](const Owner& s) {
         fs::remove_all(s.manifests());
         fs::create_symlink("manifests", s.manifests());
     }},
    {"nested too deep",
     [](const Owner& s) {
         std::string deep = s.manifests();
         for (int i = 0; i < 40; ++i) deep += "/d";
         fs::create_directories(deep);
         fs::rename(s.file_of(three), deep + "/channel_3.yaml");
     }},
    // What a file is.
    {"file now an empty directory", instead([](const auto& path) { fs::create_directory(path); })},
    {"file now a link to nowhere", instead([](const auto& path) { fs::create_symlink("gone", path); })},
    {"file now a link to another",
     instead([](const auto& path) { fs::create_symlink("channel_0.yaml", path); })},
    {"file now a fifo", instead([](const auto& path) { mkfifo(path.c_str(), 0600); })},
    {"file moved below a linked directory",
     [](const Owner& s) {
         fs::create_directory(s.folder.file("elsewhere"));
         fs::rename(s.file_of(three), s.folder.file("elsewhere/channel_3.yaml"));
         fs::create_directory_symlink("../elsewhere", s.manifests() + "/linked");
     }},
    {"control characters in the name", rename_to("channel\n3.yaml")},
    // What is in a file.
    {"emptied", text("")},
    {"blank", text("\n\n")},
    {"a byte order mark alone", text("\xEF\xBB\xBF")},
    {"zeroes of a lost write", text(std::string(512, '\0'))},
    {"over the size limit",
     [](const Owner& s) {
         std::ofstream(s.file_of(three), std::ios::app) << "# " << std::string(1024 * 1024, 'x');
     }},
    {"invalid UTF-8", edit("remark}", "\xff\xfe}")},
    {"UTF-16", text(std::string(
                   "\xff\xfe"
                   "a\0p\0i\0",
                   8
               ))},
    {"half-written, in the head", cut("kind:")},
    {"half-written, in a key", cut("ers:\n")},
    {"half-written, in a list", cut("ddd73cde")},
    {"half-written, before spec", cut("spec:")},
    {"truncated YAML", cut("type: ip")},
    {"tabs for indentation", edit("  port: 22", "\tport: 22")},
    {"duplicate key", edit("  port: 22\n", "  port: 22\n  port: 22\n")},
    {"unknown key", edit("  port: 22\n", "  port: 22\n  prot: 22\n")},
    {"an alias", edit("name: channel_3", "name: *name")},
    {"wrong kind", edit("kind: VpcChannel", "kind: VpcChanel")},
    {"another kind", edit("kind: VpcChannel", "kind: Deployment")},
    {"wrong apiVersion", edit("fairway/v1", "fairway/v9")},
    {"apiVersion misspelt", edit("fairway/v1", "fiarway/v1")},
    {"no apiVersion", edit("apiVersion: fairway/v1\n", "")},
    {"marks of a merge conflict",
     edit("  port: 22\n", "<<<<<<< ours\n  port: 22\n=======\n>>>>>>> x\n")},
    {"a Git LFS pointer", text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")},
    {"an error page in its place", text("<!DOCTYPE html><html><body>502</body></html>\n")},
    {"a list instead of a manifest", text("- " + head)},
    {"project renamed in metadata", edit("{name: channel_3}", "{name: channel_3, project: other}")},
    {"name null", edit("{name: channel_3}", "{name: null}")},
    {"name of another: twins in two files", edit("name: channel_3", "name: channel_0")},
    {"name of another in the same file",
     [](const Owner& s) {
         std::ofstream(s.file_of(two), std::ios::app) << "---\n" << Stage::demo("channel_2");
         s.remove("channel_3");
     }},
    {"separator of two documents damaged",
     [](const Owner& s) {
         s.manifest("channel_2.yaml", Stage::demo(two) + "--\n" + Stage::demo(three));
         s.remove("channel_3");
     }},
    {"separator of two documents lost",
     [](const Owner& s) {
         s.manifest("channel_2.yaml", Stage::demo(two) + Stage::demo(three));
         s.remove("channel_3");
     }},
    {"gone, while another is broken",
     [](const Owner& s) {
         s.remove("channel_3");
         s.manifest("channel_2.yaml", "nonsense: [");
     }},
    // A ConfigMap's volume.
    {"volume: swung to an empty generation",
     [](const Owner& s) {
         s.as_volume();
         s.swing("..two", {});
     }},
    {"volume: swung to a part, the names still there",
     [](const Owner& s) {
         s.as_volume();
         s.swing("..two", {"channel_0", "channel_1", two});
     }},
    {"volume: its generation missing",
     [](const Owner& s) {
         s.as_volume();
         fs::remove_all(s.manifests() + "/..one");
     }},
    {"volume: ..data missing",
     [](const Owner& s) {
         s.as_volume();
         fs::remove(s.manifests() + "/..data");
     }},
    // No change at all.
    {"renamed, with the same content", rename_to("another.yml")},
    {"moved into a directory",
     [](const Owner& s) {
         fs::create_directory(s.manifests() + "/team");
         fs::rename(s.file_of(three), s.manifests() + "/team/channel_3.yaml");
     }},
    {"as a volume, the same", [](const Owner& s) { s.as_volume(); }},
    // Valid and whole: a person, or a program, has said that it shall go.
    {"REMOVED: the file", [](const Owner& s) { s.remove("channel_3"); }, {three}},
    {"REMOVED: hidden by a dot", rename_to(".channel_3.yaml"), {three}},
    {"REMOVED: the extension changed", rename_to("channel_3.yaml.bak"), {three}},
    {"REMOVED: commented out", text("# was here\n# kind: VpcChannel\n"), {three}},
    {"REMOVED: case-changed name", edit("name: channel_3", "name: Channel_3"), {three}},
    {"REMOVED: another program's document in its place",
     text("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: channel_3}\n"),
     {three}},
    {"REMOVED: volume, with its name",
     [](const Owner& s) {
         s.as_volume();
         s.swing("..two", {"channel_0", "channel_1", two});
         fs::remove(s.file_of(three));
     },
     {three}},
    {"REMOVED: the whole tree replaced by another",
     [](const Owner& s) {
         s.clear();
         s.declare("other");
     },
     {"channel_0", "channel_1", two, three}},
};

TEST_CASE("a fault of a source deletes nothing, and a removal just what was removed") {
    Owner stage;
    stage.reconcile = Owner::generous;
    stage.configure();
    stage.own(4);
    const Names all = stage.live();
    const auto live_ids = [&] {
        Names ids;
        for (const auto& channel : stage.cloud.channels()) ids.insert(channel.id);
        return ids;
    };
    for (const Fault& fault : faults) {
        const std::string what = fault.name;
        CAPTURE(what);
        const std::size_t before = stage.deletes();
        const Names ids = live_ids();
        fault.make(stage);
        const auto pruned = stage.prune();
        CAPTURE(pruned.code);
        CAPTURE(pruned.out);
        CAPTURE(pruned.err);
        CHECK(stage.deletes() == before + 2 * fault.removed.size());
        for (const std::string& name : all) {
            CAPTURE(name);
            CHECK(stage.live().contains(name) != fault.removed.contains(name));
        }
        if (fault.removed.empty()) {
            const Names now = live_ids();  // not made anew either
            CHECK(std::includes(now.begin(), now.end(), ids.begin(), ids.end()));
        }

        fs::remove_all(stage.manifests());
        fs::create_directory(stage.manifests());
        for (const std::string& name : all) stage.declare(name);
        if (stage.live() == all) continue;
        const auto restored = stage.prune();
        REQUIRE(restored.code == 0);
        REQUIRE(stage.live() == all);
    }
    CHECK(faults.size() >= 45);
}

}  // namespace
}  // namespace fairway
