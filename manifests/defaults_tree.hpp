#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "manifests/channel_defaults.hpp"
#include "manifests/manifests.hpp"

namespace fairway {

/// Which defaults hold in which directory.
class DefaultsTree {
public:
    /// The defaults that a file declares. `last_whole`, which may be null, is what it said when it was
    /// last whole: defaults that cannot be read now are broken, not gone.
    void add(std::string_view path, const FileManifests& file, const FileManifests* last_whole);
    /// For a file at `path`; null: none.
    DefaultsPtr in_force(std::string_view path);

private:
    const DefaultsPtr& in_directory(std::string_view directory);

    std::map<std::string, std::vector<std::shared_ptr<const ChannelDefaults>>, std::less<>> declared_;
    std::map<std::string, DefaultsPtr, std::less<>> known_;
};

/// One file of a snapshot in the making.
struct FileInLook {
    std::string_view path;
    const std::string* bytes = nullptr;           ///< null: not read this time
    std::shared_ptr<const FileManifests> result,  ///< of before; null where the bytes are new
        last_whole;                               ///< of before; null: never
};

/// Parses what is new, and anew what other defaults hold for now; `tree` becomes that of `files`.
/// Returns the indices of files that have to be read for that: nothing is whole then, and all is to be
/// done again with their bytes. `parse` is called by two threads.
std::vector<std::size_t> parse_below_defaults(
    std::vector<FileInLook>& files, DefaultsTree& tree,
    const std::function<std::shared_ptr<const FileManifests>(std::size_t, const DefaultsPtr&)>& parse
);

/// Whether these bytes may declare defaults: a guess, which a typo in the kind escapes.
bool seems_to_declare_defaults(std::string_view bytes);

/// Whether a look at this file alone would miss what it means for others.
bool declares_defaults(const FileManifests& file);

}  // namespace fairway
