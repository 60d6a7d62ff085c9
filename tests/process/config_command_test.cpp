// `fairway config`: what is printed, what is checked, and how it ends.
#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <fstream>
#include <iterator>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("the printed configuration, put in the place of its file, plans and prints the same") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    const auto planned = stage.run({"plan", "-o", "json"});
    REQUIRE(planned.code == 0);
    for (const bool effective : {true, false}) {
        CAPTURE(effective);
        std::vector<std::string> words{"config", "print"};
        if (effective) words.emplace_back("--effective");
        const auto printed = stage.run(words);
        CAPTURE(printed.out);
        CHECK(printed.code == 0);
        CHECK(printed.err == "");
        CHECK(
            printed.out.starts_with("# " + stage.folder.file("fairway.yaml") + " (given by --config)\n")
        );
        CHECK_FALSE(contains(printed.out, "ExampleSecretKey"));
        CHECK(contains(printed.out, "workers: 64  # default\n") == effective);
        const std::string before = bytes_of(stage.folder.file("fairway.yaml"));
        stage.folder.write("fairway.yaml", printed.out);
        CHECK(stage.run({"plan", "-o", "json"}).out == planned.out);
        const auto again = stage.run(words);
        CHECK(again.code == 0);
        stage.folder.write("fairway.yaml", again.out);
        CHECK(stage.run(words).out == again.out);  // now the places are the same too
        stage.folder.write("fairway.yaml", before);
    }
}

TEST_CASE("as JSON every value has its path, its type and its origin") {
    Stage stage;
    const auto printed = stage.run({"config", "print", "--effective", "-o", "json"});
    CHECK(printed.code == 0);
    rapidjson::Document json;
    json.Parse(printed.out.data(), printed.out.size());
    REQUIRE_FALSE(json.HasParseError());
    CHECK(json["apiVersion"] == "fairway.report/v1");
    CHECK(json["file"].GetString() == stage.folder.file("fairway.yaml"));
    std::map<std::string, const rapidjson::Value*> rows;
    for (const auto& row : json["settings"].GetArray()) rows[row["path"].GetString()] = &row;
    const auto& secret = *rows.at("projects[0].credentials.secret_key.file");
    CHECK(secret["value"].GetString() == stage.folder.file("secret_key"));
    CHECK(secret["origin"] == "file");
    CHECK(secret["line"].GetInt() == 11);
    CHECK(secret["column"].GetInt() == 26);
    const auto& workers = *rows.at("reconcile.workers");
    CHECK(workers["value"].GetInt() == 64);
    CHECK(workers["origin"] == "default");
    CHECK_FALSE(workers.HasMember("line"));
    CHECK((*rows.at("reconcile.allow_empty"))["value"].IsFalse());
    CHECK((*rows.at("reconcile.drift_interval"))["value"] == "1h");
    CHECK(stage.run({"config", "print", "-o", "yaml"}).out.starts_with("apiVersion: fairway.report/v1\n")
    );
}

TEST_CASE("an invalid configuration is told whole, prints nothing, and ends with 3") {
    Stage stage;
    CHECK(stage.run({"config", "check"}).out == stage.folder.file("fairway.yaml") + " is valid\n");
    stage.reconcile = "{workers: 0, drift_intervall: 5m}";
    stage.extra = "log: {level: loud}\n";
    stage.configure();
    Process process(
        {FAIRWAY_BINARY, "config", "check"}, stage.folder.path(),
        {{"FAIRWAY_CONFIG", stage.folder.file("fairway.yaml")}, {"https_proxy", "socks5://p:1"}}
    );
    CHECK(process.wait() == 3);
    const std::string err = process.err();
    CAPTURE(err);
    for (const char* part :
         {"fairway.yaml:1:1: proxy: the environment's https_proxy is no URL of an HTTP proxy",
          "fairway.yaml:18:22: reconcile.workers: 0 is out of range",
          "reconcile.drift_intervall: unknown key; did you mean drift_interval?",
          "log.level: \"loud\""}) {
        CAPTURE(part);
        CHECK(contains(err, part));
    }
    CHECK(process.out() == "");
    const auto printed = stage.run({"config", "print"});
    CHECK(printed.code == 3);
    CHECK(printed.out == "");
    CHECK(contains(printed.err, "reconcile.workers: 0 is out of range"));

    const auto report = stage.run({"config", "check", "-o", "json"});
    CHECK(report.code == 3);
    CHECK(report.err == "");
    rapidjson::Document json;
    json.Parse(report.out.data(), report.out.size());
    REQUIRE_FALSE(json.HasParseError());
    REQUIRE(json["errors"].Size() == 3);
    CHECK(json["errors"][0]["line"].GetInt() == 18);
    CHECK(stage.run({"config"}).code == 3);
    CHECK(stage.run({"config", "prnt"}).code == 3);
    std::filesystem::remove(stage.folder.file("fairway.yaml"));
    const auto missing = stage.run({"config", "print"});
    CHECK(missing.code == 3);
    CHECK(contains(missing.err, "cannot be read: No such file or directory"));
}

}  // namespace
}  // namespace fairway
