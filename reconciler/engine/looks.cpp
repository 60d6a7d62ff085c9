#include "reconciler/engine/looks.hpp"

namespace fairway {

Task<Result<>> show_rows(ChannelApi& api, ChannelKey key, Show step, ObservedChannel& seen) {
    for (const auto& [instance, id] : step.rows) {
        Result<InstanceChannel> shown = co_await api.show(key, instance, id);
        if (!shown) co_return Error(shown.error()).in("show");
        for (InstanceChannel& row : seen.rows) {
            if (row.instance != instance || row.id != id) continue;
            std::string instance_name = std::move(row.instance_name);
            row = std::move(*shown);
            row.instance_name = std::move(instance_name);
            row.members_known = row.health_known = true;
        }
    }
    co_return Result<>();
}

std::set<std::string> ids_referred_to(const ObservedChannel& channel) {
    std::set<std::string> ids;
    for (const InstanceChannel& row : channel.rows) {
        if (!row.spec.member_groups) continue;
        for (const MemberGroup& group : *row.spec.member_groups) {
            if (group.reference_vpc_channel_id) ids.insert(*group.reference_vpc_channel_id);
        }
    }
    return ids;
}

ChannelState state_of(Leave::Kind kind) {
    switch (kind) {
        case Leave::Kind::suspended:
            return ChannelState::suspended;
        case Leave::Kind::unwanted:
            return ChannelState::unmanaged;
        case Leave::Kind::held:
        case Leave::Kind::drift:
            return ChannelState::out_of_sync;
        case Leave::Kind::unreadable:
            return ChannelState::stalled;
    }
    return ChannelState::unmanaged;
}

}  // namespace fairway
