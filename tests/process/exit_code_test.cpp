// The exit codes, which scripts rely on: each of them, and which one stands where several fit.
#include <doctest/doctest.h>
#include <rapidjson/document.h>
#include <yaml-cpp/yaml.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "tests/process/owner.hpp"

namespace fairway {
namespace {

using apic_simulator::FaultKind;
using apic_simulator::FaultRule;

const std::string create = "CreateProjectVpcChannel";

/// Creates of channels that match are answered with this.
FaultRule refusing(const std::string& channel, int status, const std::string& code) {
    FaultRule rule;
    rule.operation = create;
    rule.channel = channel;
    rule.status = status;
    rule.code = code;
    return rule;
}

const FaultRule not_permitted = refusing("not_permitted*", 403, "APIG.1005");
const FaultRule not_reached = refusing("not_reached*", 500, "APIG.9999");
const FaultRule not_accepted = refusing("not_accepted*", 400, "APIG.2012");

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void foreign(Owner& stage) {
    stage.cloud.plant(
        Owner::first_instance, R"({"name":"foreign","port":99,"balance_strategy":1,"member_type":"ip"})"
    );
    stage.declare("foreign");
}

TEST_CASE("0 is done, and for a plan that nothing is to change; 2 is that something is") {
    Owner stage;
    stage.declare("one");
    CHECK(stage.run({"validate"}).code == 0);
    CHECK(stage.run({"plan"}).code == 0);
    CHECK(stage.run({"plan", "--detailed-exitcode"}).code == 2);
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    CHECK(stage.run({"plan", "--detailed-exitcode"}).code == 0);
    CHECK(stage.run({"get"}).code == 0);
    CHECK(stage.run({"history"}).code == 0);
    stage.declare("one", 8080);
    CHECK(stage.run({"plan", "--detailed-exitcode"}).code == 2);
}

TEST_CASE("every failure alone has its code") {
    struct Case {
        const char* name;
        FaultRule fault;
        int code;
    };
    for (const Case& one : {
             Case{"not_accepted", not_accepted, 1},
             Case{"not_permitted", not_permitted, 6},
             Case{"not_reached", not_reached, 7},
         }) {
        CAPTURE(one.code);
        Owner stage;
        stage.cloud.set_faults({one.fault});
        stage.declare(one.name);
        const auto ended = stage.run({"apply", "--yes", "--timeout", "500ms"});
        CAPTURE(ended.out);
        CHECK(ended.code == one.code);
        CHECK(stage.live().empty());

        stage.declare("fine");  // 4: something was applied, something failed
        const auto partly = stage.run({"apply", "--yes", "--timeout", "500ms"});
        CAPTURE(partly.out);
        CHECK(partly.code == 4);
        CHECK(contains(partly.out, std::string("default/") + one.name));
        // 4 also where it was right already.
        CHECK(stage.run({"apply", "--yes", "--timeout", "500ms"}).code == 4);
        CHECK(stage.live() == std::set<std::string>{"fine"});
    }
}

TEST_CASE("where several failures fit, the order is 6, 7, 5, 3, 1") {
    const auto code_of = [](const std::vector<const char*>& names, bool with_foreign, bool broken) {
        Owner stage;
        stage.cloud.set_faults({not_permitted, not_reached, not_accepted});
        for (const char* name : names) stage.declare(name);
        if (with_foreign) foreign(stage);
        if (broken) stage.manifest("broken.yaml", Stage::demo("broken", 70000));
        return stage.run({"apply", "--yes", "--timeout", "500ms"}).code;
    };
    CHECK(code_of({"not_permitted", "not_reached", "not_accepted"}, true, true) == 6);
    CHECK(code_of({"not_reached", "not_accepted"}, true, true) == 7);
    CHECK(code_of({"not_accepted"}, true, true) == 5);
    CHECK(code_of({"not_accepted"}, false, true) == 3);
}

TEST_CASE("a plan tells the worst of what it met, and prints the rest") {
    Owner stage;
    stage.declare("one");
    stage.manifest("broken.yaml", Stage::demo("broken", 70000));
    const auto planned = stage.run({"plan", "--detailed-exitcode"});
    CHECK(planned.code == 3);
    CHECK(contains(planned.out, "1 to create"));
    stage.endpoint = "https://127.0.0.1:1";
    stage.configure();
    const auto unreachable = stage.run({"plan"});
    CHECK(unreachable.code == 7);
    CHECK(contains(unreachable.out, "broken.yaml:5:9"));
}

TEST_CASE("3 is a flag, a name or a configuration that is wrong, and nothing is written") {
    Owner stage;
    stage.declare("one");
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"apply", "--yes", "nobody"},
             {"plan", "nobody"},
             {"plan", "other/one"},
             {"apply", "--yes", "-l", "a b"},
             {"apply", "--yes", "--timeout", "0s"},
             {"apply", "--plan", "x", "--prune"},
             {"approve", "nonsense"},
             {"suspend", "other/one"},
             {"suspend", "one", "--for", "soon"},
         }) {
        CAPTURE(words.back());
        const auto ended = stage.run(words);
        CAPTURE(ended.out);
        CHECK(ended.code == 3);
    }
    CHECK(stage.writes() == 0);
}

