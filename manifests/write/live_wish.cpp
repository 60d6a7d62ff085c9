#include "manifests/write/live_wish.hpp"

#include <algorithm>
#include <tuple>

namespace fairway {
namespace {

template <class T>
std::optional<T> unless(const std::optional<T>& value, const T& normal) {
    return value && *value != normal ? value : std::nullopt;
}

std::optional<std::string> some_text(const std::optional<std::string>& text) {
    return unless(text, std::string());
}

/// A port that is not the one it defaults to; 0 means the default.
std::optional<int> own_port(const std::optional<int>& port, int normal) {
    return port.value_or(0) == 0 ? std::nullopt : unless(port, normal);
}

/// Older software shows a reference channel as one of servers: its groups tell.
ChannelType kind_of(const ChannelSpec& live) {
    const ChannelType told = channel_type(live);
    if (live.vpc_channel_type || told != ChannelType::builtin || !live.member_groups) return told;
    const auto refers = [](const MemberGroup& group) {
        return some_text(group.reference_vpc_channel_id).has_value();
    };
    const auto& groups = *live.member_groups;
    return std::any_of(groups.begin(), groups.end(), refers) ? ChannelType::reference : told;
}

MemberGroup group_wish(const MemberGroup& live, ChannelType kind, bool nacos) {
    MemberGroup group;
    group.member_group_name = live.member_group_name;
    group.member_group_remark = some_text(live.member_group_remark);
    if (!nacos) group.member_group_weight = unless(live.member_group_weight, 0);
    if (kind == ChannelType::microservice) {
        group.microservice_version = some_text(live.microservice_version);
        group.microservice_port = unless(live.microservice_port, 0);
        if (live.microservice_labels && !live.microservice_labels->empty()) {
            group.microservice_labels = live.microservice_labels;
            std::sort(group.microservice_labels->begin(), group.microservice_labels->end());
        }
    }
    if (kind == ChannelType::reference) {
        group.reference_vpc_channel_id = some_text(live.reference_vpc_channel_id);
    }
    return group;
}

/// Weights count for the weighted strategies only, and where the group has none that decides.
bool weight_counts(const Member& member, const ChannelSpec& live) {
    const auto strategy = live.balance_strategy.value_or(BalanceStrategy::wrr);
    if (strategy != BalanceStrategy::wrr && strategy != BalanceStrategy::wlc) return false;
    if (!live.member_groups) return true;
    for (const MemberGroup& group : *live.member_groups) {
        if (group.member_group_name != member.member_group_name.value_or("")) continue;
        return group.member_group_weight.value_or(0) == 0;
    }
    return true;
}

Member member_wish(const Member& live, const ChannelSpec& channel) {
    Member member;
    if (channel.member_type == MemberType::ip) {
        member.host = live.host;
    } else {
        member.ecs_id = live.ecs_id;
        member.ecs_name = some_text(live.ecs_name);
    }
    member.port = own_port(live.port, channel.port);
    if (weight_counts(live, channel)) member.weight = unless(live.weight, 0);
    member.is_backup = unless(live.is_backup, false);
    member.member_group_name = some_text(live.member_group_name);
    member.status = unless(live.status, AdminStatus::available);
    return member;
}

auto order_of(const Member& member) {
    return std::tuple(
        member.member_group_name.value_or(""), member.host.value_or(""), member.ecs_id.value_or(""),
        member.port.value_or(0)
    );
}

HealthCheck health_wish(const HealthCheck& live, int channel_port) {
    HealthCheck health;
    health.protocol = live.protocol;
    health.port = own_port(live.port, channel_port);
    health.threshold_normal = live.threshold_normal;
    health.threshold_abnormal = live.threshold_abnormal;
    health.time_interval = live.time_interval;
    health.timeout = live.timeout;
    health.enable_client_ssl = unless(live.enable_client_ssl, false);
    if (live.protocol != HealthProtocol::tcp) {  // the others mean nothing to a connection
        health.path = some_text(live.path);
        health.method = unless(live.method, HealthMethod::get);
        health.http_code = some_text(live.http_code);
    }
    return health;
}

CceInfo cce_wish(const CceInfo& live) {
    CceInfo cce = live;
    cce.app_name = some_text(live.app_name);
    cce.label_key = some_text(live.label_key);
    cce.label_value = some_text(live.label_value);
    const bool filled_in = cce.app_name && cce.label_key == "app" && cce.label_value == cce.app_name;
    if (filled_in || !cce.label_key || !cce.label_value) {
        cce.label_key.reset();
        cce.label_value.reset();
    }
    return cce;
}

NacosInfo nacos_wish(const NacosInfo& live, const std::string& secret) {
    constexpr int grpc_offset = 1000;
    NacosInfo nacos = live;
    nacos.namespace_ = some_text(live.namespace_);
    nacos.cluster_name = unless<std::string>(some_text(live.cluster_name), "DEFAULT");
    nacos.group_name = unless<std::string>(some_text(live.group_name), "DEFAULT_GROUP");
    for (NacosServer& server : nacos.server_config) {
        server.grpc_port = own_port(server.grpc_port, server.port + grpc_offset);
    }
    std::sort(nacos.server_config.begin(), nacos.server_config.end());
    nacos.password_secret = secret;
    return nacos;
}

MicroserviceInfo microservice_wish(const MicroserviceInfo& live, const std::string& secret) {
    MicroserviceInfo info;
    info.service_type = live.service_type;
    if (!info.service_type) {
        if (live.cse_info) info.service_type = ServiceType::cse;
        if (live.cce_info) info.service_type = ServiceType::cce;
        if (live.cce_service_info) info.service_type = ServiceType::cce_service;
        if (live.nacos_info) info.service_type = ServiceType::nacos;
    }
    // What belongs to another type is the server's remainder of nothing.
    if (info.service_type == ServiceType::cse) info.cse_info = live.cse_info;
    if (info.service_type == ServiceType::cce && live.cce_info) info.cce_info = cce_wish(*live.cce_info);
    if (info.service_type == ServiceType::cce_service) info.cce_service_info = live.cce_service_info;
    if (info.service_type == ServiceType::nacos && live.nacos_info) {
        info.nacos_info = nacos_wish(*live.nacos_info, secret);
    }
    return info;
}

}  // namespace

ChannelSpec live_wish(const InstanceChannel& row, const std::string& nacos_secret) {
    const ChannelSpec& live = row.spec;
    const ChannelType kind = kind_of(live);
    const bool nacos =
        live.microservice_info && live.microservice_info->service_type == ServiceType::nacos;
    ChannelSpec wish;
    wish.port = live.port;
    wish.balance_strategy = unless(live.balance_strategy, BalanceStrategy::wrr);
    wish.member_type = unless(live.member_type, MemberType::ecs);
    if (kind == ChannelType::microservice && !live.vpc_channel_type) {
        wish.type = 3;  // software that does not show the newer word may not take it either
    } else if (kind != ChannelType::builtin) {
        wish.vpc_channel_type = kind;
    }
    if (live.member_groups && !live.member_groups->empty()) {
        wish.member_groups.emplace();
        for (const MemberGroup& group : *live.member_groups) {
            wish.member_groups->push_back(group_wish(group, kind, nacos));
        }
        std::sort(
            wish.member_groups->begin(), wish.member_groups->end(),
            [](const MemberGroup& a, const MemberGroup& b) {
                return a.member_group_name < b.member_group_name;
            }
        );
    }
    // A registry or another channel has the say over the members of the other two kinds.
    if (kind == ChannelType::builtin && live.members && !live.members->empty()) {
        wish.members.emplace();
        for (const Member& member : *live.members) wish.members->push_back(member_wish(member, live));
        std::sort(wish.members->begin(), wish.members->end(), [](const Member& a, const Member& b) {
            return order_of(a) < order_of(b);
        });
    }
    if (live.vpc_health_config) {
        wish.vpc_health_config = health_wish(*live.vpc_health_config, live.port);
    }
    if (kind == ChannelType::microservice && live.microservice_info) {
        wish.microservice_info = microservice_wish(*live.microservice_info, nacos_secret);
    }
    wish.instance_ids = {row.instance};
    return wish;
}

}  // namespace fairway
