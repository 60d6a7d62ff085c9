#include "reconciler/plan/normalise.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace fairway {
namespace {

// ---- JSON pointers
// -------------------------------------------------------------------------------------------

std::vector<std::string> segments_of(std::string_view pointer) {
    std::vector<std::string> segments;
    std::size_t at = pointer.starts_with('/') ? 1 : 0;
    while (at <= pointer.size() && !pointer.empty()) {
        const std::size_t end = std::min(pointer.find('/', at), pointer.size());
        segments.emplace_back(pointer.substr(at, end - at));
        at = end + 1;
    }
    return segments;
}

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

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

// ---- values as people read them
// ------------------------------------------------------------------------------

std::string shown(const std::string& text) {
    return text;
}
std::string shown(int number) {
    return std::to_string(number);
}
std::string shown(bool flag) {
    return flag ? "true" : "false";
}
template <class Enum>
requires std::is_enum_v<Enum> std::string shown(Enum value) {
    return std::string(to_string(value));
}
std::string shown(const std::vector<MicroserviceLabel>& labels) {
    std::string text;
    for (const MicroserviceLabel& label : labels) {
        if (!text.empty()) text += ", ";
        text += label.label_name + "=" + label.label_value;
    }
    return text;
}

/// Collects the differences of one comparison.
class Finder {
public:
    explicit Finder(const Ignored& ignored) : ignored_(ignored) {}

    void group(FieldGroup group) { group_ = group; }

    template <class T>
    void compare(std::string_view path, const T& wanted, const T& have) {
        if (wanted == have) return;
        add(std::string(path), shown(have), shown(wanted));
    }

    /// A managed field against a live one that may be left out, which then means `unset`.
    template <class T>
    void managed(
        std::string_view path, const std::optional<T>& wanted, const std::optional<T>& have,
        const T& unset
    ) {
        if (wanted) compare(path, *wanted, have.value_or(unset));
    }

    void add(std::string path, std::string before, std::string after) {
        if (ignored_.covers(path)) return;
        found_.push_back({std::move(path), std::move(before), std::move(after), group_});
    }

