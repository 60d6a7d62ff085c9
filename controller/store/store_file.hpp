#pragma once

#include <string>

#include "reconciler/model/error.hpp"

namespace fairway {

/// Makes sure that `path` may be opened as our store: a regular file that only its owner can read, and
/// that begins like a database where it is not empty. For writing, a missing file is made, with mode
/// 0600.
Result<> prepare_store_file(const std::string& path, bool read_only);

/// The names in the directory of `path` survive a power cut, if this says true.
bool sync_directory_of(const std::string& path);

}  // namespace fairway
