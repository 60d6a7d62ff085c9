// What the machine around the program may be like: its folders, ports, time zone and language.
#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "tests/process/owner.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a state directory that is missing or open to others is refused before anything is sent") {
    Owner stage;
    stage.declare("one");
    fs::permissions(stage.folder.file("state"), fs::perms::all);
    for (const char* command : {"apply", "run"}) {
        const auto open = stage.run({command});
        CHECK(open.code == 3);
        CHECK(contains(open.err, "state.sqlite: others can write to "));
        CHECK(contains(open.err, "0700"));
    }
    fs::permissions(stage.folder.file("state"), fs::perms::owner_all | fs::perms::others_read);
    CHECK(contains(stage.run({"run"}).err, "state.sqlite: others can look into "));
    fs::remove_all(stage.folder.file("state"));
    for (const char* command : {"apply", "run"}) {
        const auto missing = stage.run({command});
        CHECK(missing.code == 1);
        CHECK(contains(missing.err, "the directory " + stage.folder.file("state") + " does not exist"));
    }
    CHECK(stage.cloud.audit().empty());
    CHECK_FALSE(fs::exists(stage.folder.file("state")));
}

/// Starts a command without any privilege over files and ports.
Process unprivileged(const Stage& stage, const std::vector<std::string>& words) {
    std::vector<std::string> command{"/usr/bin/setpriv", "--bounding-set=-all", "--inh-caps=-all"};
    if (geteuid() != 0) command = {"/usr/bin/env"};
    command.insert(command.end(), {FAIRWAY_BINARY, "--config", stage.folder.file("fairway.yaml")});
    command.insert(command.end(), words.begin(), words.end());
    return Process(command, stage.folder.path());
}

TEST_CASE("a state directory that cannot be written is told with its name, and nothing is sent") {
    Owner stage;
    stage.declare("one");
    fs::permissions(stage.folder.file("state"), fs::perms::owner_read | fs::perms::owner_exec);
    Process refused = unprivileged(stage, {"apply", "--yes"});
    CHECK(refused.wait() == 1);
    CAPTURE(refused.err());
    CHECK(contains(refused.err(), stage.folder.file("state/fairway.db") + ": Permission denied"));
    fs::permissions(stage.folder.file("state"), fs::perms::owner_all);
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);

    const std::size_t writes = stage.writes();
    stage.declare("two");
    fs::permissions(stage.folder.file("state/fairway.db"), fs::perms::owner_read);
    Process read_only = unprivileged(stage, {"apply", "--yes"});
    CHECK(read_only.wait() == 1);
    CHECK(contains(read_only.err(), "fairway.db"));
    CHECK(stage.writes() == writes);
    fs::permissions(
        stage.folder.file("state/fairway.db"), fs::perms::owner_read | fs::perms::owner_write
    );
}

TEST_CASE("a daemon whose port is taken, or not for it, ends and says what to do") {
    Owner stage;
    stage.declare("one");
    std::string address;
    const Process first = stage.daemon(address);
    const auto with_listen = [&](const std::string& listen) {
        Owner second;
        const std::string file = second.folder.file("fairway.yaml");
        std::ifstream in(file);
        std::string text{std::istreambuf_iterator<char>(in), {}};
        text.replace(text.find("127.0.0.1:0"), 11, listen);
        second.folder.write("fairway.yaml", text);
        second.declare("one");
        Process run = unprivileged(second, {"run"});
        const int code = run.wait(std::chrono::seconds(20)).value_or(-1);
        CHECK(second.writes() == 0);
        return std::pair(code, run.err());
    };
    const auto [taken, why] = with_listen(address);
    CHECK(taken == 1);
    CHECK(contains(why, "Address already in use; another program uses it"));
    const auto [everywhere, refusal] = with_listen("0.0.0.0:9464");
    CHECK(everywhere == 3);
    CHECK(contains(refusal, "server.listen: "));

    int unprivileged_from = 1024;
    std::ifstream("/proc/sys/net/ipv4/ip_unprivileged_port_start") >> unprivileged_from;
    if (unprivileged_from <= 80) {
        MESSAGE("port 80 is for everybody on this machine");
        return;
    }
    const auto [low, reason] = with_listen("127.0.0.1:80");
    CHECK(low == 1);
    CHECK(contains(reason, "ports below 1024 need a privilege"));
}

TEST_CASE("neither the time zone nor a language with decimal commas changes anything") {
    Owner stage;
    stage.limits = "{reads_per_second: 9999.5, writes_per_second: 9999.5, concurrency: 64}";
    stage.configure();
    stage.declare("one");
    // A language of its own, as machines seldom have one; without the tool it is the C language.
    Process made(
        {"/usr/bin/localedef", "-f", "UTF-8", "-i", "de_DE", stage.folder.file("de_DE.UTF-8")},
        stage.folder.path()
    );
    if (made.wait().value_or(-1) != 0) MESSAGE("only the time zone is tried: no locale could be made");
    const auto run = [&](std::vector<std::string> words, const std::string& zone) {
        words.insert(words.begin(), {FAIRWAY_BINARY, "--config", stage.folder.file("fairway.yaml")});
        Process process(
            words, stage.folder.path(),
            {{"TZ", zone},
             {"LC_ALL", zone == "UTC" ? "C" : "de_DE.UTF-8"},
             {"LOCPATH", stage.folder.path()}}
        );
        const int code = process.wait().value_or(-1);
        CAPTURE(process.err());
        CHECK(code == 0);
        return process.out();
    };
    // Signed with the local time instead of UTC, no call would be accepted.
    run({"apply", "--yes"}, "<+0545>-5:45");
    CHECK(stage.live().size() == 1);
    stage.declare("one", 8080);
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"plan"}, {"plan", "-o", "json"}, {"history", "-o", "json"}, {"get", "-o", "json"}}) {
        CAPTURE(words);
        CHECK(run(words, "UTC") == run(words, "<+0545>-5:45"));
    }
}

}  // namespace
}  // namespace fairway
