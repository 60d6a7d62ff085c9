#pragma once

#include <array>
#include <string_view>

namespace fairway::operations {

// As the API's documents name them, for metrics and errors.
inline constexpr std::string_view list = "ListProjectVpcChannelsV2";
inline constexpr std::string_view create = "CreateProjectVpcChannel";
inline constexpr std::string_view update = "UpdateProjectVpcChannel";
inline constexpr std::string_view remove = "DeleteVpcChannelV2";
inline constexpr std::string_view put_members = "UpdateBackendInstancesV2";
inline constexpr std::string_view show = "ShowDetailsOfVpcChannelV2";
inline constexpr std::string_view instances = "CheckRomaInstanceListV2";
inline constexpr std::string_view features = "ListFeaturesV2";
inline constexpr std::string_view quotas = "ListProjectCofigsV2";  // the vendor's spelling
inline constexpr std::string_view token = "CreateToken";
inline constexpr std::string_view temporary_key = "CreateTemporaryAccessKeyByAgency";
inline constexpr std::string_view projects = "KeystoneListProjects";

/// Every operation that the client calls.
inline constexpr std::array all{list,      create,   update, remove, put_members,   show,
                                instances, features, quotas, token,  temporary_key, projects};

}  // namespace fairway::operations
