#pragma once

#include <string>
#include <vector>

namespace fairway::lint {

struct SourceFile {
    std::string path;  ///< from the root of the repository
    std::string text;
};

/// Every C++ file below the folders named, in a stable order.
std::vector<SourceFile> sources_below(const std::vector<std::string>& folders);

/// The same text with comments, strings and character literals blanked out; lines keep their numbers.
std::string without_comments(const std::string& text);

int line_at(const std::string& text, std::size_t position);

}  // namespace fairway::lint
