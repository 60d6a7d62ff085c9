#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/manifest_snapshot.hpp"

namespace fairway {

/// What the configuration defines and a manifest may name.
struct ManifestContext {
    std::set<std::string> projects;
    std::set<std::string> secrets;
    /// Whether a project or secret that is not in the sets above is an error. Off where there is no
    /// configuration, as in a pull request's check.
    bool check_names = false;

    /// The project of a manifest that names none: the only one there is, "default" where none is known,
    /// and empty where there are several, so that the manifest must say which.
    std::string default_project() const {
        if (projects.empty()) return "default";
        return projects.size() == 1 ? *projects.begin() : std::string();
    }
};

/// The largest file that is read at all.
inline constexpr std::size_t max_manifest_bytes = 1024 * 1024;

struct ChannelDefaults;
struct DefaultsInForce;
using DefaultsPtr = std::shared_ptr<const DefaultsInForce>;

/// What one file says. Depends on its name, its bytes, the context and the defaults in force where it
/// lies, and on nothing else: a file for which these did not change need not be read again.
struct FileManifests {
    std::string file;
    /// XXH3-128 of the bytes, in hex.
    std::string digest;
    std::vector<std::shared_ptr<const Manifest>> manifests;  ///< in the order of the file
    std::vector<ManifestProblem> problems;                   ///< sorted by place
    /// Channels that a broken document of this file declares, as far as that could be read. A source
    /// that remembers what the file declared when it was last whole adds those names to its copy.
    std::set<ChannelKey> unreadable;
    std::size_t invalid =
        0;  ///< documents that were refused; a file that cannot be read at all counts as one
    std::size_t ignored = 0;    ///< documents of another kind of program
    std::size_t held_back = 0;  ///< among the refused: those whose defaults are broken
    bool blank = false;         ///< not even a comment: emptied, missing, or not written yet
    /// The ChannelDefaults documents, those that are broken too.
    std::vector<std::shared_ptr<const ChannelDefaults>> defaults;
    DefaultsPtr in_force;  ///< what its channels were read with; null: none
    bool parsed = false;   ///< false: nothing in here depends on defaults
};

/// What of a file is wanted: of one that lies beside a single file only the defaults count.
enum class FileScope : std::uint8_t { everything, defaults };

/// Reads and checks every document of one file, YAML or JSON. `file_name` is only told in problems.
/// Never throws for what the bytes say.
FileManifests parse_manifests(
    std::string_view file_name, std::string_view bytes, const ManifestContext& context,
    const DefaultsPtr& defaults = nullptr, FileScope scope = FileScope::everything
);

/// Puts files together to one snapshot. A channel that is declared twice is refused at both places and
/// becomes unreadable, names that differ only by case are warned of. The order of `files` does not
/// matter.
ManifestSnapshot assemble(std::vector<std::shared_ptr<const FileManifests>> files, std::string source);

/// The digest that parse_manifests() puts into FileManifests.
std::string content_digest(std::string_view bytes);

/// The JSON Schema (draft-07) of a manifest.
std::string_view manifest_schema();

}  // namespace fairway
