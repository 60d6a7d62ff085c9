#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/life.hpp"

namespace fairway::sim {

/// A disk of files in memory that remembers what was synced, and loses the rest when the power is cut.
/// Names are synced apart from what is in the files, all at once. Whoever reads and writes says for
/// which process: from the moment a process is dead, nothing that it tries has an effect.
class SimDisk {
public:
    enum class Io : std::uint8_t { done, failed, full };
    /// One write, or where `cut` a new size, that is not synced.
    struct Change {
        std::size_t at;
        std::string bytes;
        bool cut = false;
    };
    struct File {
        std::string now, durable;
        std::vector<Change> changes;
        std::map<const void*, int> locks;  ///< SQLite's level of each that has it open
    };
    using FilePtr = std::shared_ptr<File>;

    explicit SimDisk(Stage& stage) : stage_(stage), chance_(stage.options.seed, "disk chances") {}

    /// A process begins: the number it goes by here. Faults and crash points are its own.
    unsigned begins(Life& life);
    /// Its end, with or without its consent.
    void dies() { life_ = nullptr; }
    bool alive(unsigned process) const { return life_ != nullptr && process == process_; }
    /// What was not synced is lost, or not.
    void power_cut();

    FilePtr find(const std::string& name) const;
    /// Null where it cannot be made.
    FilePtr make(unsigned process, const std::string& name);
    Io remove(unsigned process, const std::string& name);
    Io sync_names(unsigned process);

    /// Less than asked for at the end of the file; nothing where it fails.
    std::optional<std::string_view> read(
        unsigned process, const File& file, std::size_t at, std::size_t size
    );
    Io write(unsigned process, File& file, std::size_t at, std::string_view bytes);
    Io truncate(unsigned process, File& file, std::size_t size);
    Io sync(unsigned process, File& file);

    /// How many faults there were.
    unsigned struck() const { return struck_; }
    /// As long as it lives the disk works, whatever else.
    class Quiet {
    public:
        explicit Quiet(SimDisk& disk) : disk_(disk) { disk_.quiet_ = true; }
        ~Quiet() { disk_.quiet_ = false; }
        Quiet(const Quiet&) = delete;
        Quiet& operator=(const Quiet&) = delete;

    private:
        SimDisk& disk_;
    };

    bool quiet() const { return quiet_; }

    // Another program holds the lock for a while; who waits for it, waits in no time.
    bool busy(unsigned process);
    void slept(Duration pause) { waited_ += pause; }
    void new_batch() { waited_ = busy_for_ = Duration::zero(); }

private:
    bool strikes(Fault fault);
    bool passes(unsigned process, Op op, When when);
    static void apply(std::string& to, const Change& change);
    /// Lets some sectors of what is not synced reach the disk, or all, or none.
    void keep_some(File& file);

    Stage& stage_;
    Stream chance_;
    Life* life_ = nullptr;
    unsigned process_ = 0, struck_ = 0;
    bool quiet_ = false;
    Duration waited_{}, busy_for_{};
    std::map<std::string, FilePtr> names_, durable_names_;
};

}  // namespace fairway::sim
