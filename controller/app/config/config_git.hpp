#pragma once

#include <optional>

#include "controller/app/config/config_secrets.hpp"

namespace fairway {

/// Reads `git` of a source: a repository, what of it is followed, and how it is reached. Where the
/// mirror is kept is for the caller to say.
std::optional<GitSourceConfig> read_git(Fields& source, ConfigPlace& place);

}  // namespace fairway
