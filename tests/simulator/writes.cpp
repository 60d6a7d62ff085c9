#include "tests/simulator/writes.hpp"

#include <algorithm>
#include <set>

#include "tests/simulator/checks.hpp"

namespace apic_simulator {
namespace {

bool is_nacos(const Channel& channel) {
    return channel.microservice && channel.microservice->service_type == "NACOS";
}

/// Everything of `input` but the name. What is absent is empty, as the server has it.
void set_group(World& world, const Channel& channel, MemberGroup& group, const GroupInput& input) {
    group.remark = input.remark.value_or("");
    group.weight.reset();
    if (input.weight && !is_nacos(channel)) group.weight = static_cast<int>(*input.weight);
    group.update_time = world.now();
    group.microservice_version.clear();
    group.microservice_port = 0;
    group.microservice_labels.clear();
    if (channel.type == ChannelType::microservice) {
        group.microservice_version = input.microservice_version.value_or("");
        group.microservice_port = static_cast<int>(input.microservice_port.value_or(0));
        if (input.microservice_labels) {
            for (const LabelInput& label : *input.microservice_labels) {
                group.microservice_labels.push_back({label.name.value_or(""), label.value.value_or("")});
            }
        }
    }
    group.reference_vpc_channel_id = input.reference_vpc_channel_id.value_or("");
}

MemberGroup new_group(World& world, const Channel& channel, const GroupInput& input) {
    MemberGroup group;
    group.id = world.new_id();
    group.name = input.name.value_or("");
    set_group(world, channel, group, input);
    group.create_time = group.update_time;
    return group;
}

/// Takes members out of groups that no longer exist.
void orphan_members(Channel& channel) {
    for (Member& member : channel.members) {
        if (!member.group.empty() && !channel.group_named(member.group)) member.group.clear();
    }
}

int effective_port(const Channel& channel, const Member& member) {
    return member.port == 0 ? channel.port : member.port;
}

bool same_address(const World& world, const Channel& channel, const Member& a, const Member& b) {
    const std::string& host_a = channel.member_type == "ip" ? a.host : a.ecs_id;
    const std::string& host_b = channel.member_type == "ip" ? b.host : b.ecs_id;
    if (host_a != host_b) return false;
    if (world.switches.member_key == MemberKey::host) return true;
    if (effective_port(channel, a) != effective_port(channel, b)) return false;
    return world.switches.member_key == MemberKey::host_port || a.group == b.group;
}

Member* find_member(
    const World& world, Channel& channel, std::vector<Member>& among, const Member& wanted
) {
    const auto found = std::find_if(among.begin(), among.end(), [&](const Member& one) {
        return same_address(world, channel, one, wanted);
    });
    return found == among.end() ? nullptr : &*found;
}

Member new_member(World& world, Channel& channel, const MemberInput& input) {
    Member member;
    member.host = input.host.value_or("");
    member.weight = static_cast<int>(input.weight.value_or(0));
    member.is_backup = input.is_backup.value_or(false);
    member.group = input.group.value_or("");
    member.status = static_cast<int>(input.status.value_or(1));
    member.port = static_cast<int>(input.port.value_or(0));
    member.ecs_id = input.ecs_id.value_or("");
    member.ecs_name = input.ecs_name.value_or("");
    if (!member.group.empty() && !channel.group_named(member.group)) {
        if (world.switches.member_unknown_group == MemberUnknownGroup::reject) {
            checks::invalid("member_group_name");
        }
        GroupInput group;
        group.name = member.group;
        channel.groups.push_back(new_group(world, channel, group));
    }
    return member;
}

/// `input` as members; those of an address in `known` keep its id and time.
std::vector<Member> made_members(
    World& world, Channel& channel, const std::vector<MemberInput>& inputs, std::vector<Member>& known
) {
    std::vector<Member> made;
    for (const MemberInput& input : inputs) {
        Member member = new_member(world, channel, input);
        if (find_member(world, channel, made, member)) continue;
        const Member* const old = find_member(world, channel, known, member);
        member.id = old ? old->id : world.new_id();
        member.create_time = old ? old->create_time : world.now();
        made.push_back(std::move(member));
    }
    return made;
}

std::vector<std::string> ids_of(const std::vector<Member>& members) {
    std::vector<std::string> ids;
    for (const Member& member : members) ids.push_back(member.id);
    return ids;
}

void set_scalars(Channel& channel, const ChannelInput& input) {
    channel.port = static_cast<int>(input.port.value_or(channel.port));
    channel.balance_strategy = static_cast<int>(input.balance_strategy.value_or(1));
    channel.member_type = input.member_type.value_or("ecs");
}

}  // namespace

Channel new_channel(
    World& world, const ChannelInput& input, ChannelType type, const Instance& instance
) {
    Channel channel;
    channel.id = world.new_id();
    channel.project_id = instance.project_id;
    channel.instance_id = instance.id;
    channel.name = input.name.value_or("");
    channel.type = type;
    channel.create_time = channel.update_time = world.now();
    set_scalars(channel, input);
    if (type == ChannelType::microservice && input.microservice) {
        channel.microservice = new_microservice(world, *input.microservice, nullptr);
    }
    if (input.groups) replace_groups(world, channel, *input.groups);
    if (input.members && type != ChannelType::reference) {
        replace_members(world, channel, *input.members, nullptr);
    }
    if (input.health) channel.health = new_health(world, *input.health, nullptr);
    return channel;
}

Channel updated_channel(World& world, const Channel& old, const ChannelInput& input) {
    Channel channel = old;
    channel.update_time = world.now();
    channel.name = input.name.value_or(old.name);
    set_scalars(channel, input);
    if (channel.type == ChannelType::microservice && input.microservice) {
        const Microservice* const before = old.microservice ? &*old.microservice : nullptr;
        channel.microservice = new_microservice(world, *input.microservice, before);
    }

    const bool absent_is_empty = world.switches.absent_list == AbsentList::empty;
    if (input.groups) {
        replace_groups(world, channel, *input.groups);
    } else if (absent_is_empty) {
        replace_groups(world, channel, {});
    }
    if (channel.type != ChannelType::reference) {
        if (input.members && !input.members->empty()) {
            if (world.switches.nonempty_members_put == NonemptyMembersPut::replace) {
                replace_members(world, channel, *input.members, nullptr);
            } else {
                upsert_members(world, channel, *input.members);
            }
        } else if ((input.members || absent_is_empty) && world.switches.empty_members_put == EmptyMembersPut::clear) {
            channel.members.clear();
        }
    }
    if (input.health) {
        channel.health = new_health(world, *input.health, old.health ? &*old.health : nullptr);
    } else if (world.switches.absent_health == AbsentHealth::remove) {
        channel.health.reset();
    }
    return channel;
}

Channel copied_channel(
    World& world, const Channel& source, const Instance& instance, const Channel* target
) {
    Channel copy = source;
    copy.id = target ? target->id : world.new_id();
    copy.instance_id = instance.id;
    copy.update_time = world.now();
    copy.create_time = target ? target->create_time : copy.update_time;
    copy.used_by_api = target && target->used_by_api;
    copy.used_by_plugin = target && target->used_by_plugin;
    for (MemberGroup& group : copy.groups) {
        const MemberGroup* const old = target ? target->group_named(group.name) : nullptr;
        group.id = old ? old->id : world.new_id();
        group.create_time = old ? old->create_time : copy.update_time;
        group.update_time = copy.update_time;
    }
    for (Member& member : copy.members) {
        member.id = world.new_id();
        member.create_time = copy.update_time;
    }
    if (copy.health) {
        copy.health->id = world.new_id();
        copy.health->create_time = copy.update_time;
    }
    if (copy.microservice) copy.microservice->id = world.new_id();
    return copy;
}

Microservice new_microservice(World& world, const MicroserviceInput& input, const Microservice* old) {
    Microservice service;
    service.update_time = world.now();
    service.id = old ? old->id : world.new_id();
    service.create_time = old ? old->create_time : service.update_time;
    service.service_type = input.service_type.value_or("");
    if (service.service_type == "CSE" && input.cse) {
        service.engine_id = input.cse->engine_id.value_or("");
        service.service_id = input.cse->service_id.value_or("");
    } else if (service.service_type == "CCE" && input.cce) {
        const CceInput& cce = *input.cce;
        service.cluster_id = cce.cluster_id.value_or("");
        service.cluster_namespace = cce.cluster_namespace.value_or("");
        service.workload_type = cce.workload_type.value_or("");
        service.app_name = cce.app_name.value_or("");
        const bool by_name = !service.app_name.empty() && cce.label_key.value_or("").empty();
        service.label_key = by_name ? "app" : cce.label_key.value_or("");
        service.label_value = by_name ? service.app_name : cce.label_value.value_or("");
    } else if (service.service_type == "CCE_SERVICE" && input.cce_service) {
        service.cluster_id = input.cce_service->cluster_id.value_or("");
        service.cluster_namespace = input.cce_service->cluster_namespace.value_or("");
        service.service_name = input.cce_service->service_name.value_or("");
    } else if (service.service_type == "NACOS" && input.nacos) {
        const NacosInput& nacos = *input.nacos;
        const auto filled = [](const std::optional<std::string>& text, const char* otherwise) {
            return text.value_or("").empty() ? std::string(otherwise) : *text;
        };
        service.nacos_namespace = nacos.nacos_namespace.value_or("");
        service.nacos_cluster = filled(nacos.cluster_name, "DEFAULT");
        service.nacos_group = filled(nacos.group_name, "DEFAULT_GROUP");
        service.service_name = nacos.service_name.value_or("");
        if (nacos.servers) {
            for (const NacosServerInput& server : *nacos.servers) {
                const std::int64_t port = server.port.value_or(0);
                const std::int64_t grpc = server.grpc_port.value_or(port + 1000);
                service.servers.push_back(
                    {server.ip_address.value_or(""), static_cast<int>(port), static_cast<int>(grpc)}
                );
            }
        }
        if (nacos.user) {
            service.user_name = nacos.user->user_name.value_or("");
            service.password = nacos.user->password.value_or("");
        }
    }
    return service;
}

HealthCheck new_health(World& world, const HealthInput& input, const HealthCheck* old) {
    HealthCheck health;
    health.id = old ? old->id : world.new_id();
    health.create_time = old ? old->create_time : world.now();
    health.protocol = input.protocol.value_or("");
    health.path = input.path.value_or("");
    if (!input.method.value_or("").empty()) health.method = *input.method;
    health.http_code = input.http_code.value_or("");
    health.port = static_cast<int>(input.port.value_or(0));
    health.threshold_normal = static_cast<int>(input.threshold_normal.value_or(2));
    health.threshold_abnormal = static_cast<int>(input.threshold_abnormal.value_or(5));
    health.time_interval = static_cast<int>(input.time_interval.value_or(10));
    health.timeout = static_cast<int>(input.timeout.value_or(5));
    health.enable_client_ssl = input.enable_client_ssl.value_or(false);
    return health;
}

void replace_groups(World& world, Channel& channel, const std::vector<GroupInput>& groups) {
    std::vector<MemberGroup> made;
    for (const GroupInput& input : groups) {
        const MemberGroup* const old = channel.group_named(input.name.value_or(""));
        made.push_back(old ? *old : new_group(world, channel, input));
        if (old) set_group(world, channel, made.back(), input);
    }
    channel.groups = std::move(made);
    orphan_members(channel);
}

void upsert_groups(World& world, Channel& channel, const std::vector<GroupInput>& groups) {
    std::set<std::string> seen;
    for (const GroupInput& input : groups) {
        const std::string name = input.name.value_or("");
        if (!seen.insert(name).second) continue;
        if (MemberGroup* const old = channel.group_named(name)) {
            set_group(world, channel, *old, input);
        } else {
            channel.groups.push_back(new_group(world, channel, input));
        }
    }
}

void update_group(World& world, Channel& channel, MemberGroup& group, const GroupInput& input) {
    if (*input.name != group.name) {
        if (channel.group_named(*input.name)) checks::invalid("member_group_name");
        for (Member& member : channel.members) {
            if (member.group == group.name) member.group = *input.name;
        }
        group.name = *input.name;
    }
    set_group(world, channel, group, input);
}

std::vector<std::string> upsert_members(
    World& world, Channel& channel, const std::vector<MemberInput>& members
) {
    const std::vector<Member> made = made_members(world, channel, members, channel.members);
    for (const Member& member : made) {
        if (Member* const old = find_member(world, channel, channel.members, member)) {
            *old = member;
        } else {
            channel.members.push_back(member);
        }
    }
    return ids_of(made);
}

std::vector<std::string> replace_members(
    World& world, Channel& channel, const std::vector<MemberInput>& members,
    const std::string* only_group
) {
    if (!only_group) {
        channel.members = made_members(world, channel, members, channel.members);
        return ids_of(channel.members);
    }
    std::vector<MemberInput> of_group;
    for (const MemberInput& input : members) {
        if (input.group.value_or("") == *only_group) of_group.push_back(input);
    }
    const std::vector<Member> made = made_members(world, channel, of_group, channel.members);
    std::erase_if(channel.members, [&](const Member& member) { return member.group == *only_group; });
    channel.members.insert(channel.members.end(), made.begin(), made.end());
    return ids_of(made);
}

void check_sizes(const World& world, const Channel& channel) {
    const Switches& switches = world.switches;
    const bool counted = channel.member_type == "ecs" || switches.count_ip_members == YesNo::yes;
    const auto over = [](std::size_t size, std::int64_t limit) {
        return limit > 0 && size > static_cast<std::size_t>(limit);
    };
    if (counted && over(channel.members.size(), switches.member_limit)) {
        throw Refusal(
            403, "APIG.3110",
            "The number of cloud servers in the VPC channel exceeds the maximum allowed limit"
        );
    }
    if (over(channel.groups.size(), switches.group_limit)) {
        throw Refusal(403, "APIG.3100", "The number of member groups exceeds the maximum allowed limit");
    }
}

void check_references(const World& world, const Channel& channel) {
    if (channel.type != ChannelType::reference) return;
    for (const MemberGroup& group : channel.groups) {
        const ChannelPtr target = world.live().find(group.reference_vpc_channel_id);
        if (!target || target->instance_id != channel.instance_id) {
            throw Refusal(
                404, "APIG.3023", "The VPC channel does not exist,id:" + group.reference_vpc_channel_id
            );
        }
        if (target->type == ChannelType::reference) {
            throw Refusal(403, "APIG.3471", "A reference channel cannot be referenced");
        }
    }
}

}  // namespace apic_simulator
