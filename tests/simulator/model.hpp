#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the simulated cloud holds. These types are the simulator's own: it shares nothing with the
/// product, so that it can disagree with it.
namespace apic_simulator {

using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

enum class ChannelType { builtin, microservice, reference };

std::string_view name_of(ChannelType type);

struct Label {
    std::string name, value;
    bool operator==(const Label&) const = default;
};

struct MemberGroup {
    std::string id, name, remark;
    std::optional<int> weight;  ///< absent: members keep their own weights
    std::string microservice_version;
    int microservice_port = 0;
    std::vector<Label> microservice_labels;
    std::string reference_vpc_channel_id;
    WallTime create_time, update_time;
};

struct Member {
    std::string id, host;
    int weight = 0;  ///< as written; answers may show that of the group
    bool is_backup = false;
    std::string group;  ///< name of the group, empty when in none
    int status = 1;
    int port = 0;  ///< 0: that of the channel
    std::string ecs_id, ecs_name;
    WallTime create_time;
};

struct HealthCheck {
    std::string id;
    std::string protocol;  ///< as sent; answers change its case
    std::string path, method = "GET", http_code;
    int port = 0;
    int threshold_normal = 2, threshold_abnormal = 5, time_interval = 10, timeout = 5;
    bool enable_client_ssl = false;
    int status = 1;
    WallTime create_time;
};

struct NacosServer {
    std::string ip_address;
    int port = 0, grpc_port = 0;
    bool operator==(const NacosServer&) const = default;
};

/// Where the members of a microservice channel come from; only the fields of its service type are set.
struct Microservice {
    std::string id, service_type;
    std::string engine_id, service_id;                                                           // CSE
    std::string cluster_id, cluster_namespace, workload_type, app_name, label_key, label_value;  // CCE
    std::string service_name;                                                      // CCE_SERVICE, NACOS
    std::string nacos_namespace, nacos_cluster, nacos_group, user_name, password;  // NACOS
    std::vector<NacosServer> servers;
    WallTime create_time, update_time;
};

/// One channel of one gateway instance.
struct Channel {
    std::string id, project_id, instance_id, name;
    int port = 0;
    int balance_strategy = 1;
    std::string member_type = "ecs";
    ChannelType type = ChannelType::builtin;
    int status = 1;
    std::vector<MemberGroup> groups;
    std::vector<Member> members;
    std::optional<HealthCheck> health;
    std::optional<Microservice> microservice;
    WallTime create_time, update_time;
    bool used_by_api = false;     ///< deletes are refused with APIG.3414
    bool used_by_plugin = false;  ///< deletes are refused with APIG.3710

    const MemberGroup* group_named(std::string_view wanted) const;
    MemberGroup* group_named(std::string_view wanted);
};

/// Channels never change in place: a write puts a new one in the place of the old.
using ChannelPtr = std::shared_ptr<const Channel>;

/// Whether both say the same, whatever their ids and times.
bool same_content(const Channel& a, const Channel& b);

}  // namespace apic_simulator
