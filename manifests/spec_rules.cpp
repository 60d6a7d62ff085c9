#include <map>
#include <set>
#include <tuple>

#include "manifests/addresses.hpp"
#include "manifests/spec_fields.hpp"
#include "manifests/text.hpp"

namespace fairway {
namespace {

/// One check of one spec. A value that was given but could not be read is reported already: a rule that
/// rests on it is skipped.
class SpecCheck {
public:
    SpecCheck(Findings& findings, const ChannelSpec& spec, const YamlNode& node)
        : findings_(findings), spec_(spec), node_(node), kind_(find_kind()) {}
    SpecCheck(
        Findings& findings, const ChannelSpec& spec, const YamlNode& node,
        std::optional<ChannelType> kind
    )
        : findings_(findings), spec_(spec), node_(node), kind_(kind) {}

    void run() {
        check_types();
        check_microservice();
        check_groups();
        check_members();
        check_health();
        check_instances();
    }

    void run_alone() {
        check_groups();
        check_health();
        check_instances();
    }

private:
    bool unread(std::string_view key, bool read) const { return node_.find(key) && !read; }

    std::optional<ChannelType> find_kind() const {
        if (unread("vpc_channel_type", spec_.vpc_channel_type.has_value())) return std::nullopt;
        if (!spec_.vpc_channel_type && spec_.type == 3) return ChannelType::microservice;
        return channel_type(spec_);
    }

    const YamlNode& at(std::string_view key) const {
        const YamlNode* value = node_.find(key);
        return value ? *value : node_;
    }
    static const YamlNode& at(const YamlNode& node, std::string_view key) {
        const YamlNode* value = node.find(key);
        return value ? *value : node;
    }
    const YamlNode& item(std::string_view list, std::size_t index) const {
        return node_.find(list)->items[index];
    }
    static std::string path(std::string_view list, std::size_t index, std::string_view key = {}) {
        const std::string item = join_path(join_path("spec", list), index);
        return key.empty() ? item : join_path(item, key);
    }

    void check_types() {
        if (!spec_.type || !spec_.vpc_channel_type) return;
        const auto by_number = *spec_.type == 3 ? ChannelType::microservice : ChannelType::builtin;
        if (by_number == *spec_.vpc_channel_type) return;
        findings_.error(
            at("type").at, "spec.type",
            "type " + std::to_string(*spec_.type) + " contradicts vpc_channel_type " +
                std::string(to_string(*spec_.vpc_channel_type)),
            "leave type out"
        );
    }

    void check_microservice() {
        if (!kind_) return;
        const bool given = node_.find("microservice_info");
        if (*kind_ == ChannelType::microservice && !given) {
            findings_.error(
                node_.at, "spec.microservice_info", "is missing", "a microservice channel needs it"
            );
        }
        if (*kind_ != ChannelType::microservice && given) {
            findings_.error(
                at("microservice_info").at, "spec.microservice_info",
                "only a microservice channel has it",
                "write vpc_channel_type: microservice, or leave it out"
            );
        }
    }

    bool has_groups() const { return spec_.member_groups && !spec_.member_groups->empty(); }

    void check_groups() {
        if (kind_ == ChannelType::reference && !has_groups() &&
            !unread("member_groups", spec_.member_groups.has_value())) {
            findings_.error(
                at("member_groups").at, "spec.member_groups",
                node_.find("member_groups") ? "is empty" : "is missing",
                "a reference channel needs a group for each channel it refers to"
            );
        }
        if (!spec_.member_groups) return;
        std::map<std::string, int> lines;
        for (std::size_t i = 0; i < spec_.member_groups->size(); ++i) {
            const MemberGroup& group = (*spec_.member_groups)[i];
            const YamlNode& node = item("member_groups", i);
            const auto& name = at(node, "member_group_name");
            if (!group.member_group_name.empty()) {
                const auto [twin, is_new] = lines.emplace(group.member_group_name, name.at.line);
                if (!is_new) {
                    findings_.error(
                        name.at, path("member_groups", i, "member_group_name"),
                        "the group " + quote(group.member_group_name) + " is declared before, at line " +
                            std::to_string(twin->second),
                        "declare each group once"
                    );
                }
            }
            check_labels(group, i);
            if (kind_) check_group_fields(node, i);
        }
    }