TEST_CASE("5 is an apply that nobody confirmed: without a terminal and without --yes") {
    Owner stage;
    stage.own(5);
    const std::size_t writes = stage.writes();
    const auto still = stage.run({"apply"});  // nothing to confirm
    CAPTURE(still.out);
    CHECK(still.code == 0);

    stage.remove("channel_4");
    stage.declare("fresh");
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"apply", "--prune"}, {"apply"}, {"apply", "fresh"}, {"apply", "--prune", "channel_4"}}) {
        CAPTURE(words);
        const auto refused = stage.run(words);
        CAPTURE(refused.out);
        CHECK(refused.code == 5);
        CHECK(contains(refused.out, "not confirmed, so nothing was written"));
        CHECK(contains(refused.out, "--yes"));
    }
    CHECK(stage.writes() == writes);
    CHECK(stage.live().size() == 5);
    // What is left alone without --prune needs no word.
    CHECK(stage.run({"apply", "channel_4"}).code == 0);
    // A plan that was looked at is one.
    const std::string file = stage.folder.file("plan.json");
    REQUIRE(stage.run({"plan", "--prune", "--out", file}).code == 0);
    CHECK(stage.run({"apply", "--plan", file}).code == 0);
    CHECK(stage.deletes() == 2);
}

TEST_CASE("when the time limit passes, what is in flight is finished, and the rest is told") {
    Owner stage;
    stage.reconcile = "{drift_interval: 1h, workers: 1}";
    stage.configure();
    stage.cloud.set_latency({{create, 2000}});
    stage.declare("one");
    stage.declare("two");
    const auto ended = stage.run({"apply", "--yes", "--timeout", "1s"});
    CAPTURE(ended.out);
    CHECK(ended.code == 4);
    CHECK(stage.live().size() == 1);
    CHECK(contains(ended.out, "not done before the end"));
}

TEST_CASE("the time limit holds for the first look too") {
    Owner stage;
    stage.declare("fresh");
    apic_simulator::FaultRule silence;
    silence.kind = apic_simulator::FaultKind::hang;
    silence.operation = "ListProjectVpcChannelsV2";
    stage.cloud.set_faults({silence});
    const auto ended = stage.run({"apply", "--yes", "--timeout", "500ms"});
    CAPTURE(ended.out);
    CHECK(ended.code == 7);
    CHECK(contains(ended.out, "time limit passed"));
    CHECK(stage.writes() == 0);
}

TEST_CASE("8 is a store that another Fairway holds, and stands before all else") {
    Owner stage;
    stage.declare("one");
    std::string address;
    const Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return stage.live().size() == 1; }));
    stage.manifest("broken.yaml", Stage::demo("broken", 70000));
    const std::size_t writes = stage.writes();
    CHECK(stage.run({"apply", "--yes"}).code == 8);
    CHECK(stage.prune().code == 8);
    CHECK(stage.run({"run", "--once"}).code == 8);
    CHECK(stage.run({"plan"}).code == 3);
    CHECK(stage.writes() == writes);
}

