#include "manifests/source_names.hpp"

#include <algorithm>

namespace fairway {
namespace {

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

}  // namespace

bool is_hidden_name(std::string_view name) {
    return name.starts_with('.');
}

bool is_manifest_name(std::string_view name) {
    return !is_hidden_name(name) &&
           (name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json"));
}

bool has_control_characters(std::string_view name) {
    return std::any_of(name.begin(), name.end(), is_control);
}

std::string printable_name(std::string_view name) {
    std::string text(name);
    std::replace_if(text.begin(), text.end(), is_control, '?');
    return text;
}

std::string path_below(std::string_view directory, std::string_view name) {
    if (directory == ".") return std::string(name);
    std::string path(directory);
    if (!path.ends_with('/')) path += '/';
    return path += name;
}

}  // namespace fairway
