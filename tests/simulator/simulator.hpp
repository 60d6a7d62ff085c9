#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/simulator/audit.hpp"
#include "tests/simulator/config.hpp"
#include "tests/simulator/faults.hpp"
#include "tests/simulator/model.hpp"
#include "tests/simulator/switches.hpp"

namespace apic_simulator {

/// The simulated cloud, served over TLS on 127.0.0.1 by a thread of its own while the object lives.
/// Every function may be called from any thread.
class Simulator {
public:
    /// Starts serving. Throws std::runtime_error (or a child of it) when a port is taken.
    explicit Simulator(Config config = {});
    ~Simulator();
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;

    /// Refuses connections until start(), which serves the same state on the same ports again.
    void stop();
    void start();

    unsigned short port() const;
    unsigned short admin_port() const;
    /// `https://127.0.0.1:port`, for the API and for IAM.
    std::string url() const;
    /// The authority to trust, in PEM.
    const std::string& ca_pem() const;
    const Config& config() const;

    /// Requests whose sequence is greater than `since`; of one operation, unless that is empty.
    std::vector<AuditEntry> audit(std::uint64_t since = 0, std::string_view operation = {}) const;
    AuditSummary audit_summary() const;
    void clear_audit();

    void set_faults(std::vector<FaultRule> rules, std::uint64_t seed = 1);
    void clear_faults();
    /// By operation id; "*" is for all others. Replaces what was set before.
    void set_latency(std::map<std::string, int> latency_ms);
    /// Throws std::invalid_argument.
    void set_switch(std::string_view name, std::string_view value);
    Switches switches() const;

    /// What is stored, oldest first in each project.
    std::vector<Channel> channels() const;
    std::vector<Channel> channels_named(std::string_view name) const;
    /// Puts a channel in place behind everybody's back: no quota, feature or validation applies. Ids
    /// that are empty are made up. Returns the channel's id; throws std::invalid_argument when there is
    /// no such instance.
    std::string plant(Channel channel);
    /// The same from the JSON body of a create.
    std::string plant(const std::string& instance_id, std::string_view json);
    /// Changes a stored channel behind everybody's back. False when there is none of that id.
    bool change(const std::string& channel_id, const std::function<void(Channel&)>& edit);
    bool remove(const std::string& channel_id);

    /// False when there is no such instance.
    bool set_instance_status(const std::string& instance_id, const std::string& status);
    bool set_name_modifiable(const std::string& instance_id, const std::string& on_or_off);
    /// Ends tokens before their time: the one given, or all. Returns how many.
    std::size_t revoke_tokens(std::string_view token = {});
    /// Puts the simulator's clock forward.
    void advance_clock(std::chrono::nanoseconds by);
    /// Breaks all connections to the API.
    void drop_connections();
    /// Back to the state at the start.
    void reset();

    /// What the admin port would answer: status and JSON.
    std::pair<int, std::string> admin(std::string method, std::string target, std::string body = {});

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apic_simulator
