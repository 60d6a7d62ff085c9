#include "manifests/directory/directory_names.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "manifests/source_names.hpp"

namespace fairway {

std::optional<std::vector<std::string>> names_in(int directory) {
    const int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy < 0) return std::nullopt;
    DIR* stream = fdopendir(copy);
    if (stream == nullptr) {
        ::close(copy);
        return std::nullopt;
    }
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = readdir(stream)) {
        const std::string_view name = entry->d_name;
        if (!is_hidden_name(name) || name == generation_link) names.emplace_back(name);
        errno = 0;
    }
    const int failed = errno;
    closedir(stream);
    if (failed != 0) {
        errno = failed;
        return std::nullopt;
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace fairway
