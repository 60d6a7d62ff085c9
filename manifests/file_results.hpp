// What every source does with the files it found.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "manifests/manifests.hpp"

namespace fairway {

/// A file that is not read at all: told as one with a single refused document, so that nothing else
/// suffers.
FileManifests refused_file(const std::string& path, std::string wrong, std::string advice);

/// The copy of a broken file's result that also protects what the file declared when it was last whole.
std::shared_ptr<const FileManifests> protecting(
    const std::shared_ptr<const FileManifests>& broken, const FileManifests& last_whole
);

/// Calls `parse` for 0 to `count` - 1, by two threads where that is worth it.
void parse_each(std::size_t count, const std::function<void(std::size_t)>& parse);

}  // namespace fairway
