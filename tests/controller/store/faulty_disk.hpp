#pragma once

#include <atomic>
#include <functional>
#include <string>

namespace fairway {

/// Stands between the database and the disk while it lives, for the files below one folder: writes and
/// syncs fail as they are told to, and each sync can be watched. One at a time.
class FaultyDisk {
public:
    explicit FaultyDisk(std::string folder);
    ~FaultyDisk();
    FaultyDisk(const FaultyDisk&) = delete;
    FaultyDisk& operator=(const FaultyDisk&) = delete;

    /// After so many more writes, all fail with this error.
    void fail_writes(int after, int error);
    void fail_syncs(int error) { sync_error_ = error; }
    void heal();
    int writes() const { return writes_; }  ///< that were tried
    int failed() const { return failed_; }

    /// Called with the path of a file before it is synced, and after.
    std::function<void(const std::string&path)> before_sync, after_sync;

    /// The error that this call shall end with; 0: none.
    int on_write(int descriptor);
    int on_sync(int descriptor);
    void synced(int descriptor) const;

private:
    std::string path_of(int descriptor) const;  ///< empty where it is none of ours

    std::string folder_;
    std::atomic<int> writes_{0}, failed_{0}, write_error_{0}, writes_left_{0}, sync_error_{0};
};

}  // namespace fairway
