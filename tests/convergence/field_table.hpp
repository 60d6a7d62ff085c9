#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fairway {

/// What a change of a field, in the manifest or in the cloud, has to lead to.
enum class FieldKind {
    required,     ///< always managed: written, and corrected when it drifts
    optional,     ///< the same where the manifest mentions it; not touched where it does not
    unchanging,   ///< a change is refused, and nothing is written
    unsupported,  ///< accepted, never compared: a change leads to nothing
};

/// One property of the create request.
struct Field {
    /// The property, as a pointer below the spec; `-` stands for every element of a list.
    std::string_view property;
    FieldKind kind;
    /// The channel it is tried on: a name in base_spec().
    std::string_view base;
    /// Where the manifest is changed, and to what JSON.
    std::vector<std::pair<std::string_view, std::string_view>> changes;
    /// The pointers that a plan tells of that, and the only ones that change in the cloud.
    std::vector<std::string_view> paths;
    /// What is taken out of the manifest so that the field is not managed; empty: `property` at its
    /// first element.
    std::vector<std::string_view> removed = {};
};
const std::vector<Field>& all_fields();

/// A spec, in JSON, that mentions every field its type can have.
std::string base_spec(std::string_view name);

}  // namespace fairway
