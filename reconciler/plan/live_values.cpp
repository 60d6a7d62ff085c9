#include <algorithm>

#include "reconciler/plan/normal_form.hpp"

namespace fairway {
namespace {

/// A field that the wish does not manage, or that is ignored, is sent as it is live.
template <class T>
void keep(std::optional<T>& wanted, const std::optional<T>& live, bool ignored) {
    if (!wanted || ignored) wanted = live;
}
/// Empty text is how the server shows that there is none.
void keep(std::optional<std::string>& wanted, const std::optional<std::string>& live, bool ignored) {
    if (wanted && !ignored) return;
    wanted = live;
    if (wanted && wanted->empty()) wanted.reset();
}
template <class T>
void keep_ignored(T& wanted, const T& live, bool ignored) {
    if (ignored) wanted = live;
}

// ---- health check

void keep_health(
    std::optional<HealthCheck>& body, const std::optional<HealthCheck>& live, const Ignored& ignored
) {
    const std::string top = "/vpc_health_config";
    if (!body || ignored.covers(top)) {
        body = live;
        if (body) body->status.reset();  // the server's own
        return;
    }
    if (!live) return;
    const auto is_ignored = [&](const char* field) { return ignored.covers(top + "/" + field); };
    keep_ignored(body->protocol, live->protocol, is_ignored("protocol"));
    keep(body->path, live->path, is_ignored("path"));
    keep(body->method, live->method, is_ignored("method"));
    keep(body->port, live->port, is_ignored("port"));
    keep_ignored(body->threshold_normal, live->threshold_normal, is_ignored("threshold_normal"));
    keep_ignored(body->threshold_abnormal, live->threshold_abnormal, is_ignored("threshold_abnormal"));
    keep_ignored(body->time_interval, live->time_interval, is_ignored("time_interval"));
    keep_ignored(body->timeout, live->timeout, is_ignored("timeout"));
    keep(body->http_code, live->http_code, is_ignored("http_code"));
    keep(body->enable_client_ssl, live->enable_client_ssl, is_ignored("enable_client_ssl"));
}

// ---- microservice

void keep_cce(CceInfo& body, const CceInfo& live, const Ignored& ignored) {
    const auto is_ignored = [&](const char* field) {
        return ignored.covers(std::string("/microservice_info/cce_info/") + field);
    };
    keep_ignored(body.cluster_id, live.cluster_id, is_ignored("cluster_id"));
    keep_ignored(body.namespace_, live.namespace_, is_ignored("namespace"));
    keep_ignored(body.workload_type, live.workload_type, is_ignored("workload_type"));
    keep(body.app_name, live.app_name, is_ignored("app_name"));
    // A label that the server made of the name follows it when the name changes.
    const bool made = live.app_name && live.label_key == "app" && live.label_value == live.app_name;
    if (!made || is_ignored("label_key")) keep(body.label_key, live.label_key, is_ignored("label_key"));
    if (!made || is_ignored("label_value"))
        keep(body.label_value, live.label_value, is_ignored("label_value"));
}

void keep_servers(
    std::vector<NacosServer>& body, const std::vector<NacosServer>& live, const Ignored& ignored
) {
    if (ignored.covers("/microservice_info/nacos_info/server_config")) {
        body = live;
        return;
    }
    std::vector<NacosServer> kept;
    for (NacosServer& server : body) {
        const std::string path = server_path(server);
        const NacosServer* same = same_server(live, server);
        if (same == nullptr) {
            if (!ignored.covers(path)) kept.push_back(server);
            continue;
        }
        const bool shown = grpc_port_of(*same) != grpc_port_of({same->ip_address, same->port, {}});
        const std::optional<int> grpc = shown ? same->grpc_port : std::nullopt;
        keep(server.grpc_port, grpc, ignored.covers(path + "/grpc_port"));
        kept.push_back(server);
    }
    for (const NacosServer& server : live) {
        if (same_server(body, server) == nullptr && ignored.covers(server_path(server)))
            kept.push_back(server);
    }
    body = std::move(kept);
}

void keep_nacos(NacosInfo& body, const NacosInfo& live, const Ignored& ignored) {
    const auto is_ignored = [&](const char* field) {
        return ignored.covers(std::string("/microservice_info/nacos_info/") + field);
    };
    keep(body.namespace_, live.namespace_, is_ignored("namespace"));
    keep(body.cluster_name, live.cluster_name, is_ignored("cluster_name"));
    keep(body.group_name, live.group_name, is_ignored("group_name"));
    keep_ignored(body.service_name, live.service_name, is_ignored("service_name"));
    keep_servers(body.server_config, live.server_config, ignored);
    const bool named = !live.user_name.empty();  // a server may mask it, as it does the password
    keep_ignored(body.user_name, live.user_name, named && is_ignored("user_info/user_name"));
}

/// Everything but a password, which the cloud masks: that of the wish is sent again.
void keep_microservice(ChannelSpec& spec, const ChannelSpec& live_spec, const Ignored& ignored) {
    if (!live_spec.microservice_info) return;
    if (!spec.microservice_info) {
        spec.microservice_info = live_spec.microservice_info;
        return;
    }
    MicroserviceInfo& body = *spec.microservice_info;
    const MicroserviceInfo& live = *live_spec.microservice_info;
    const auto is_ignored = [&](const char* field) {
        return ignored.covers(std::string("/microservice_info/") + field);
    };
    if (body.cse_info && live.cse_info) {
        keep_ignored(
            body.cse_info->engine_id, live.cse_info->engine_id, is_ignored("cse_info/engine_id")
        );
        keep_ignored(
            body.cse_info->service_id, live.cse_info->service_id, is_ignored("cse_info/service_id")
        );
    }
    if (body.cce_info && live.cce_info) keep_cce(*body.cce_info, *live.cce_info, ignored);
    if (body.cce_service_info && live.cce_service_info) {
        CceServiceInfo& service = *body.cce_service_info;
        const CceServiceInfo& kept = *live.cce_service_info;
        keep_ignored(service.cluster_id, kept.cluster_id, is_ignored("cce_service_info/cluster_id"));
        keep_ignored(service.namespace_, kept.namespace_, is_ignored("cce_service_info/namespace"));
        keep_ignored(
            service.service_name, kept.service_name, is_ignored("cce_service_info/service_name")
        );
    }
    if (body.nacos_info && live.nacos_info) keep_nacos(*body.nacos_info, *live.nacos_info, ignored);
    const bool nacos = live.nacos_info.has_value();
    if (ignored.covers("/microservice_info/service_type") && !nacos &&
        live.service_type != body.service_type)
        body = live;
}

// ---- groups

void keep_group(
    MemberGroup& group, const MemberGroup& live, const Meaning& meaning, const Ignored& ignored
) {
    const auto is_ignored = [&](const char* field) {
        return ignored.covers(group_path(group.member_group_name) + "/" + field);
    };
    keep(group.member_group_remark, live.member_group_remark, is_ignored("member_group_remark"));
    if (meaning.group_weights) {
        // 0 is also how no weight is shown, and sending it would take all weight from the members.
        const int shown = live.member_group_weight.value_or(0);
        const std::optional<int> weight = shown == 0 ? std::nullopt : std::optional<int>(shown);
        keep(group.member_group_weight, weight, is_ignored("member_group_weight"));
    }
    if (meaning.group_microservice) {
        keep(group.microservice_version, live.microservice_version, is_ignored("microservice_version"));
        keep(group.microservice_port, live.microservice_port, is_ignored("microservice_port"));
        keep(group.microservice_labels, live.microservice_labels, is_ignored("microservice_labels"));
    }
    if (meaning.group_reference) {
        keep(
            group.reference_vpc_channel_id, live.reference_vpc_channel_id,
            is_ignored("reference_vpc_channel_id")
        );
    }
}

/// A live group as a request may carry it: without what the server fills in or does not look at.
MemberGroup sent_group(const MemberGroup& live, const Meaning& meaning) {
    MemberGroup group;
    group.member_group_name = live.member_group_name;
    keep_group(group, live, meaning, {});
    return group;
}

bool has_members(const ChannelSpec& spec, const std::string& group) {
    if (!spec.members) return false;
    return std::any_of(spec.members->begin(), spec.members->end(), [&](const Member& member) {
        return member.member_group_name == group;
    });
}

void keep_groups(
    ChannelSpec& body, const ChannelSpec& live, const Meaning& meaning, const Ignored& ignored
) {
    if (!live.member_groups) return;
    const bool all = !body.member_groups || ignored.covers("/member_groups");
    if (all) body.member_groups.emplace();
    std::erase_if(*body.member_groups, [&](const MemberGroup& group) {
        const std::string& name = group.member_group_name;
        return group_named(live.member_groups, name) == nullptr && ignored.covers(group_path(name)) &&
               !has_members(body, name);
    });
    for (MemberGroup& group : *body.member_groups) {
        const MemberGroup* kept = group_named(live.member_groups, group.member_group_name);
        if (kept != nullptr) keep_group(group, *kept, meaning, ignored);
    }
    for (const MemberGroup& group : *live.member_groups) {
        const std::string& name = group.member_group_name;
        if (group_named(body.member_groups, name) != nullptr) continue;
        if (all || ignored.covers(group_path(name))) {
            body.member_groups->push_back(sent_group(group, meaning));
        }
    }
}

// ---- members

/// A live member as a request may carry it: the server repeats an ip member's host in ecs_id and
/// ecs_name, fills in the host of an ecs member, and leaves members without a group when that is
/// deleted.
Member sent_member(
    Member member, MemberType type, const std::optional<std::vector<MemberGroup>>& groups
) {
    if (type == MemberType::ip) {
        member.ecs_id.reset();
        member.ecs_name.reset();
    } else {
        member.host.reset();
    }
    if (group_named(groups, member.member_group_name.value_or("")) == nullptr)
        member.member_group_name.reset();
    return member;
}

void keep_members(
    ChannelSpec& body, const ChannelSpec& live, const Meaning& meaning, const Ignored& ignored
) {
    if (!live.members) return;
    const bool all = !body.members || ignored.covers("/members");
    if (all) {
        body.members.emplace();
        for (const Member& member : *live.members)
            body.members->push_back(sent_member(member, meaning.member_type, body.member_groups));
        return;
    }
    std::vector<Member> more;
    std::vector<const Member*> dropped;
    for (const MemberPair& pair : member_pairs(body, live, meaning)) {
        if (pair.wanted == nullptr) {
            if (ignored.covers(pair.path))
                more.push_back(sent_member(*pair.live, meaning.member_type, body.member_groups));
            continue;
        }
        if (pair.live == nullptr) {
            if (ignored.covers(pair.path)) dropped.push_back(pair.wanted);
            continue;
        }
        // The pairs point into the body's own list.
        Member& member = (*body.members)[static_cast<std::size_t>(pair.wanted - body.members->data())];
        keep(member.weight, pair.live->weight, ignored.covers(pair.path + "/weight"));
        keep(member.is_backup, pair.live->is_backup, ignored.covers(pair.path + "/is_backup"));
        keep(member.status, pair.live->status, ignored.covers(pair.path + "/status"));
        if (meaning.member_type == MemberType::ecs)
            keep(member.ecs_name, pair.live->ecs_name, ignored.covers(pair.path + "/ecs_name"));
    }
    std::vector<Member> members;
    for (const Member& member : *body.members) {
        if (std::find(dropped.begin(), dropped.end(), &member) == dropped.end())
            members.push_back(member);
    }
    members.insert(members.end(), more.begin(), more.end());
    body.members = std::move(members);
}

}  // namespace

ChannelSpec with_live_values(
    const ChannelSpec& wanted, const InstanceChannel& row, const Ignored& ignored
) {
    const ChannelSpec& live = row.spec;
    const Meaning meaning = meaning_of(wanted, live, ignored);
    ChannelSpec body = wanted;
    keep_ignored(body.port, live.port, ignored.covers("/port"));
    if (live.balance_strategy)
        keep(body.balance_strategy, live.balance_strategy, ignored.covers("/balance_strategy"));
    body.member_type = meaning.member_type;
    if (live.member_type && ignored.covers("/member_type")) body.member_type = live.member_type;
    if (row.health_known) keep_health(body.vpc_health_config, live.vpc_health_config, ignored);
    if (meaning.type == ChannelType::microservice) keep_microservice(body, live, ignored);
    keep_groups(body, live, meaning, ignored);
    if (meaning.type == ChannelType::builtin && row.members_known)
        keep_members(body, live, meaning, ignored);
    return body;
}

}  // namespace fairway
