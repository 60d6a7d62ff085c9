#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fairway {

/// What tells one state of some files from the next, links followed; their content is not looked at. A
/// file that is not there is a state too.
class FileStamps {
public:
    /// To be called before the file is read: what changes meanwhile is then a change.
    void add(const std::string& file);
    /// The same files as they are now.
    FileStamps anew() const;
    std::vector<std::string> files() const;
    bool operator==(const FileStamps&) const = default;

private:
    struct Stamp {
        std::string file;
        std::int64_t modified_s = 0, modified_ns = 0, changed_s = 0, changed_ns = 0, size = -1;
        std::uint64_t device = 0, inode = 0;
        bool operator==(const Stamp&) const = default;
    };
    std::vector<Stamp> stamps_;
};

}  // namespace fairway
