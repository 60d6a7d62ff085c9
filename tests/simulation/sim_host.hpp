#pragma once

#include "controller/store/store_host.hpp"
#include "tests/simulation/sim_vfs.hpp"

namespace fairway::sim {

/// The machine of a simulated process, for its real store: files on a simulated disk, and work that is
/// done a moment later on the one thread there is. What is asked in that moment is done in one batch.
class SimHost : public StoreHost {
public:
    explicit SimHost(Stage& stage)
        : stage_(stage), disk_(stage), vfs_(disk_), moments_(stage.options.seed, "moments") {}

    SimDisk& disk() { return disk_; }
    void begins(Life& life);
    /// The process ends: who waits for the store is answered before all that he refers to is taken
    /// down. Where it is not orderly, nothing reaches the disk any more.
    void ends(bool orderly);
    /// Does what the store was asked, without a pause.
    void work_now();

    /// Kills the process then, where processes are killed.
    void kill_after(Duration pause);

    const char* file_system() const override { return SimVfs::name; }
    Result<> prepare(const std::string& path, bool read_only) override;
    Result<std::optional<FileLock>> lock(const std::string&) override {
        return std::optional<FileLock>();
    }
    Result<std::unique_ptr<SideFile>> open(const std::string& path, Use use) override;
    void remove(const std::string& path) override { disk_.remove(process_, path); }
    bool sync_names(const std::string& path) override;
    std::unique_ptr<StoreRunner> runner() override;

private:
    class File;
    class Runner;

    Stage& stage_;
    SimDisk disk_;
    SimVfs vfs_;
    Stream moments_;
    Life* life_ = nullptr;
    unsigned process_ = 0;
    Runner* runner_ = nullptr;
};

}  // namespace fairway::sim
