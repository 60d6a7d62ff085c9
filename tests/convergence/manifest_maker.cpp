#include "tests/convergence/manifest_maker.hpp"

#include <algorithm>
#include <optional>

namespace fairway {
namespace {

namespace sim = apic_simulator;

constexpr std::array<std::string_view, 8> group_names{"blue",  "green", "canary-1", "v1.2.3",
                                                      "Green", "a_b",   "default",  "组一号"};
constexpr std::array<std::string_view, 4> service_types{"CSE", "CCE", "CCE_SERVICE", "NACOS"};

}  // namespace

/// What an edit has to keep.
struct ManifestMaker::Frame {
    ChannelType type = ChannelType::builtin;
    std::vector<InstanceId> instances;
    std::optional<bool> ip;  ///< of the live channel
    bool may_be_full = true;
};

std::string ManifestMaker::make() {
    static constexpr std::array<ChannelType, 6> types{
        ChannelType::builtin,      ChannelType::builtin,      ChannelType::builtin,
        ChannelType::microservice, ChannelType::microservice, ChannelType::reference};
    Frame frame;
    frame.type = dice_.any_of(types);
    frame.instances = some_instances(frame.type);
    return document(frame);
}

std::string ManifestMaker::edit(const ChannelSpec& before, const std::vector<sim::Channel>& live) {
    Frame frame;
    frame.type = channel_type(before);
    frame.instances = before.instance_ids;
    frame.ip = live.at(0).member_type == "ip";
    frame.may_be_full = false;
    const auto& more = dice_.any_of(around_.instances);
    const bool has =
        std::find(frame.instances.begin(), frame.instances.end(), more) != frame.instances.end();
    if (!has && frame.type != ChannelType::reference && dice_.one_in(4)) frame.instances.push_back(more);
    return document(frame);
}

std::string ManifestMaker::document(const Frame& frame) {
    JsonText spec;
    spec.number("port", dice_.between(8080, 8082));
    if (!dice_.one_in(4)) spec.number("balance_strategy", dice_.between(1, 4));
    put_type(spec, frame.type);
    if (dice_.one_in(6)) spec.text("dict_code", "team-a");
    bool nacos = false;
    if (frame.type == ChannelType::microservice) {
        const std::string_view type = dice_.any_of(service_types);
        nacos = type == "NACOS";
        spec.raw("microservice_info", microservice_info(dice_, type));
    }
    const std::vector<std::string> groups = put_groups(spec, frame, nacos);
    put_members(spec, frame, groups);
    if (dice_.coin()) spec.raw("vpc_health_config", health_check(dice_));
    std::vector<std::string> instances;
    for (const InstanceId& instance : frame.instances) instances.push_back('"' + instance + '"');
    spec.raw("instance_ids", JsonText::list(instances));
    return "\"spec\":" + spec.object();
}

void ManifestMaker::put_type(JsonText& spec, ChannelType type) {
    const bool by_number = type != ChannelType::reference && dice_.coin();
    const bool by_word = type == ChannelType::reference || !by_number || dice_.one_in(4);
    if (type == ChannelType::builtin && dice_.coin()) return;
    if (by_number) spec.number("type", type == ChannelType::microservice ? 3 : 2);
    if (by_word) spec.text("vpc_channel_type", to_string(type));
}

std::vector<std::string> ManifestMaker::put_groups(JsonText& spec, const Frame& frame, bool nacos) {
    std::vector<std::string> names, groups;
    const bool reference = frame.type == ChannelType::reference;
    if (!reference && dice_.one_in(3)) return names;  // not managed
    const int count = dice_.between(reference ? 1 : 0, 4);
    for (int i = 0; i < count; ++i) {
        const std::string name(dice_.any_of(group_names));
        if (std::find(names.begin(), names.end(), name) != names.end()) continue;
        names.push_back(name);
        groups.push_back(group(frame, name, nacos));
    }
    spec.raw("member_groups", JsonText::list(groups));
    return names;
}

std::string ManifestMaker::group(const Frame& frame, const std::string& name, bool nacos) {
    JsonText group;
    group.text("member_group_name", name);
    if (dice_.coin()) group.text("member_group_remark", dice_.one_in(3) ? "" : "a remark");
    if (!nacos && dice_.coin())
        group.number("member_group_weight", dice_.one_in(3) ? 0 : dice_.between(1, 100));
    if (dice_.one_in(6)) group.text("dict_code", "team-b");
    if (frame.type == ChannelType::microservice) {
        if (dice_.coin()) group.text("microservice_version", dice_.one_in(3) ? "" : "1.0.0");
        if (dice_.coin()) group.number("microservice_port", dice_.one_in(3) ? 0 : 80);
        if (dice_.coin()) {
            std::vector<std::string> labels;
            for (int i = dice_.between(0, 3); i > 0; --i) {
                JsonText label;
                label.text("label_name", "label" + std::to_string(i));
                labels.push_back(label.text("label_value", dice_.coin() ? "a" : "b").object());
            }
            group.raw("microservice_labels", JsonText::list(labels));
        }
    }
    if (frame.type == ChannelType::reference) {
        const auto& targets = around_.targets.at(frame.instances.at(0));
        group.text("reference_vpc_channel_id", dice_.any_of(targets));
    }
    return group.object();
}

void ManifestMaker::put_members(
    JsonText& spec, const Frame& frame, const std::vector<std::string>& groups
) {
    const bool given = !dice_.one_in(3);
    int count = dice_.between(0, 6);
    if (frame.may_be_full && dice_.one_in(20)) count = dice_.between(10, 12);
    if (frame.type == ChannelType::reference) count = 0;
    if (frame.type == ChannelType::microservice && !dice_.one_in(4)) count = 0;
    // Members that stay as they are live stay of their type, too.
    const bool bound = frame.ip && !(given && count > 0);
    const bool ip = bound ? *frame.ip : !dice_.one_in(3);
    const bool silent = dice_.one_in(4) && !(given && count > 0 && ip);
    if (!silent) spec.text("member_type", ip ? "ip" : "ecs");
    if (!given) return;
    std::vector<std::string> members;
    for (int i = 1; i <= count; ++i) members.push_back(member(ip, i, groups));
    std::reverse(members.begin(), members.end());
    spec.raw("members", JsonText::list(members));
}

std::string ManifestMaker::member(bool ip, int number, const std::vector<std::string>& groups) {
    JsonText member;
    // Two on one host differ by their port; the first is on the channel's, or on one that no channel
    // has.
    const bool shares = !around_.distinct_hosts && number % 2 == 0 && dice_.one_in(3);
    const int host = shares ? number - 1 : number;
    const std::string at = std::to_string(host);
    if (ip) {
        static constexpr std::array<std::string_view, 4> forms{
            "192.168.0.", "FD00::", "Node-", "node.shop-"};
        std::string text = std::string(forms[static_cast<std::size_t>(host) % forms.size()]) + at;
        if (host == 6 && dice_.coin()) text = std::string(60, 'n') + "." + std::string(60, 'm') + at;
        member.text("host", text);
    } else {
        member.text("ecs_id", (host % 2 == 0 ? "Server-" : "server-") + at);
        member.text("ecs_name", dice_.coin() ? "server" + at : "云服务器");
    }
    if (shares) {
        member.number("port", 9100 + number);
    } else if (dice_.coin()) {
        member.number("port", dice_.one_in(3) ? 0 : 9000);
    }
    if (dice_.coin()) member.number("weight", dice_.one_in(3) ? 0 : dice_.between(1, 10000));
    if (dice_.coin()) member.raw("is_backup", dice_.coin() ? "true" : "false");
    if (dice_.coin()) member.number("status", dice_.between(1, 2));
    if (!groups.empty() && dice_.coin()) {
        member.text("member_group_name", dice_.any_of(groups));
    } else if (dice_.one_in(4)) {
        member.text("member_group_name", "");
    }
    return member.object();
}

std::vector<InstanceId> ManifestMaker::some_instances(ChannelType type) {
    if (type == ChannelType::reference) {
        // Where there is something to refer to.
        auto at = around_.targets.begin();
        std::advance(at, dice_.between(0, static_cast<int>(around_.targets.size()) - 1));
        return {at->first};
    }
    const int count = dice_.one_in(8) ? dice_.between(10, 12) : dice_.between(1, 3);
    const int first = dice_.between(0, static_cast<int>(around_.instances.size()) - 1);
    std::vector<InstanceId> some;
    for (int i = 0; i < count; ++i)
        some.push_back(around_.instances[static_cast<std::size_t>(first + i) % around_.instances.size()]
        );
    return some;
}

}  // namespace fairway