    void check_labels(const MemberGroup& group, std::size_t index) {
        if (!group.microservice_labels) return;
        std::set<std::string> seen;
        const YamlNode& list = *item("member_groups", index).find("microservice_labels");
        for (std::size_t i = 0; i < group.microservice_labels->size(); ++i) {
            const auto& name = (*group.microservice_labels)[i].label_name;
            if (name.empty() || seen.insert(name).second) continue;
            const auto list_path = path("member_groups", index, "microservice_labels");
            findings_.error(
                at(list.items[i], "label_name").at, join_path(join_path(list_path, i), "label_name"),
                "the label " + quote(name) + " is given before", "give each label once"
            );
        }
    }

    void check_group_fields(const YamlNode& node, std::size_t i) {
        for (const std::string_view key :
             {"microservice_version", "microservice_port", "microservice_labels"}) {
            const YamlNode* value = node.find(key);
            if (!value || *kind_ == ChannelType::microservice) continue;
            findings_.error(
                value->at, path("member_groups", i, key),
                "only groups of a microservice channel have it", "leave it out"
            );
        }
        const YamlNode* reference = node.find("reference_vpc_channel_id");
        const auto reference_path = path("member_groups", i, "reference_vpc_channel_id");
        if (*kind_ == ChannelType::reference && !reference && node.kind == YamlNode::Kind::mapping) {
            findings_.error(
                node.at, reference_path, "is missing",
                "give the id of the channel that the group refers to"
            );
        }
        if (*kind_ != ChannelType::reference && reference) {
            findings_.error(
                reference->at, reference_path, "only groups of a reference channel have it",
                "write vpc_channel_type: reference, or leave it out"
            );
        }
        const YamlNode* weight = node.find("member_group_weight");
        const bool nacos =
            spec_.microservice_info && spec_.microservice_info->service_type == ServiceType::nacos;
        if (weight && nacos && *kind_ == ChannelType::microservice) {
            findings_.error(
                weight->at, path("member_groups", i, "member_group_weight"),
                "groups of a NACOS channel have no weight of their own", "leave it out"
            );
        }
    }

    void check_members() {
        if (!spec_.members) return;
        if (kind_ == ChannelType::reference) {
            if (spec_.members->empty()) return;
            findings_.error(
                at("members").at, "spec.members", "a reference channel has no members of its own",
                "leave it out"
            );
            return;
        }
        if (kind_ == ChannelType::microservice && !spec_.members->empty()) {
            findings_.warn(
                at("members").at, "spec.members",
                "the members of a microservice channel come from its registry", "leave them out"
            );
        }
        if (!unread("member_type", spec_.member_type.has_value())) check_addresses();
        check_member_groups();
    }

    /// ip members have a host, ecs members an id and a name, and none is there twice.
    void check_addresses() {
        const bool ip = spec_.member_type == MemberType::ip;
        if (!ip && !spec_.member_type && all_have_hosts()) {
            findings_.error(
                node_.at, "spec.member_type", "is missing, which means ecs, but the members have hosts",
                "write member_type: ip"
            );
            return;
        }
        for (std::size_t i = 0; i < spec_.members->size(); ++i) {
            const YamlNode& node = item("members", i);
            if (node.kind != YamlNode::Kind::mapping) continue;
            if (ip) {
                need(node, i, "host", "members of member_type ip need an address");
                tell_unused(node, i, "ecs_id", "ip");
                tell_unused(node, i, "ecs_name", "ip");
            } else {
                need(node, i, "ecs_id", "members of member_type ecs need the id of a cloud server");
                need(node, i, "ecs_name", "members of member_type ecs need the name of a cloud server");
                tell_unused(node, i, "host", "ecs");
            }
        }
        check_twins(ip);
    }

    bool all_have_hosts() const {
        for (const auto& node : node_.find("members")->items) {
            if (!node.find("host") || node.find("ecs_id")) return false;
        }
        return !spec_.members->empty();
    }

    void need(const YamlNode& node, std::size_t i, std::string_view key, std::string why) {
        if (!node.find(key))
            findings_.error(node.at, path("members", i, key), "is missing", std::move(why));
    }

    void tell_unused(const YamlNode& node, std::size_t i, std::string_view key, std::string_view type) {
        const YamlNode* value = node.find(key);
        if (!value || value->kind != YamlNode::Kind::scalar) return;
        findings_.warn(
            value->at, path("members", i, key),
            "is not used by members of member_type " + std::string(type), "leave it out"
        );
    }

