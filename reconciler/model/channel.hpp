#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/time.hpp"

namespace fairway {

/// The name of a channel in a project: the only thing that queues and logs pass around. `project` is the
/// name in our configuration, not the cloud's project id.
struct ChannelKey {
    std::string project, name;
    auto operator<=>(const ChannelKey&) const = default;
};

using InstanceId = std::string;

enum class BalanceStrategy : std::uint8_t { wrr = 1, wlc = 2, sh = 3, uri = 4 };
enum class MemberType : std::uint8_t { ip, ecs };
enum class ChannelType : std::uint8_t { builtin, microservice, reference };
enum class HealthProtocol : std::uint8_t { tcp, http, https };
enum class HealthMethod : std::uint8_t { get, head };
enum class ServiceType : std::uint8_t { cse, cce, cce_service, nacos };
enum class WorkloadType : std::uint8_t { deployment, statefulset, daemonset };
/// The administrative state of a member or a health check.
enum class AdminStatus : std::uint8_t { available = 1, unavailable = 2 };
enum class ChannelStatus : std::uint8_t { normal = 1, abnormal = 2 };
/// A probe's result: an observation, never a wish.
enum class HealthStatus : std::uint8_t { unknown, healthy, unhealthy };

// The API's own spelling of the words above (protocol in lower case, method in upper case).
std::string_view to_string(BalanceStrategy value);
std::string_view to_string(MemberType value);
std::string_view to_string(ChannelType value);
std::string_view to_string(HealthProtocol value);
std::string_view to_string(HealthMethod value);
std::string_view to_string(ServiceType value);
std::string_view to_string(WorkloadType value);
std::string_view to_string(AdminStatus value);
std::string_view to_string(ChannelStatus value);
std::string_view to_string(HealthStatus value);
/// Finds the enumerator of that spelling, case aside where the API is careless about it (protocol, type,
/// method); nothing for a word that is not in the contract.
template <class Enum>
std::optional<Enum> parse_enum(std::string_view text);

// What follows is the body of a create request, field for field. An absent field is not managed: the
// server's default or the live value stays. An empty one shall be empty. Lists keep the order of the
// manifest, which is sent as it is; comparing them goes by key (reconciler/plan/normalise.hpp).

struct MicroserviceLabel {
    std::string label_name, label_value;
    auto operator<=>(const MicroserviceLabel&) const = default;
};

/// Key: member_group_name.
struct MemberGroup {
    std::string member_group_name;
    std::optional<std::string> member_group_remark;
    std::optional<int> member_group_weight;  ///< 0..100; when set, the members' weights follow it
    std::optional<std::string> dict_code;    ///< documented as not supported; accepted, never compared
    std::optional<std::string> microservice_version;
    std::optional<int> microservice_port;  ///< 0: members use the channel's port
    std::optional<std::vector<MicroserviceLabel>> microservice_labels;
    std::optional<std::string> reference_vpc_channel_id;
    bool operator==(const MemberGroup&) const = default;
};

/// Key: (member_group_name, host or ecs_id, port).
struct Member {
    std::optional<std::string> host;
    std::optional<int> weight;  ///< 0..10000; absent counts as 0
    std::optional<bool> is_backup;
    std::optional<std::string> member_group_name;  ///< absent or empty: in no group
    std::optional<AdminStatus> status;
    std::optional<int> port;  ///< absent or 0: the channel's port
    std::optional<std::string> ecs_id, ecs_name;
    bool operator==(const Member&) const = default;
};

struct HealthCheck {
    HealthProtocol protocol = HealthProtocol::tcp;
    std::optional<std::string> path;
    std::optional<HealthMethod> method;
    std::optional<int> port;  ///< absent or 0: the channel's port
    int threshold_normal = 0, threshold_abnormal = 0;
    int time_interval = 0, timeout = 0;  ///< seconds
    std::optional<std::string> http_code;
    std::optional<bool> enable_client_ssl;
    std::optional<AdminStatus> status;
    bool operator==(const HealthCheck&) const = default;
};

struct CseInfo {
    std::string engine_id, service_id;
    bool operator==(const CseInfo&) const = default;
};

struct CceInfo {
    std::string cluster_id, namespace_;
    WorkloadType workload_type = WorkloadType::deployment;
    std::optional<std::string> app_name, label_key, label_value;
    bool operator==(const CceInfo&) const = default;
};

struct CceServiceInfo {
    std::string cluster_id, namespace_, service_name;
    bool operator==(const CceServiceInfo&) const = default;
};

struct NacosServer {
    std::string ip_address;
    int port = 0;
    std::optional<int> grpc_port;  ///< absent: port + 1000
    auto operator<=>(const NacosServer&) const = default;
};

struct NacosInfo {
    std::optional<std::string> namespace_, cluster_name, group_name;
    std::string service_name;
    std::vector<NacosServer> server_config;
    std::string user_name;
    /// The name of a secret of the configuration, never its value; empty in what the cloud showed.
    std::string password_secret;
    /// Tells that secret's values apart and does not give them away; empty where nobody looked. It is
    /// compared and stored, never sent or shown.
    std::string password_print;
    bool operator==(const NacosInfo&) const = default;
};

struct MicroserviceInfo {
    std::optional<ServiceType> service_type;
    std::optional<CseInfo> cse_info;
    std::optional<CceInfo> cce_info;
    std::optional<CceServiceInfo> cce_service_info;
    std::optional<NacosInfo> nacos_info;
    bool operator==(const MicroserviceInfo&) const = default;
};

/// What a manifest asks for, or what the cloud shows of it: the create request without its name.
struct ChannelSpec {
    int port = 0;                                     ///< 1..65535
    std::optional<BalanceStrategy> balance_strategy;  ///< wrr is sent where absent
    std::optional<MemberType> member_type;            ///< ecs is sent where absent
    std::optional<int> type;                          ///< the older number: 2 server, 3 microservice
    std::optional<ChannelType> vpc_channel_type;
    std::optional<std::string> dict_code;
    std::optional<std::vector<MemberGroup>> member_groups;
    std::optional<std::vector<Member>> members;
    std::optional<HealthCheck> vpc_health_config;
    std::optional<MicroserviceInfo> microservice_info;
    std::vector<InstanceId> instance_ids;
    bool operator==(const ChannelSpec&) const = default;
};

/// The kind of channel a spec means: vpc_channel_type where given, else `type` 3 with microservice_info
/// makes a microservice channel and everything else a server channel (contract, rules V1 and V3).
ChannelType channel_type(const ChannelSpec& spec);

// What the server adds in its answers. Kept apart from the spec, so that no comparison meets it by
// accident.

struct GroupFacts {
    std::string member_group_id, create_time, update_time;
    bool operator==(const GroupFacts&) const = default;
};

struct MemberFacts {
    std::string id, vpc_channel_id, member_group_id, create_time;
    HealthStatus health_status = HealthStatus::unknown;
    bool operator==(const MemberFacts&) const = default;
};

struct HealthCheckFacts {
    std::string id, vpc_channel_id, create_time;
    bool operator==(const HealthCheckFacts&) const = default;
};

struct MicroserviceFacts {
    std::string id, instance_id, create_time, update_time;
    std::string engine_name, service_name, register_address, cse_app_id, version;  ///< CSE
    std::string cluster_name;                                                      ///< CCE
    bool operator==(const MicroserviceFacts&) const = default;
};

/// One row of the cloud: the channel of one name in one gateway instance.
struct InstanceChannel {
    InstanceId instance;
    std::string instance_name;
    std::string name;
    std::string id;  ///< empty where an answer left it out, as those of create and sync may
    std::optional<WallTime> create_time;
    std::optional<ChannelStatus> status;
    /// The fields in the contract's terms, as answered: empty text and filled defaults included.
    /// `instance_ids` is empty here.
    ChannelSpec spec;
    /// False where the row did not carry the part at all: nothing is known, which is not "empty".
    bool members_known = false, health_known = false;

    std::vector<GroupFacts> group_facts;    ///< one per element of spec.member_groups
    std::vector<MemberFacts> member_facts;  ///< one per element of spec.members
    HealthCheckFacts health_facts;
    MicroserviceFacts microservice_facts;
    bool operator==(const InstanceChannel&) const = default;
};

/// What a look at the cloud showed for one name; no rows means it is not there.
struct ObservedChannel {
    std::vector<InstanceChannel> rows;
    WallTime observed_at{};
};

/// A gateway instance of a project, as far as we care.
struct GatewayInstance {
    InstanceId id;
    std::string name;
    std::string status;  ///< the vendor's word; "RUNNING" is usable
};

/// A limit of ours on a gateway instance.
struct Quota {
    std::string name;  ///< the vendor's word, such as VPC_NUM_LIMIT, the channels
    std::int64_t limit = 0;
    std::optional<std::int64_t> used;  ///< told of some only
};

}  // namespace fairway
