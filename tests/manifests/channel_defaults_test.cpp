#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "manifests/defaults_tree.hpp"
#include "manifests/file_results.hpp"
#include "tests/manifests/manifest_text.hpp"

using namespace fairway;
using test::told;

namespace {

/// Files as a source puts them together.
class Folder {
public:
    ManifestContext context;

    ManifestSnapshot read(const std::map<std::string, std::string>& texts) {
        std::vector<FileInLook> files;
        std::vector<std::pair<std::string, std::string>> named(texts.begin(), texts.end());
        for (const auto& [path, text] : named) {
            const auto& before = whole_[path];
            files.push_back({path, &text, nullptr, before});
        }
        DefaultsTree tree;
        const auto unread =
            parse_below_defaults(files, tree, [&](std::size_t i, const DefaultsPtr& defaults) {
                return std::make_shared<const FileManifests>(
                    parse_manifests(named[i].first, named[i].second, context, defaults)
                );
            });
        REQUIRE(unread.empty());
        std::vector<std::shared_ptr<const FileManifests>> results;
        for (const auto& file : files) {
            results.push_back(file.result);
            if (file.result->invalid == 0 && !file.result->blank)
                whole_[std::string(file.path)] = file.result;
        }
        return assemble(std::move(results), "test");
    }

private:
    std::map<std::string, std::shared_ptr<const FileManifests>> whole_;
};

std::string defaults(const std::string& rest) {
    return "apiVersion: fairway/v1\nkind: ChannelDefaults\n" + rest;
}

std::string channel(const std::string& name, const std::string& spec = "{}") {
    return "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: " + name + "}\nspec: " + spec +
           "\n";
}

const std::string shared_spec =
    "spec:\n"
    "  port: 80\n"
    "  member_type: ip\n"
    "  instance_ids: [one, two]\n"
    "  vpc_health_config: {protocol: tcp, threshold_normal: 2, threshold_abnormal: 5,"
    " time_interval: 10, timeout: 5}\n";

const Manifest& found(const ManifestSnapshot& snapshot, const std::string& name) {
    const Manifest* manifest = snapshot.find({"default", name});
    if (!manifest) FAIL(name << " is not there\n" << told(snapshot));
    return *manifest;
}

std::string origins(const Manifest& manifest) {
    std::string out;
    for (const auto& field : manifest.inherited) out += field.path + '=' + told(field) + ' ';
    return out;
}

}  // namespace

TEST_CASE("channels of the directory and of those below have what they lack from the defaults") {
    Folder folder;
    const auto snapshot = folder.read(
        {{"d/defaults.yaml", defaults(shared_spec)},
         {"d/a.yaml", channel("aaa")},
         {"d/deep/down/b.yaml", channel("bbb", "{port: 81}")},
         {"c.yaml", channel("ccc", "{port: 82, instance_ids: [one]}")},
         {"dd/e.yaml", channel("eee", "{port: 83, instance_ids: [one]}")}}
    );
    CHECK(told(snapshot).empty());
    const Manifest& a = found(snapshot, "aaa");
    CHECK(a.spec.port == 80);
    CHECK(a.spec.instance_ids == std::vector<InstanceId>{"one", "two"});
    CHECK(a.spec.member_type == MemberType::ip);
    REQUIRE(a.spec.vpc_health_config);
    CHECK(a.spec.vpc_health_config->timeout == 5);
    CHECK(
        origins(a) ==
        "spec.instance_ids=d/defaults.yaml:6 spec.member_type=d/defaults.yaml:5 "
        "spec.port=d/defaults.yaml:4 spec.vpc_health_config=d/defaults.yaml:7 "
    );
    REQUIRE(a.origin_of("/vpc_health_config/timeout"));
    CHECK(a.origin_of("/vpc_health_config/timeout")->line == 7);
    CHECK(a.origin_of("/members/x/weight") == nullptr);

    const Manifest& b = found(snapshot, "bbb");
    CHECK(b.spec.port == 81);  // its own
    CHECK(b.origin_of("/port") == nullptr);
    CHECK(b.spec.member_type == MemberType::ip);
    for (const auto* name : {"ccc", "eee"}) {  // beside, not below
        CHECK(found(snapshot, name).inherited.empty());
        CHECK_FALSE(found(snapshot, name).spec.member_type);
    }
}

