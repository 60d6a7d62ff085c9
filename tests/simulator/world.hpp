#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulator/config.hpp"
#include "tests/simulator/model.hpp"
#include "tests/simulator/store.hpp"

namespace apic_simulator {

struct Feature {
    std::string id, name, config;
    bool enable = true;
    WallTime update_time;
    bool set_by_request = false;  ///< only then may the next change come too early
};

/// A gateway instance.
struct Instance {
    std::string id, name, project_id, status;
    bool knows_name_modifiable = true;
    std::vector<Feature> features;
    WallTime create_time;

    const Feature* feature(std::string_view wanted) const;
    /// Whether vpc_name_modifiable is on, as it is where it was never set.
    bool name_modifiable() const;
};

/// Everything that a restart of the simulator would lose: instances, channels, the clock, the random
/// numbers.
class World {
public:
    explicit World(const Config& config);

    Switches switches;
    const Config& config() const { return config_; }

    /// The time of the simulated cloud: never the same twice, and it can be put forward.
    WallTime now();
    void advance(std::chrono::nanoseconds by) { offset_ += by; }

    /// 32 hex digits.
    std::string new_id();
    std::uint64_t random() { return random_(); }

    const std::vector<std::string>& instance_ids() const { return instance_order_; }
    Instance* instance(const std::string& id);
    const Instance* instance(const std::string& id) const;
    bool has_project(const std::string& id) const { return projects_.contains(id); }
    void set_feature(
        Instance& instance, std::string_view name, bool enable, std::string_view value, bool by_request
    );

    /// What writes see.
    const Store& live() const { return live_; }
    /// What reads see: with `read_lag_ms`, the past.
    const Store& shown();
    void put(Channel channel);
    void erase(const ChannelPtr& channel);
    std::vector<Channel> channels() const;

private:
    struct Change {
        WallTime at;
        ChannelPtr channel;
        bool erased;
    };

    void remember(ChannelPtr channel, bool erased);

    Config config_;
    std::mt19937_64 random_;
    std::chrono::nanoseconds offset_{0};
    WallTime last_now_;
    std::map<std::string, Instance> instances_;
    std::vector<std::string> instance_order_;
    std::map<std::string, std::string> projects_;  // id to name
    Store live_, past_;
    std::deque<Change> changes_;  // what `past_` does not yet show; nothing while there is no lag
    bool lagging_ = false;
};

}  // namespace apic_simulator
