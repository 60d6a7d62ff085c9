#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/temp_dir.hpp"

namespace fairway::test {

/// A bare repository that a test fills, in a folder of its own; it may be served from there.
class Repository {
public:
    Repository();

    const TempDir folder;
    std::string path() const { return folder.file("upstream.git"); }

    /// Runs git on it and gives what it wrote, without the last line end; throws where it fails.
    std::string git(std::vector<std::string> arguments, std::string_view input = {}) const;

    std::string blob(std::string_view bytes) const;
    struct Entry {
        std::string mode, id, name;  ///< 100644 a file, 120000 a link, 160000 a submodule, 40000 a tree
    };
    /// A tree with whatever names, unchecked.
    std::string tree(const std::vector<Entry>& entries) const;
    /// A commit of that tree.
    std::string commit_tree(
        const std::string& tree, const std::vector<std::string>& parents = {},
        const std::string& message = "a change"
    ) const;
    /// Writes and removes (nullopt) files of `branch`, and commits that; gives the commit.
    using Files = std::map<std::string, std::optional<std::string>>;
    std::string push(
        const Files& files, const std::string& message = "a change", const std::string& branch = "main"
    ) const;
    std::string head(const std::string& branch = "main") const;
    void move(const std::string& branch, const std::string& commit) const;
    /// More of git's settings for git(), such as whom to sign as.
    std::vector<std::string> settings;
    std::vector<std::string> environment;
};

}  // namespace fairway::test
