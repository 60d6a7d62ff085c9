#pragma once

#include <string>

#include "controller/cli/commands.hpp"
#include "controller/report/yaml.hpp"
#include "manifests/write/yaml_text.hpp"

namespace fairway {

/// `json`, a document of ours, in the format asked for, which is JSON or YAML.
inline std::string structured(const std::string& json, OutputFormat format) {
    return format == OutputFormat::yaml ? yaml_of_json(json, yaml_text) : json;
}

}  // namespace fairway
