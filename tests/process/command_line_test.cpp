// The command line itself: odd arguments, broken outputs, hostile names, and ids that must be exact.
#include <doctest/doctest.h>
#include <rapidjson/document.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "tests/process/owner.hpp"

namespace fairway {
namespace {

using Words = std::vector<std::string>;

/// No byte that a terminal would obey, and nothing that is not UTF-8.
bool is_plain(const std::string& text) {
    for (const char c : text) {
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f) return false;
    }
    return text.find('\xff') == std::string::npos && text.find("\xe2\x80\xae") == std::string::npos;
}

TEST_CASE("a flag that is unknown or lacks its value ends with 3 and names it") {
    const Stage stage;
    for (const auto& [words, named] : std::vector<std::pair<Words, std::string>>{
             {{"plan", "--nonsense"}, "--nonsense"},
             {{"plan", "--prun"}, "--prun"},
             {{"plan", "-x"}, "-x"},
             {{"plan", "--out"}, "--out"},
             {{"plan", "-o"}, "--output"},
             {{"plan", "-o", "loud"}, "--output"},
             {{"plan", "-l"}, "--selector"},
             {{"apply", "--timeout"}, "--timeout"},
             {{"history", "--limit", "many"}, "--limit"},
             {{"suspend"}, "name"},
             {{"plan", "-f"}, "--file"},
         }) {
        CAPTURE(words);
        const auto ended = stage.run(words);
        CAPTURE(ended.err);
        CHECK(ended.code == 3);
        CHECK(contains(ended.err, named));
        CHECK(ended.out.empty());
    }
    CHECK(stage.cloud.audit().empty());
}

TEST_CASE("a value that is given twice is refused, a switch that is given twice is one") {
    const Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    for (const Words& words :
         {Words{"plan", "-o", "json", "-o", "text"}, Words{"--config", "other.yaml", "plan"},
          Words{"apply", "--timeout", "1s", "--timeout", "2s"}}) {
        CAPTURE(words);
        const auto ended = stage.run(words);
        CHECK(ended.code == 3);
        CHECK(contains(
            ended.err, words[0] == "plan"    ? "--output"
                       : words[0] == "apply" ? "--timeout"
                                             : "--config"
        ));
    }
    CHECK(stage.run({"plan", "--detailed-exitcode", "--detailed-exitcode"}).code == 2);
    CHECK(stage.run({"plan", "-f", stage.manifests(), "-f", stage.manifests()}).code == 0);
}

TEST_CASE("-- ends the flags, and - is a name like any other") {
    const Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    const auto dashed = stage.run({"plan", "--", "--prune"});
    CHECK(dashed.code == 3);
    CHECK(contains(dashed.out + dashed.err, "--prune"));
    const auto dash = stage.run({"plan", "-"});
    CHECK(dash.code == 3);
    CHECK(stage.run({"plan", "--", "VPC_demo"}).code == 0);
    CHECK(stage.run({"--", "plan"}).code == 3);
    const auto file = stage.run({"validate", "-f", "-"});
    CHECK(file.code == 7);
    CHECK(contains(file.err, "-: "));
}

TEST_CASE("line ends, escape codes and bad bytes of an argument are written out in messages") {
    Owner stage;
    stage.own(1);
    const std::string hostile = "x\x1b[2J\nfairway: all is well\r\x7f\xff\xe2\x80\xae";
    const std::string nowhere = stage.folder.file("ca.pem/");
    for (const Words& words :
         {Words{"plan", "--" + hostile},
          Words{"plan", hostile},
          Words{hostile},
          Words{"plan", "-f", nowhere + hostile},
          Words{"plan", "-l", hostile},
          Words{"approve", hostile},
          Words{"suspend", hostile},
          Words{"describe", hostile},
          Words{"history", hostile},
          Words{"apply", "--plan", nowhere + hostile},
          Words{"apply", "--timeout", hostile},
          Words{"plan", "-o", hostile},
          Words{"check", "--project", hostile},
          Words{"export", hostile},
          Words{"export", "--dir", nowhere + hostile},
          Words{"plan", "--out", nowhere + hostile},
          Words{"adopt", hostile},
          Words{"release", hostile},
          Words{"undelete", hostile},
          Words{"reconcile", hostile},
          Words{"explain", hostile},
          Words{"fmt", nowhere + hostile},
          Words{"completion", hostile}}) {
        CAPTURE(words.front());
        const auto ended = stage.run(words);
        CAPTURE(ended.err);
        CAPTURE(ended.out);
        CHECK(ended.code != 0);
        CHECK(is_plain(ended.err));
        CHECK(is_plain(ended.out));
        CHECK_FALSE(contains(ended.err, "\nfairway: all is well"));
    }
    Process config(
        {FAIRWAY_BINARY, "--config", stage.folder.file(hostile), "plan"}, stage.folder.path()
    );
    CHECK(config.wait() == 3);
    CHECK(is_plain(config.err()));
    CHECK(contains(config.err(), "x\\x1b[2J\\x0a"));
}

/// Runs a command line of the shell, in which $fairway is the program with the stage's configuration.
Stage::Ended in_shell(const Stage& stage, const std::string& text) {
    Process shell(
        {"/bin/sh", "-c", text}, stage.folder.path(),
        {{"fairway", std::string(FAIRWAY_BINARY) + " --config " + stage.folder.file("fairway.yaml")},
         {"pipe", stage.folder.file("pipe")}}
    );
    const int code = shell.wait().value_or(-1);
    return {code, shell.out(), shell.err()};
}

TEST_CASE("a result that nobody could be given is no success") {
    Owner stage;
    stage.own(2);
    stage.declare("fresh_7");
    REQUIRE(stage.run({"plan", "-o", "name"}).out == "default/fresh_7\n");
    REQUIRE(mkfifo(stage.folder.file("pipe").c_str(), 0600) == 0);
    const std::string nobody_reads = "3<>$pipe >$pipe 3<&-";
    for (const std::string& out :
         {std::string(">&-"), std::string("<&- >&-"), std::string(">/dev/full"), nobody_reads}) {
        for (const std::string command :
             {"plan", "plan -o name", "get -o json", "validate", "schema", "history", "--help"}) {
            CAPTURE(out);
            CAPTURE(command);
            const auto ended = in_shell(stage, "exec $fairway " + command + " " + out);
            CHECK(ended.code == 1);
            CHECK(contains(ended.err, "could not be written to stdout"));
        }
    }
}

TEST_CASE("an apply whose report is lost is done all the same, and harms no file") {
    Owner stage;
    stage.own(1);
    for (const std::string streams : {"<&- >&- 2>&-", ">/dev/full 2>/dev/full", "<&- >&-"}) {
        CAPTURE(streams);
        stage.declare("fresh" + std::to_string(streams.size()));
        CHECK(in_shell(stage, "exec $fairway apply --yes " + streams).code == 1);
        CHECK(stage.live().contains("fresh" + std::to_string(streams.size())));
        const auto again = stage.run({"plan", "--detailed-exitcode"});  // the store is as it should be
        CAPTURE(again.err);
        CHECK(again.code == 0);
        std::ifstream lock(stage.folder.file("state/fairway.db.lock"));
        const std::string held{std::istreambuf_iterator<char>(lock), {}};
        CHECK(held.find_first_not_of("0123456789\n") == std::string::npos);
    }
}

TEST_CASE("what programs read is one document of JSON, whatever the names are") {
    Owner stage;
    stage.own(1);
    const std::string remark = "\\\"}],\\\\ </script>\\u2028\u202e \U0001f600 {{x}} $(x) `x`";
    std::string text = Stage::demo("hostile");
    const std::string usual = "member_group_remark: remark}\n    - {member_group_name: default";
    REQUIRE(contains(text, usual));
    text.replace(text.find(usual), 27, "member_group_remark: \"" + remark + "\"");
    stage.manifest("hostile.yaml", text);
    stage.manifest("b\"\\, '\u202e.yaml", Stage::demo("broken", 70000));
    stage.manifest("key.yaml", Stage::demo("keyed") + "  \"a\\\"b\\\\c\": 1\n");
    stage.cloud.plant(
        Owner::first_instance,
        R"({"name":"\"}],\\ \u202e</script>","port":99,"balance_strategy":1,"member_type":"ip"})"
    );
    for (const Words& words :
         {Words{"validate", "-o", "json"}, Words{"plan", "-o", "json"},
          Words{"apply", "--yes", "-o", "json"}, Words{"get", "-o", "json"},
          Words{"history", "-o", "json"}, Words{"describe", "hostile", "-o", "json"},
          Words{"check", "-o", "json"}}) {
        CAPTURE(words.front());
        const auto ended = stage.run(words);
        CAPTURE(ended.out);
        rapidjson::Document json;
        json.Parse<rapidjson::kParseValidateEncodingFlag>(ended.out.data(), ended.out.size());
        REQUIRE_FALSE(json.HasParseError());
        CHECK(json.IsObject());
    }
    CHECK(contains(stage.run({"plan", "-o", "json"}).out, "b\\\"\\\\, "));  // the file is named
    CHECK(stage.live().contains("hostile"));                                // that remark is a good one
}

