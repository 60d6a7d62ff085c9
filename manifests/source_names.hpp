#pragma once

#include <string>
#include <string_view>

namespace fairway {

/// Begins with a dot: neither read nor entered.
bool is_hidden_name(std::string_view name);
/// Ends in .yaml, .yml or .json and is not hidden. Editors' backups (`x.yaml~`, `#x.yaml#`,
/// `.x.yaml.swp`) and probes (`4913`) end otherwise or are hidden.
bool is_manifest_name(std::string_view name);
/// Control characters, which no honest name has and which would forge lines of a report.
bool has_control_characters(std::string_view name);
/// The name for people, with `?` in place of control characters.
std::string printable_name(std::string_view name);
/// `directory/name`, or `name` alone in the current directory.
std::string path_below(std::string_view directory, std::string_view name);

}  // namespace fairway
