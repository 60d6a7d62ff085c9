#include "reconciler/plan/normal_form.hpp"

#include <algorithm>

#include "reconciler/model/mutant.hpp"

namespace fairway {
namespace {

constexpr int grpc_offset = 1000;

/// An address in normal form: hosts are the same in any case, ids of cloud servers are not.
std::string address_of(const Member& member, MemberType type) {
    return type == MemberType::ip ? without_case(member.host.value_or("")) : member.ecs_id.value_or("");
}

std::string key_of(const Member& member, int channel_port, MemberType type) {
    const std::string group = member.member_group_name.value_or("");
    return (group.empty() ? std::string() : group + ",") + address_of(member, type) + "," +
           std::to_string(port_or(member.port, channel_port));
}

/// A server may hold one member twice, where its address was written in two ways.
using MemberIndex = std::multimap<std::string, const Member*>;

MemberIndex index_of(const ChannelSpec& spec, int channel_port, MemberType type) {
    MemberIndex index;
    if (!spec.members) return index;
    for (const Member& member : *spec.members)
        index.emplace(key_of(member, channel_port, type), &member);
    return index;
}

template <class T>
bool agrees(const std::optional<T>& wanted, const std::optional<T>& have) {
    return !wanted || wanted == have;
}

/// Takes the member of `key` that is most like `wanted` out of `live`; null where there is none.
const Member* take_like(MemberIndex& live, const std::string& key, const Member& wanted) {
    const auto [begin, end] = live.equal_range(key);
    auto best = begin;
    for (auto it = begin; it != end; ++it) {
        const Member& have = *it->second;
        const bool same = agrees(wanted.weight, have.weight) && agrees(wanted.status, have.status) &&
                          agrees(wanted.is_backup, have.is_backup);
        if (same) best = it;
    }
    if (best == end) return nullptr;
    const Member* const taken = best->second;
    live.erase(best);
    return taken;
}

}  // namespace

std::string escaped(std::string_view segment) {
    std::string text;
    for (const char c : segment) {
        if (c == '~') {
            text += "~0";
        } else if (c == '/') {
            text += "~1";
        } else {
            text += c;
        }
    }
    return text;
}

std::string without_case(std::string_view text) {
    std::string out(text);
    if (mutant(Mutant::case_matters)) return out;
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

bool says_type(const ChannelSpec& spec) {
    return spec.vpc_channel_type || spec.type.value_or(0) != 0;
}

bool says_member_type(const ChannelSpec& spec) {
    return spec.member_type || (spec.members && !spec.members->empty());
}

Meaning meaning_of(const ChannelSpec& wanted, const ChannelSpec& have, const Ignored& ignored) {
    Meaning meaning{};
    meaning.type = channel_type(ignored.covers("/vpc_channel_type") ? have : wanted);
    const auto& member_type = says_member_type(wanted) ? wanted.member_type : have.member_type;
    meaning.member_type = member_type.value_or(MemberType::ecs);
    meaning.port = ignored.covers("/port") ? have.port : wanted.port;
    const auto& info = wanted.microservice_info ? wanted.microservice_info : have.microservice_info;
    const bool nacos = info && info->service_type == ServiceType::nacos;
    meaning.group_weights = !nacos;
    meaning.group_microservice = meaning.type == ChannelType::microservice;
    meaning.group_reference = meaning.type == ChannelType::reference;
    return meaning;
}

const MemberGroup* group_named(
    const std::optional<std::vector<MemberGroup>>& groups, std::string_view name
) {
    if (!groups) return nullptr;
    for (const MemberGroup& group : *groups) {
        if (group.member_group_name == name) return &group;
    }
    return nullptr;
}

std::string group_path(std::string_view name) {
    return "/member_groups/" + escaped(name);
}

int port_or(const std::optional<int>& port, int channel_port) {
    return port.value_or(0) == 0 ? channel_port : *port;
}

std::vector<MemberPair> member_pairs(
    const ChannelSpec& wanted, const ChannelSpec& have, const Meaning& meaning
) {
    const MemberIndex ours = index_of(wanted, meaning.port, meaning.member_type);
    MemberIndex live = index_of(have, have.port, meaning.member_type);
    std::vector<MemberPair> pairs;
    for (const auto& [key, member] : ours) {
        const Member* const same = take_like(live, key, *member);
        pairs.push_back({"/members/" + escaped(key), member, same});
    }
    for (MemberPair& pair : pairs) {
        if (pair.live != nullptr || pair.wanted->port.value_or(0) != 0) continue;
        pair.live = take_like(live, key_of(*pair.wanted, have.port, meaning.member_type), *pair.wanted);
    }
    for (const auto& [key, member] : live)
        pairs.push_back({"/members/" + escaped(key), nullptr, member});
    return pairs;
}

std::string server_path(const NacosServer& server) {
    return "/microservice_info/nacos_info/server_config/" + escaped(without_case(server.ip_address)) +
           "," + std::to_string(server.port);
}

int grpc_port_of(const NacosServer& server) {
    return server.grpc_port.value_or(0) == 0 ? server.port + grpc_offset : *server.grpc_port;
}

const NacosServer* same_server(const std::vector<NacosServer>& among, const NacosServer& wanted) {
    for (const NacosServer& server : among) {
        if (server.port == wanted.port &&
            without_case(server.ip_address) == without_case(wanted.ip_address)) {
            return &server;
        }
    }
    return nullptr;
}

}  // namespace fairway
