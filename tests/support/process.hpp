#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fairway {

/// A program that was started, with what it wrote. Killed when the object goes while it still runs.
class Process {
public:
    /// Starts `command` (its first element is the program); its output goes to files in `folder`.
    Process(
        const std::vector<std::string>& command, const std::string& folder,
        const std::map<std::string, std::string>& environment = {}
    );
    ~Process();
    Process(Process&& other) noexcept;
    Process& operator=(Process&&) = delete;

    pid_t pid() const { return pid_; }
    void signal(int number) const;
    /// The exit code, or 128 and the signal that ended it; nothing when `limit` passes first.
    std::optional<int> wait(std::chrono::milliseconds limit = std::chrono::seconds(60));
    bool running();
    std::string out() const;
    std::string err() const;

private:
    pid_t pid_ = -1;
    std::optional<int> code_;
    std::string out_file_, err_file_;
};

/// Asks `condition` again and again until it holds; false when `limit` passes first.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(30));

void pause_briefly();

template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        pause_briefly();
    }
    return true;
}

}  // namespace fairway
