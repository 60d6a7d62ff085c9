// What the daemon tells the one who started it, over a real socket of systemd's protocol.
#include <doctest/doctest.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <ctime>
#include <fstream>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// The socket that systemd would give a service.
class NotifySocket {
public:
    explicit NotifySocket(const std::string& path) : path_(path) {
        sockaddr_un where{};
        where.sun_family = AF_UNIX;
        REQUIRE(path.size() < sizeof where.sun_path);
        std::memcpy(where.sun_path, path.c_str(), path.size() + 1);
        fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        REQUIRE(bind(fd_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
    }
    ~NotifySocket() { close(fd_); }
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;

    const std::string& path() const { return path_; }

    /// All that was said so far, but for beats of the watchdog and mere status lines.
    const std::vector<std::string>& events() {
        take();
        return events_;
    }
    std::size_t beats() {
        take();
        return beats_;
    }
    /// The last text for people.
    std::string status() {
        take();
        return status_;
    }

private:
    void take() {
        char part[4096];
        for (ssize_t size = 0; (size = recv(fd_, part, sizeof part, 0)) > 0;) {
            const std::string message(part, static_cast<std::size_t>(size));
            const std::size_t at = message.find("STATUS=");
            if (at != std::string::npos)
                status_ = message.substr(at + 7, message.find('\n', at) - at - 7);
            if (message == "WATCHDOG=1") {
                ++beats_;
            } else if (at != 0) {
                events_.push_back(message);
            }
        }
    }

    std::string path_, status_;
    int fd_ = -1;
    std::vector<std::string> events_;
    std::size_t beats_ = 0;
};

Process start_daemon(const Stage& stage, const NotifySocket& socket, const std::string& watchdog = "") {
    std::map<std::string, std::string> environment{{"NOTIFY_SOCKET", socket.path()}};
    if (!watchdog.empty()) environment["WATCHDOG_USEC"] = watchdog;
    return Process(
        {FAIRWAY_BINARY, "--config", stage.folder.file("fairway.yaml"), "run"}, stage.folder.path(),
        environment
    );
}

long long monotonic_microseconds() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000LL + now.tv_nsec / 1000;
}

/// One thread of a process, held still while all others go on.
class HeldThread {
public:
    explicit HeldThread(pid_t thread) : thread_(thread) {
        if (ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0) return;
        held_ = ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr) == 0 &&
                waitpid(thread, nullptr, __WALL) == thread;
    }
    ~HeldThread() {
        if (held_) ptrace(PTRACE_DETACH, thread_, nullptr, nullptr);
    }
    HeldThread(const HeldThread&) = delete;
    HeldThread& operator=(const HeldThread&) = delete;
    bool held() const { return held_; }

private:
    const pid_t thread_;
    bool held_ = false;
};

std::optional<pid_t> thread_named(const Process& process, const std::string& name) {
    for (const auto& entry :
         fs::directory_iterator("/proc/" + std::to_string(process.pid()) + "/task")) {
        std::ifstream file(entry.path() / "comm");
        std::string found;
        std::getline(file, found);
        if (found == name) return std::stoi(entry.path().filename());
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE("systemd is told of the start, of reloads that succeed or fail, and of the end, in order") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    NotifySocket socket(stage.folder.file("notify"));
    Process daemon = start_daemon(stage, socket);
    const auto events = [&](std::size_t count) {
        eventually([&] { return socket.events().size() >= count || !daemon.running(); });
        return socket.events();
    };
    REQUIRE(events(1).size() == 1);
    CHECK(socket.events()[0].starts_with("READY=1\n"));
    CHECK(eventually([&] { return socket.status() == "1 channel: 1 in_sync"; }));

    const long long before = monotonic_microseconds();
    stage.extra = "log: {format: json}\n";
    stage.configure();
    daemon.signal(SIGHUP);
    REQUIRE(events(3).size() >= 3);
    const std::string reloading = socket.events()[1];
    REQUIRE(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="));
    const long long said = std::stoll(reloading.substr(reloading.find("USEC=") + 5));
    CHECK(said >= before);
    CHECK(said <= monotonic_microseconds());
    CHECK(socket.events()[2].starts_with("READY=1\n"));

    // The file's own change may be seen as well as the signal: what counts is that each reload ends.
    stage.extra = "nonsense: true\n";
    stage.configure();
    daemon.signal(SIGHUP);
    CHECK(eventually([&] {
        return socket.status() ==
               "the new configuration is refused, the old one at work; 1 channel: 1 in_sync";
    }));
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
    const auto& all = socket.events();
    REQUIRE(all.size() >= 6);
    CHECK(all.size() % 2 == 0);
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        CAPTURE(i);
        CHECK(all[i].starts_with(i % 2 == 0 ? "READY=1\n" : "RELOADING=1\n"));
    }
    CHECK(all.back().starts_with("STOPPING=1\n"));
}

TEST_CASE("the watchdog is fed while the loop turns and the store answers, and not else") {
    Stage stage;
    NotifySocket socket(stage.folder.file("notify"));
    Process daemon = start_daemon(stage, socket, "400000");
    const auto beats_go_on = [&] {
        const std::size_t before = socket.beats();
        return eventually([&] { return socket.beats() >= before + 3; }, 10s);
    };
    REQUIRE(beats_go_on());
    REQUIRE(eventually([&] { return !socket.events().empty(); }));
    const auto store = thread_named(daemon, "store");
    REQUIRE(store);
    for (const pid_t thread : {*store, daemon.pid()}) {
        CAPTURE(thread == daemon.pid());
        {
            const HeldThread stuck(thread);
            if (!stuck.held()) {
                MESSAGE("this machine lets nobody trace: nothing was shown");
                return;
            }
            const std::size_t before = socket.beats();
            // Ten half periods: one beat may have been on its way.
            CHECK_FALSE(eventually([&] { return socket.beats() > before + 1; }, 2s));
        }
        CHECK(beats_go_on());
    }
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
}

}  // namespace fairway