    std::vector<Difference> take() { return std::move(found_); }

private:
    const Ignored& ignored_;
    FieldGroup group_ = FieldGroup::settings;
    std::vector<Difference> found_;
};

// ---- groups
// --------------------------------------------------------------------------------------------------

const MemberGroup* group_named(
    const std::optional<std::vector<MemberGroup>>& groups, std::string_view name
) {
    if (!groups) return nullptr;
    for (const MemberGroup& group : *groups) {
        if (group.member_group_name == name) return &group;
    }
    return nullptr;
}

/// What of a group the server looks at depends on the channel: the rest may be sent, and is not kept.
struct GroupRules {
    bool weight, microservice, reference;
};

GroupRules group_rules(const ChannelSpec& spec) {
    const ChannelType type = channel_type(spec);
    const bool nacos =
        spec.microservice_info && spec.microservice_info->service_type == ServiceType::nacos;
    return {!nacos, type == ChannelType::microservice, type == ChannelType::reference};
}

void compare_group(
    Finder& finder, const std::string& path, const MemberGroup& wanted, const MemberGroup& have,
    const GroupRules& rules
) {
    finder.managed<std::string>(
        path + "/member_group_remark", wanted.member_group_remark, have.member_group_remark, {}
    );
    if (rules.weight) {
        finder.managed(
            path + "/member_group_weight", wanted.member_group_weight, have.member_group_weight, 0
        );
    }
    if (rules.microservice) {
        finder.managed<std::string>(
            path + "/microservice_version", wanted.microservice_version, have.microservice_version, {}
        );
        finder.managed(path + "/microservice_port", wanted.microservice_port, have.microservice_port, 0);
        if (wanted.microservice_labels) {
            auto sorted_wanted = *wanted.microservice_labels;
            auto sorted_have = have.microservice_labels.value_or(std::vector<MicroserviceLabel>{});
            std::sort(sorted_wanted.begin(), sorted_wanted.end());
            std::sort(sorted_have.begin(), sorted_have.end());
            finder.compare(path + "/microservice_labels", sorted_wanted, sorted_have);
        }
    }
    if (rules.reference) {
        finder.managed<std::string>(
            path + "/reference_vpc_channel_id", wanted.reference_vpc_channel_id,
            have.reference_vpc_channel_id, {}
        );
    }
}

void compare_groups(Finder& finder, const ChannelSpec& wanted, const ChannelSpec& have) {
    finder.group(FieldGroup::member_groups);
    const GroupRules rules = group_rules(wanted);
    for (const MemberGroup& group : *wanted.member_groups) {
        const std::string path = "/member_groups/" + escaped(group.member_group_name);
        if (const MemberGroup* live = group_named(have.member_groups, group.member_group_name)) {
            compare_group(finder, path, group, *live, rules);
        } else {
            finder.add(path, "", "group");
        }
    }
    if (!have.member_groups) return;
    for (const MemberGroup& group : *have.member_groups) {
        if (group_named(wanted.member_groups, group.member_group_name) == nullptr) {
            finder.add("/member_groups/" + escaped(group.member_group_name), "group", "");
        }
    }
}

// ---- members
// -------------------------------------------------------------------------------------------------

int port_of(const std::optional<int>& port, const ChannelSpec& spec) {
    return port.value_or(0) == 0 ? spec.port : *port;
}

/// (group, address, port): what makes two entries the same member.
std::string member_key(const Member& member, const ChannelSpec& spec, MemberType type) {
    const std::string group = member.member_group_name.value_or("");
    return (group.empty() ? std::string() : group + ",") + member_address(member, type) + "," +
           std::to_string(port_of(member.port, spec));
}

using MemberIndex = std::map<std::string, const Member*>;

MemberIndex index_of(const ChannelSpec& spec, MemberType type) {
    MemberIndex index;
    if (!spec.members) return index;
    for (const Member& member : *spec.members) index.emplace(member_key(member, spec, type), &member);
    return index;
}

MemberType member_type(const ChannelSpec& spec, const ChannelSpec& other) {
    return spec.member_type.value_or(other.member_type.value_or(MemberType::ecs));
}

/// Weights count only for the weighted strategies (rule M3), and a group's weight decides its members'
/// (D: group weight "automatically used to assign weights").
bool weight_counts(const Member& member, const ChannelSpec& wanted, const ChannelSpec& have) {
    const BalanceStrategy strategy =
        wanted.balance_strategy.value_or(have.balance_strategy.value_or(BalanceStrategy::wrr));
    if (strategy != BalanceStrategy::wrr && strategy != BalanceStrategy::wlc) return false;
    const std::string& name = member.member_group_name.value_or("");
    const MemberGroup* group =
        group_named(wanted.member_groups ? wanted.member_groups : have.member_groups, name);
    return group == nullptr || group->member_group_weight.value_or(0) == 0;
}

void compare_members(Finder& finder, const ChannelSpec& wanted, const ChannelSpec& have) {
    finder.group(FieldGroup::members);
    const MemberType type = member_type(wanted, have);
    const MemberIndex live = index_of(have, type);
    const MemberIndex ours = index_of(wanted, type);
    for (const auto& [key, member] : ours) {
        const std::string path = "/members/" + escaped(key);
        const auto it = live.find(key);
        if (it == live.end()) {
            finder.add(path, "", "member");
            continue;
        }
        if (weight_counts(*member, wanted, have)) {
            finder.managed(path + "/weight", member->weight, it->second->weight, 0);
        }
        finder.managed(path + "/is_backup", member->is_backup, it->second->is_backup, false);
        finder.managed(path + "/status", member->status, it->second->status, AdminStatus::available);
        if (type == MemberType::ecs) {
            finder.managed<std::string>(path + "/ecs_name", member->ecs_name, it->second->ecs_name, {});
        }
    }
    for (const auto& [key, member] : live) {
        if (!ours.contains(key)) finder.add("/members/" + escaped(key), "member", "");
    }
}

// ---- health check and microservice
// ---------------------------------------------------------------------------

void compare_health(Finder& finder, const ChannelSpec& wanted_spec, const ChannelSpec& have_spec) {
    finder.group(FieldGroup::health_check);
    const HealthCheck& wanted = *wanted_spec.vpc_health_config;
    const std::string path = "/vpc_health_config";
    if (!have_spec.vpc_health_config) return finder.add(path, "", "health check");
    const HealthCheck& have = *have_spec.vpc_health_config;
    finder.compare(path + "/protocol", wanted.protocol, have.protocol);
    finder.managed<std::string>(path + "/path", wanted.path, have.path, {});
    finder.managed(path + "/method", wanted.method, have.method, HealthMethod::get);
    if (wanted.port) {
        finder.compare(path + "/port", port_of(wanted.port, wanted_spec), port_of(have.port, have_spec));
    }
    finder.compare(path + "/threshold_normal", wanted.threshold_normal, have.threshold_normal);
    finder.compare(path + "/threshold_abnormal", wanted.threshold_abnormal, have.threshold_abnormal);
    finder.compare(path + "/time_interval", wanted.time_interval, have.time_interval);
    finder.compare(path + "/timeout", wanted.timeout, have.timeout);
    finder.managed<std::string>(path + "/http_code", wanted.http_code, have.http_code, {});
    finder.managed(path + "/enable_client_ssl", wanted.enable_client_ssl, have.enable_client_ssl, false);
}

void compare_nacos(
    Finder& finder, const std::string& path, const NacosInfo& wanted, const NacosInfo& have
) {
    finder.managed<std::string>(path + "/namespace", wanted.namespace_, have.namespace_, {});
    finder.managed<std::string>(
        path + "/cluster_name", wanted.cluster_name, have.cluster_name, "DEFAULT"
    );
    finder.managed<std::string>(
        path + "/group_name", wanted.group_name, have.group_name, "DEFAULT_GROUP"
    );
    finder.compare(path + "/service_name", wanted.service_name, have.service_name);
    const auto servers = [](const NacosInfo& info) {
        std::vector<std::string> list;
        for (const NacosServer& server : info.server_config) {
            const int grpc = server.grpc_port.value_or(0) == 0 ? server.port + 1000 : *server.grpc_port;
            list.push_back(
                lower(server.ip_address) + ":" + std::to_string(server.port) + ":" + std::to_string(grpc)
            );
        }
        std::sort(list.begin(), list.end());
        std::string text;
        for (const std::string& server : list) text += (text.empty() ? "" : ", ") + server;
        return text;
    };
    finder.compare(path + "/server_config", servers(wanted), servers(have));
    if (!wanted.user_name.empty() && !have.user_name.empty()) {
        finder.compare(path + "/user_info/user_name", wanted.user_name, have.user_name);
    }
    // The password is never compared: the cloud masks it.
}

void compare_microservice(
    Finder& finder, const MicroserviceInfo& wanted, const std::optional<MicroserviceInfo>& have
) {
    finder.group(FieldGroup::microservice);
    const std::string path = "/microservice_info";
    if (!have) return finder.add(path, "", "microservice");
    if (wanted.service_type && have->service_type) {
        finder.compare(path + "/service_type", *wanted.service_type, *have->service_type);
    }
    if (wanted.cse_info) {
        const CseInfo live = have->cse_info.value_or(CseInfo{});
        finder.compare(path + "/cse_info/engine_id", wanted.cse_info->engine_id, live.engine_id);
        finder.compare(path + "/cse_info/service_id", wanted.cse_info->service_id, live.service_id);
    }
    if (wanted.cce_info) {
        const CceInfo live = have->cce_info.value_or(CceInfo{});
        const CceInfo& ours = *wanted.cce_info;
        finder.compare(path + "/cce_info/cluster_id", ours.cluster_id, live.cluster_id);
        finder.compare(path + "/cce_info/namespace", ours.namespace_, live.namespace_);
        finder.compare(path + "/cce_info/workload_type", ours.workload_type, live.workload_type);
        finder.managed<std::string>(path + "/cce_info/app_name", ours.app_name, live.app_name, {});
        finder.managed<std::string>(path + "/cce_info/label_key", ours.label_key, live.label_key, "app");
        finder.managed<std::string>(
            path + "/cce_info/label_value", ours.label_value, live.label_value,
            live.app_name.value_or("")
        );
    }
    if (wanted.cce_service_info) {
        const CceServiceInfo live = have->cce_service_info.value_or(CceServiceInfo{});
        const CceServiceInfo& ours = *wanted.cce_service_info;
        finder.compare(path + "/cce_service_info/cluster_id", ours.cluster_id, live.cluster_id);
        finder.compare(path + "/cce_service_info/namespace", ours.namespace_, live.namespace_);
        finder.compare(path + "/cce_service_info/service_name", ours.service_name, live.service_name);
    }
    if (wanted.nacos_info) {
        const NacosInfo live = have->nacos_info.value_or(NacosInfo{});
        compare_nacos(finder, path + "/nacos_info", *wanted.nacos_info, live);
    }
}

// ---- the whole
// -----------------------------------------------------------------------------------------------

bool says_type(const ChannelSpec& spec) {
    return spec.vpc_channel_type || spec.type.value_or(0) != 0;
}

void compare_type(Finder& finder, const ChannelSpec& wanted, const ChannelSpec& have) {
    if (!says_type(wanted) || !says_type(have)) return;
    ChannelType ours = channel_type(wanted);
    const ChannelType live = channel_type(have);
    // Older software knows two numbers only, and shows a reference channel as one of servers.
    if (!have.vpc_channel_type && ours == ChannelType::reference) ours = ChannelType::builtin;
    finder.compare("/vpc_channel_type", ours, live);
}

std::vector<Difference> find(
    const ChannelSpec& wanted, const ChannelSpec& have, bool members_known, bool health_known,
    const Ignored& ignored
) {
    Finder finder(ignored);
    finder.compare("/port", wanted.port, have.port);
    finder.managed(
        "/balance_strategy", wanted.balance_strategy, have.balance_strategy, BalanceStrategy::wrr
    );
    finder.managed("/member_type", wanted.member_type, have.member_type, MemberType::ecs);
    compare_type(finder, wanted, have);
    if (wanted.member_groups) compare_groups(finder, wanted, have);
    // A registry or another channel has the say over the members of the other two kinds.
    const bool own_members = channel_type(wanted) == ChannelType::builtin;
    if (wanted.members && own_members && members_known) compare_members(finder, wanted, have);
    if (wanted.vpc_health_config && health_known) compare_health(finder, wanted, have);
    if (wanted.microservice_info && channel_type(wanted) == ChannelType::microservice) {
        compare_microservice(finder, *wanted.microservice_info, have.microservice_info);
    }
    return finder.take();
}

template <class T>
void keep_live(std::optional<T>& wanted, const std::optional<T>& live, bool ignored = false) {
    if (!wanted || (ignored && live)) wanted = live;
}

void keep_live_health(
    std::optional<HealthCheck>& body, const std::optional<HealthCheck>& live, const Ignored& ignored
) {
    const std::string path = "/vpc_health_config";
    if (body && live && !ignored.covers(path)) {
        keep_live(body->path, live->path, ignored.covers(path + "/path"));
        keep_live(body->method, live->method, ignored.covers(path + "/method"));
        keep_live(body->port, live->port, ignored.covers(path + "/port"));
        keep_live(body->http_code, live->http_code, ignored.covers(path + "/http_code"));
        keep_live(
            body->enable_client_ssl, live->enable_client_ssl, ignored.covers(path + "/enable_client_ssl")
        );
        return;
    }
    keep_live(body, live, ignored.covers(path));
    if (body) body->status.reset();  // the server's own
}

void keep_live_group(
    MemberGroup& group, const MemberGroup& live, const GroupRules& rules, const Ignored& ignored
) {
    const std::string path = "/member_groups/" + escaped(group.member_group_name);
    keep_live(
        group.member_group_remark, live.member_group_remark,
        ignored.covers(path + "/member_group_remark")
    );
    if (rules.weight) {
        keep_live(
            group.member_group_weight, live.member_group_weight,
            ignored.covers(path + "/member_group_weight")
        );
    }
    if (rules.microservice) {
        keep_live(
            group.microservice_version, live.microservice_version,
            ignored.covers(path + "/microservice_version")
        );
        keep_live(
            group.microservice_port, live.microservice_port, ignored.covers(path + "/microservice_port")
        );
        keep_live(
            group.microservice_labels, live.microservice_labels,
            ignored.covers(path + "/microservice_labels")
        );
    }
    if (rules.reference) {
        keep_live(
            group.reference_vpc_channel_id, live.reference_vpc_channel_id,
            ignored.covers(path + "/reference_vpc_channel_id")
        );
    }
}

/// A group as a request may carry it: without what the server fills in or does not look at.
MemberGroup sendable(MemberGroup group, const GroupRules& rules) {
    group.dict_code.reset();
    if (!rules.weight) group.member_group_weight.reset();
    if (!rules.microservice) {
        group.microservice_version.reset();
        group.microservice_port.reset();
        group.microservice_labels.reset();
    }
    if (!rules.reference) group.reference_vpc_channel_id.reset();
    return group;
}

void keep_live_groups(ChannelSpec& body, const ChannelSpec& live, const Ignored& ignored) {
    if (!live.member_groups) return;
    const GroupRules rules = group_rules(live);
    const bool all = !body.member_groups || ignored.covers("/member_groups");
    if (all) body.member_groups.emplace();
    for (MemberGroup& group : *body.member_groups) {
        const MemberGroup* kept = group_named(live.member_groups, group.member_group_name);
        if (kept != nullptr) keep_live_group(group, *kept, rules, ignored);
    }
    for (const MemberGroup& group : *live.member_groups) {
        if (group_named(body.member_groups, group.member_group_name) != nullptr) continue;
        if (all || ignored.covers("/member_groups/" + escaped(group.member_group_name))) {
            body.member_groups->push_back(sendable(group, rules));
        }
    }
}

/// A member as a request may carry it: the server repeats an ip member's host in ecs_id and ecs_name,
/// and fills in the host of an ecs member.
Member sendable(Member member, MemberType type) {
    if (type == MemberType::ip) {
        member.ecs_id.reset();
        member.ecs_name.reset();
    } else {
        member.host.reset();
    }
    if (member.member_group_name && member.member_group_name->empty()) member.member_group_name.reset();
    return member;
}

void keep_live_members(ChannelSpec& body, const ChannelSpec& live, const Ignored& ignored) {
    if (!live.members) return;
    const MemberType type = member_type(body, live);
    const bool all = !body.members || ignored.covers("/members");
    if (all) body.members.emplace();
    const MemberIndex kept = index_of(live, type);
    for (Member& member : *body.members) {
        const std::string key = member_key(member, body, type);
        const auto it = kept.find(key);
        if (it == kept.end()) continue;
        const std::string path = "/members/" + escaped(key);
        keep_live(member.weight, it->second->weight, ignored.covers(path + "/weight"));
        keep_live(member.is_backup, it->second->is_backup, ignored.covers(path + "/is_backup"));
        keep_live(member.status, it->second->status, ignored.covers(path + "/status"));
    }
    const MemberIndex ours = index_of(body, type);
    std::vector<Member> more;
    for (const Member& member : *live.members) {
        const std::string key = member_key(member, live, type);
        if (all || (!ours.contains(key) && ignored.covers("/members/" + escaped(key)))) {
            more.push_back(sendable(member, type));
        }
    }
    body.members->insert(body.members->end(), more.begin(), more.end());
}

}  // namespace

