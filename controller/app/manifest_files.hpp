#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reconciler/model/error.hpp"

namespace fairway {

struct ManifestFile {
    std::string path;  ///< below the folder
    std::string text;
};

struct FilesWritten {
    std::size_t written = 0, unchanged = 0;
};

/// Writes `files` below `folder`, which is made where it is missing; each appears whole or not at all. A
/// file that is there and says something else is written over only with `force`: without it, nothing is
/// written at all, and the error (class refused) names such files. What is no regular file is never
/// written over.
Result<FilesWritten> write_manifest_files(
    const std::string& folder, const std::vector<ManifestFile>& files, bool force
);

/// Puts `text` in the place of a regular file, whole or not at all; it keeps its mode and, where we may
/// give files away, its owner.
Result<> replace_manifest_file(const std::string& path, const std::string& text);

}  // namespace fairway
