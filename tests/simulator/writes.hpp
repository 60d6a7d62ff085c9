#pragma once

#include "tests/simulator/input.hpp"
#include "tests/simulator/world.hpp"

namespace apic_simulator {

// What a write makes of a channel. All work on values; nothing is in the world before World::put.

/// The channel `input` asks for. It has checked the input, not the name and not the quotas.
Channel new_channel(World& world, const ChannelInput& input, ChannelType type, const Instance& instance);
/// `old` after a PUT of `input`.
Channel updated_channel(World& world, const Channel& old, const ChannelInput& input);
/// A copy of `source` for another instance, with ids of its own; those of `target` are kept where it is
/// not null.
Channel copied_channel(
    World& world, const Channel& source, const Instance& instance, const Channel* target
);

Microservice new_microservice(World& world, const MicroserviceInput& input, const Microservice* old);
HealthCheck new_health(World& world, const HealthInput& input, const HealthCheck* old);

/// Makes `groups` the groups of the channel; members of groups that go are in none afterwards.
void replace_groups(World& world, Channel& channel, const std::vector<GroupInput>& groups);
/// Adds groups, or changes those of the same name. Of a repeated name the first counts.
void upsert_groups(World& world, Channel& channel, const std::vector<GroupInput>& groups);
/// Changes one group, its name included.
void update_group(World& world, Channel& channel, MemberGroup& group, const GroupInput& input);

/// Adds members, or changes those of the same address; returns their ids. Of a repeated address the
/// first counts.
std::vector<std::string> upsert_members(
    World& world, Channel& channel, const std::vector<MemberInput>& members
);
/// Makes `members` the members of the channel, or of one group when `only_group` is not null.
std::vector<std::string> replace_members(
    World& world, Channel& channel, const std::vector<MemberInput>& members,
    const std::string* only_group
);

/// Throws when the channel has more members or groups than allowed.
void check_sizes(const World& world, const Channel& channel);
/// Throws unless every group of a reference channel points at a channel of the same instance.
void check_references(const World& world, const Channel& channel);

}  // namespace apic_simulator