Ignored::Ignored(const std::vector<std::string>& pointers) {
    for (const std::string& pointer : pointers) patterns_.push_back(segments_of(pointer));
}

bool Ignored::covers(std::string_view path) const {
    if (patterns_.empty()) return false;
    const std::vector<std::string> segments = segments_of(path);
    return std::any_of(patterns_.begin(), patterns_.end(), [&](const std::vector<std::string>& pattern) {
        if (pattern.size() > segments.size()) return false;
        for (std::size_t i = 0; i < pattern.size(); ++i) {
            if (pattern[i] != "*" && pattern[i] != segments[i]) return false;
        }
        return true;
    });
}

std::string member_address(const Member& member, MemberType type) {
    const auto& address = type == MemberType::ip ? member.host : member.ecs_id;
    return lower(address.value_or(""));
}

std::vector<Difference> differences(
    const ChannelSpec& wanted, const ChannelSpec& have, const Ignored& ignored
) {
    return find(wanted, have, true, true, ignored);
}

std::vector<Difference> differences(
    const ChannelSpec& wanted, const InstanceChannel& have, const Ignored& ignored
) {
    return find(wanted, have.spec, have.members_known, have.health_known, ignored);
}

bool needs_show(const ChannelSpec& wanted, const InstanceChannel& row) {
    const bool members =
        wanted.members && channel_type(wanted) == ChannelType::builtin && !row.members_known;
    return members || (wanted.vpc_health_config && !row.health_known);
}

ChannelSpec with_live_values(
    const ChannelSpec& wanted, const InstanceChannel& row, const Ignored& ignored
) {
    const ChannelSpec& live = row.spec;
    ChannelSpec body = wanted;
    const ChannelType type = channel_type(live);
    if (ignored.covers("/port")) body.port = live.port;
    keep_live(body.balance_strategy, live.balance_strategy, ignored.covers("/balance_strategy"));
    keep_live(body.member_type, live.member_type, ignored.covers("/member_type"));
    if (row.health_known) keep_live_health(body.vpc_health_config, live.vpc_health_config, ignored);
    if (type == ChannelType::microservice) keep_live(body.microservice_info, live.microservice_info);
    keep_live_groups(body, live, ignored);
    if (type == ChannelType::builtin && row.members_known) keep_live_members(body, live, ignored);
    return body;
}

}  // namespace fairway
