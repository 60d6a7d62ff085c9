#pragma once

#include <string>
#include <string_view>

namespace fairway {

/// Gives a text as a YAML scalar on one line.
using YamlText = std::string (*)(std::string_view text);

/// `json`, a document of ours, as the same document in YAML.
std::string yaml_of_json(const std::string& json, YamlText yaml_text);

}  // namespace fairway
