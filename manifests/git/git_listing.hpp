#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/error.hpp"

namespace fairway {

/// One entry of a commit, as `git ls-tree -r -l -z` tells it.
struct GitEntry {
    std::string mode, type, id;
    std::uint64_t size = 0;  ///< of a file
    std::string path;        ///< any bytes, as in the repository
    bool is_link() const { return mode == "120000"; }
    bool is_submodule() const { return type == "commit"; }
};

/// Nothing where the text is not such a listing.
std::optional<std::vector<GitEntry>> parse_git_listing(std::string_view text);

struct GitLimits {
    std::size_t max_files = 50'000;                       ///< manifest files in all
    std::uint64_t max_total_bytes = 64ull * 1024 * 1024;  ///< of all of them together
    unsigned max_depth = 32;                              ///< folders below the source's path
    std::size_t max_path = 4096;                          ///< bytes
};

/// Something that is not read as a manifest although it may have been meant as one, or that looks odd.
struct GitRemark {
    std::string path, wrong, advice;
};

/// What of a commit is to be read, and what is wrong with the rest. Paths are those of the entries.
struct GitFiles {
    std::vector<GitEntry> files;  ///< manifests
    std::vector<GitEntry> links;  ///< whose target has to be known before they can be passed over
    std::vector<GitRemark> refused, doubtful;
};

/// Judges a listing by names, kinds and sizes. An error where a limit of the whole is exceeded.
Result<GitFiles> judge_git_listing(const std::vector<GitEntry>& entries, const GitLimits& limits);

/// Why a link that has no manifest's name is not passed over: it leads to a folder, out of the
/// manifests, or to another link. Empty where it leads to a file. `entries` are all of the listing.
std::string judge_git_link(
    const GitEntry& link, std::string_view target, const std::vector<GitEntry>& entries
);

}  // namespace fairway
