#include "manifests/git/child_process.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

using namespace fairway;
using namespace std::chrono_literals;
using End = ChildResult::End;

namespace {

ChildCommand shell(const std::string& script) {
    ChildCommand command;
    command.arguments = {"sh", "-c", script};
    command.environment = {"PATH=/usr/bin:/bin"};
    return command;
}

ChildResult run(const ChildCommand& command) {
    const StopSignal never;
    return run_child(command, never);
}

TEST_CASE("a child's output, errors and code are told") {
    const auto result = run(shell("echo out; echo err >&2; exit 3"));
    CHECK(result.end == End::exited);
    CHECK(result.code == 3);
    CHECK(result.out == "out\n");
    CHECK(result.errors == "err\n");
    CHECK(run(shell("kill -9 $$")).end == End::signalled);
}

TEST_CASE("a program that is not there, or cannot be run, is told by its errno") {
    ChildCommand command;
    command.arguments = {"no-such-program-here"};
    CHECK(run(command).end == End::not_started);
    CHECK(run(command).code == ENOENT);
    command.arguments = {"/etc/passwd"};
    CHECK(run(command).end == End::not_started);
    CHECK(run(command).code == EACCES);
    auto nowhere = shell("true");
    nowhere.folder = "/no/such/folder";
    CHECK(run(nowhere).code == ENOENT);
}

TEST_CASE("a child gets no variable, no descriptor and no terminal of ours") {
    setenv("GIT_SSL_NO_VERIFY", "1", 1);
    const int open_one = open("/etc/passwd", O_RDONLY);  // on purpose without O_CLOEXEC
    auto command = shell("env; ls /proc/self/fd | tr '\\n' ' '; ps -o sid=,pid= $$; ulimit -c");
    command.environment.emplace_back("ONLY=this");
    const auto result = run(command);
    unsetenv("GIT_SSL_NO_VERIFY");
    close(open_one);
    CHECK(result.out.find("GIT_SSL_NO_VERIFY") == std::string::npos);
    CHECK(result.out.find("ONLY=this") != std::string::npos);
    CHECK(result.out.find("0 1 2 3 ") != std::string::npos);  // 3 is what ls reads the folder with
    CHECK(result.out.find(" 4 ") == std::string::npos);
}

TEST_CASE("a lent descriptor has the number 3, and can be read again and again") {
    const int lent = memfd_create("test", MFD_CLOEXEC);
    REQUIRE(write(lent, "secret\n", 7) == 7);
    auto command = shell("cat /proc/self/fd/3; head -n 1 /proc/self/fd/3");
    command.lent = lent;
    CHECK(run(command).out == "secret\nsecret\n");
    close(lent);
}

TEST_CASE("a large input and a large output pass each other") {
    const std::string input(8 * 1024 * 1024, 'x');
    auto command = shell("cat");
    command.input = input;
    command.most_output = input.size();
    const auto result = run(command);
    CHECK(result.ok());
    CHECK(result.out == input);
    auto deaf = shell("exit 0");  // whoever does not listen is no reason to die
    deaf.input = input;
    CHECK(run(deaf).ok());
}

TEST_CASE("what takes too long is killed, with all that it started") {
    const TempDir folder;
    auto command = shell("sleep 100 & echo $! >" + folder.file("pid") + "; wait");
    command.limit = 300ms;
    const auto began = std::chrono::steady_clock::now();
    CHECK(run(command).end == End::timed_out);
    CHECK(std::chrono::steady_clock::now() - began < 10s);
    int pid = 0;
    std::ifstream(folder.file("pid")) >> pid;
    REQUIRE(pid > 1);
    CHECK(eventually([&] {  // gone, or a zombie that init has yet to bury
        std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
        std::string number, name, state;
        return !(status >> number >> name >> state) || state == "Z";
    }));
}

TEST_CASE("a grandchild that keeps the pipes open does not keep us") {
    const auto began = std::chrono::steady_clock::now();
    const auto result = run(shell("sleep 100 & echo done"));
    CHECK(result.ok());
    CHECK(result.out == "done\n");
    CHECK(std::chrono::steady_clock::now() - began < 10s);
}

TEST_CASE("a child is stopped from another thread") {
    StopSignal stop;
    std::thread other([&] {
        std::this_thread::sleep_for(50ms);
        stop.raise();
    });
    const auto result = run_child(shell("sleep 100"), stop);
    other.join();
    CHECK(result.end == End::stopped);
    CHECK(run_child(shell("true"), stop).end == End::stopped);
}

TEST_CASE("output and files are bounded") {
    auto endless = shell("yes");
    endless.most_output = 100'000;
    CHECK(run(endless).end == End::too_much_output);
    auto brief = shell("printf 123");
    brief.most_output = 2;
    CHECK(run(brief).end == End::too_much_output);
    brief.most_output = 3;
    CHECK(run(brief).out == "123");
    CHECK(run(shell("yes >&2 & sleep 0.1; kill $!; wait; exit 0")).errors.size() <= 16 * 1024);
    const TempDir folder;
    auto large =
        shell("exec dd if=/dev/zero of=" + folder.file("x") + " bs=1000 count=1000 status=none");
    large.largest_file = 50'000;
    const auto result = run(large);
    CHECK_FALSE(result.ok());
    CHECK(std::filesystem::file_size(folder.file("x")) <= 50'000);
}

}  // namespace
