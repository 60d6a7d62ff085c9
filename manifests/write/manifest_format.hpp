#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/manifest_snapshot.hpp"

namespace fairway {

/// In which order the keys of a mapping stand.
class KeyOrder {
public:
    /// `paths`: of all fields, such as "spec.members[].host", in the order wanted.
    explicit KeyOrder(const std::vector<std::string>& paths);

    /// Of `key` in the mapping at `path`; the largest of all where it is not known.
    std::size_t rank(const std::string& path, const std::string& key) const;

private:
    std::map<std::string, std::map<std::string, std::size_t>> ranks_;
};

struct FormattedManifests {
    std::string text;                       ///< as it was where there are problems
    std::vector<ManifestProblem> problems;  ///< why the file was left as it is
};

/// The same file in its usual form: keys in order, indented by two, no blanks at the ends of lines, one
/// blank line at most between keys. Moves whole lines together with the comments above them and changes
/// nothing within one: what is written in braces stays as it is, as do JSON and the documents of other
/// programs. The result says what the file said, or the file is left alone with a problem that tells so.
FormattedManifests format_manifests(
    std::string_view file, std::string_view bytes, const KeyOrder& order
);

}  // namespace fairway
