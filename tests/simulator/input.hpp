#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/json.hpp"

namespace apic_simulator {

// Request bodies as they were sent: what was not there is absent. Their types are right, their values
// may not be.

struct LabelInput {
    std::optional<std::string> name, value;
};

struct GroupInput {
    std::optional<std::string> name, remark, dict_code, microservice_version, reference_vpc_channel_id;
    std::optional<std::int64_t> weight, microservice_port;
    std::optional<std::vector<LabelInput>> microservice_labels;
};

struct MemberInput {
    std::optional<std::string> host, group, ecs_id, ecs_name;
    std::optional<std::int64_t> weight, status, port;
    std::optional<bool> is_backup;
};

struct HealthInput {
    std::optional<std::string> protocol, path, method, http_code;
    std::optional<std::int64_t> port, threshold_normal, threshold_abnormal, time_interval, timeout,
        status;
    std::optional<bool> enable_client_ssl;
};

struct CseInput {
    std::optional<std::string> engine_id, service_id;
};

struct CceInput {
    std::optional<std::string> cluster_id, cluster_namespace, workload_type, app_name, label_key,
        label_value, service_name;
};

struct NacosServerInput {
    std::optional<std::string> ip_address;
    std::optional<std::int64_t> port, grpc_port;
};

struct NacosUserInput {
    std::optional<std::string> user_name, password;
};

struct NacosInput {
    std::optional<std::string> nacos_namespace, cluster_name, group_name, service_name;
    std::optional<std::vector<NacosServerInput>> servers;
    std::optional<NacosUserInput> user;
};

struct MicroserviceInput {
    std::optional<std::string> service_type;
    std::optional<CseInput> cse;
    std::optional<CceInput> cce, cce_service;
    std::optional<NacosInput> nacos;
};

struct ChannelInput {
    std::optional<std::string> name, member_type, vpc_channel_type, dict_code;
    std::optional<std::int64_t> port, balance_strategy, type;
    std::optional<std::vector<GroupInput>> groups;
    std::optional<std::vector<MemberInput>> members;
    std::optional<HealthInput> health;
    std::optional<MicroserviceInput> microservice;
    std::optional<std::vector<std::string>> instance_ids;
};

struct SyncInput {
    std::optional<std::string> vpc_channel_id;
    std::optional<std::vector<std::string>> instance_ids;
    std::optional<bool> force_sync;
};

struct MembersInput {
    std::optional<std::vector<MemberInput>> members;
    std::optional<std::string> group;
};

struct FeatureInput {
    std::optional<std::string> name, config;
    std::optional<bool> enable;
};

// All throw a Refusal with APIG.2000 when a value has the wrong type, and with `strict` at an unknown
// field.
ChannelInput channel_input(const JsonValue& body, bool project_level, bool strict);
SyncInput sync_input(const JsonValue& body, bool strict);
MembersInput members_input(const JsonValue& body, bool with_group, bool strict);
std::optional<std::vector<std::string>> member_ids_input(const JsonValue& body, bool strict);
std::optional<std::vector<GroupInput>> groups_input(const JsonValue& body, bool strict);
GroupInput group_input(const JsonValue& body, bool strict);
HealthInput health_input(const JsonValue& body, bool strict);
FeatureInput feature_input(const JsonValue& body, bool strict);

}  // namespace apic_simulator
