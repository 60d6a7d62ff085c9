// What validate prints for the programs that check a pull request.
#include <doctest/doctest.h>
#include <rapidjson/document.h>
#include <unistd.h>

#include <filesystem>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

TEST_CASE("validate -o github annotates files as the repository knows them") {
    const Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    stage.manifest("bad.yaml", Stage::demo("bad", 70000));
    std::filesystem::create_directory(stage.folder.file(".git"));
    const auto validate = [&](const std::string& folder, const std::string& path, int code) {
        Process ended(
            {"/bin/sh", "-c",
             "cd " + folder + " && exec " FAIRWAY_BINARY " validate -o github -f " + path},
            stage.folder.path()
        );
        CHECK(ended.wait() == code);
        return ended.out();
    };
    const std::string root = stage.folder.path();
    const std::string checked = validate(root, "manifests", 3);
    CAPTURE(checked);
    CHECK(checked.starts_with("::error file=manifests/bad.yaml,line="));
    CHECK(contains(checked, ",title=Fairway%3A spec.port::spec.port: "));
    CHECK(contains(checked, "\n1 channel valid, 1 document refused, in 2 files\n"));
    // The repository's folder counts, wherever the program is started and however the path is given.
    CHECK(validate(stage.manifests(), ".", 3) == checked);
    CHECK(validate(stage.manifests(), stage.manifests(), 3) == checked);
    CHECK(contains(validate("/usr", stage.manifests(), 3), "file=" + stage.manifests() + "/bad.yaml,"));
    CHECK(validate(root, "manifests/demo.yaml", 0) == "1 channel valid, in 1 file\n");
}

TEST_CASE("validate -o sarif prints one log, whatever it found") {
    const Stage stage;
    stage.manifest("bad.yaml", Stage::demo("bad", 70000));
    const auto results = [&](const std::vector<std::string>& more, int code) {
        std::vector<std::string> words{"validate", "-o", "sarif"};
        words.insert(words.end(), more.begin(), more.end());
        const auto ended = stage.run(words);
        CAPTURE(ended.out);
        CHECK(ended.code == code);
        rapidjson::Document log;
        log.Parse(ended.out.c_str());
        REQUIRE_FALSE(log.HasParseError());
        CHECK(log["version"] == "2.1.0");
        std::vector<std::string> rules;
        for (const auto& result : log["runs"][0]["results"].GetArray()) {
            rules.emplace_back(result["ruleId"].GetString());
        }
        return rules;
    };
    using Rules = std::vector<std::string>;
    CHECK(results({"-f", stage.manifests()}, 3) == Rules{"spec.port"});
    stage.manifest("bad.yaml", "a: [");
    CHECK(results({"-f", stage.manifests()}, 3) == Rules{"manifest"});
    stage.manifest("bad.yaml", Stage::demo());
    CHECK(results({"-f", stage.manifests()}, 0).empty());
    std::filesystem::create_directory(stage.folder.file("nothing"));
    CHECK(results({"-f", stage.folder.file("nothing")}, 3) == Rules{"manifest"});
    std::string elsewhere = Stage::demo();
    const std::string id = Stage::first_instance;
    elsewhere.replace(elsewhere.find(id), id.size(), "abc0000000000000000000000000000f");
    stage.manifest("bad.yaml", elsewhere);
    CHECK(results({"--online"}, 3) == Rules{"cloud"});
}

TEST_CASE("only validate takes the formats of annotations") {
    const Stage stage;
    for (const char* format : {"github", "sarif"}) {
        const auto ended = stage.run({"plan", "-o", format});
        CHECK(ended.code == 3);
        CHECK(contains(ended.err, "text or yaml"));
    }
}

}  // namespace
}  // namespace fairway
