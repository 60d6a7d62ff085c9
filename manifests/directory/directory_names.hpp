#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fairway {

/// The link of a Kubernetes volume that an update swings over.
inline constexpr std::string_view generation_link = "..data";

/// The names in a directory that are not hidden, and that link, sorted; nothing when it cannot be read
/// (errno tells). Takes the descriptor's reading position, not the descriptor.
std::optional<std::vector<std::string>> names_in(int directory);

}  // namespace fairway
