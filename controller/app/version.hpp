#pragma once

#include <string>

namespace fairway {

inline constexpr const char* default_config_file = "/etc/fairway/fairway.yaml";

/// Of the project, such as "0.1.0".
std::string version();
/// Of the sources: a short Git commit id, or "unknown".
std::string source_revision();
std::string compiler();
/// All three, for people.
std::string version_line();

}  // namespace fairway
