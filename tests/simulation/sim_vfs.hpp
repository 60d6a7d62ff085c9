#pragma once

#include <sqlite3.h>

#include <array>
#include <set>

#include "tests/simulation/sim_disk.hpp"

namespace fairway::sim {

/// A simulated disk as a file system of SQLite, known to it as long as it lives. One thread. Its locks
/// are held by connections of one process; nobody maps its files into memory.
class SimVfs {
public:
    explicit SimVfs(SimDisk& disk);
    ~SimVfs();
    SimVfs(const SimVfs&) = delete;
    SimVfs& operator=(const SimVfs&) = delete;

    static constexpr const char* name = "simulated";
    /// The process whose connections are opened from now on. What the one before had in shared memory
    /// is gone.
    void begins(unsigned process);

    /// The index of a log that all connections share.
    struct Shared {
        std::vector<std::unique_ptr<std::array<std::byte, 32768>>> regions;
        std::array<const void*, SQLITE_SHM_NLOCK> writer{};
        std::array<std::set<const void*>, SQLITE_SHM_NLOCK> readers;
    };
    std::shared_ptr<Shared> shared_of(const SimDisk::FilePtr& file);
    SimDisk& disk() { return disk_; }
    unsigned process() const { return process_; }

private:
    SimDisk& disk_;
    sqlite3_vfs vfs_{};
    unsigned process_ = 0;
    std::map<SimDisk::FilePtr, std::shared_ptr<Shared>> shared_;
};

}  // namespace fairway::sim
