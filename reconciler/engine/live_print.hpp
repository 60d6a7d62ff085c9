#pragma once

#include "reconciler/model/channel.hpp"
#include "reconciler/model/fingerprint.hpp"

namespace fairway {

/// Adds all that a person could have set in `row`, in normal form: order, case of hosts and filled
/// defaults make no difference. Times, statuses, health and what a registry decides are left out, for
/// they change by themselves.
void add_live(Fingerprint& print, const InstanceChannel& row);

}  // namespace fairway
