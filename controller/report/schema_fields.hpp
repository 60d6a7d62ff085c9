#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fairway {

/// One field of a manifest, as the JSON Schema tells of it.
struct SchemaField {
    std::string path;  ///< "spec.members[].host"; `[]` for any element, `*` for any key
    std::string title, description;
    std::string type;                 ///< "integer", "text" and the like; of a choice, of its words
    std::vector<std::string> bounds;  ///< "1 to 65535" and the like
    std::vector<std::string> words;   ///< all that it may be, where these can be listed
    std::string pattern;              ///< a regular expression; empty where there is none
    std::string default_value;        ///< what holds where it is absent; empty where nothing is said
    bool required = false;            ///< where what holds it is there
    std::vector<std::string> examples;
    std::string api;  ///< the field of the create request; empty where nothing is sent
};

/// All fields that `schema` describes, in its order. It is one of ours: throws where it is no JSON.
std::vector<SchemaField> schema_fields(std::string_view schema);

/// The path of a problem with a manifest as the schema would write it: members[3] as members[].
/// Of what the schema does not know, the part that it knows; may be empty.
std::string schema_path(std::string_view problem_path, const std::vector<SchemaField>& fields);

struct FieldSearch {
    const SchemaField* found = nullptr;
    std::vector<std::string> several;  ///< paths that all fit, where nothing tells which was meant
};
/// The field that a person means by `asked`: its path, or the last parts of it, with or without brackets
/// and numbers in them.
FieldSearch find_field(const std::vector<SchemaField>& fields, std::string_view asked);

}  // namespace fairway
