// One look at directories and files, as they are now.
#include "manifests/directory/directory_reader.hpp"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "manifests/directory/directory_names.hpp"
#include "manifests/directory/file_status.hpp"
#include "manifests/file_results.hpp"
#include "manifests/source_names.hpp"

namespace fairway {
namespace {

std::string advice_for(int code) {
    switch (code) {
        case EACCES:
        case EPERM:
            return "; let the user that runs fairway read it (chmod, chown)";
        case ENOENT:
            return "; create it or correct the path";
        case ENOTDIR:
        case ELOOP:
            return "; correct the path";
        case EMFILE:
        case ENFILE:
            return "; allow more open files (LimitNOFILE)";
        case ESTALE:
        case EIO:
            return "; look after the file system";
        default:
            return {};
    }
}

Error path_error(const std::string& path, int code) {
    const std::string what =
        printable_name(path) + ": " + std::system_category().message(code) + advice_for(code);
    return {ErrorClass::retryable, ErrorReason::internal, what};
}

Error limit_error(const std::string& what) {
    return {ErrorClass::terminal, ErrorReason::validation, what};
}

/// The target of a symbolic link; nothing where it cannot be read.
std::optional<std::string> link_target(int directory, const char* name) {
    std::array<char, PATH_MAX> text{};
    const ssize_t size = readlinkat(directory, name, text.data(), text.size());
    if (size < 0) return std::nullopt;
    return std::string(text.data(), static_cast<std::size_t>(size));
}

std::string kind_of(mode_t mode) {
    if (S_ISFIFO(mode)) return "a named pipe";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
}

}  // namespace

bool DirectoryReader::fail(const std::string& path, int code) {
    return fail(path_error(path, code));
}

bool DirectoryReader::walk_root(const std::string& path) {
    // The root itself may be a link: whoever named it chose that.
    const DirectoryFd root(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!root) {
        const int code = errno;
        if (code == ENXIO || code == ENODEV) {
            return fail(limit_error(printable_name(path) + ": is neither a directory nor a plain file"));
        }
        return fail(path, code);
    }
    struct stat status {};
    if (fstat(root.get(), &status) != 0) return fail(path, errno);
    if (S_ISDIR(status.st_mode)) {
        roots_[path] = {status.st_dev, status.st_ino};
        DirectoryFd directory(openat(root.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!directory) return fail(path, errno);
        return walk(std::move(directory), path, 0);
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(limit_error(
            printable_name(path) + ": is " + kind_of(status.st_mode) +
            ", not a directory or a plain file"
        ));
    }
    look_.single_files.push_back(path);
    const Stamp stamp = stamp_of(status);
    if (!count_file(path, stamp.size)) return false;
    const auto known = files_.find(path);
    if (known != files_.end() && is_known(known->second, path, stamp)) {
        known->second.seen_in = look_.number;
        return true;
    }
    return read_file(root, path, false);
}

bool DirectoryReader::walk(DirectoryFd directory, const std::string& path, unsigned depth) {
    if (stop_ != nullptr && stop_->load(std::memory_order_relaxed)) {
        return fail(Error(ErrorClass::cancelled, ErrorReason::internal, "reading manifests was stopped")
        );
    }
    if (depth > options_.max_depth) {
        return fail(limit_error(
            printable_name(path) + ": lies more than " + std::to_string(options_.max_depth) +
            " directories deep; flatten it"
        ));
    }
    if (*entered_) (*entered_)(path, directory.get());
    struct stat before {
    }, after{};
    if (fstat(directory.get(), &before) != 0) return fail(path, errno);
    const auto names = names_in(directory.get());
    if (!names) return fail(path, errno);

    const std::size_t files_before = look_.files;
    const bool generation = std::find(names->begin(), names->end(), generation_link) != names->end();
    for (const auto& name : *names) {
        if (name == generation_link) continue;
        if (!visit(directory.get(), name, path_below(path, name), depth, generation)) return false;
    }
    if (generation && !walk_generation(directory.get(), path, depth)) return false;

    if (fstat(directory.get(), &after) != 0) return fail(path, errno);
    if (nanoseconds(before.st_mtim) != nanoseconds(after.st_mtim)) {
        look_.moved = true;
        look_.moved_at = path;
    }
    if (too_young(nanoseconds(before.st_mtim))) look_.young = true;
    look_.directories[path] = {before.st_dev, look_.files - files_before};
    return true;
}

/// A Kubernetes volume of a ConfigMap or Secret: the names in the directory are links through `..data`,
/// a link to the directory of one generation, and an update swings `..data` over. All is read from that
/// one directory, which holds the same names, so that two generations never mix.
bool DirectoryReader::walk_generation(int directory, const std::string& path, unsigned depth) {
    const std::string link_path = path_below(path, generation_link);
    const auto target = link_target(directory, generation_link.data());
    if (!target) {
        if (errno == EINVAL) return true;  // no link: hidden as every other name with a dot
        look_.moved = true;
        look_.moved_at = link_path;
        return true;
    }
    if (target->find('/') != std::string::npos || *target == ".." || *target == ".") {
        Stamp none;
        refuse(link_path, none, "leads out of its directory", "links are not followed");
        return true;
    }
    DirectoryFd generation(
        openat(directory, target->c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    );
    if (!generation) {
        if (errno != ENOENT) return fail(link_path, errno);
        look_.moved = true;
        look_.moved_at = link_path;
        return true;
    }
    Generation kept;
    kept.directory = DirectoryFd(fcntl(directory, F_DUPFD_CLOEXEC, 0));
    kept.path = link_path;
    kept.target = *target;
    if (!kept.directory) return fail(path, errno);
    look_.generations.push_back(std::move(kept));
    return walk(std::move(generation), path, depth + 1);
}

bool DirectoryReader::visit(
    int directory, const std::string& name, const std::string& path, unsigned depth, bool generation
) {
    struct stat status {};
    ++counts_.stats;
    if (fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT) return fail(path, errno);
        look_.moved = true;
        look_.moved_at = path;
        return true;
    }
    const Stamp stamp = stamp_of(status);
    if (S_ISLNK(status.st_mode)) return visit_link(directory, name, path, stamp, generation);
    if (has_control_characters(name) && (S_ISDIR(status.st_mode) || is_manifest_name(name))) {
        refuse(path, stamp, "the name has control characters", "rename it");
        return true;
    }
    if (S_ISDIR(status.st_mode) && is_manifest_name(name)) {
        refuse(
            path, stamp, "is a directory, and its name is that of a manifest",
            "put the file back, or rename the directory"
        );
        return true;
    }
    if (S_ISDIR(status.st_mode)) {
        DirectoryFd child(
            openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        );
        if (child) return walk(std::move(child), path, depth + 1);
        if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) return fail(path, errno);
        look_.moved = true;
        look_.moved_at = path;
        return true;
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(limit_error(
            printable_name(path) + ": is " + kind_of(status.st_mode) +
            "; move it out of the manifests, or hide it with a leading dot"
        ));
    }
    if (!is_manifest_name(name)) return true;
    if (!count_file(path, stamp.size)) return false;
    return visit_file(directory, name, path, stamp, false);
}

bool DirectoryReader::visit_link(
    int directory, const std::string& name, const std::string& path, const Stamp& stamp, bool generation
) {
    const auto target = link_target(directory, name.c_str());
    // What such a link names is read through the generation's directory.
    const std::string through = std::string(generation_link) + '/';
    if (generation && target && target->starts_with(through)) {
        struct stat status {};
        if (fstatat(directory, name.c_str(), &status, 0) != 0 && errno == ENOENT)
            note_nothing(path, stamp);
        return true;
    }

    bool concerns_us = is_manifest_name(name);
    if (!concerns_us) {
        struct stat status {};
        concerns_us = fstatat(directory, name.c_str(), &status, 0) == 0 && S_ISDIR(status.st_mode);
    }
    if (concerns_us) {
        refuse(
            path, stamp, "is a symbolic link, and links are not followed",
            "put the file or directory itself here"
        );
    }
    return true;
}

bool DirectoryReader::is_known(const File& file, const std::string& path, const Stamp& stamp) const {
    return file.stamp == stamp && !file.racy && !parse_all_ && !reread_.contains(path);
}

bool DirectoryReader::count_file(const std::string& path, std::uint64_t size) {
    ++look_.files;
    look_.bytes += std::min<std::uint64_t>(size, max_manifest_bytes + 1);
    if (look_.files > options_.max_files) {
        return fail(limit_error(
            printable_name(path) + ": is one file too many; at most " +
            std::to_string(options_.max_files) + " are read"
        ));
    }
    if (look_.bytes > options_.max_total_bytes) {
        return fail(limit_error(
            printable_name(path) + ": makes the files too large together; at most " +
            std::to_string(options_.max_total_bytes) + " bytes are read"
        ));
    }
    return true;
}

bool DirectoryReader::visit_file(
    int directory, const std::string& name, const std::string& path, const Stamp& stamp, bool settled
) {
    const auto known = files_.find(path);
    if (known != files_.end() && is_known(known->second, path, stamp)) {
        known->second.seen_in = look_.number;
        return true;
    }
    const auto earlier = updates_.find(path);
    const bool whole = earlier != updates_.end() && (earlier->second.parse || !reread_.contains(path));
    if (whole && earlier->second.stamp == stamp && !earlier->second.racy) {
        earlier->second.seen_in = look_.number;
        return true;
    }
    if (!settled && too_young(stamp.modified_ns) && !look_.take_what_is) {
        look_.young = true;
        return true;
    }
    const DirectoryFd file(
        openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    );
    if (!file) {
        if (errno != ENOENT && errno != ELOOP) return fail(path, errno);
        look_.moved = true;
        look_.moved_at = path;
        return true;
    }
    return read_file(file, path, settled);
}

bool DirectoryReader::read_file(const DirectoryFd& file, const std::string& path, bool settled) {
    constexpr int attempts = 5;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        struct stat before {
        }, after{};
        if (fstat(file.get(), &before) != 0) return fail(path, errno);
        if (!S_ISREG(before.st_mode)) {
            look_.moved = true;
            look_.moved_at = path;
            return true;
        }
        const Stamp stamp = stamp_of(before);
        if (!settled && too_young(stamp.modified_ns)) {
            look_.young = true;
            if (!look_.take_what_is) return true;
            refuse(path, stamp, "is still being written", "it is read again when it is complete");
            in_doubt_ = true;
            return true;
        }
        if (stamp.size > max_manifest_bytes) {
            refuse(
                path, stamp, "has " + std::to_string(stamp.size) + " bytes",
                "at most " + std::to_string(max_manifest_bytes) + " are read; split it"
            );
            return true;
        }
        ++counts_.reads;
        std::string bytes(stamp.size + 1, '\0');  // one more, to meet the end or see it grow
        std::size_t size = 0;
        while (size < bytes.size()) {
            const ssize_t got =
                pread(file.get(), bytes.data() + size, bytes.size() - size, static_cast<off_t>(size));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return fail(path, errno);
            if (got == 0) break;
            size += static_cast<std::size_t>(got);
        }
        if (fstat(file.get(), &after) != 0) return fail(path, errno);
        if (size != stamp.size || !(stamp_of(after) == stamp)) continue;
        bytes.resize(size);

        Update update;
        update.stamp = stamp;
        update.racy = is_racy(stamp);
        update.seen_in = look_.number;
        const auto known = files_.find(path);
        if (known != files_.end() && !parse_all_ && !reread_.contains(path) &&
            known->second.result->digest == content_digest(bytes)) {
            update.result = known->second.result;
        } else {
            update.parse = true;
            update.bytes = std::move(bytes);
        }
        updates_.insert_or_assign(path, std::move(update));
        return true;
    }
    look_.moved = true;
    look_.moved_at = path;
    return true;
}

