#pragma once

#include <cstddef>
#include <string>

#include "reconciler/model/channel.hpp"

namespace fairway {

/// A manifest to be written.
struct ManifestDraft {
    std::string name;
    std::string project;  ///< empty: left out, for there is only one
    ChannelSpec spec;
    bool adopt_if_equal = false;
};

/// The YAML document of `draft`: every field that is set, in the order of the API's own tables, lists as
/// they are. A Nacos password is the reference that the spec names.
std::string manifest_text(const ManifestDraft& draft);

/// The first line of a file: lets editors find the schema, `folders_up` above the file.
std::string schema_line(std::size_t folders_up = 0);

}  // namespace fairway
