#pragma once

#include <set>
#include <string>

#include "controller/app/preflight.hpp"
#include "controller/cli/setup.hpp"

namespace fairway {

/// Asks the clouds of `projects`, several at a time: endpoint to quota, for the instances that are
/// named.
Checklist check_online(Setup& setup, const std::set<std::string>& projects, NamedInstances named);

}  // namespace fairway
