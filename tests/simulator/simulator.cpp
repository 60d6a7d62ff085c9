#include "tests/simulator/simulator.hpp"

#include <optional>
#include <stdexcept>

#include "tests/simulator/api.hpp"
#include "tests/simulator/certificates.hpp"
#include "tests/simulator/server.hpp"

namespace apic_simulator {

struct Simulator::Impl {
    explicit Impl(Config used)
        : config(std::move(used)), certificates(make_certificates(config.certificate)), api(config) {}

    Config config;
    Certificates certificates;
    Api api;
    std::optional<Server> server;
};

Simulator::Simulator(Config config) : impl_(std::make_unique<Impl>(std::move(config))) {
    start();
}

Simulator::~Simulator() = default;

void Simulator::stop() {
    impl_->server.reset();
}

void Simulator::start() {
    if (impl_->server) return;
    Config& config = impl_->config;
    impl_->server.emplace(impl_->api, impl_->certificates, config.port, config.admin_port);
    config.port = impl_->server->port();
    config.admin_port = impl_->server->admin_port();
}

unsigned short Simulator::port() const {
    return impl_->config.port;
}
unsigned short Simulator::admin_port() const {
    return impl_->config.admin_port;
}
std::string Simulator::url() const {
    return "https://127.0.0.1:" + std::to_string(port());
}
const std::string& Simulator::ca_pem() const {
    return impl_->certificates.ca;
}
const Config& Simulator::config() const {
    return impl_->config;
}

std::vector<AuditEntry> Simulator::audit(std::uint64_t since, std::string_view operation) const {
    return impl_->api.audit(since, operation);
}

AuditSummary Simulator::audit_summary() const {
    return impl_->api.summary();
}
void Simulator::clear_audit() {
    impl_->api.clear_audit();
}

void Simulator::set_faults(std::vector<FaultRule> rules, std::uint64_t seed) {
    impl_->api.set_faults(std::move(rules), seed);
}

void Simulator::clear_faults() {
    impl_->api.set_faults({}, 1);
}
void Simulator::set_latency(std::map<std::string, int> latency_ms) {
    impl_->api.set_latency(std::move(latency_ms));
}

void Simulator::set_switch(std::string_view name, std::string_view value) {
    Switches changed = impl_->api.switches();
    apic_simulator::set_switch(changed, name, value);
    impl_->api.set_switches(changed);
}

Switches Simulator::switches() const {
    return impl_->api.switches();
}

std::vector<Channel> Simulator::channels() const {
    return impl_->api.channels();
}

std::vector<Channel> Simulator::channels_named(std::string_view name) const {
    std::vector<Channel> all = channels();
    std::erase_if(all, [&](const Channel& one) { return one.name != name; });
    return all;
}

std::string Simulator::plant(Channel channel) {
    return impl_->api.plant(std::move(channel));
}

std::string Simulator::plant(const std::string& instance_id, std::string_view json) {
    JsonDocument body;
    if (!parse_json(body, json)) throw std::invalid_argument("the channel is not JSON");
    return impl_->api.plant(instance_id, body);
}

bool Simulator::change(const std::string& channel_id, const std::function<void(Channel&)>& edit) {
    return impl_->api.change(channel_id, edit);
}

bool Simulator::remove(const std::string& channel_id) {
    return impl_->api.remove(channel_id);
}

bool Simulator::set_instance_status(const std::string& instance_id, const std::string& status) {
    return impl_->api.set_instance(instance_id, status, {});
}

bool Simulator::set_name_modifiable(const std::string& instance_id, const std::string& on_or_off) {
    return impl_->api.set_instance(instance_id, {}, on_or_off);
}

std::size_t Simulator::revoke_tokens(std::string_view token) {
    return impl_->api.revoke_tokens(token);
}
void Simulator::advance_clock(std::chrono::nanoseconds by) {
    impl_->api.advance(by);
}

void Simulator::drop_connections() {
    if (impl_->server) impl_->server->drop_connections();
}

void Simulator::reset() {
    impl_->api.reset();
}

std::pair<int, std::string> Simulator::admin(std::string method, std::string target, std::string body) {
    if (!impl_->server) throw std::logic_error("the simulator is stopped");
    Request request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.body = std::move(body);
    Reply reply = impl_->server->admin(request);
    return {reply.status, std::move(reply.body)};
}

}  // namespace apic_simulator
