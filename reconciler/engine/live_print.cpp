#include "reconciler/engine/live_print.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "reconciler/plan/normal_form.hpp"

namespace fairway {
namespace {

/// Fields as texts, each with where it begins, so that no two lists of them read the same.
class Fields {
public:
    Fields& add(std::string_view text) {
        text_ += std::to_string(text.size());
        text_ += ':';
        text_ += text;
        return *this;
    }
    Fields& add(int number) { return add(std::to_string(number)); }
    Fields& maybe(const std::optional<std::string>& text) { return add(text ? *text : std::string()); }
    Fields& list(std::vector<std::string> any_order) {
        std::sort(any_order.begin(), any_order.end());
        add(static_cast<int>(any_order.size()));
        for (const std::string& text : any_order) add(text);
        return *this;
    }
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

std::string text_of(const MemberGroup& group, const Meaning& meaning) {
    Fields fields;
    fields.add(group.member_group_name).maybe(group.member_group_remark);
    fields.add(meaning.group_weights ? group.member_group_weight.value_or(0) : 0);
    if (meaning.group_microservice) {
        fields.maybe(group.microservice_version).add(group.microservice_port.value_or(0));
        std::vector<std::string> labels;
        for (const auto& [name, value] :
             group.microservice_labels.value_or(std::vector<MicroserviceLabel>{})) {
            labels.push_back(Fields().add(name).add(value).text());
        }
        fields.list(std::move(labels));
    }
    if (meaning.group_reference) fields.maybe(group.reference_vpc_channel_id);
    return fields.text();
}

/// A group's weight decides its members', and two of the strategies know none.
bool weight_counts(const Member& member, const ChannelSpec& spec) {
    const BalanceStrategy strategy = spec.balance_strategy.value_or(BalanceStrategy::wrr);
    if (strategy != BalanceStrategy::wrr && strategy != BalanceStrategy::wlc) return false;
    const MemberGroup* group = group_named(spec.member_groups, member.member_group_name.value_or(""));
    return group == nullptr || group->member_group_weight.value_or(0) == 0;
}

std::string text_of(const Member& member, const ChannelSpec& spec) {
    Fields fields;
    fields.maybe(member.member_group_name).add(without_case(member.host.value_or("")));
    fields.maybe(member.ecs_id).maybe(member.ecs_name).add(port_or(member.port, spec.port));
    fields.add(weight_counts(member, spec) ? member.weight.value_or(0) : 0);
    fields.add(member.is_backup.value_or(false) ? 1 : 0);
    fields.add(static_cast<int>(member.status.value_or(AdminStatus::available)));
    return fields.text();
}

void add_health(Fields& fields, const HealthCheck& check, int channel_port) {
    fields.add(to_string(check.protocol)).maybe(check.path);
    fields.add(to_string(check.method.value_or(HealthMethod::get)));
    fields.add(port_or(check.port, channel_port));
    fields.add(check.threshold_normal).add(check.threshold_abnormal);
    fields.add(check.time_interval).add(check.timeout).maybe(check.http_code);
    fields.add(check.enable_client_ssl.value_or(false) ? 1 : 0);
}

void add_microservice(Fields& fields, const MicroserviceInfo& info) {
    fields.add(info.service_type ? to_string(*info.service_type) : std::string_view());
    if (info.cse_info) fields.add("cse").add(info.cse_info->engine_id).add(info.cse_info->service_id);
    if (const auto& cce = info.cce_info) {
        fields.add("cce").add(cce->cluster_id).add(cce->namespace_).add(to_string(cce->workload_type));
        fields.maybe(cce->app_name).maybe(cce->label_key).maybe(cce->label_value);
    }
    if (const auto& cce = info.cce_service_info)
        fields.add("service").add(cce->cluster_id).add(cce->namespace_).add(cce->service_name);
    if (const auto& nacos = info.nacos_info) {
        fields.add("nacos").maybe(nacos->namespace_).maybe(nacos->cluster_name).maybe(nacos->group_name);
        fields.add(nacos->service_name).add(nacos->user_name);
        std::vector<std::string> servers;
        for (const NacosServer& server : nacos->server_config) {
            servers.push_back(Fields().add(server_path(server)).add(grpc_port_of(server)).text());
        }
        fields.list(std::move(servers));
    }
}

}  // namespace

void add_live(Fingerprint& print, const InstanceChannel& row) {
    const ChannelSpec& spec = row.spec;
    const Meaning meaning = meaning_of(spec, spec, Ignored());
    Fields fields;
    fields.add(spec.port);
    fields.add(static_cast<int>(spec.balance_strategy.value_or(BalanceStrategy::wrr)));
    fields.add(to_string(meaning.type)).add(to_string(meaning.member_type));
    std::vector<std::string> groups, members;
    for (const MemberGroup& group : spec.member_groups.value_or(std::vector<MemberGroup>{}))
        groups.push_back(text_of(group, meaning));
    fields.list(std::move(groups));
    if (meaning.type == ChannelType::builtin && spec.members && row.members_known) {
        for (const Member& member : *spec.members) members.push_back(text_of(member, spec));
        fields.list(std::move(members));
    }
    if (spec.vpc_health_config && row.health_known)
        add_health(fields, *spec.vpc_health_config, spec.port);
    if (spec.microservice_info && meaning.type == ChannelType::microservice)
        add_microservice(fields, *spec.microservice_info);
    print.add(row.instance).add(row.id).add(fields.text());
}

}  // namespace fairway