/// A file that is not read at all: told as a file with one refused document, so that nothing else
/// suffers.
void DirectoryReader::refuse(
    const std::string& path, const Stamp& stamp, std::string wrong, std::string advice
) {
    Update update;
    update.stamp = stamp;
    update.racy = true;
    update.seen_in = look_.number;
    const std::string digest = "refused: " + wrong;
    const auto known = files_.find(path);
    if (known != files_.end() && known->second.result->digest == digest) {
        update.result = known->second.result;
    } else {
        update.result =
            std::make_shared<const FileManifests>(refused_file(path, std::move(wrong), std::move(advice))
            );
    }
    updates_.insert_or_assign(path, std::move(update));
}

/// A name that is still there and leads to nothing: the volume is between two generations, or the new
/// one lacks a file. Only when the name is gone too, its channels are.
void DirectoryReader::note_nothing(const std::string& path, const Stamp& stamp) {
    auto result = std::make_shared<FileManifests>();
    result->file = printable_name(path);
    result->digest = "nothing";
    result->blank = true;
    Update update;
    update.stamp = stamp;
    update.racy = true;
    update.seen_in = look_.number;
    update.result = std::move(result);
    updates_.insert_or_assign(path, std::move(update));
}

/// What only the whole shows.
bool DirectoryReader::finish_look() {
    for (const auto& generation : look_.generations) {
        const auto target = link_target(generation.directory.get(), generation_link.data());
        if (target == generation.target) continue;
        look_.moved = true;  // the old generation may have been removed under our hands
        look_.moved_at = generation.path;
    }
    if (look_.moved) return true;
    for (const auto& [path, now] : look_.directories) {
        const auto then = directories_.find(path);
        if (then == directories_.end() || now.files > 0) continue;
        if (then->second.files > 0 && then->second.device != now.device) {
            return fail(Error(
                ErrorClass::retryable, ErrorReason::internal,
                printable_name(path) +
                    ": is empty and on another file system than before, when it had " +
                    std::to_string(then->second.files) +
                    " manifest files; mount what belongs there, or restart fairway if it is meant so"
            ));
        }
    }
    return true;
}

}  // namespace fairway