TEST_CASE("the nearest defaults win, whole field by whole field") {
    Folder folder;
    const auto snapshot = folder.read(
        {{"all.yaml", defaults(shared_spec + "lifecycle: {drift: warn, adopt: if-equal}\n")},
         {"near/defaults.json",
          R"({"apiVersion": "fairway/v1", "kind": "ChannelDefaults",
 "spec": {"instance_ids": ["three"], "balance_strategy": 2},
 "lifecycle": {"drift": "correct"}})"},
         {"near/a.yaml", channel(
                             "aaa",
                             "{vpc_health_config: {protocol: tcp, threshold_normal: 1,"
                             " threshold_abnormal: 1, time_interval: 9, timeout: 3}}"
                         )}}
    );
    CHECK(told(snapshot).empty());
    const Manifest& a = found(snapshot, "aaa");
    CHECK(a.spec.instance_ids == std::vector<InstanceId>{"three"});
    CHECK(a.spec.balance_strategy == BalanceStrategy::wlc);
    CHECK(a.spec.port == 80);
    CHECK(a.spec.vpc_health_config->time_interval == 9);
    CHECK(a.lifecycle.drift == DriftPolicy::correct);
    CHECK(a.lifecycle.adopt == AdoptPolicy::if_equal);
    CHECK(a.origin_of("/port")->line == 4);
    CHECK(told(*a.origin_of("/instance_ids")) == "near/defaults.json:2");
    CHECK(a.origin_of("/vpc_health_config/path") == nullptr);
}

TEST_CASE("labels and annotations come together by key, the project where none is named") {
    Folder folder;
    folder.context.projects = {"blue", "green"};
    const auto snapshot = folder.read(
        {{"defaults.yaml", defaults(
                               "metadata:\n  project: green\n  labels: {team: core, tier: one}\n"
                               "  annotations: {page: here}\n" +
                               shared_spec
                           )},
         {"a.yaml",
          "apiVersion: fairway/v1\nkind: VpcChannel\n"
          "metadata: {name: aaa, labels: {team: shop}}\nspec: {}\n"},
         {"b.yaml",
          "apiVersion: fairway/v1\nkind: VpcChannel\n"
          "metadata: {name: bbb, project: blue}\nspec: {}\n"}}
    );
    CHECK(told(snapshot).empty());
    const Manifest* a = snapshot.find({"green", "aaa"});
    REQUIRE(a);
    CHECK(a->labels == std::map<std::string, std::string>{{"team", "shop"}, {"tier", "one"}});
    CHECK(a->annotations.at("page") == "here");
    CHECK(origins(*a).find("metadata.labels.tier=defaults.yaml:5") != std::string::npos);
    CHECK(origins(*a).find("metadata.labels.team") == std::string::npos);
    CHECK(origins(*a).find("metadata.project=defaults.yaml:4") != std::string::npos);
    CHECK(snapshot.find({"blue", "bbb"}));
}

TEST_CASE("absent, empty and null keep their meanings") {
    Folder folder;
    const std::string groups = "  member_groups: [{member_group_name: one}]\n";
    const auto snapshot = folder.read(
        {{"defaults.yaml", defaults(shared_spec + groups + "lifecycle: {ignore: [/port]}\n")},
         {"a.yaml", channel("aaa")},
         {"b.yaml", channel("bbb", "{member_groups: []}\nlifecycle: {ignore: []}")},
         {"c.yaml", channel("ccc", "{port: null}")}}
    );
    CHECK(found(snapshot, "aaa").spec.member_groups->size() == 1);
    CHECK(found(snapshot, "aaa").lifecycle.ignore.size() == 1);
    CHECK(found(snapshot, "bbb").spec.member_groups->empty());
    CHECK(found(snapshot, "bbb").lifecycle.ignore.empty());
    CHECK(told(snapshot).find("c.yaml:4:14: spec.port: is null") == 0);
}

TEST_CASE("rules across fields are checked on the whole, at the place that has the field") {
    Folder folder;
    SUBCASE("the channel contradicts its defaults") {
        const auto snapshot = folder.read(
            {{"defaults.yaml", defaults(shared_spec)},
             {"a.yaml", channel("aaa", "{members: [{ecs_id: x, ecs_name: y}]}")}}
        );
        CHECK(told(snapshot).find("a.yaml:4:18: spec.members[0].host: is missing") == 0);
    }
    SUBCASE("the fault shows in what the defaults hold") {
        const auto snapshot = folder.read(
            {{"defaults.yaml", defaults(
                                   shared_spec + "  member_groups: [{member_group_name: one, "
                                                 "reference_vpc_channel_id: abc}]\n"
                               )},
             {"a.yaml", channel("aaa")},
             {"b.yaml", channel("bbb", "{member_groups: []}")}}
        );
        CHECK(
            told(snapshot).find(
                "defaults.yaml:8:70: spec.member_groups[0].reference_vpc_channel_id: only groups of a "
                "reference channel have it, for the channel \"aaa\" in a.yaml"
            ) == 0
        );
        CHECK(snapshot.problems.size() == 1);
        CHECK(snapshot.problems.front().key == ChannelKey{"default", "aaa"});
        CHECK(snapshot.unreadable == std::set<ChannelKey>{{"default", "aaa"}});
        found(snapshot, "bbb");
    }
}

