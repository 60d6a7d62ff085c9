#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "manifests/field_reader.hpp"
#include "reconciler/model/time.hpp"

/// What single values must be like, by the API's contract.
namespace fairway::rules {

extern const TextRule channel_name, group_name, member_group, project_name, secret_name, instance_id;
extern const TextRule label_key, label_value, annotation_value;
extern const TextRule remark, dict_code, microservice_version, microservice_label, channel_id;
extern const TextRule member_host, ecs_id, ecs_name;
extern const TextRule health_path, http_codes;
extern const TextRule engine_id, service_id, cluster_id, cce_namespace, cce_service_namespace;
extern const TextRule workload_name, workload_label_key, workload_label_value, cce_service_name;
extern const TextRule nacos_namespace, nacos_cluster, nacos_group, nacos_service, nacos_address,
    user_name;
extern const TextRule json_pointer, reason;

/// A moment in RFC 3339, with a time zone; nothing for any other text.
std::optional<WallTime> parse_moment(std::string_view text);

}  // namespace fairway::rules
