// Looks at announced files only.
#include "manifests/directory/directory_reader.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "manifests/directory/file_status.hpp"
#include "manifests/source_names.hpp"

namespace fairway {
namespace {

/// Above this many announced files a full look is as cheap, and judges whether they have settled.
constexpr std::size_t many_hints = 64;

}  // namespace

std::optional<Result<SnapshotPtr>> DirectoryReader::read_some(const std::vector<DirectoryHint>& hints) {
    if (!snapshot_ || parse_all_ || in_doubt_ || hints.size() > many_hints) return std::nullopt;
    look_ = Look{};
    look_.number = ++look_number_;
    look_.bytes = bytes_;
    look_.files = files_.size();
    updates_.clear();
    failure_.reset();
    std::vector<std::string> removed;
    for (const auto& hint : hints) {
        if (!take_hint(hint, removed) || failure_ || look_.moved || look_.young) return std::nullopt;
    }
    parse_hinted();
    for (const auto& [path, update] : updates_) {
        if (update.seen_in == look_.number && declares_defaults(*update.result)) return std::nullopt;
    }
    auto result = commit(removed, false);
    bytes_ = look_.bytes;
    return result;
}

/// False when the file cannot be judged alone.
bool DirectoryReader::take_hint(const DirectoryHint& hint, std::vector<std::string>& removed) {
    // The longest root that the path lies below.
    const std::pair<const std::string, std::pair<dev_t, ino_t>>* root = nullptr;
    std::string_view rest;
    for (const auto& candidate : roots_) {
        const std::string prefix = path_below(candidate.first, "");
        if (!hint.path.starts_with(prefix)) continue;
        if (root != nullptr && candidate.first.size() < root->first.size()) continue;
        root = &candidate;
        rest = std::string_view(hint.path).substr(prefix.size());
    }
    if (root == nullptr) return false;

    DirectoryFd directory(open(root->first.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat status {};
    if (!directory || fstat(directory.get(), &status) != 0) return false;
    if (root->second != std::pair(status.st_dev, status.st_ino)) return false;
    for (auto slash = rest.find('/'); slash != std::string_view::npos; slash = rest.find('/')) {
        const std::string part(rest.substr(0, slash));
        rest.remove_prefix(slash + 1);
        DirectoryFd child(
            openat(directory.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        );
        if (!child) return false;
        directory = std::move(child);
    }
    const std::string name(rest);
    if (!is_manifest_name(name) || has_control_characters(name)) return false;

    const auto known = files_.find(hint.path);
    // What becomes of defaults concerns other files too.
    if (known != files_.end() && known->second.last_whole &&
        declares_defaults(*known->second.last_whole)) {
        return false;
    }
    if (known != files_.end() && declares_defaults(*known->second.result)) return false;
    const std::uint64_t old_size =
        known == files_.end()
            ? 0
            : std::min<std::uint64_t>(known->second.stamp.size, max_manifest_bytes + 1);
    ++counts_.stats;
    if (fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT) return false;
        if (known == files_.end()) return true;  // came and went
        // Some writers remove the old file before they write the new one: absence has to last.
        if (fstat(directory.get(), &status) != 0 || too_young(nanoseconds(status.st_mtim))) return false;
        look_.bytes -= old_size;
        removed.push_back(hint.path);
        return true;
    }
    if (!S_ISREG(status.st_mode)) return false;
    const Stamp stamp = stamp_of(status);
    if (known != files_.end()) {
        look_.bytes -= old_size;
        --look_.files;
    }
    return count_file(hint.path, stamp.size) &&
           visit_file(directory.get(), name, hint.path, stamp, hint.settled);
}

}  // namespace fairway
