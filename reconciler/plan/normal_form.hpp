#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/plan/normalise.hpp"

namespace fairway {

// What differences() and with_live_values() have in common: how two specs are brought face to face.

/// One segment of a JSON pointer.
std::string escaped(std::string_view segment);
std::string without_case(std::string_view text);

/// What a wish means for a channel that is there, where it does not say so itself.
struct Meaning {
    ChannelType type;
    MemberType member_type;
    int port;  ///< of the channel: the one that members and the health check are on by default
    /// What of a group the server looks at: the rest may be sent, and is not kept.
    bool group_weights, group_microservice, group_reference;
};
Meaning meaning_of(const ChannelSpec& wanted, const ChannelSpec& have, const Ignored& ignored);
bool says_type(const ChannelSpec& spec);
/// Members that are given without a type are cloud servers, as the manifest's own check has it.
bool says_member_type(const ChannelSpec& spec);

const MemberGroup* group_named(
    const std::optional<std::vector<MemberGroup>>& groups, std::string_view name
);
std::string group_path(std::string_view name);

int port_or(const std::optional<int>& port, int channel_port);

/// A member of a wish and the live one that it is; either may be missing.
struct MemberPair {
    std::string path;
    const Member* wanted = nullptr;
    const Member* live = nullptr;
};
/// Pairs members by their key: group, address and port. One that is on the channel's port stays the same
/// member when that port changes. The pairs live as long as both specs.
std::vector<MemberPair> member_pairs(
    const ChannelSpec& wanted, const ChannelSpec& have, const Meaning& meaning
);

std::string server_path(const NacosServer& server);
/// Absent and 0 mean that the registry adds 1000 to the port.
int grpc_port_of(const NacosServer& server);
/// The server of the same address and port; null where there is none.
const NacosServer* same_server(const std::vector<NacosServer>& among, const NacosServer& wanted);

}  // namespace fairway