TEST_CASE("broken defaults hold back every channel below, and freeze what is removed") {
    Folder folder;
    std::string text;
    SUBCASE("a value") {
        text = defaults("spec: {port: 99999}\n");
    }
    SUBCASE("an unknown key") {
        text = defaults("spec: {prot: 80}\n");
    }
    SUBCASE("what cannot be shared") {
        text = defaults("spec: {port: 80, members: []}\n");
    }
    SUBCASE("a name") {
        text = defaults("metadata: {name: all}\nspec: {port: 80}\n");
    }
    SUBCASE("null") {
        text = defaults("spec: {port: null}\n");
    }
    SUBCASE("a rule of its own fields") {
        text = defaults(
            "spec: {vpc_health_config: {protocol: tcp, threshold_normal: 2, threshold_abnormal: 5, "
            "time_interval: 5, timeout: 5}}\n"
        );
    }
    SUBCASE("its kind has a typo") {
        text = "apiVersion: fairway/v1\nkind: ChannelDefault\nspec: {port: 80}\n";
    }
    SUBCASE("its version has one") {
        text = "apiVersion: fairway/v2\nkind: ChannelDefaults\nspec: {port: 80}\n";
    }
    SUBCASE("it breaks off") {
        text = defaults("spec: {port: 80\n");
    }
    SUBCASE("it cannot be read from its first line on") {
        text = "\t- {\n" + defaults("");
    }
    CAPTURE(text);
    const auto snapshot = folder.read(
        {{"d/defaults.yaml", text},
         {"d/a.yaml", channel("aaa", "{port: 80, instance_ids: [one]}")},
         {"d/deep/b.yaml", channel("bbb")},
         {"c.yaml", channel("ccc", "{port: 80, instance_ids: [one]}")}}
    );
    CHECK(snapshot.manifests.size() == 1);
    found(snapshot, "ccc");
    CHECK(snapshot.unreadable == std::set<ChannelKey>{{"default", "aaa"}, {"default", "bbb"}});
    CHECK_FALSE(snapshot.complete());
    CHECK(snapshot.invalid == 3);
    CHECK(snapshot.held_back.at({"default", "bbb"}).file == "d/defaults.yaml");
    // One error says what is wrong, one what that means; none of them blames the channels.
    CHECK(snapshot.problems.size() == 2);
    for (const auto& problem : snapshot.problems) CHECK(problem.place.file == "d/defaults.yaml");
    CHECK(told(snapshot).find("2 channels below them are left alone") != std::string::npos);
}

TEST_CASE("what a channel below broken defaults says wrongly is told at once all the same") {
    Folder folder;
    const auto snapshot = folder.read(
        {{"defaults.yaml", defaults("spec: {port: x}\n")}, {"a.yaml", channel("aaa", "{prot: 80}")}}
    );
    CHECK(told(snapshot).find("a.yaml:4:8: spec.prot: unknown key; did you mean port?") == 0);
    CHECK(told(snapshot).find("is missing") == std::string::npos);
}

TEST_CASE("two ChannelDefaults in a directory are refused at both places") {
    Folder folder;
    std::map<std::string, std::string> files{{"d/c.yaml", channel("ccc")}};
    SUBCASE("two files") {
        files["d/a.yaml"] = defaults("spec: {port: 80}\n");
        files["d/b.yaml"] = defaults("spec: {instance_ids: [one]}\n");
    }
    SUBCASE("one file") {
        files["d/a.yaml"] =
            defaults("spec: {port: 80}\n---\n") + defaults("spec: {instance_ids: [one]}\n");
    }
    const auto snapshot = folder.read(files);
    CHECK(snapshot.manifests.empty());
    CHECK(snapshot.unreadable.size() == 1);
    CHECK_FALSE(snapshot.complete());
    std::vector<std::string> twins;
    for (const auto& problem : snapshot.problems) {
        if (problem.field == "kind") twins.push_back(to_string(problem));
    }
    REQUIRE(twins.size() == 2);
    const std::string second = files.contains("d/b.yaml") ? "d/b.yaml:1:1" : "d/a.yaml:5:1";
    CHECK(
        twins[0].find(
            "d/a.yaml:1:1: kind: the directory has several ChannelDefaults, also at " + second
        ) == 0
    );
    CHECK(twins[1].find("also at d/a.yaml:1:1") != std::string::npos);
}

