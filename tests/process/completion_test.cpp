// The completion scripts, by the shells themselves where they are installed.
#include <doctest/doctest.h>

#include <cstdlib>
#include <set>
#include <sstream>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

class Shell {
public:
    Shell() { stage.folder.write("bash", stage.run({"completion", "bash"}).out); }

    /// What bash would offer for the last of `words`.
    std::set<std::string> offers(const std::vector<std::string>& words) const {
        std::string line = "source ./bash || exit 9; COMP_WORDS=(fairway";
        for (const std::string& word : words) line += " '" + word + "'";
        line += "); COMP_CWORD=" + std::to_string(words.size()) +
                "; complete -p fairway >&2 || exit 9; _fairway; printf '%s\\n' \"${COMPREPLY[@]}\"";
        Process bash(
            {"/bin/bash", "--norc", "-c", "cd " + stage.folder.path() + " && " + line},
            stage.folder.path()
        );
        REQUIRE(bash.wait() == 0);
        CHECK(bash.err() == "complete -F _fairway fairway\n");
        std::set<std::string> offered;
        std::istringstream out(bash.out());
        for (std::string word; std::getline(out, word);) offered.insert(word);
        offered.erase("");
        return offered;
    }

    Stage stage;
};

using Words = std::set<std::string>;

/// The words in the first column of a section of a command's help: its commands, or the flags of its
/// options.
Words in_help(const std::string& help, const std::string& section) {
    Words words;
    std::istringstream lines(help.substr(help.find(section + ":\n") + section.size() + 2));
    for (std::string line; std::getline(lines, line) && line.starts_with("  ");) {
        std::istringstream column(line.substr(0, line.find(' ', 2)));
        for (std::string word; std::getline(column, word, ',');) {
            while (word.starts_with(' ')) word.erase(0, 1);
            if (!word.empty()) words.insert(word);
        }
    }
    return words;
}

TEST_CASE("bash offers every command and every option that the help tells of, and no other") {
    const Shell shell;
    const std::string help = shell.stage.run({"--help"}).out;
    const Words commands = in_help(help, "Subcommands");
    CHECK(commands.contains("export"));
    CHECK(commands.size() >= 11);
    CHECK(shell.offers({""}) == commands);
    CHECK(shell.offers({"--"}) == Words{"--help", "--version", "--config"});
    for (const std::string& command : commands) {
        CAPTURE(command);
        const Words options = in_help(shell.stage.run({command, "--help"}).out, "Options");
        CHECK(options.contains("--help"));
        CHECK(shell.offers({command, "-"}) == options);
    }
}

TEST_CASE("bash offers the words that an option takes, however the option is written") {
    const Shell shell;
    const Words formats{"json", "markdown", "name", "text", "yaml"};
    CHECK(shell.offers({"plan", "-o", ""}) == formats);
    CHECK(shell.offers({"plan", "--output", "j"}) == Words{"json"});
    CHECK(shell.offers({"plan", "--output", "="}) == formats);  // as bash takes --output= apart
    CHECK(shell.offers({"plan", "--output", "=", "m"}) == Words{"markdown"});
    CHECK(
        shell.offers({"validate", "-o", ""}) ==
        Words{"github", "json", "markdown", "name", "sarif", "text", "yaml"}
    );
    CHECK(shell.offers({"get", "-o", ""}) == Words{"json", "text", "yaml"});
    CHECK(shell.offers({"completion", ""}) == Words{"bash", "fish", "zsh"});
    CHECK(
        shell.offers({"explain", "spec.vpc_health_config.ti"}) ==
        Words{"spec.vpc_health_config.time_interval", "spec.vpc_health_config.timeout"}
    );
    CHECK(shell.offers({"explain", "spec.members.h"}) == Words{"spec.members.host"});
    CHECK(shell.offers({"apply", "--timeout", ""}).empty());
    CHECK(shell.offers({"nonsense", "--", ""}).empty());
}

TEST_CASE("bash finds the command behind the options before it") {
    const Shell shell;
    CHECK(shell.offers({"--config", "plan", "completion", "z"}) == Words{"zsh"});
    CHECK(shell.offers({"--config", "=", "plan", "completion", "z"}) == Words{"zsh"});
    CHECK(shell.offers({"exp"}) == Words{"explain", "export"});
}

TEST_CASE("bash offers files and folders where they are taken, blanks in their names included") {
    const Shell shell;
    shell.stage.folder.write("a b/one.yaml", "");
    shell.stage.folder.write("a c.yaml", "");
    CHECK(shell.offers({"plan", "-f", "a"}) == Words{"a b", "a c.yaml", "access_key"});
    CHECK(shell.offers({"export", "--dir", "a"}) == Words{"a b"});
    CHECK(shell.offers({"fmt", "a"}) == Words{"a b", "a c.yaml", "access_key"});
    CHECK(shell.offers({"fmt", "--check", "a c"}) == Words{"a c.yaml"});
    CHECK(shell.offers({"--config", "fair"}) == Words{"fairway.yaml"});
}

TEST_CASE("every shell that is installed takes its script") {
    const Stage stage;
    for (const char* shell : {"bash", "zsh", "fish"}) {
        CAPTURE(shell);
        const auto script = stage.run({"completion", shell});
        CHECK(script.code == 0);
        CHECK(script.out.find("nacos-secret") != std::string::npos);
        const std::string file = stage.folder.write("script", script.out);
        Process parser(
            {"/bin/sh", "-c",
             std::string("command -v ") + shell + " >/dev/null || exit 0; exec " + shell + " -n " +
                 file},
            stage.folder.path()
        );
        CHECK(parser.wait() == 0);
        CHECK(parser.err().empty());
    }
    const auto refused = stage.run({"completion", "tcsh"});
    CHECK(refused.code == 3);
    CHECK(refused.err.find("bash, zsh or fish") != std::string::npos);
}

}  // namespace
}  // namespace fairway
