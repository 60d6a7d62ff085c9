// The pipelines of deploy/ci: they are YAML, what they run is understood, and what they may do is
// little.
#include <doctest/doctest.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <sstream>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

const std::string pipelines = FAIRWAY_SOURCE_DIR "/deploy/ci/";

/// The command lines that a pipeline hands to a shell.
std::vector<std::string> commands_of(const YAML::Node& node) {
    std::vector<std::string> commands;
    const auto add = [&](const std::string& script) {
        std::istringstream lines(script);
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with("fairway ")) commands.push_back(line);
        }
    };
    for (const auto& entry : node) {
        const YAML::Node value = node.IsMap() ? entry.second : YAML::Node(entry);
        const std::string key = node.IsMap() ? entry.first.as<std::string>() : "";
        if (key == "run") {
            add(value.as<std::string>());
        } else if (key == "script") {
            for (const auto& line : value) add(line.as<std::string>());
        } else if (!value.IsScalar()) {
            for (const std::string& command : commands_of(value)) commands.push_back(command);
        }
    }
    return commands;
}

TEST_CASE("what the pipelines run is taken by the program, and does what they rely on") {
    for (const char* name : {"github.yml", "gitlab.yml"}) {
        CAPTURE(name);
        Stage stage;
        stage.folder.write("channels/demo.yaml", Stage::demo());
        std::filesystem::create_directory_symlink(".", stage.folder.file("ci"));
        std::filesystem::create_symlink(FAIRWAY_BINARY, stage.folder.file("fairway"));
        const auto run = [&](const std::string& command) {
            Process shell(
                {"/bin/sh", "-c",
                 "cd " + stage.folder.path() + " && PATH=" + stage.folder.path() + ":$PATH && " +
                     command},
                stage.folder.path()
            );
            const int code = shell.wait().value_or(-1);
            CAPTURE(command);
            CAPTURE(shell.out());
            CAPTURE(shell.err());
            CHECK((code == 0 || code == 1 || code == 3));
            return code;
        };
        const std::vector<std::string> commands = commands_of(YAML::LoadFile(pipelines + name));
        REQUIRE(commands.size() == 3);
        run("fairway fmt channels");
        for (const std::string& command : commands) CHECK(run(command) == 0);
        Process plan({"/bin/cat", stage.folder.file("plan.md")}, stage.folder.path());
        CHECK(plan.wait() == 0);
        CHECK(plan.out().starts_with("### Fairway: 1 to create"));
        CHECK(stage.writes() == 0);

        stage.folder.write("channels/demo.yaml", Stage::demo("demo", 70000) + "   \n");
        CHECK(run(commands[0]) == 3);
        CHECK(run(commands[1]) == 1);
    }
}

TEST_CASE("no pipeline gives a secret to a fork, or a right to whom does not need it") {
    const YAML::Node github = YAML::LoadFile(pipelines + "github.yml");
    CHECK(github["on"]["pull_request"].IsMap());
    CHECK(github["on"].size() == 1);
    CHECK(github["permissions"].size() == 0);
    const std::string own = "github.event.pull_request.head.repo.full_name == github.repository";
    for (const auto& job : github["jobs"]) {
        const std::string name = job.first.as<std::string>();
        CAPTURE(name);
        std::ostringstream text;
        text << job.second;
        const bool secrets = text.str().find("secrets.") != std::string::npos;
        const bool writes = text.str().find(": write") != std::string::npos;
        CHECK(secrets == (name == "plan"));
        CHECK(writes == (name == "comment"));
        if (secrets) CHECK(job.second["if"].as<std::string>() == own);
    }
    const YAML::Node gitlab = YAML::LoadFile(pipelines + "gitlab.yml");
    for (const char* name : {"plan", "comment"}) {
        const auto rule = gitlab[name]["rules"][0]["if"].as<std::string>();
        CHECK(contains(rule, "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID"));
        CHECK(gitlab[name]["environment"]["name"].IsDefined());
    }
}

TEST_CASE("the configuration for pipelines is one") {
    const Stage stage;
    Process check(
        {"/bin/sh", "-c",
         "HUAWEICLOUD_ACCESS_KEY=a HUAWEICLOUD_SECRET_KEY=b exec " FAIRWAY_BINARY " --config " +
             pipelines + "fairway.yaml config check"},
        stage.folder.path()
    );
    CHECK(check.wait() == 0);
    CAPTURE(check.err());
    CHECK(contains(check.out(), "is valid"));
}

}  // namespace
}  // namespace fairway