TEST_CASE("a signal ends an apply with 130 or 143, and what was begun is finished or recorded") {
    for (const int signal : {SIGINT, SIGTERM}) {
        CAPTURE(signal);
        Owner stage;
        stage.reconcile = "{drift_interval: 1h, workers: 2}";
        stage.configure();
        stage.cloud.set_latency({{create, 20}});
        for (int i = 0; i < 40; ++i) stage.declare("channel_" + std::to_string(i));
        stage.manifest("broken.yaml", Stage::demo("broken", 70000));
        Process apply = stage.start({"apply", "--yes"});
        REQUIRE(eventually([&] { return !stage.cloud.audit(0, create).empty(); }));
        apply.signal(signal);
        CHECK(apply.wait().value_or(-1) == 128 + signal);
        CHECK(contains(apply.out(), "broken.yaml"));  // the report is printed all the same
        const std::size_t made = stage.live().size();
        CHECK(made >= 1);
        CHECK(made < 40);
        CHECK(stage.cloud.channels().size() == 2 * made);

        stage.remove("broken");
        CHECK(stage.run({"apply", "--yes"}).code == 0);
        CHECK(stage.cloud.channels().size() == 80);
    }
}

TEST_CASE("a saved plan is applied as it was shown, and is then used up") {
    Owner stage;
    stage.own(5);
    stage.remove("channel_4");
    stage.declare("channel_0", 8080);
    stage.declare("fresh");
    const std::string file = stage.folder.file("plan.json");
    REQUIRE(stage.run({"plan", "--prune", "--out", file}).code == 0);
    const auto applied = stage.run({"apply", "--plan", file});
    CAPTURE(applied.out);
    CHECK(applied.code == 0);
    CHECK(stage.deletes() == 2);
    CHECK(stage.live().contains("fresh"));
    const std::size_t writes = stage.writes();
    CHECK(stage.run({"apply", "--plan", file}).code == 5);
    CHECK(stage.writes() == writes);
}

TEST_CASE("a plan that shows what the configuration deletes is no stale one") {
    Owner stage;
    stage.own(5);
    stage.reconcile = "{drift_interval: 1h, prune: \"on\"}";
    stage.configure();
    stage.remove("channel_4");
    const std::string file = stage.folder.file("plan.json");
    const auto planned = stage.run({"plan", "--out", file});
    CHECK(contains(planned.out, "1 to delete"));
    const auto applied = stage.run({"apply", "--plan", file});
    CAPTURE(applied.out);
    CHECK(applied.code == 0);
    CHECK(stage.deletes() == 2);
}

TEST_CASE("a plan is refused where anything changed since, and nothing is written") {
    Owner stage;
    stage.own(2);
    stage.declare("channel_0", 8080);
    const std::string file = stage.folder.file("plan.json");
    REQUIRE(stage.run({"plan", "--out", file}).code == 0);
    const std::size_t writes = stage.writes();
    const auto is_stale = [&] {
        const auto ended = stage.run({"apply", "--plan", file});
        CAPTURE(ended.out);
        CHECK(ended.code == 5);
        CHECK(contains(ended.out, "the plan is stale"));
        CHECK(stage.writes() == writes);
    };
    stage.declare("channel_1", 8081);  // the manifests
    is_stale();
    stage.declare("channel_1");

    const std::string id = stage.cloud.channels_named("channel_1").front().id;
    const auto port = [&](int to) {
        stage.cloud.change(id, [to](apic_simulator::Channel& channel) { channel.port = to; });
    };
    port(99);  // the cloud
    is_stale();
    port(22);

    const std::string other = "another-store.db";
    const std::string config = read(stage.folder.file("fairway.yaml"));
    std::string moved = config;
    moved.replace(moved.find("fairway.db"), 10, other);
    stage.folder.write("fairway.yaml", moved);
    is_stale();
    stage.folder.write("fairway.yaml", config);
    CHECK(stage.run({"apply", "--plan", file}).code == 0);
}

