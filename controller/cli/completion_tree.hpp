#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace fairway {

/// An option, or the positional argument, of a command.
struct CompletedOption {
    enum class Takes : std::uint8_t { nothing, words, file, folder, anything };
    std::vector<std::string> short_names, long_names;  ///< without dashes; none for a positional
    std::string about, value;                          ///< `value`: how the help calls what it takes
    Takes takes = Takes::nothing;
    std::vector<std::string> words;
    bool repeats = false;

    /// With dashes.
    std::vector<std::string> flags() const;
};

struct CompletedCommand {
    std::string name, about;
    std::vector<CompletedOption> options, positionals;
    std::vector<CompletedCommand> commands;
};

/// What `app` says of itself.
CompletedCommand completion_tree(CLI::App& app);

}  // namespace fairway
