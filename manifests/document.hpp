#pragma once

#include <memory>
#include <set>
#include <vector>

#include "manifests/channel_defaults.hpp"
#include "manifests/manifests.hpp"
#include "manifests/yaml_reader.hpp"

namespace fairway {

/// What one YAML document turned out to be.
struct DocumentReading {
    bool ours = true;  ///< false: of another kind of program, nothing else is set
    std::shared_ptr<const Manifest> manifest;  ///< null when it was refused
    std::vector<ManifestProblem> problems;
    /// The channel it declares, as far as that can be read; one for each project where it names none and
    /// there are several.
    std::set<ChannelKey> keys;
    bool held_back = false;                           ///< refused because its defaults are broken
    std::shared_ptr<const ChannelDefaults> defaults;  ///< set: it declares no channel, but defaults
};

/// `defaults`, which may be null, are those in force where the file lies.
DocumentReading read_document(
    std::string_view file, YamlDocument document, const ManifestContext& context,
    const DefaultsPtr& defaults = nullptr
);

/// Only what a document declares: for one that ended in the middle.
DocumentReading identify_document(
    std::string_view file, YamlDocument document, const ManifestContext& context,
    const DefaultsPtr& defaults = nullptr
);

}  // namespace fairway