TEST_CASE("a plan is refused where a channel that it deletes or writes over changed since") {
    Owner stage;
    stage.own(5);
    stage.declare("channel_0", 8080);
    stage.remove("channel_4");
    const std::string file = stage.folder.file("plan.json");
    REQUIRE(stage.run({"plan", "--prune", "--out", file}).code == 0);
    const std::size_t writes = stage.writes();
    const auto changed = [&](const char* name, const auto& edit, const auto& back) {
        CAPTURE(name);
        const std::string id = stage.cloud.channels_named(name).front().id;
        REQUIRE(stage.cloud.change(id, edit));
        const auto ended = stage.run({"apply", "--plan", file});
        CAPTURE(ended.out);
        CHECK(ended.code == 5);
        CHECK(contains(ended.out, "the plan is stale"));
        CHECK(stage.writes() == writes);
        REQUIRE(stage.cloud.change(id, back));
    };
    using apic_simulator::Channel;
    changed(
        "channel_4", [](Channel& channel) { channel.port = 23; },
        [](Channel& channel) { channel.port = 22; }
    );
    changed(
        "channel_4", [](Channel& channel) { channel.members.front().host = "192.168.0.9"; },
        [](Channel& channel) { channel.members.front().host = "192.168.0.5"; }
    );
    changed(  // a field that no manifest manages
        "channel_0", [](Channel& channel) { channel.members.front().is_backup = true; },
        [](Channel& channel) { channel.members.front().is_backup = false; }
    );
    // What changes by itself, and in which order things are told, says nothing.
    for (const auto& live : stage.cloud.channels()) {
        REQUIRE(stage.cloud.change(live.id, [](Channel& channel) {
            channel.update_time += std::chrono::hours(1);
            channel.status = 2;
            std::swap(channel.members.front(), channel.members.back());
            std::swap(channel.groups.front(), channel.groups.back());
        }));
    }
    const auto applied = stage.run({"apply", "--plan", file});
    CAPTURE(applied.out);
    CHECK(applied.code == 0);
    CHECK(stage.deletes() == 2);
}

TEST_CASE("a plan for one cloud project is not carried out in another") {
    apic_simulator::Config config;
    config.projects.push_back(config.projects.front());
    config.projects.back().id = "73d69ae0cfcf460190522d06b60f05ae";
    for (auto& instance : config.projects.back().instances) instance.id[0] = 'a';
    Owner stage(config);
    stage.declare("one");
    const std::string file = stage.folder.file("plan.json");
    REQUIRE(stage.run({"plan", "--out", file}).code == 0);
    std::string text = read(stage.folder.file("fairway.yaml"));
    text.replace(text.find("b60f05ad"), 8, "b60f05ae");
    stage.folder.write("fairway.yaml", text);
    const auto ended = stage.run({"apply", "--plan", file});
    CAPTURE(ended.out);
    CHECK(ended.code == 5);
    CHECK(stage.writes() == 0);
}

TEST_CASE("what is no plan is refused with 3, and a damaged one too") {
    Owner stage;
    stage.own(1);
    stage.declare("channel_0", 8080);
    const std::string file = stage.folder.file("plan.json");
    REQUIRE(stage.run({"plan", "--out", file}).code == 0);
    const std::string plan = read(file);
    const std::size_t writes = stage.writes();
    for (const std::string& text :
         {std::string(), plan.substr(0, plan.size() / 2), std::string("[]"), Stage::demo(),
          std::string("{\"apiVersion\": \"fairway.plan/v9\"}"),
          plan.substr(0, plan.find("\"prune\"")) + "\"prune\": 1, \"allow_replace\": []}"}) {
        CAPTURE(text);
        stage.folder.write("plan.json", text);
        CHECK(stage.run({"apply", "--plan", file}).code == 3);
    }
    CHECK(stage.run({"apply", "--plan", stage.folder.file("missing.json")}).code == 3);
    CHECK(stage.run({"apply", "--plan", stage.folder.path()}).code == 3);
    CHECK(stage.writes() == writes);
}

