#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/manifest_snapshot.hpp"

namespace fairway::test {

/// A directory of its own that is gone with the object.
class Tree {
public:
    Tree();
    ~Tree();
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;

    const std::string& path() const { return path_; }
    std::string operator/(std::string_view name) const { return path_ + '/' + std::string(name); }
    /// Writes in place; makes the directories above.
    void write(std::string_view name, std::string_view text) const;
    /// Writes beside and renames, as careful editors do.
    void replace(std::string_view name, std::string_view text) const;
    void remove(std::string_view name) const { std::filesystem::remove_all(*this / name); }
    /// Makes everything look as if it was written a minute ago, so that nothing is in the making.
    void settle() const;
    /// A Kubernetes volume in `directory`: the next generation, with these files.
    void publish(
        std::string_view directory, const std::vector<std::pair<std::string, std::string>>& files
    );

private:
    std::string path_;
    int generation_ = 0;
};

/// A valid manifest of that channel.
std::string manifest(std::string_view name, int port = 80);
/// The names in a snapshot, in order.
std::vector<std::string> names(const ManifestSnapshot& snapshot);
int port_of(const ManifestSnapshot& snapshot, const std::string& name);

}  // namespace fairway::test
