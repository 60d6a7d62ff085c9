#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "manifests/yaml_reader.hpp"

namespace fairway {

/// What ends the reading of a file.
struct Stop {
    std::size_t offset;
    std::string field, wrong, advice;
};

/// Offsets to positions. yaml-cpp's own columns count bytes.
class Lines {
public:
    explicit Lines(std::string_view bytes);
    Position at(std::size_t offset) const;

private:
    std::string_view bytes_;
    std::vector<std::size_t> starts_{0};
    mutable std::size_t last_ = 0;
    mutable int last_column_ = 1;
};

/// What must be right before a parser sees the bytes: size, encoding, no controls, no depth without end,
/// no directive.
std::optional<Stop> check_source(std::string_view bytes);

/// Whether the quoted scalar that starts at `text` ends. yaml-cpp takes a missing quote for the end of
/// the file.
bool quote_ends(std::string_view text);

/// Whether a tab is part of the indentation of the line that holds `offset`.
bool is_indented_by_tab(std::string_view bytes, std::size_t offset);

}  // namespace fairway
