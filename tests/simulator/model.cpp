#include "tests/simulator/model.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace apic_simulator {
namespace {

auto content(const MemberGroup& group) {
    return std::tie(
        group.name, group.remark, group.weight, group.microservice_version, group.microservice_port,
        group.microservice_labels, group.reference_vpc_channel_id
    );
}

auto content(const Member& member) {
    return std::tie(
        member.host, member.weight, member.is_backup, member.group, member.status, member.port,
        member.ecs_id, member.ecs_name
    );
}

auto content(const HealthCheck& check) {
    return std::tie(
        check.protocol, check.path, check.method, check.http_code, check.port, check.threshold_normal,
        check.threshold_abnormal, check.time_interval, check.timeout, check.enable_client_ssl
    );
}

auto content(const Microservice& service) {
    return std::tie(
        service.service_type, service.engine_id, service.service_id, service.cluster_id,
        service.cluster_namespace, service.workload_type, service.app_name, service.label_key,
        service.label_value, service.service_name, service.nacos_namespace, service.nacos_cluster,
        service.nacos_group, service.user_name, service.password, service.servers
    );
}

template <class T>
bool same(const std::optional<T>& a, const std::optional<T>& b) {
    return a.has_value() == b.has_value() && (!a || content(*a) == content(*b));
}

template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
    return std::is_permutation(a.begin(), a.end(), b.begin(), b.end(), [](const T& x, const T& y) {
        return content(x) == content(y);
    });
}

}  // namespace

std::string_view name_of(ChannelType type) {
    switch (type) {
        case ChannelType::microservice:
            return "microservice";
        case ChannelType::reference:
            return "reference";
        default:
            return "builtin";
    }
}

const MemberGroup* Channel::group_named(std::string_view wanted) const {
    const auto found = std::find_if(groups.begin(), groups.end(), [&](const MemberGroup& group) {
        return group.name == wanted;
    });
    return found == groups.end() ? nullptr : &*found;
}

MemberGroup* Channel::group_named(std::string_view wanted) {
    return const_cast<MemberGroup*>(std::as_const(*this).group_named(wanted));
}

bool same_content(const Channel& a, const Channel& b) {
    return std::tie(a.name, a.port, a.balance_strategy, a.member_type, a.type) ==
               std::tie(b.name, b.port, b.balance_strategy, b.member_type, b.type) &&
           same(a.groups, b.groups) && same(a.members, b.members) && same(a.health, b.health) &&
           same(a.microservice, b.microservice);
}

}  // namespace apic_simulator
