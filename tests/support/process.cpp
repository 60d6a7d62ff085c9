#include "tests/support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace fairway {
namespace {

std::string contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Process::Process(
    const std::vector<std::string>& command, const std::string& folder,
    const std::map<std::string, std::string>& environment
) {
    static std::atomic<int> count{0};
    const std::string stem = folder + "/process" + std::to_string(++count);
    out_file_ = stem + ".out";
    err_file_ = stem + ".err";
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ > 0) return;
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    const int in = open("/dev/null", O_RDONLY);
    const int out = open(out_file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err = open(err_file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    for (int fd = 3; fd < 256; ++fd) close(fd);
    execv(arguments.front(), arguments.data());
    _exit(127);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      code_(other.code_),
      out_file_(std::move(other.out_file_)),
      err_file_(std::move(other.err_file_)) {}

Process::~Process() {
    if (pid_ < 0 || code_) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

void Process::signal(int number) const {
    if (!code_) kill(pid_, number);
}

std::optional<int> Process::wait(std::chrono::milliseconds limit) {
    eventually([this] { return !running(); }, limit);
    return code_;
}

bool Process::running() {
    if (code_) return false;
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return false;
}

std::string Process::out() const {
    return contents(out_file_);
}
std::string Process::err() const {
    return contents(err_file_);
}

void pause_briefly() {
    poll(nullptr, 0, 2);
}

}  // namespace fairway
