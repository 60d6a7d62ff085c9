#pragma once

#include <optional>
#include <string>

#include "reconciler/model/error.hpp"

namespace fairway {

/// The right to write a store: held by one process at a time, and let go by the kernel when that ends,
/// however it ends.
class FileLock {
public:
    /// Takes the lock file `path`, made where it is missing, and writes our process id into it. When
    /// another holds it: an Error of class refused that names `what` and the holder.
    static Result<FileLock> take(const std::string& path, const std::string& what);
    /// Who holds the lock file `path`, for people: "process 4711"; nothing where nobody does. Takes and
    /// changes nothing.
    static std::optional<std::string> holder_of(const std::string& path);
    FileLock(FileLock&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
    FileLock& operator=(FileLock&& other) noexcept;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock();

private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace fairway
