#include "manifests/git/child_process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>
#include <utility>

namespace fairway {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t most_errors = 16 * 1024;
constexpr std::chrono::seconds last_words{2};  // what is in the pipes after the child's end
constexpr int lent_number = 3;

class Descriptor {
public:
    explicit Descriptor(int number = -1) : number_(number) {}
    ~Descriptor() { reset(); }
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        reset(std::exchange(other.number_, -1));
        return *this;
    }
    int get() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }
    void reset(int number = -1) {
        if (number_ >= 0) ::close(number_);
        number_ = number;
    }

private:
    int number_;
};

struct Ends {
    Descriptor ours, theirs;
};

bool make_pipe(Ends& ends) {
    std::array<int, 2> pair{};
    if (pipe2(pair.data(), O_CLOEXEC) != 0) return false;
    ends.ours.reset(pair[0]);
    ends.theirs.reset(pair[1]);
    return fcntl(ends.ours.get(), F_SETFL, O_NONBLOCK) == 0;
}

/// A socket, so that writing to a child that is gone raises no signal.
bool make_input(Ends& ends) {
    std::array<int, 2> pair{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return false;
    ends.ours.reset(pair[0]);
    ends.theirs.reset(pair[1]);
    return fcntl(ends.ours.get(), F_SETFL, O_NONBLOCK) == 0;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (const std::string& text : texts)
        out.push_back(const_cast<char*>(text.c_str()));  // NOLINT: execve does not write
    out.push_back(nullptr);
    return out;
}

/// No signal reaches this thread while it lives.
class SignalsHeld {
public:
    SignalsHeld() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;

private:
    sigset_t before_{};
};

/// All that happens between vfork and exec, in our own memory. Another thread may hold any lock: only
/// system calls here.
struct Prelude {
    const char* program;
    const char* folder;
    char** arguments;
    char** environment;
    int input, output, errors, lent, failure;
    pid_t parent;
    rlim_t largest_file;

    [[noreturn]] void become() const {
        for (int number = 1; number < 32; ++number) signal(number, SIG_DFL);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, nullptr);
        setsid();
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(127);
        const rlimit no_core{0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        if (largest_file > 0) {
            const rlimit most{largest_file, largest_file};
            setrlimit(RLIMIT_FSIZE, &most);
            signal(SIGXFSZ, SIG_IGN);  // so that the program can say what is wrong
        }
        // First out of the way of the numbers that they are to have.
        const int from[] = {high(input), high(output), high(errors), high(lent)};
        const int report = high(failure);
        const bool placed = place(from[0], 0) && place(from[1], 1) && place(from[2], 2) &&
                            (lent < 0 || place(from[3], lent_number));
        const auto first_unused = static_cast<unsigned>(lent < 0 ? lent_number : lent_number + 1);
        close_range(first_unused, ~0U, CLOSE_RANGE_CLOEXEC);
        if (placed && chdir(folder) == 0) execve(program, arguments, environment);
        const int reason = errno;
        const auto ignored = write(report, &reason, sizeof reason);
        static_cast<void>(ignored);
        _exit(127);
    }

    static int high(int number) { return number < 0 ? -1 : fcntl(number, F_DUPFD, 10); }
    static bool place(int from, int to) { return dup2(from, to) == to; }
};

/// The child while it runs.
class Running {
public:
    Running(const ChildCommand& command, const StopSignal& stop)
        : command_(command), stop_(stop), end_(std::chrono::steady_clock::now() + command.limit) {}

    ChildResult run() {
        if (!start()) return std::move(result_);
        while (!watch()) {
        }
        reap();
        return std::move(result_);
    }

private:
    bool fail(int reason) {
        result_.end = ChildResult::End::not_started;
        result_.code = reason;
        return false;
    }

    bool start() {
        const std::string& name = command_.arguments.front();
        const std::string program = name.find('/') == std::string::npos ? find_program(name) : name;
        if (program.empty()) return fail(ENOENT);
        Ends input, output, errors, failure;
        if (!make_pipe(output) || !make_pipe(errors) || !make_pipe(failure)) return fail(errno);
        if (command_.input.empty()) {
            input.theirs.reset(open("/dev/null", O_RDONLY | O_CLOEXEC));
            if (!input.theirs) return fail(errno);
        } else if (!make_input(input)) {
            return fail(errno);
        }
        auto arguments = pointers_to(command_.arguments);
        auto environment = pointers_to(command_.environment);
        Prelude prelude{};
        prelude.program = program.c_str();
        prelude.folder = command_.folder.c_str();
        prelude.arguments = arguments.data();
        prelude.environment = environment.data();
        prelude.input = input.theirs.get();
        prelude.output = output.theirs.get();
        prelude.errors = errors.theirs.get();
        prelude.lent = command_.lent;
        prelude.failure = failure.theirs.get();
        prelude.parent = getpid();
        prelude.largest_file = command_.largest_file;
        {
            // A fork copies the tables of all our memory, and every page that we touch afterwards. The
            // child must not run our handlers before it has put its own in their place.
            const SignalsHeld held;
            pid_ = vfork();
            if (pid_ == 0) prelude.become();
        }
        if (pid_ < 0) return fail(errno);
        // This C library has no function for it.
        exit_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
        const int reason = errno;
        for (Ends* ends : {&input, &output, &errors, &failure}) ends->theirs.reset();
        in_ = std::move(input.ours);
        out_ = std::move(output.ours);
        errors_ = std::move(errors.ours);
        failure_ = std::move(failure.ours);
        if (exit_) return true;
        kill_all();
        reap();
        return fail(reason);
    }

    /// Takes what comes until something ends it; true at the end.
    bool watch() {
        std::array<pollfd, 6> all{
            {{exit_.get(), POLLIN, 0},
             {out_.get(), POLLIN, 0},
             {errors_.get(), POLLIN, 0},
             {stop_.descriptor(), POLLIN, 0},
             {in_.get(), POLLOUT, 0},
             {failure_.get(), POLLIN, 0}}};
        const long left = milliseconds_left();
        if (left <= 0) return end_with(ChildResult::End::timed_out);
        if (poll(all.data(), all.size(), static_cast<int>(std::min(left, 60'000L))) < 0)
            return errno == EINTR ? false : end_with(ChildResult::End::stopped);
        if (all[3].revents != 0) return end_with(ChildResult::End::stopped);
        if (all[4].revents != 0) write_some();
        if (all[1].revents != 0) read_some(out_, result_.out, command_.most_output + 1);
        if (result_.out.size() > command_.most_output)
            return end_with(ChildResult::End::too_much_output);
        if (all[2].revents != 0) read_some(errors_, result_.errors, most_errors);
        if (all[5].revents != 0) read_failure();
        if (all[0].revents == 0) return false;
        kill_all();  // whoever was left behind: no one else holds the pipes open then
        drain();
        return true;
    }

    long milliseconds_left() const {
        const auto left = end_ - std::chrono::steady_clock::now();
        return std::chrono::ceil<std::chrono::milliseconds>(left).count();
    }

    bool end_with(ChildResult::End end) {
        ended_by_us_ = end;
        kill_all();
        return true;
    }

    void kill_all() const {
        kill(-pid_, SIGKILL);
        kill(pid_, SIGKILL);  // before it leads a group of its own
    }

    void write_some() {
        while (written_ < command_.input.size()) {
            const ssize_t count = send(
                in_.get(), command_.input.data() + written_, command_.input.size() - written_,
                MSG_NOSIGNAL
            );
            if (count < 0 && errno == EINTR) continue;
            if (count < 0 && errno == EAGAIN) return;
            if (count < 0) break;
            written_ += static_cast<std::size_t>(count);
        }
        in_.reset();
    }

    /// What goes beyond `most` is read and dropped.
    static void read_some(Descriptor& from, std::string& to, std::size_t most) {
        std::array<char, 65536> bytes{};
        for (;;) {
            const ssize_t count = read(from.get(), bytes.data(), bytes.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0 && errno == EAGAIN) return;
            if (count <= 0) {
                from.reset();
                return;
            }
            const std::size_t room = most - std::min(most, to.size());
            to.append(bytes.data(), std::min(room, static_cast<std::size_t>(count)));
            if (to.size() >= most) return;  // the caller may not want more
        }
    }

    void read_failure() {
        int reason = 0;
        if (read(failure_.get(), &reason, sizeof reason) == sizeof reason) not_started_ = reason;
        failure_.reset();
    }

    void drain() {
        end_ = std::chrono::steady_clock::now() + last_words;
        while (out_ || errors_ || failure_) {
            std::array<pollfd, 3> all{
                {{out_.get(), POLLIN, 0}, {errors_.get(), POLLIN, 0}, {failure_.get(), POLLIN, 0}}};
            const long left = milliseconds_left();
            if (left <= 0) return;
            if (poll(all.data(), all.size(), static_cast<int>(left)) <= 0) continue;
            if (all[0].revents != 0) read_some(out_, result_.out, command_.most_output + 1);
            if (result_.out.size() > command_.most_output) return;
            if (all[1].revents != 0) read_some(errors_, result_.errors, most_errors);
            if (all[2].revents != 0) read_failure();
        }
    }

    void reap() {
        int status = 0;
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        if (ended_by_us_) {
            result_.end = *ended_by_us_;
        } else if (not_started_ != 0) {
            fail(not_started_);
        } else if (result_.out.size() > command_.most_output) {
            result_.end = ChildResult::End::too_much_output;
        } else if (WIFSIGNALED(status)) {
            result_.end = ChildResult::End::signalled;
            result_.code = WTERMSIG(status);
        } else {
            result_.end = ChildResult::End::exited;
            result_.code = WEXITSTATUS(status);
        }
    }

    const ChildCommand& command_;
    const StopSignal& stop_;
    SteadyTime end_;
    pid_t pid_ = -1;
    Descriptor exit_, in_, out_, errors_, failure_;
    std::size_t written_ = 0;
    int not_started_ = 0;
    std::optional<ChildResult::End> ended_by_us_;
    ChildResult result_;
};

}  // namespace

StopSignal::StopSignal() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::system_category(), "eventfd");
}

StopSignal::~StopSignal() {
    ::close(descriptor_);
}

void StopSignal::raise() {
    raised_ = true;
    eventfd_write(descriptor_, 1);
}

std::string find_program(std::string_view name) {
    for (std::string_view rest = program_folders; !rest.empty();) {
        const auto size = std::min(rest.find(':'), rest.size());
        std::string path = std::string(rest.substr(0, size)) + '/' + std::string(name);
        if (access(path.c_str(), X_OK) == 0) return path;
        rest.remove_prefix(std::min(size + 1, rest.size()));
    }
    return {};
}

ChildResult run_child(const ChildCommand& command, const StopSignal& stop) {
    return Running(command, stop).run();
}

}  // namespace fairway
