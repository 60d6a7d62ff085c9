#include "controller/app/manifest_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "controller/app/process_box.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;

Error failure(const std::string& path) {
    return {
        ErrorClass::terminal, ErrorReason::internal,
        path + ": " + std::generic_category().message(errno)};
}

Result<> make_folder(const fs::path& folder) {
    std::error_code ignored;
    if (folder.empty() || fs::is_directory(folder, ignored)) return {};
    const Result<> parent = make_folder(folder.parent_path());
    if (!parent) return parent;
    if (mkdir(folder.c_str(), 0755) == 0) {
        chmod(folder.c_str(), 0755 & ~callers_umask());
    } else if (errno != EEXIST) {
        return failure(folder.string());
    }
    if (!fs::is_directory(folder, ignored)) {
        errno = ENOTDIR;
        return failure(folder.string());
    }
    return {};
}

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = write(descriptor, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

/// Through a hidden file and a rename: who watches the folder never sees a part. `like`: the file that
/// it takes the place of, to have its mode and owner.
Result<> put_file(const fs::path& target, const std::string& text, const struct stat* like) {
    const fs::path unfinished = target.parent_path() / (".fairway-export." + std::to_string(getpid()));
    const int descriptor =
        open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (descriptor < 0) return failure(unfinished.string());
    // Only root may give a file away: for others it is theirs already, or becomes so.
    if (like != nullptr && fchown(descriptor, like->st_uid, like->st_gid) != 0) errno = 0;
    // Our own umask is for files of our own.
    fchmod(descriptor, like != nullptr ? like->st_mode & 07777U : 0644U & ~callers_umask());
    const bool whole = write_all(descriptor, text) && (like == nullptr || fsync(descriptor) == 0);
    const int reason = errno;
    const bool closed = close(descriptor) == 0;
    if (whole && closed && rename(unfinished.c_str(), target.c_str()) == 0) return {};
    if (!whole) errno = reason;
    const Error error = failure(target.string());
    unlink(unfinished.c_str());
    return error;
}

Result<> write_file(const fs::path& target, const std::string& text) {
    const Result<> made = make_folder(target.parent_path());
    return made ? put_file(target, text, nullptr) : made;
}

std::string joined(const std::vector<std::string>& paths) {
    constexpr std::size_t most = 5;
    std::string text;
    for (std::size_t i = 0; i < paths.size() && i < most; ++i) text += (i == 0 ? "" : ", ") + paths[i];
    if (paths.size() > most) text += " and " + std::to_string(paths.size() - most) + " more";
    return text;
}

enum class Found : std::uint8_t { nothing, same, other, odd };

Found look(const fs::path& target, const std::string& text) {
    std::error_code ignored;
    const fs::file_status status = fs::symlink_status(target, ignored);
    if (status.type() == fs::file_type::not_found) return Found::nothing;
    if (status.type() != fs::file_type::regular) return Found::odd;
    if (fs::file_size(target, ignored) != text.size()) return Found::other;
    std::ifstream in(target, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    return bytes == text ? Found::same : Found::other;
}

}  // namespace

Result<FilesWritten> write_manifest_files(
    const std::string& folder, const std::vector<ManifestFile>& files, bool force
) {
    FilesWritten done;
    std::vector<const ManifestFile*> to_write;
    std::vector<std::string> differing;
    for (const ManifestFile& file : files) {
        const fs::path target = fs::path(folder) / file.path;
        switch (look(target, file.text)) {
            case Found::nothing:
                break;
            case Found::same:
                ++done.unchanged;
                continue;
            case Found::other:
                differing.push_back(target.string());
                break;
            case Found::odd:
                return Error(
                    ErrorClass::refused, ErrorReason::guard,
                    target.string() + " is no regular file: nothing was written; move it away"
                );
        }
        to_write.push_back(&file);
    }
    if (!differing.empty() && !force) {
        return Error(
            ErrorClass::refused, ErrorReason::guard,
            "these files say something else: " + joined(differing) +
                "; nothing was written; give --force to write over them, or another --dir"
        );
    }
    const Result<> made = make_folder(folder);
    if (!made) return made.error();
    for (const ManifestFile* file : to_write) {
        const Result<> written = write_file(fs::path(folder) / file->path, file->text);
        if (!written) return written.error();
        ++done.written;
    }
    return done;
}

Result<> replace_manifest_file(const std::string& path, const std::string& text) {
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) return failure(path);
    if (!S_ISREG(status.st_mode)) {
        return Error(ErrorClass::refused, ErrorReason::guard, path + " is no regular file any more");
    }
    return put_file(path, text, &status);
}

}  // namespace fairway
