#pragma once

#include "manifests/write/manifest_format.hpp"

namespace fairway {

/// As the schema has them, in short.
inline const KeyOrder& short_order() {
    static const KeyOrder keys({
        "$schema",
        "apiVersion",
        "kind",
        "metadata",
        "metadata.name",
        "metadata.project",
        "metadata.labels",
        "metadata.annotations",
        "spec",
        "spec.port",
        "spec.balance_strategy",
        "spec.member_type",
        "spec.member_groups",
        "spec.member_groups[]",
        "spec.member_groups[].member_group_name",
        "spec.member_groups[].member_group_remark",
        "spec.members",
        "spec.members[]",
        "spec.members[].host",
        "spec.members[].weight",
        "spec.members[].member_group_name",
        "spec.vpc_health_config",
        "spec.vpc_health_config.protocol",
        "spec.vpc_health_config.path",
        "spec.vpc_health_config.timeout",
        "spec.instance_ids",
        "lifecycle",
        "lifecycle.adopt",
        "lifecycle.deletion",
        "lifecycle.ignore",
    });
    return keys;
}

}  // namespace fairway
