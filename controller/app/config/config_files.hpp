#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "reconciler/model/error.hpp"

namespace fairway {

struct FileContent {
    std::string bytes;
    mode_t mode = 0;
    uid_t owner = 0;
};

/// Reads a regular file, at most `limit` bytes of it. Never waits for a pipe or a device. The error says
/// why not, without naming the file.
Result<FileContent> read_config_file(const std::string& path, std::size_t limit);

/// Whether the folder is there and others than its owner can change what is in it.
bool others_can_write(const std::string& folder);

/// Why the folder must not hold our state: others than its owner could write to it or look into it.
/// Empty where it is fine, or not there.
std::string state_folder_trouble(const std::string& folder);

/// The kind of file system that the folder is on, as statfs tells it; 0 where that is not known.
long file_system_of(const std::string& folder);

/// The name of a file system that is not this machine's own; empty for any other.
std::string_view network_file_system(long kind);

/// `path` made absolute, from `folder`.
std::string resolve_path(const std::string& folder, const std::string& path);

/// Whether `path` is `folder` or lies in it, links followed as far as they exist.
bool is_within(const std::string& path, const std::string& folder);

}  // namespace fairway
