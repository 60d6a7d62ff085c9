#include "reconciler/plan/normalise.hpp"

#include <algorithm>

#include "reconciler/model/mutant.hpp"
#include "reconciler/plan/normal_form.hpp"

namespace fairway {
namespace {

constexpr const char* registry_password = "/microservice_info/nacos_info/user_info/password";
constexpr const char* other_value_mark = " (its value changed)";  // no name of a secret ends so

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
    /// `of_wishes`: the other side is a wish as well, in which what is left out has no value.
    explicit Finder(const Ignored& ignored, bool of_wishes = false)
        : ignored_(ignored), of_wishes_(of_wishes) {}

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
        if (!wanted && have && mutant(Mutant::unasked_compared)) return compare(path, unset, *have);
        if (!wanted) return;
        if (of_wishes_ && !have) return add(std::string(path), "", shown(*wanted));
        compare(path, *wanted, have.value_or(unset));
    }
    /// A managed list, which an earlier wish may not have managed.
    template <class T>
    void list(std::string_view path, const std::optional<T>& have) {
        if (of_wishes_ && !have) add(std::string(path), "", "managed");
    }

    void add(std::string path, std::string before, std::string after) {
        if (ignored_.covers(path)) return;
        found_.push_back({std::move(path), std::move(before), std::move(after), group_});
    }

    const Ignored& ignored() const { return ignored_; }
    std::vector<Difference> take() { return std::move(found_); }

private:
    const Ignored& ignored_;
    bool of_wishes_;
    FieldGroup group_ = FieldGroup::settings;
    std::vector<Difference> found_;
};

// ---- groups