TEST_CASE("an approval needs the whole id as it was shown, a release the whole name") {
    Owner stage;
    stage.own(6);
    stage.remove("channel_4");
    stage.remove("channel_5");
    const std::string id = approval_in(stage.prune().out);
    REQUIRE(id.size() == 16);
    std::string upper = "ABCDEF" + id.substr(6);
    for (const std::string& wrong :
         {id.substr(0, 15), id + "0", " " + id, id + "\n", upper, std::string("*"), std::string()}) {
        CAPTURE(wrong);
        CHECK(stage.run({"approve", wrong}).code == 3);
    }
    std::string other = id;
    other[0] = id[0] == '0' ? '1' : '0';
    CHECK(stage.run({"approve", other}).code == 0);  // an id, but of nothing that was refused
    const auto held = stage.prune();
    CHECK(held.code == 5);
    CHECK(approval_in(held.out) == id);
    CHECK(stage.deletes() == 0);

    for (const std::string wrong : {"channel", "channel_", "CHANNEL_0", "channel_0 ", "*", ""})
        CHECK(stage.run({"release", wrong, "--yes"}).code == 3);
    CHECK(contains(stage.run({"describe", "channel_0"}).out, "created by us"));

    REQUIRE(stage.run({"approve", id}).code == 0);
    CHECK(stage.prune().code == 0);
    CHECK(stage.deletes() == 4);
}

}  // namespace
}  // namespace fairway
