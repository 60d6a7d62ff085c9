#pragma once

#include "tests/simulator/config.hpp"
#include "tests/simulator/input.hpp"
#include "tests/simulator/model.hpp"

namespace apic_simulator {

// Each throws a Refusal with the documented code at the first thing that is wrong. Unless they are told
// about a type, they check what can be said without knowing the channel: presence, bounds, characters,
// health rules.

void check_channel(const ChannelInput& input, bool project_level, const Switches& switches);
void check_members(
    const std::vector<MemberInput>& members, const std::string& member_type, const Switches& switches
);
/// With `unique`, a repeated name is an error; else the first wins.
void check_groups(const std::vector<GroupInput>& groups, bool unique, const Switches& switches);
void check_health(const HealthInput& health, const Switches& switches);
void check_sync(const SyncInput& input, const Switches& switches);
void check_feature(const FeatureInput& input);

/// The type a new channel gets. Throws when the two ways to say it contradict each other.
ChannelType wanted_type(const ChannelInput& input, const Switches& switches);
/// What a channel of that type needs, and must not have.
void check_type(
    const ChannelInput& input, ChannelType type, const Config& config, const Switches& switches
);
/// Every member of a new channel is in a group of it, or in none.
void check_member_groups(const ChannelInput& input, ChannelType type, const Switches& switches);
void check_group_types(
    const std::vector<GroupInput>& groups, ChannelType type, bool nacos, const Switches& switches
);
void check_microservice(
    const MicroserviceInput& service, const Config& config, const Switches& switches
);

}  // namespace apic_simulator
