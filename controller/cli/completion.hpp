#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace fairway {

/// The shells that there are scripts for.
inline const std::vector<std::string> completion_shells{"bash", "zsh", "fish"};

/// A script that completes the command line of `app`: commands, options and the words they take, all
/// read from `app` itself.
std::string completion_script(CLI::App& app, const std::string& shell);

}  // namespace fairway
