#include "tests/simulator/operations.hpp"

#include <algorithm>

namespace apic_simulator {
namespace {

Operation on_channel(
    std::string_view id, std::string_view method, std::string pattern, bool writes,
    Reply (*perform)(Call&)
) {
    return {id, method, std::move(pattern), writes, false, Family::apic, true, perform};
}

std::vector<Operation> all_operations() {
    const std::string instance = "v2/{project}/apic/instances/{instance}";
    const std::string channels = instance + "/vpc-channels";
    const auto project = [](auto id, auto method, auto pattern, bool writes, Reply (*perform)(Call&)) {
        return Operation{id, method, pattern, writes, true, Family::apic, true, perform};
    };
    const auto iam = [](auto id, auto method, auto pattern, bool needs_caller, Reply (*perform)(Call&)) {
        return Operation{id, method, pattern, false, false, Family::iam, needs_caller, perform};
    };
    return {
        project(
            "ListProjectVpcChannelsV2", "GET", "v2/{project}/apic/vpc-channels", false,
            list_project_channels
        ),
        project(
            "CreateProjectVpcChannel", "POST", "v2/{project}/apic/vpc-channels", true,
            create_project_channel
        ),
        project(
            "UpdateProjectVpcChannel", "PUT", "v2/{project}/apic/vpc-channels", true, put_project_channel
        ),
        project(
            "CreateProjectVpcChannelSyncs", "POST", "v2/{project}/apic/vpc-channels/syncs", true,
            sync_project_channel
        ),
        on_channel("ListVpcChannelsV2", "GET", channels, false, list_channels),
        on_channel("CreateVpcChannelV2", "POST", channels, true, create_channel),
        on_channel("ShowDetailsOfVpcChannelV2", "GET", channels + "/{channel}", false, show_channel),
        on_channel("UpdateVpcChannelV2", "PUT", channels + "/{channel}", true, update_channel),
        on_channel("DeleteVpcChannelV2", "DELETE", channels + "/{channel}", true, delete_channel),
        on_channel(
            "UpdateHealthCheck", "PUT", channels + "/{channel}/health-config", true, update_health
        ),
        on_channel(
            "ListBackendInstancesV2", "GET", channels + "/{channel}/members", false, list_members
        ),
        on_channel(
            "AddingBackendInstancesV2", "POST", channels + "/{channel}/members", true, add_members
        ),
        on_channel(
            "UpdateBackendInstancesV2", "PUT", channels + "/{channel}/members", true, replace_members
        ),
        on_channel(
            "BatchEnableMembers", "POST", channels + "/{channel}/members/batch-enable", true,
            enable_members
        ),
        on_channel(
            "BatchDisableMembers", "POST", channels + "/{channel}/members/batch-disable", true,
            disable_members
        ),
        on_channel(
            "DeleteBackendInstanceV2", "DELETE", channels + "/{channel}/members/{part}", true,
            delete_member
        ),
        on_channel("ListMemberGroups", "GET", channels + "/{channel}/member-groups", false, list_groups),
        on_channel("CreateMemberGroup", "POST", channels + "/{channel}/member-groups", true, add_groups),
        on_channel(
            "ShowDetailsOfMemberGroup", "GET", channels + "/{channel}/member-groups/{part}", false,
            show_group
        ),
        on_channel(
            "UpdateMemberGroup", "PUT", channels + "/{channel}/member-groups/{part}", true, change_group
        ),
        on_channel(
            "DeleteMemberGroup", "DELETE", channels + "/{channel}/member-groups/{part}", true,
            delete_group
        ),
        {"CheckRomaInstanceListV2", "GET", "v2/{project}/instances", false, false, Family::roma, true,
         list_instances},
        on_channel("ShowDetailsOfInstanceV2", "GET", instance, false, show_instance),
        on_channel("ListFeaturesV2", "GET", instance + "/features", false, list_features),
        on_channel("CreateFeatureV2", "POST", instance + "/features", true, set_feature),
        on_channel("ListProjectCofigsV2", "GET", instance + "/project/configs", false, list_configs),
        iam("CreateToken", "POST", "v3/auth/tokens", false, create_token),
        iam("KeystoneListProjects", "GET", "v3/projects", true, list_projects),
        iam("CreateTemporaryAccessKeyByAgency", "POST", "v3.0/OS-CREDENTIAL/securitytokens", true,
            create_temporary_key),
    };
}

/// The segments of a pattern, taken apart once.
struct Entry {
    const Operation* operation;
    std::vector<std::string_view> segments;
};

const std::vector<Entry>& entries() {
    static const std::vector<Entry> all = [] {
        std::vector<Entry> made;
        for (const Operation& operation : operations()) {
            Entry entry{&operation, {}};
            const std::string_view pattern = operation.pattern;
            for (std::size_t begin = 0; begin < pattern.size();) {
                const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
                entry.segments.push_back(pattern.substr(begin, end - begin));
                begin = end + 1;
            }
            made.push_back(std::move(entry));
        }
        return made;
    }();
    return all;
}

bool fits(const Entry& entry, const Request& request) {
    if (request.path.size() != entry.segments.size() || request.method != entry.operation->method)
        return false;
    for (std::size_t i = 0; i < request.path.size(); ++i) {
        if (entry.segments[i].front() != '{' && entry.segments[i] != request.path[i]) return false;
    }
    return true;
}

}  // namespace

const std::vector<Operation>& operations() {
    static const std::vector<Operation> all = all_operations();
    return all;
}

Route find_route(const Request& request) {
    Route route;
    for (const Entry& entry : entries()) {
        if (!fits(entry, request)) continue;
        route.operation = entry.operation;
        for (std::size_t i = 0; i < request.path.size(); ++i) {
            if (entry.segments[i] == "{project}") route.project_id = request.path[i];
            if (entry.segments[i] == "{instance}") route.instance_id = request.path[i];
            if (entry.segments[i] == "{channel}") route.channel_id = request.path[i];
            if (entry.segments[i] == "{part}") route.part_id = request.path[i];
        }
        break;
    }
    return route;
}

}  // namespace apic_simulator