    void check_twins(bool ip) {
        std::map<std::tuple<std::string, std::string, int>, std::size_t> seen;
        for (std::size_t i = 0; i < spec_.members->size(); ++i) {
            const Member& member = (*spec_.members)[i];
            const auto& address = ip ? member.host : member.ecs_id;
            if (!address) continue;
            const int port = member.port.value_or(0) == 0 ? spec_.port : *member.port;
            const auto [twin, is_new] = seen.emplace(
                std::tuple(
                    member.member_group_name.value_or(""), ip ? canonical_host(*address) : *address, port
                ),
                i
            );
            if (is_new) continue;
            findings_.error(
                item("members", i).at, path("members", i),
                "the same member as members[" + std::to_string(twin->second) + "], line " +
                    std::to_string(item("members", twin->second).at.line) +
                    ": group, address and port are its key",
                "list each member once"
            );
        }
    }

    void check_member_groups() {
        if (unread("member_groups", spec_.member_groups.has_value())) return;
        std::vector<std::string_view> names;
        for (const auto& group : spec_.member_groups.value_or(std::vector<MemberGroup>{})) {
            if (group.member_group_name.empty())
                return;  // one whose name could not be read may be the one
        }
        if (spec_.member_groups) {
            for (const auto& group : *spec_.member_groups) names.push_back(group.member_group_name);
        }
        const std::set<std::string_view> known(names.begin(), names.end());
        for (std::size_t i = 0; i < spec_.members->size(); ++i) {
            const auto& name = (*spec_.members)[i].member_group_name;
            if (!name || name->empty() || known.contains(*name)) continue;
            const auto meant = closest(*name, names);
            findings_.error(
                at(item("members", i), "member_group_name").at, path("members", i, "member_group_name"),
                "no group " + quote(*name) + " in member_groups",
                meant.empty() ? "declare it there" : "did you mean " + std::string(meant) + '?'
            );
        }
    }

    void check_health() {
        if (!spec_.vpc_health_config) return;
        const HealthCheck& health = *spec_.vpc_health_config;
        const YamlNode& node = at("vpc_health_config");
        if (health.timeout != 0 && health.time_interval != 0 && health.timeout >= health.time_interval) {
            findings_.error(
                at(node, "timeout").at, "spec.vpc_health_config.timeout",
                std::to_string(health.timeout) + " s is not less than time_interval, " +
                    std::to_string(health.time_interval) + " s",
                "a probe must end before the next one starts"
            );
        }
        const std::string protocol(to_string(health.protocol));
        if (health.protocol != HealthProtocol::tcp && !node.find("path")) {
            findings_.error(
                node.at, "spec.vpc_health_config.path", "is missing",
                "protocol " + protocol + " needs a path"
            );
        }
        if (health.protocol == HealthProtocol::http && !node.find("http_code")) {
            findings_.error(
                node.at, "spec.vpc_health_config.http_code", "is missing",
                "protocol http needs the codes that count as healthy, such as \"200\""
            );
        }
    }

    void check_instances() {
        std::map<std::string, std::size_t> seen;
        for (std::size_t i = 0; i < spec_.instance_ids.size(); ++i) {
            const auto& id = spec_.instance_ids[i];
            if (id.empty()) continue;
            const auto [twin, is_new] = seen.emplace(id, i);
            if (is_new) continue;
            findings_.error(
                item("instance_ids", i).at, path("instance_ids", i),
                quote(id) + " is listed before, as instance_ids[" + std::to_string(twin->second) + ']',
                "list each instance once"
            );
        }
    }

    Findings& findings_;
    const ChannelSpec& spec_;
    const YamlNode& node_;
    const std::optional<ChannelType> kind_;  ///< unknown where it could not be read
};

}  // namespace

void check_spec(Findings& findings, const ChannelSpec& spec, const YamlNode& node) {
    if (node.kind == YamlNode::Kind::mapping) SpecCheck(findings, spec, node).run();
}

void check_spec_alone(Findings& findings, const ChannelSpec& spec, const YamlNode& node) {
    if (node.kind != YamlNode::Kind::mapping) return;
    SpecCheck(findings, spec, node, std::nullopt).run_alone();
}

}  // namespace fairway
