#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fairway {

/// Ends a child that runs on another thread.
class StopSignal {
public:
    StopSignal();
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;
    void raise();
    bool raised() const { return raised_; }
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
    std::atomic<bool> raised_{false};
};

/// What is to run, and within which bounds. Nothing of our own surroundings reaches it but what is named
/// here: neither variables nor descriptors, no terminal, no signal masks.
struct ChildCommand {
    std::vector<std::string> arguments;    ///< the first is the program: a path, or a name to be found
    std::vector<std::string> environment;  ///< NAME=value, all there is
    std::string folder = "/";              ///< where it runs
    std::string_view input = {};           ///< its standard input; none: /dev/null
    int lent = -1;                         ///< a descriptor that the child knows as number 3
    std::uint64_t largest_file = 0;        ///< bytes it may write into one file; 0: no bound
    std::size_t most_output = 64 * 1024;   ///< more of it ends the child
    std::chrono::milliseconds limit{10'000};
};

struct ChildResult {
    enum class End : std::uint8_t {
        exited,           ///< see `code`
        signalled,        ///< by the signal in `code`
        timed_out,        ///< killed when its time was over
        stopped,          ///< killed because somebody asked for it
        too_much_output,  ///< killed for what it wrote
        not_started,      ///< `code` is the errno
    };
    End end = End::not_started;
    int code = 0;
    std::string out;
    std::string errors;  ///< the beginning of what it wrote there
    bool ok() const { return end == End::exited && code == 0; }
};

/// Where programs are looked for, whatever our own environment says.
inline constexpr std::string_view program_folders = "/usr/local/bin:/usr/bin:/bin";
/// The path of a program in those folders; empty where there is none.
std::string find_program(std::string_view name);

/// Runs the child to its end and waits for it, which the calling thread must outlive. The child leads a
/// session of its own; all that it started ends with it, and it ends with us.
ChildResult run_child(const ChildCommand& command, const StopSignal& stop);

}  // namespace fairway
