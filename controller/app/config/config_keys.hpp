#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fairway {

/// A key of the configuration, for all that is said of it beside its being read.
struct ConfigKey {
    enum class Kind {
        value,
        path,     ///< of a file or directory, told from the configuration's folder
        secret,   ///< a mapping that says where it comes from
        section,  ///< a mapping; one that is absent is as an empty one
        choice,   ///< a mapping; one that is absent is none
        list,
    };
    std::string_view path;  ///< `[]` stands for every item of a list
    Kind kind = Kind::value;
    /// What holds where it is absent, as one would write it; empty where nothing does, or where it
    /// follows from other keys.
    std::string usual;
};

/// All keys, those of one mapping in the order in which they are shown. What holds where one is absent
/// is taken from Config, so that it is what the reader of the file leaves there.
const std::vector<ConfigKey>& config_keys();

const ConfigKey* find_config_key(std::string_view path);

}  // namespace fairway
