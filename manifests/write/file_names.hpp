#pragma once

#include <map>
#include <string>
#include <vector>

namespace fairway {

/// A file name for each of `names`, ending in .yaml: safe on any file system, never hidden, different
/// also where case does not count, and the same whatever the order of `names`.
std::map<std::string, std::string> manifest_file_names(const std::vector<std::string>& names);

}  // namespace fairway
