#include "controller/store/file_lock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace fairway {
namespace {

/// Who wrote the lock file; empty when nobody did yet.
std::string holder(int descriptor) {
    std::array<char, 32> text{};
    const auto length = pread(descriptor, text.data(), text.size(), 0);
    std::string digits;
    for (ssize_t i = 0; i < length; ++i) {
        const char c = text[static_cast<std::size_t>(i)];
        if (c < '0' || c > '9') break;
        digits += c;
    }
    return digits;
}

}  // namespace

Result<FileLock> FileLock::take(const std::string& path, const std::string& what) {
    const auto failure = [&] {
        return Error(
            ErrorClass::terminal, ErrorReason::internal,
            "the lock file " + path + ": " + std::generic_category().message(errno)
        );
    };
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return failure();
    FileLock lock(descriptor);

    // A lock of the open file, not of the process: it also keeps two stores of one process apart.
    struct flock wanted {};
    wanted.l_type = F_WRLCK;
    wanted.l_whence = SEEK_SET;
    if (fcntl(descriptor, F_OFD_SETLK, &wanted) != 0) {
        if (errno != EAGAIN && errno != EACCES) return failure();
        const std::string process = holder(descriptor);
        return Error(
            ErrorClass::refused, ErrorReason::conflict,
            "another Fairway holds the store " + what +
                (process.empty() ? std::string() : " (process " + process + ')')
        );
    }
    const std::string process = std::to_string(getpid()) + '\n';
    if (ftruncate(descriptor, 0) != 0 ||
        pwrite(descriptor, process.data(), process.size(), 0) != static_cast<ssize_t>(process.size())) {
        return failure();
    }
    return lock;
}

std::optional<std::string> FileLock::holder_of(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return std::nullopt;
    const FileLock only_open(descriptor);
    struct flock asked {};
    asked.l_type = F_WRLCK;
    asked.l_whence = SEEK_SET;
    if (fcntl(descriptor, F_OFD_GETLK, &asked) != 0 || asked.l_type == F_UNLCK) return std::nullopt;
    const std::string process = holder(descriptor);
    return process.empty() ? "another process" : "process " + process;
}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

FileLock::~FileLock() {
    if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace fairway
