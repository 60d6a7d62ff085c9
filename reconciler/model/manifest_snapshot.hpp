#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/channel.hpp"
#include "reconciler/model/record.hpp"

namespace fairway {

/// What to do with a channel of that name that we do not own.
enum class AdoptPolicy : std::uint8_t { never, if_equal, overwrite };
enum class DriftPolicy : std::uint8_t { correct, warn };

struct Suspension {
    std::optional<WallTime> until;  ///< absent: until the manifest says otherwise
    std::string reason;
    bool operator==(const Suspension&) const = default;
};

struct Lifecycle {
    AdoptPolicy adopt = AdoptPolicy::never;
    DeletionPolicy deletion = DeletionPolicy::delete_;
    DriftPolicy drift = DriftPolicy::correct;
    /// JSON pointers below the spec, with `*` for one segment: never compared, never overwritten.
    std::vector<std::string> ignore;
    std::optional<Suspension> suspend;
    bool operator==(const Lifecycle&) const = default;
};

/// A place in a manifest; lines and columns count from 1, 0 means the file as a whole.
struct Place {
    std::string file;
    int line = 0, column = 0;
};

/// A value that a manifest has from the defaults of its directory.
struct InheritedField {
    std::string path;  ///< such as "spec.port" or "metadata.labels.team"
    std::shared_ptr<const std::string> file;
    int line = 0;
};

/// `file:line`.
std::string told(const InheritedField& field);

/// One YAML document that passed every check.
struct Manifest {
    ChannelKey key;
    std::map<std::string, std::string> labels, annotations;
    ChannelSpec spec;
    Lifecycle lifecycle;
    Place place;
    std::vector<InheritedField> inherited;  ///< by path

    /// Where the value at that path of the report ("/port", "/vpc_health_config/path") comes from; null
    /// where the manifest itself has it.
    const InheritedField* origin_of(std::string_view pointer) const;
};

enum class Severity : std::uint8_t { error, warning };

/// One thing that is wrong with a manifest, told so that its author can mend it.
struct ManifestProblem {
    Severity severity = Severity::error;
    Place place;
    std::string field;   ///< such as "spec.members[0].host"; empty for the document or file as a whole
    std::string wrong;   ///< what is wrong
    std::string advice;  ///< what would be right; may be empty
    ChannelKey key;      ///< the channel concerned, as far as it could be read; may be empty
};

/// `file:line:column: field.path: what is wrong; what would be right`.
std::string to_string(const ManifestProblem& problem);

/// The desired state of one revision of all sources: immutable, shared by all who work from it.
struct ManifestSnapshot {
    std::map<ChannelKey, std::shared_ptr<const Manifest>> manifests;
    std::vector<ManifestProblem> problems;  ///< sorted by place
    /// Names that a broken document declares or, in the last good revision, declared: nothing is done to
    /// them.
    std::set<ChannelKey> unreadable;
    /// Those among them that lie below broken defaults, with the place of these.
    std::map<ChannelKey, Place> held_back;
    /// The digest of what was read; equal digests mean equal wishes.
    std::string revision;
    /// What people know that by: the id of a commit; empty where there is nothing but the digest.
    std::string version;
    std::string change;  ///< who made the version and what for: "NAME: SUBJECT"; one line, or empty
    std::string source;
    std::size_t files = 0;
    std::size_t invalid = 0;  ///< documents that were refused
    std::size_t ignored = 0;  ///< documents that are not ours: another kind or group
    std::size_t blank = 0;    ///< files without anything in them

    const Manifest* find(const ChannelKey& key) const {
        const auto it = manifests.find(key);
        return it == manifests.end() ? nullptr : it->second.get();
    }
    const std::string& shown_version() const { return version.empty() ? revision : version; }
    /// Whole and valid: the only kind of wish from which absence may be concluded. A file that is empty
    /// may be one that is being written, or was cut off.
    bool complete() const { return invalid == 0 && blank == 0 && unreadable.empty(); }
};

/// Whether both ask for the same, or neither is there.
bool same_wish(const Manifest* a, const Manifest* b);

/// A channel whose wish is another one than before; null where there is none.
struct WishChange {
    const ChannelKey* key;
    const Manifest *before, *after;
};
/// What changed from one snapshot to the next, by key: specs and lifecycles count. Points into both.
std::vector<WishChange> changes_between(const ManifestSnapshot& before, const ManifestSnapshot& after);

}  // namespace fairway
