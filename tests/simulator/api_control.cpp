#include <algorithm>
#include <stdexcept>

#include "tests/simulator/api.hpp"
#include "tests/simulator/input.hpp"
#include "tests/simulator/validate.hpp"
#include "tests/simulator/writes.hpp"

namespace apic_simulator {
namespace {

const Instance& required(World& world, const std::string& id) {
    const Instance* const instance = world.instance(id);
    if (!instance) throw std::invalid_argument("no such instance: " + id);
    return *instance;
}

/// Runs `work`, whose refusals become what callers of the library expect.
template <class Work>
auto plainly(Work work) {
    try {
        return work();
    } catch (const Refusal& refusal) {
        throw std::invalid_argument(refusal.code + ": " + refusal.message);
    }
}

/// What is in `patch` replaces what is in the channel.
void apply(World& world, Channel& channel, const JsonValue& patch) {
    const ChannelInput input = channel_input(patch, false, false);
    if (input.name) channel.name = *input.name;
    if (input.port) channel.port = static_cast<int>(*input.port);
    if (input.balance_strategy) channel.balance_strategy = static_cast<int>(*input.balance_strategy);
    if (input.member_type) channel.member_type = *input.member_type;
    if (input.groups) replace_groups(world, channel, *input.groups);
    if (input.members) replace_members(world, channel, *input.members, nullptr);
    if (input.health)
        channel.health = new_health(world, *input.health, channel.health ? &*channel.health : nullptr);
    if (patch.HasMember("vpc_health_config") && patch["vpc_health_config"].IsNull())
        channel.health.reset();
    if (input.microservice) {
        const Microservice* const old = channel.microservice ? &*channel.microservice : nullptr;
        channel.microservice = new_microservice(world, *input.microservice, old);
    }
    const JsonValue* const status = find(patch, "status");
    if (status && status->IsInt()) channel.status = status->GetInt();
    const auto flag = [&](const char* key, bool& target) {
        const JsonValue* const value = find(patch, key);
        if (value && value->IsBool()) target = value->GetBool();
    };
    flag("used_by_api", channel.used_by_api);
    flag("used_by_plugin", channel.used_by_plugin);
}

}  // namespace

std::vector<AuditEntry> Api::audit(std::uint64_t since, std::string_view operation) const {
    const std::lock_guard lock(mutex_);
    return audit_->entries(since, operation);
}

AuditSummary Api::summary() const {
    const std::lock_guard lock(mutex_);
    AuditSummary summary = audit_->summary();
    summary.connections = connections;
    summary.handshakes = handshakes;
    summary.resumed = resumed;
    return summary;
}

void Api::clear_audit() {
    const std::lock_guard lock(mutex_);
    audit_->clear();
}

void Api::set_faults(std::vector<FaultRule> rules, std::uint64_t seed) {
    const std::lock_guard lock(mutex_);
    faults_.set(std::move(rules), seed);
}

std::vector<FaultRule> Api::faults() const {
    const std::lock_guard lock(mutex_);
    return faults_.rules();
}

void Api::set_latency(std::map<std::string, int> latency_ms) {
    const std::lock_guard lock(mutex_);
    latency_ms_ = std::move(latency_ms);
}

std::map<std::string, int> Api::latency() const {
    const std::lock_guard lock(mutex_);
    return latency_ms_;
}

Switches Api::switches() const {
    const std::lock_guard lock(mutex_);
    return world_->switches;
}

void Api::set_switches(const Switches& switches) {
    const std::lock_guard lock(mutex_);
    world_->switches = switches;
}

std::vector<Channel> Api::channels() const {
    const std::lock_guard lock(mutex_);
    return world_->channels();
}

std::string Api::plant(Channel channel) {
    const std::lock_guard lock(mutex_);
    channel.project_id = required(*world_, channel.instance_id).project_id;
    const auto fill = [&](std::string& id) {
        if (id.empty()) id = world_->new_id();
    };
    fill(channel.id);
    for (MemberGroup& group : channel.groups) fill(group.id);
    for (Member& member : channel.members) fill(member.id);
    if (channel.health) fill(channel.health->id);
    if (channel.create_time == WallTime()) channel.create_time = channel.update_time = world_->now();
    const std::string id = channel.id;
    world_->put(std::move(channel));
    return id;
}

std::string Api::plant(const std::string& instance_id, const JsonValue& body) {
    const std::lock_guard lock(mutex_);
    return plainly([&] {
        const ChannelInput input = channel_input(body, false, false);
        const Instance& instance = required(*world_, instance_id);
        Channel channel = new_channel(*world_, input, wanted_type(input, world_->switches), instance);
        std::string id = channel.id;
        world_->put(std::move(channel));
        return id;
    });
}

bool Api::change(const std::string& id, const std::function<void(Channel&)>& edit) {
    const std::lock_guard lock(mutex_);
    const ChannelPtr old = world_->live().find(id);
    if (!old) return false;
    Channel channel = *old;
    edit(channel);
    channel.id = id;
    channel.create_time = old->create_time;  // the place in lists depends on it
    channel.update_time = world_->now();
    for (MemberGroup& group : channel.groups) {
        if (group.id.empty()) group.id = world_->new_id();
    }
    for (Member& member : channel.members) {
        if (member.id.empty()) member.id = world_->new_id();
    }
    world_->put(std::move(channel));
    return true;
}

bool Api::change(const std::string& id, const JsonValue& patch) {
    const std::lock_guard lock(mutex_);
    const ChannelPtr old = world_->live().find(id);
    if (!old) return false;
    Channel channel = *old;
    plainly([&] { return apply(*world_, channel, patch), true; });
    channel.update_time = world_->now();
    world_->put(std::move(channel));
    return true;
}

bool Api::remove(const std::string& id) {
    const std::lock_guard lock(mutex_);
    const ChannelPtr channel = world_->live().find(id);
    if (channel) world_->erase(channel);
    return channel != nullptr;
}

std::vector<Instance> Api::instances() const {
    const std::lock_guard lock(mutex_);
    std::vector<Instance> all;
    for (const std::string& id : world_->instance_ids()) all.push_back(*world_->instance(id));
    return all;
}

bool Api::set_instance(
    const std::string& id, const std::optional<std::string>& status,
    const std::optional<std::string>& name_modifiable
) {
    const std::lock_guard lock(mutex_);
    Instance* const instance = world_->instance(id);
    if (!instance) return false;
    if (status) instance->status = *status;
    if (name_modifiable)
        world_->set_feature(*instance, "vpc_name_modifiable", true, *name_modifiable, false);
    return true;
}

std::size_t Api::revoke_tokens(std::string_view token) {
    const std::lock_guard lock(mutex_);
    return identity_->revoke(token);
}

void Api::advance(std::chrono::nanoseconds by) {
    const std::lock_guard lock(mutex_);
    world_->advance(by);
}

void Api::forget_turns() {
    const std::lock_guard lock(mutex_);
    busy_.clear();
}

void Api::reset() {
    const std::lock_guard lock(mutex_);
    start_over();
}

}  // namespace apic_simulator
