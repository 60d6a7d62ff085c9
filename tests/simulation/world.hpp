#pragma once

#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include "controller/app/daemon_session.hpp"
#include "tests/simulation/checks.hpp"
#include "tests/simulation/real_store.hpp"

namespace fairway::sim {

/// What a world came to.
struct Verdict {
    std::uint64_t seed = 0, hash = 0;
    std::string invariant;  ///< empty: all held
    std::string failure;
    std::deque<std::string> events;  ///< the last, where they were kept
    std::string options;
    Counts counts;
    Duration healed_in{};  ///< from the end of chaos until all was as it is to be
};

/// One whole world, from its seed: the daemon's own loop over a cloud, a store, manifests and time that
/// are simulated, through chaos, healing, silence and a last restart.
class World {
public:
    World(const Options& options, bool keep_events);
    ~World();
    Verdict run();

private:
    class Told;
    struct Process;
    void plant_all();
    void schedule_chaos();
    void meddle();
    void spoil_manifests(Duration lasts);
    std::optional<Fault> one_of(std::initializer_list<Fault> faults);
    ChannelSpec foreign_spec(const std::string& name);
    void plant_foreign(const std::string& name, const InstanceId& instance);
    void forestall(Duration patience);
    void start();
    enum class End : std::uint8_t { orderly, killed, power_cut };
    /// The process is gone; another one comes.
    void crash(End how);
    End cut_off();  ///< killed, or with the power
    std::unique_ptr<WatchedStore> open_store(Life& life, Metrics& metrics);
    void shut_down();
    void tend();  ///< lets the process do what it can now, and sees to what became of it
    void run_until(TimePoint when);
    void approve();
    void heal();
    bool converged(bool tell);
    void live_on();
    void audit();
    Config config() const;

    Stage stage_;
    Disk disk_;
    std::unique_ptr<RealDisk> real_;  ///< where the store is the real one; then `disk_` is its mirror
    Wishes wishes_;
    Checks checks_;
    Cloud cloud_;
    Stream fate_, foreign_;
    Config config_;
    std::unique_ptr<Process> process_;
    std::optional<Timeline::Id> restart_, care_;
    unsigned lives_ = 0;
    unsigned uses_seen_ = 0;
    std::size_t writes_seen_ = 0, lists_seen_ = 0;
    bool healing_ = false;
    Duration healed_in_{};
};

Verdict run_world(std::uint64_t seed, const Overrides& overrides, bool keep_events);

}  // namespace fairway::sim
