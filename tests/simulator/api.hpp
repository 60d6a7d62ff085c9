#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulator/audit.hpp"
#include "tests/simulator/faults.hpp"
#include "tests/simulator/identity.hpp"
#include "tests/simulator/operations.hpp"
#include "tests/simulator/world.hpp"

namespace apic_simulator {

/// How a request ends.
enum class Ending {
    answered,
    truncated,  ///< half the body, then a reset
    reset,
    hanging,  ///< nothing is sent, the connection stays open
};

/// One request on its way through: it arrives, waits for its turn and its delay, and is decided.
struct Exchange {
    Request request;

    Route route;
    JsonDocument body;
    bool body_is_json = false;
    Caller caller;
    std::optional<Refusal> refusal;
    FaultDraw fault;
    std::chrono::milliseconds delay{0};
    std::vector<std::string> held;  ///< the channels that nobody else may write meanwhile
    AuditEntry entry;

    Reply reply;
    Ending ending = Ending::answered;
};

/// The API without its network: requests in, answers out. Every function may be called from any thread.
class Api {
public:
    explicit Api(Config config);

    // The life of a request, in this order.
    void arrive(Exchange& exchange);
    /// False while another write to the same channel is on its way and this one has to wait.
    bool take_turn(Exchange& exchange);
    void decide(Exchange& exchange);
    /// For what HTTP alone refuses: too large, malformed.
    Reply refuse(const Request& request, int status);

    // What tests and the admin port do.
    std::vector<AuditEntry> audit(std::uint64_t since, std::string_view operation) const;
    AuditSummary summary() const;
    void clear_audit();
    void set_faults(std::vector<FaultRule> rules, std::uint64_t seed);
    std::vector<FaultRule> faults() const;
    void set_latency(std::map<std::string, int> latency_ms);
    std::map<std::string, int> latency() const;
    Switches switches() const;
    void set_switches(const Switches& switches);
    std::vector<Channel> channels() const;
    std::string plant(Channel channel);
    /// Takes the body of a create; neither quotas nor features nor validation apply.
    std::string plant(const std::string& instance_id, const JsonValue& body);
    bool change(const std::string& id, const std::function<void(Channel&)>& edit);
    /// Takes parts of the body of an update, and `used_by_api`, `used_by_plugin` and `status`. What is
    /// given is replaced, even by nothing; what is absent stays.
    bool change(const std::string& id, const JsonValue& patch);
    bool remove(const std::string& id);
    std::vector<Instance> instances() const;
    bool set_instance(
        const std::string& id, const std::optional<std::string>& status,
        const std::optional<std::string>& name_modifiable
    );
    std::size_t revoke_tokens(std::string_view token);
    void advance(std::chrono::nanoseconds by);
    /// Nothing is on its way any more: the server has stopped.
    void forget_turns();
    /// Back to the state at the start: channels, switches, faults, keys, clock, audit.
    void reset();

    std::atomic<std::uint64_t> connections{0}, handshakes{0}, resumed{0};

private:
    void start_over();
    void look_at_body(Exchange& exchange);
    void check_caller(Exchange& exchange);
    void check_throttle(const Caller& caller);
    void perform(Exchange& exchange);
    Reply refusal_reply(const Exchange& exchange, const Refusal& refusal) const;
    Reply fault_reply(const Exchange& exchange) const;
    void spoil_answer(Exchange& exchange) const;
    int latency_of(std::string_view operation) const;

    mutable std::mutex mutex_;
    const Config config_;
    std::optional<World> world_;
    std::optional<Identity> identity_;
    Faults faults_;
    std::optional<Audit> audit_;
    std::map<std::string, int> latency_ms_;
    std::set<std::string> busy_;  ///< channels with a write on its way
    struct Window {
        WallTime begins;
        std::int64_t requests = 0;
    };
    std::map<std::string, Window> windows_;  ///< by caller, for throttling
    std::mt19937_64 request_ids_;
};

}  // namespace apic_simulator
