// What lies beside a file that was named itself.
#include "manifests/directory/directory_reader.hpp"

#include <fcntl.h>

#include <cerrno>

#include "manifests/directory/directory_names.hpp"
#include "manifests/source_names.hpp"

namespace fairway {

/// The defaults of a file that was named itself lie in its directory. Of other files there nothing else
/// counts, and nothing is told.
bool DirectoryReader::look_beside(const std::string& file) {
    const std::string prefix = file.substr(0, file.rfind('/') + 1);
    const std::string directory = prefix.empty() ? "." : std::string(directory_of(file));
    const DirectoryFd opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) return fail(directory, errno);
    const auto names = names_in(opened.get());
    if (!names) return fail(directory, errno);
    for (const auto& name : *names) {
        const std::string path = prefix + name;
        const auto known = files_.find(path);
        const auto update = updates_.find(path);
        const bool read_already = (known != files_.end() && known->second.seen_in == look_.number) ||
                                  (update != updates_.end() && update->second.seen_in == look_.number);
        if (read_already || !is_manifest_name(name) || has_control_characters(name)) continue;
        struct stat status {};
        ++counts_.stats;
        if (fstatat(opened.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (!S_ISREG(status.st_mode)) continue;
        if (!visit_file(opened.get(), name, path, stamp_of(status), false)) return false;
        const auto found = updates_.find(path);
        if (found == updates_.end()) continue;
        found->second.scope = FileScope::defaults;
        const bool concerns_us = found->second.parse
                                     ? seems_to_declare_defaults(found->second.bytes)
                                     : found->second.result && declares_defaults(*found->second.result);
        const bool did = known != files_.end() && known->second.last_whole &&
                         declares_defaults(*known->second.last_whole);
        if (!concerns_us && !did) updates_.erase(found);
    }
    return true;
}

}  // namespace fairway
