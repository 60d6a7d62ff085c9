#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/manifest_snapshot.hpp"

namespace fairway {

/// Where something stands in its file; line and column (in characters) count from 1.
struct Position {
    int line = 0, column = 0;
    /// 0: the file that is being read. n: the n-th of the files whose defaults were put into the
    /// document.
    int file = 0;
    auto operator<=>(const Position&) const = default;
};

struct YamlEntry;

/// A YAML value that holds nothing surprising: no anchor, alias, tag, merge key or duplicate key.
struct YamlNode {
    enum class Kind { null, scalar, sequence, mapping, refused };
    /// `refused` is a value the reader has already complained of: nobody need do so again.
    Kind kind = Kind::null;
    Position at;
    bool quoted = false;  ///< quoted or a block: text, whatever it looks like
    std::string text;
    std::vector<YamlNode> items;
    std::vector<YamlEntry> entries;  ///< in the order of the file

    const YamlNode* find(std::string_view key) const;
};

struct YamlEntry {
    std::string key;
    Position key_at;
    YamlNode value;
};

struct YamlDocument {
    YamlNode root;
    std::vector<ManifestProblem> problems;  ///< of structure, with the path of the value concerned
};

struct YamlFile {
    std::vector<YamlDocument> documents;  ///< without empty ones
    /// Why the file could not be read to its end. The last document may then be a part of what was
    /// meant.
    std::optional<ManifestProblem> broken;
};

// Limits that hold before and while the file is parsed.
inline constexpr std::size_t max_yaml_depth = 32;
inline constexpr std::size_t max_yaml_nodes = 100'000;
inline constexpr std::size_t max_yaml_documents = 1'000;

/// Reads YAML 1.2 (and so JSON), strictly: what other readers would take in two ways is refused. Never
/// throws for what the bytes say. `file` is only told in problems.
YamlFile read_yaml(std::string_view file, std::string_view bytes);

/// `path.key`, or `path["odd key"]`.
std::string join_path(std::string_view path, std::string_view key);
std::string join_path(std::string_view path, std::size_t index);

}  // namespace fairway