void compare_group(
    Finder& finder, const std::string& path, const MemberGroup& wanted, const MemberGroup& have,
    const Meaning& meaning
) {
    finder.managed<std::string>(
        path + "/member_group_remark", wanted.member_group_remark, have.member_group_remark, {}
    );
    if (meaning.group_weights) {
        finder.managed(
            path + "/member_group_weight", wanted.member_group_weight, have.member_group_weight, 0
        );
    }
    if (meaning.group_microservice) {
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
    if (meaning.group_reference) {
        finder.managed<std::string>(
            path + "/reference_vpc_channel_id", wanted.reference_vpc_channel_id,
            have.reference_vpc_channel_id, {}
        );
    }
}

void compare_groups(
    Finder& finder, const ChannelSpec& wanted, const ChannelSpec& have, const Meaning& meaning
) {
    finder.group(FieldGroup::member_groups);
    finder.list("/member_groups", have.member_groups);
    for (const MemberGroup& group : *wanted.member_groups) {
        const std::string path = group_path(group.member_group_name);
        if (const MemberGroup* live = group_named(have.member_groups, group.member_group_name)) {
            compare_group(finder, path, group, *live, meaning);
        } else {
            finder.add(path, "", "group");
        }
    }
    if (!have.member_groups) return;
    for (const MemberGroup& group : *have.member_groups) {
        if (group_named(wanted.member_groups, group.member_group_name) == nullptr)
            finder.add(group_path(group.member_group_name), "group", "");
    }
}

// ---- members

/// Weights count only for the weighted strategies (rule M3), and a group's weight decides its members'
/// (D: group weight "automatically used to assign weights"): one that is wanted, even 0, or, where none
/// is, one that is there.
bool weight_counts(
    const Member& member, const ChannelSpec& wanted, const ChannelSpec& have, const Ignored& ignored
) {
    if (mutant(Mutant::group_weight_missed)) return true;
    const bool live_strategy = !wanted.balance_strategy || ignored.covers("/balance_strategy");
    const BalanceStrategy strategy =
        (live_strategy ? have : wanted).balance_strategy.value_or(BalanceStrategy::wrr);
    if (strategy != BalanceStrategy::wrr && strategy != BalanceStrategy::wlc) return false;
    const std::string name = member.member_group_name.value_or("");
    const MemberGroup* ours = group_named(wanted.member_groups, name);
    const MemberGroup* live = group_named(have.member_groups, name);
    const bool live_weight = ignored.covers(group_path(name) + "/member_group_weight");
    if (ours != nullptr && ours->member_group_weight && !live_weight) return false;
    return live == nullptr || live->member_group_weight.value_or(0) == 0;
}

void compare_members(
    Finder& finder, const ChannelSpec& wanted, const ChannelSpec& have, const Meaning& meaning
) {
    finder.group(FieldGroup::members);
    finder.list("/members", have.members);
    for (const MemberPair& pair : member_pairs(wanted, have, meaning)) {
        if (pair.live == nullptr) {
            finder.add(pair.path, "", "member");
            continue;
        }
        if (pair.wanted == nullptr) {
            finder.add(pair.path, "member", "");
            continue;
        }
        const Member& ours = *pair.wanted;
        const Member& live = *pair.live;
        if (weight_counts(ours, wanted, have, finder.ignored()))
            finder.managed(pair.path + "/weight", ours.weight, live.weight, 0);
        finder.managed(pair.path + "/is_backup", ours.is_backup, live.is_backup, false);
        finder.managed(pair.path + "/status", ours.status, live.status, AdminStatus::available);
        if (meaning.member_type == MemberType::ecs)
            finder.managed<std::string>(pair.path + "/ecs_name", ours.ecs_name, live.ecs_name, {});
    }
}

// ---- health check and microservice

void compare_health(
    Finder& finder, const HealthCheck& wanted, const ChannelSpec& have_spec, const Meaning& meaning
) {
    finder.group(FieldGroup::health_check);
    const std::string path = "/vpc_health_config";
    if (!have_spec.vpc_health_config) return finder.add(path, "", "health check");
    const HealthCheck& have = *have_spec.vpc_health_config;
    finder.compare(path + "/protocol", wanted.protocol, have.protocol);
    finder.managed<std::string>(path + "/path", wanted.path, have.path, {});
    finder.managed(path + "/method", wanted.method, have.method, HealthMethod::get);
    const bool both_default = wanted.port.value_or(0) == 0 && have.port.value_or(0) == 0;
    if (wanted.port && !both_default) {
        finder.compare(
            path + "/port", port_or(wanted.port, meaning.port), port_or(have.port, have_spec.port)
        );
    }
    finder.compare(path + "/threshold_normal", wanted.threshold_normal, have.threshold_normal);
    finder.compare(path + "/threshold_abnormal", wanted.threshold_abnormal, have.threshold_abnormal);
    finder.compare(path + "/time_interval", wanted.time_interval, have.time_interval);
    finder.compare(path + "/timeout", wanted.timeout, have.timeout);
    finder.managed<std::string>(path + "/http_code", wanted.http_code, have.http_code, {});
    finder.managed(path + "/enable_client_ssl", wanted.enable_client_ssl, have.enable_client_ssl, false);
}

/// A managed text for which the server puts a default where it is empty.
void compare_defaulted(
    Finder& finder, const std::string& path, const std::optional<std::string>& wanted,
    const std::optional<std::string>& have, const std::string& otherwise
) {
    if (!wanted) return;
    const auto filled = [&](const std::string& text) { return text.empty() ? otherwise : text; };
    finder.compare(path, filled(*wanted), filled(have.value_or("")));
}

void compare_nacos(
    Finder& finder, const std::string& path, const NacosInfo& wanted, const NacosInfo& have
) {
    finder.managed<std::string>(path + "/namespace", wanted.namespace_, have.namespace_, {});
    compare_defaulted(finder, path + "/cluster_name", wanted.cluster_name, have.cluster_name, "DEFAULT");
    compare_defaulted(finder, path + "/group_name", wanted.group_name, have.group_name, "DEFAULT_GROUP");
    finder.compare(path + "/service_name", wanted.service_name, have.service_name);
    for (const NacosServer& server : wanted.server_config) {
        const NacosServer* live = same_server(have.server_config, server);
        if (live == nullptr) {
            finder.add(server_path(server), "", "server");
        } else if (server.grpc_port) {
            finder.compare(
                server_path(server) + "/grpc_port", grpc_port_of(server), grpc_port_of(*live)
            );
        }
    }
    for (const NacosServer& server : have.server_config) {
        if (same_server(wanted.server_config, server) == nullptr)
            finder.add(server_path(server), "server", "");
    }
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

/// A wish that says no type wants the default one, as its create would make it.
void compare_type(Finder& finder, const ChannelSpec& wanted, const ChannelSpec& have) {
    if (!says_type(have)) return;
    ChannelType ours = channel_type(wanted);
    const ChannelType live = channel_type(have);
    // Older software knows two numbers only, and shows a reference channel as one of servers.
    if (!have.vpc_channel_type && ours == ChannelType::reference) ours = ChannelType::builtin;
    finder.compare("/vpc_channel_type", ours, live);
}

std::vector<Difference> find(
    const ChannelSpec& wanted, const ChannelSpec& have, bool members_known, bool health_known,
    const Ignored& ignored, bool of_wishes = false
) {
    const Meaning meaning = meaning_of(wanted, have, ignored);
    Finder finder(ignored, of_wishes);
    finder.compare("/port", wanted.port, have.port);
    finder.managed(
        "/balance_strategy", wanted.balance_strategy, have.balance_strategy, BalanceStrategy::wrr
    );
    if (says_member_type(wanted))
        finder.compare("/member_type", meaning.member_type, have.member_type.value_or(MemberType::ecs));
    compare_type(finder, wanted, have);
    if (wanted.member_groups) compare_groups(finder, wanted, have, meaning);
    // A registry or another channel has the say over the members of the other two kinds.
    const bool own_members = meaning.type == ChannelType::builtin;
    if (wanted.members && own_members && members_known) compare_members(finder, wanted, have, meaning);
    if (wanted.vpc_health_config && health_known)
        compare_health(finder, *wanted.vpc_health_config, have, meaning);
    if (wanted.microservice_info && meaning.type == ChannelType::microservice)
        compare_microservice(finder, *wanted.microservice_info, have.microservice_info);
    return finder.take();
}

const NacosInfo* nacos_of(const ChannelSpec& spec) {
    const bool given = spec.microservice_info && spec.microservice_info->nacos_info;
    return given ? &*spec.microservice_info->nacos_info : nullptr;
}

}  // namespace

Ignored::Ignored(const std::vector<std::string>& pointers) {
    for (const std::string& pointer : pointers) add(pointer);
}

void Ignored::add(std::string_view pointer) {
    patterns_.push_back(segments_of(pointer));
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

std::vector<Difference> edits(
    const ChannelSpec& wanted, const ChannelSpec& applied, const Ignored& ignored
) {
    return find(wanted, applied, true, true, ignored, true);
}

std::vector<Difference> hidden_differences(
    const ChannelSpec& wanted, const ChannelSpec& applied, const Ignored& ignored
) {
    Finder finder(ignored);
    finder.group(FieldGroup::microservice);
    const NacosInfo* ours = nacos_of(wanted);
    const NacosInfo* written = nacos_of(applied);
    if (ours != nullptr && written != nullptr) {
        // Where nobody looked at the value then or now, nothing says that it changed.
        const bool other_value = ours->password_secret == written->password_secret &&
                                 !ours->password_print.empty() && !written->password_print.empty() &&
                                 ours->password_print != written->password_print;
        finder.compare(
            registry_password, ours->password_secret + (other_value ? other_value_mark : ""),
            written->password_secret
        );
    }
    return finder.take();
}

bool is_other_value(const Difference& hidden) {
    return hidden.path == registry_password && hidden.after == hidden.before + other_value_mark;
}

void keep_password_print(ChannelSpec& wanted, const ChannelSpec& applied) {
    const NacosInfo* written = nacos_of(applied);
    if (nacos_of(wanted) == nullptr || written == nullptr) return;
    NacosInfo& ours = *wanted.microservice_info->nacos_info;
    if (ours.password_print.empty() && ours.password_secret == written->password_secret)
        ours.password_print = written->password_print;
}

bool needs_show(const ChannelSpec& wanted, const InstanceChannel& row) {
    const bool members =
        wanted.members && channel_type(wanted) == ChannelType::builtin && !row.members_known;
    return members || (wanted.vpc_health_config && !row.health_known);
}

}  // namespace fairway
