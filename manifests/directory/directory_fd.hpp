#pragma once

#include <unistd.h>

#include <utility>

namespace fairway {

/// Owns a file descriptor.
class DirectoryFd {
public:
    DirectoryFd() = default;
    explicit DirectoryFd(int fd) : fd_(fd) {}
    DirectoryFd(DirectoryFd&& other) noexcept : fd_(other.release()) {}
    DirectoryFd& operator=(DirectoryFd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~DirectoryFd() {
        if (fd_ >= 0) ::close(fd_);
    }
    explicit operator bool() const { return fd_ >= 0; }
    int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_ = -1;
};

}  // namespace fairway
