#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "manifests/git/child_process.hpp"
#include "reconciler/model/error.hpp"

namespace fairway {

/// The program `git`, working on one bare repository, in surroundings of its own: no configuration of
/// the system or of a user, no prompt, no hook, no protocol that it was not given.
class GitProgram {
public:
    struct Call {
        std::vector<std::string> arguments;    ///< the subcommand and what follows
        std::vector<std::string> settings;     ///< KEY=VALUE of Git's configuration
        std::vector<std::string> environment;  ///< in place of, or beside, what is there
        std::string_view input = {};
        int lent = -1;
        std::uint64_t largest_file = 0;
        std::size_t most_output = 64 * 1024;
        std::chrono::milliseconds limit = std::chrono::seconds(60);
    };

    /// `home` is an empty folder, or one with what the calls name in it; calls run there.
    GitProgram(std::string repository, std::string home, const StopSignal& stop)
        : repository_(std::move(repository)), home_(std::move(home)), stop_(stop) {}

    ChildResult run(const Call& call) const;
    const std::string& repository() const { return repository_; }
    const std::string& home() const { return home_; }
    const StopSignal& stop() const { return stop_; }

private:
    std::string repository_, home_;
    const StopSignal& stop_;
};

/// How a call that was about the local repository failed.
Error git_error(const ChildResult& failed, std::string_view doing);
/// The line that matters of what Git wrote, fit for a message; empty where it wrote none.
std::string git_complaint(std::string_view errors);
/// Text from a repository or a server, cut to `most` characters, with ? for what would forge a line.
std::string shown_text(std::string_view text, std::size_t most);

}  // namespace fairway