TEST_CASE("defaults may stand in a file with channels, and between others in depth") {
    Folder folder;
    const auto snapshot = folder.read(
        {{"all.yaml", channel("aaa") + "---\n" + defaults(shared_spec) + "---\n" + channel("bbb")},
         {"near/near.yaml", defaults("spec: {port: 81}\n")},
         {"near/ccc.yaml", channel("ccc")}}
    );
    CHECK(told(snapshot).empty());
    CHECK(found(snapshot, "aaa").spec.port == 80);
    CHECK(found(snapshot, "bbb").spec.port == 80);
    CHECK(found(snapshot, "ccc").spec.port == 81);
    CHECK(found(snapshot, "ccc").spec.instance_ids.size() == 2);
}

TEST_CASE("defaults written so that a search for their kind misses them hold all the same") {
    Folder folder;
    const auto snapshot = folder.read(
        {{"a.yaml", channel("aaa")},
         {"d.yaml", "apiVersion: fairway/v1\nkind: \"Channel\\u0044efaults\"\n" + shared_spec}}
    );
    CHECK(told(snapshot).empty());
    CHECK(found(snapshot, "aaa").spec.port == 80);
}

TEST_CASE("without its defaults a channel lacks what it needs, and no longer manages the rest") {
    Folder folder;
    const std::string own = channel("bbb", "{port: 80, instance_ids: [one]}");
    folder.read({{"defaults.yaml", defaults(shared_spec)}, {"a.yaml", channel("aaa")}, {"b.yaml", own}});
    const auto snapshot = folder.read({{"a.yaml", channel("aaa")}, {"b.yaml", own}});
    CHECK(told(snapshot).find("a.yaml:4:7: spec.instance_ids: is missing") == 0);
    CHECK_FALSE(found(snapshot, "bbb").spec.vpc_health_config);
}

TEST_CASE("a file of defaults that was emptied or broken is not taken for one without defaults") {
    Folder folder;
    const std::string own = channel("bbb", "{port: 80, instance_ids: [one]}");
    folder.read({{"d.yaml", defaults(shared_spec)}, {"b.yaml", own}});
    std::string now;
    SUBCASE("emptied") {}
    SUBCASE("of no known kind") {
        now = "apiVersion: fairway/v1\nkind: Thing\n";
    }
    SUBCASE("no text") {
        now = "\xFF\xFE";
    }
    for (int round = 0; round < 2; ++round) {
        const auto snapshot = folder.read({{"d.yaml", now}, {"b.yaml", own}});
        CHECK(snapshot.manifests.empty());
        CHECK(snapshot.held_back.contains({"default", "bbb"}));
        CHECK(told(snapshot).find("a channel below them is left alone") != std::string::npos);
    }
    const auto snapshot = folder.read({{"b.yaml", own}});  // removed on purpose
    found(snapshot, "bbb");
}

TEST_CASE("a file that cannot be read and is named for defaults counts as broken ones") {
    CHECK_FALSE(refused_file("d/Defaults.yaml", "is a link", "").defaults.empty());
    CHECK(refused_file("defaults/a.yaml", "is a link", "").defaults.empty());
}

TEST_CASE("below broken defaults a channel without a project may be of any") {
    Folder folder;
    folder.context.projects = {"blue", "green"};
    const auto snapshot =
        folder.read({{"d.yaml", defaults("spec: {port: x}\n")}, {"a.yaml", channel("aaa")}});
    CHECK(snapshot.unreadable == std::set<ChannelKey>{{"blue", "aaa"}, {"green", "aaa"}});
}

TEST_CASE("a change of defaults is another wish and another revision") {
    Folder folder;
    const auto before = folder.read({{"d.yaml", defaults(shared_spec)}, {"a.yaml", channel("aaa")}});
    auto text = shared_spec;
    text.replace(text.find("80"), 2, "81");
    const auto after = folder.read({{"d.yaml", defaults(text)}, {"a.yaml", channel("aaa")}});
    CHECK(before.revision != after.revision);
    CHECK(changes_between(before, after).size() == 1);
}
