// What the process allows others to see of it, and what it may itself: as little as will do.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr uid_t nobody = 65534;

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A file of /proc that tells of the process.
std::string fact(const Process& process, const std::string& name) {
    return bytes_of("/proc/" + std::to_string(process.pid()) + "/" + name);
}

/// The first line that begins so.
std::string line_of(const std::string& text, const std::string& start) {
    const std::size_t at = ("\n" + text).find("\n" + start);
    return at == std::string::npos ? std::string() : text.substr(at, text.find('\n', at) - at);
}

Words shell(const Stage& stage, const std::string& before, const std::string& command) {
    return {
        "/bin/sh", "-c",
        "cd " + stage.folder.path() + "; " + before + " exec " + stage.folder.file("fairway") +
            " --config " + stage.folder.file("fairway.yaml") + " " + command};
}

/// A copy of the program and all else of the stage, for a user who may look nowhere else.
void give_to(const Stage& stage, uid_t user) {
    fs::copy_file(FAIRWAY_BINARY, stage.folder.file("fairway"));
    if (geteuid() != 0) return;
    chmod(stage.folder.file("fairway").c_str(), 0755);
    REQUIRE(chown(stage.folder.path().c_str(), user, user) == 0);
    for (const auto& entry : fs::recursive_directory_iterator(stage.folder.path()))
        REQUIRE(lchown(entry.path().c_str(), user, user) == 0);
}

/// `command` of that stage as nobody, without a home and without a privilege.
Words as_nobody(const Stage& stage, const std::string& before, const std::string& command) {
    Words words{"/usr/bin/env", "-i"};
    if (geteuid() == 0) {
        words.insert(
            words.end(), {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                          "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"}
        );
    }
    const Words rest = shell(stage, before, command);
    words.insert(words.end(), rest.begin(), rest.end());
    return words;
}

bool in_sync(const std::string& address, double count) {
    return Stage::metric(address, "fairway_channels{project=\"default\",state=\"in_sync\"}") == count;
}

/// The address that a daemon tells in its log.
std::string listening(const Process& daemon) {
    std::string address;
    eventually([&] {
        const std::string log = daemon.err();
        const std::size_t at = log.find("address=");
        const std::size_t end = at == std::string::npos ? at : log.find('\n', at);
        if (end == std::string::npos) return false;
        address = log.substr(at + 8, end - at - 8);
        return true;
    });
    std::erase(address, '"');
    return address;
}

}  // namespace

TEST_CASE("a user without a home, a group or a privilege can run all of it") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    give_to(stage, nobody);
    Process applied(as_nobody(stage, "", "apply --yes"), stage.folder.path());
    CHECK(applied.wait() == 0);
    CAPTURE(applied.err());
    Process daemon(as_nobody(stage, "", "run"), stage.folder.path());
    const std::string address = listening(daemon);
    CAPTURE(daemon.err());
    REQUIRE_FALSE(address.empty());
    CHECK(eventually([&] { return in_sync(address, 1); }));
    // What we tell of ourselves is read from /proc, where much is closed to who may not be traced.
    CHECK(Stage::metric(address, "process_open_fds").value_or(0) > 3);
    CHECK(Stage::metric(address, "process_resident_memory_bytes").value_or(0) > 1e6);
    const std::string status = fact(daemon, "status");
    CHECK(line_of(status, "Umask:") == "Umask:\t0077");
    CHECK(
        line_of(fact(daemon, "limits"), "Max core file size").find(" 0                    0 ") !=
        std::string::npos
    );
    if (geteuid() == 0) {
        CHECK(line_of(status, "Uid:") == "Uid:\t65534\t65534\t65534\t65534");
        // What /proc has of a process belongs to its user, or to root where nobody may trace it.
        struct stat facts {};
        REQUIRE(stat(("/proc/" + std::to_string(daemon.pid()) + "/environ").c_str(), &facts) == 0);
        CHECK(facts.st_uid == 0);
        const Process other(
            {"/usr/bin/setpriv", "--reuid=65534", "--clear-groups", "/bin/sleep", "60"},
            stage.folder.path()
        );
        CHECK(eventually([&] {
            return stat(("/proc/" + std::to_string(other.pid()) + "/environ").c_str(), &facts) == 0 &&
                   facts.st_uid == nobody;
        }));
    }
    for (const auto& entry : fs::directory_iterator(stage.folder.file("state"))) {
        CAPTURE(entry.path().string());
        struct stat facts {};
        REQUIRE(stat(entry.path().c_str(), &facts) == 0);
        CHECK((facts.st_mode & 0777) == 0600);
    }
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
}

TEST_CASE("a daemon that is killed by an abort or a bad access leaves no core, whatever its caller allowed") {
    Stage stage;
    give_to(stage, nobody);
    const auto cores = [&] {
        std::size_t count = 0;
        for (const auto& entry : fs::directory_iterator(stage.folder.path())) {
            if (entry.path().filename().string().starts_with("core")) ++count;
        }
        return count;
    };
    for (const int fatal : {SIGABRT, SIGSEGV}) {
        Process daemon(as_nobody(stage, "ulimit -c unlimited;", "run"), stage.folder.path());
        REQUIRE_FALSE(listening(daemon).empty());
        daemon.signal(fatal);
        CHECK(daemon.wait() == 128 + fatal);
        CHECK(cores() == 0);
    }
    // Another program there does leave one, unless this machine sends cores elsewhere.
    Process other(
        {"/bin/sh", "-c", "cd " + stage.folder.path() + "; ulimit -c unlimited; kill -ABRT $$"},
        stage.folder.path()
    );
    CHECK(other.wait() == 128 + SIGABRT);
    if (cores() == 0) MESSAGE("this machine keeps no core in the folder: nothing was shown");
}

TEST_CASE("what was inherited open goes to no child, and a closed stderr is not taken by another file") {
    Stage stage;
    give_to(stage, geteuid());
    Process daemon(shell(stage, "exec 7</etc/hostname 2>&-;", "run"), stage.folder.path());
    const std::string of_us = "/proc/" + std::to_string(daemon.pid());
    REQUIRE(eventually([&] { return fs::exists(stage.folder.file("fairway.sock")); }));
    std::error_code ignored;
    CHECK(fs::read_symlink(of_us + "/fd/2", ignored) == "/dev/null");
    REQUIRE(contains(fact(daemon, "cmdline"), "fairway"));
    const std::string flags = line_of(fact(daemon, "fdinfo/7"), "flags:");
    CAPTURE(flags);
    CHECK((std::stoul(flags.substr(6), nullptr, 8) & O_CLOEXEC) != 0);
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
}

}  // namespace fairway
