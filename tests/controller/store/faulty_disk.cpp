#include "tests/controller/store/faulty_disk.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace fairway {
namespace {

std::atomic<FaultyDisk*> disk{nullptr};

}  // namespace

FaultyDisk::FaultyDisk(std::string folder) : folder_(std::move(folder)) {
    disk = this;
}
FaultyDisk::~FaultyDisk() {
    disk = nullptr;
}

void FaultyDisk::fail_writes(int after, int error) {
    writes_left_ = after;
    write_error_ = error;
}

void FaultyDisk::heal() {
    write_error_ = 0;
    sync_error_ = 0;
}

std::string FaultyDisk::path_of(int descriptor) const {
    std::array<char, 4096> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t length = readlink(link.c_str(), path.data(), path.size());
    const std::string found(path.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    return (found + "/").starts_with(folder_ + "/") ? found : std::string();
}

int FaultyDisk::on_write(int descriptor) {
    const std::string path = path_of(descriptor);
    // The lock, the witness and the shared memory are no part of what the store promises.
    if (!path.ends_with(".db") && !path.ends_with(".db-wal")) return 0;
    ++writes_;
    if (write_error_ == 0 || writes_left_-- > 0) return 0;
    ++failed_;
    return write_error_;
}

int FaultyDisk::on_sync(int descriptor) {
    const std::string path = path_of(descriptor);
    if (path.empty()) return 0;
    if (before_sync) before_sync(path);
    if (sync_error_ != 0) ++failed_;
    return sync_error_;
}

void FaultyDisk::synced(int descriptor) const {
    const std::string path = path_of(descriptor);
    if (!path.empty() && after_sync) after_sync(path);
}

}  // namespace fairway

// These stand before the C library's own, for the database's library too.
extern "C" {

ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t offset);
ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t offset) {
    fairway::FaultyDisk* const disk = fairway::disk;
    if (const int error = disk != nullptr ? disk->on_write(descriptor) : 0; error != 0) {
        errno = error;
        return -1;
    }
    return syscall(SYS_pwrite64, descriptor, bytes, count, offset);
}

int fdatasync(int descriptor) {
    fairway::FaultyDisk* const disk = fairway::disk;
    if (const int error = disk != nullptr ? disk->on_sync(descriptor) : 0; error != 0) {
        errno = error;
        return -1;
    }
    const auto result = static_cast<int>(syscall(SYS_fdatasync, descriptor));
    if (disk != nullptr && result == 0) disk->synced(descriptor);
    return result;
}
}
