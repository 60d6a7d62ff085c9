#pragma once

#include "manifests/field_reader.hpp"
#include "manifests/manifests.hpp"

namespace fairway {

/// Reads `spec`, each field by itself. A list keeps one element for each in the file, so that an index
/// means the same in both; what could not be read is absent from the result.
/// `needed`: whether what no channel can lack has to be there.
ChannelSpec read_spec(
    Findings& findings, const YamlNode& spec, const ManifestContext& context,
    Need needed = Need::required
);

/// Checks a `spec` of ChannelDefaults: the fields that channels can share, and what no other field
/// decides about.
void check_shared_spec(Findings& findings, const YamlNode& spec);

/// Reads `spec.microservice_info`.
MicroserviceInfo read_microservice_info(Fields& info, const ManifestContext& context);

/// Reads `lifecycle`.
Lifecycle read_lifecycle(Findings& findings, const YamlNode& lifecycle);

/// Checks what no field can know alone: which others it needs or forbids, and what may be there once.
/// Goes by `node` for what was given, and by `spec` for what it means.
void check_spec(Findings& findings, const ChannelSpec& spec, const YamlNode& node);
/// The part of it that a channel's other fields do not change.
void check_spec_alone(Findings& findings, const ChannelSpec& spec, const YamlNode& node);

}  // namespace fairway
