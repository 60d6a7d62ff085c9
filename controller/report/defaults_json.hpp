#pragma once

#include <vector>

#include "controller/codec/json_put.hpp"
#include "reconciler/model/manifest_snapshot.hpp"

namespace fairway {

/// What a manifest has from the defaults of its directory, as a field of the object that is written.
template <class Writer>
void put_defaults(Writer& json, const std::vector<InheritedField>& fields) {
    put_key(json, "defaults");
    json.StartArray();
    for (const InheritedField& field : fields) {
        json.StartObject();
        put(json, "field", field.path);
        put(json, "file", *field.file);
        put(json, "line", field.line);
        json.EndObject();
    }
    json.EndArray();
}

}  // namespace fairway
