#pragma once

#include <vector>

#include "controller/app/config/config_secrets.hpp"

namespace fairway {

/// Reads `projects`. `usual_proxy` is that of a project that says nothing of it.
std::vector<ProjectEndpoint> read_projects(
    Fields& top, ConfigPlace& place, const std::optional<Proxy>& usual_proxy
);

/// Where a service of a region is reached when nothing else is said.
std::string usual_endpoint(std::string_view service, std::string_view region);

/// Reports, at the name, one that an earlier element of the list has; adds it to `seen`.
void check_unique(Fields& item, const std::string& name, std::map<std::string, int>& seen);

}  // namespace fairway
