#pragma once

#include <string>
#include <vector>

#include "controller/app/config/config.hpp"
#include "controller/report/settings.hpp"

namespace fairway {

struct SettingEntry;

/// A part of the configuration as it holds, with where each value comes from.
struct SettingNode {
    enum class Kind { value, mapping, list };
    Kind kind = Kind::value;
    std::string value;
    bool literal = false;  ///< a number or a truth value
    SettingOrigin origin;
    std::vector<SettingEntry> entries;  ///< of a mapping
    std::vector<SettingNode> items;     ///< of a list
};

struct SettingEntry {
    std::string key;
    SettingNode value;
};

/// What a sound configuration says; with `defaults` also what holds where it says nothing. Paths are
/// absolute, so that it says the same wherever it lies. Secrets are the places that they come from.
SettingNode settings_of(const ConfigResult& loaded, bool defaults);

/// Every value of it, by its path.
std::vector<Setting> flat(const SettingNode& root);

/// As a configuration again, with the origin of each value behind it.
std::string settings_yaml(
    const SettingNode& root, const ConfigResult& loaded, const std::string& file,
    const std::string& file_given_by
);

}  // namespace fairway
