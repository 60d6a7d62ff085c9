#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fairway {

// Fields of an object that a RapidJSON writer of any kind is writing: for the .cpp files that write
// JSON.

template <class Writer>
void put_key(Writer& json, std::string_view name) {
    json.Key(name.data(), static_cast<unsigned>(name.size()));
}
template <class Writer>
void put_text(Writer& json, std::string_view value) {
    json.String(value.data(), static_cast<unsigned>(value.size()));
}
template <class Writer>
void put(Writer& json, std::string_view name, std::string_view value) {
    put_key(json, name);
    put_text(json, value);
}
template <class Writer>
void put(Writer& json, std::string_view name, const char* value) {  // else it would be taken for a bool
    put(json, name, std::string_view(value));
}
template <class Writer>
void put(Writer& json, std::string_view name, bool value) {
    put_key(json, name);
    json.Bool(value);
}
template <class Writer>
void put(Writer& json, std::string_view name, int value) {
    put_key(json, name);
    json.Int(value);
}
template <class Writer>
void put(Writer& json, std::string_view name, std::int64_t value) {
    put_key(json, name);
    json.Int64(value);
}
template <class Writer>
void put(Writer& json, std::string_view name, std::size_t value) {
    put_key(json, name);
    json.Uint64(value);
}
template <class Writer>
void put(Writer& json, std::string_view name, const std::string& value) {
    put(json, name, std::string_view(value));
}
template <class Writer>
void put(Writer& json, std::string_view name, const std::vector<std::string>& values) {
    put_key(json, name);
    json.StartArray();
    for (const std::string& value : values) put_text(json, value);
    json.EndArray();
}

/// An absent value is left out.
template <class Writer, class Value>
void put(Writer& json, std::string_view name, const std::optional<Value>& value) {
    if (value) put(json, name, *value);
}

}  // namespace fairway