TEST_CASE("labels and names narrow what is written") {
    Owner stage;
    const auto labelled = [&](const std::string& name, const std::string& team) {
        std::string text = Stage::demo(name);
        const std::string bare = "{name: " + name + "}";
        text.replace(text.find(bare), bare.size(), "{name: " + name + ", labels: {team: " + team + "}}");
        stage.manifest(name + ".yaml", text);
    };
    labelled("one", "payments");
    labelled("two", "search");
    stage.declare("three");
    using Names = std::set<std::string>;
    CHECK(stage.run({"apply", "--yes", "-l", "team=payments"}).code == 0);
    CHECK(stage.live() == Names{"one"});
    CHECK(stage.run({"apply", "--yes", "three"}).code == 0);
    CHECK(stage.live() == Names{"one", "three"});
    CHECK(stage.run({"apply", "--yes", "default/two", "-l", "team in (search, web)"}).code == 0);
    CHECK(stage.live() == Names{"one", "three", "two"});
    CHECK(stage.run({"apply", "--yes", "two", "nobody"}).code != 0);
}

TEST_CASE("YAML says what JSON says") {
    Owner stage;
    stage.own(2);
    stage.declare("channel_1", 8080);
    stage.declare("yes");
    const auto plan = stage.run({"plan", "-o", "yaml"});
    CHECK(plan.code == 0);
    CAPTURE(plan.out);
    CHECK(plan.out.starts_with("apiVersion: fairway.report/v1\nsummary:\n  create: 1\n"));
    const YAML::Node report = YAML::Load(plan.out);
    REQUIRE(report["changes"].size() == 2);
    CHECK(report["changes"][0]["fields"][0]["path"].as<std::string>() == "/port");
    CHECK(report["changes"][0]["fields"][0]["after"].as<std::string>() == "8080");
    CHECK(report["changes"][1]["name"].Tag() == "!");  // in quotes: it is a name and no truth
    CHECK(report["errors"].size() == 0);
    CHECK(YAML::Load(stage.run({"get", "-o", "yaml"}).out)["channels"].size() == 3);
    CHECK(stage.run({"history", "-o", "yaml"}).code == 0);
    CHECK(YAML::Load(stage.run({"describe", "channel_0", "-o", "yaml"}).out).IsMap());
}

TEST_CASE("the report in JSON is one document, also of a mixed lot") {
    Owner stage;
    stage.own(5);
    stage.cloud.set_faults({not_permitted});
    stage.declare("not_permitted");
    stage.declare("fresh");
    stage.declare("channel_0", 8080);
    stage.remove("channel_3");
    stage.remove("channel_4");
    stage.manifest("broken.yaml", Stage::demo("broken", 70000));
    const auto ended = stage.prune({"-o", "json"});
    CHECK(ended.code == 4);
    rapidjson::Document json;
    json.Parse(ended.out.c_str());
    CAPTURE(ended.out);
    REQUIRE_FALSE(json.HasParseError());
    CHECK(json["apiVersion"] == "fairway.report/v1");
    CHECK(json["summary"]["create"] == 2);
    CHECK(json["summary"]["update"] == 1);
    CHECK(json["summary"]["unchanged"] == 2);
    std::set<std::string> told;
    for (const auto& change : json["changes"].GetArray()) {
        CHECK(change["project"] == "default");
        told.insert(std::string(change["action"].GetString()) + " " + change["name"].GetString());
    }
    CHECK(
        told ==
        std::set<std::string>{
            "create fresh", "create not_permitted", "refused channel_3", "refused channel_4",
            "update channel_0"}
    );
    bool place = false, code = false;
    for (const auto& error : json["errors"].GetArray()) {
        place = place || (error.HasMember("line") && error["line"].IsInt() && error["line"] == 5);
        code = code || error["code"] == "APIG.1005";
    }
    CHECK(place);
    CHECK(code);
}

}  // namespace
}  // namespace fairway
