#pragma once

#include <string>

#include "reconciler/model/channel.hpp"

namespace fairway {

/// The wish that `row` fulfils, as a person would write it: what the server adds, repeats or fills in
/// with its defaults is left out, lists are sorted by their keys. `instance_ids` names the row's
/// instance alone. Members and health check must be known (see InstanceChannel). A Nacos password
/// becomes a reference to `nacos_secret`.
ChannelSpec live_wish(const InstanceChannel& row, const std::string& nacos_secret);

}  // namespace fairway
