#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fairway {

/// Where the value of a setting comes from.
struct SettingOrigin {
    enum class Kind : std::uint8_t { file, environment, usual, derived };
    Kind kind = Kind::usual;
    int line = 0, column = 0;  ///< in the file
    std::string name;          ///< of the variable, or of the key that it follows from

    /// "default", "FILE:3:5" and the like.
    std::string text(const std::string& file) const;
};

/// One value of the configuration.
struct Setting {
    std::string path;      ///< projects[0].limits.concurrency
    std::string value;     ///< of a secret the place of it, under the path ending in `.env` or `.file`
    bool literal = false;  ///< a number or a truth value
    SettingOrigin origin;
};

struct Settings {
    std::string file;
    std::string file_given_by;  ///< "--config" and the like
    std::vector<Setting> values;
};

/// As a document for programs.
std::string settings_json(const Settings& settings);

}  // namespace fairway
