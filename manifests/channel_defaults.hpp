#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "manifests/manifests.hpp"
#include "manifests/yaml_reader.hpp"

namespace fairway {

/// One ChannelDefaults document: fields for every channel of its directory and of those below.
struct ChannelDefaults {
    Place place;
    bool sound = false;  ///< false: it is known to be there, and not what it says
    YamlNode root;       ///< its sections, checked; empty where it is not sound
    std::string print;   ///< the digest of its file
};

/// What the ChannelDefaults of a directory and of those above it come to: of each field the nearest.
struct DefaultsInForce {
    YamlNode root;
    std::vector<std::shared_ptr<const std::string>> files;  ///< what a Position's `file` counts
    std::optional<Place> broken;  ///< of a document that is not sound: nothing is known then
    std::string print;            ///< equal prints mean equal defaults, at equal places
};

/// Whether a document of this `kind` is meant as ChannelDefaults, perhaps with a typo.
bool is_defaults_kind(std::string_view kind);

/// Puts into `document`, a channel or defaults, what `defaults` have and it lacks: whole fields of spec
/// and lifecycle, the project, single labels and annotations. Says what that was, by path.
std::vector<InheritedField> inherit(YamlNode& document, const DefaultsInForce& defaults);

/// The defaults in force where these documents lie, one directory below `above` (null: none).
DefaultsPtr put_in_force(
    const std::vector<std::shared_ptr<const ChannelDefaults>>& documents, const DefaultsPtr& above
);

/// The directory that a file, or a directory, lies in; "" for what lies in the current one.
std::string_view directory_of(std::string_view path);

}  // namespace fairway
