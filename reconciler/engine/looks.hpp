#pragma once

#include <set>
#include <string>

#include "reconciler/plan/action.hpp"
#include "reconciler/ports/channel_api.hpp"
#include "reconciler/ports/metrics.hpp"

namespace fairway {

/// Fetches the rows of `step` in full and puts them into `seen`, which the caller keeps alive.
Task<Result<>> show_rows(ChannelApi& api, ChannelKey key, Show step, ObservedChannel& seen);

/// The ids of rows that `channel` refers to.
std::set<std::string> ids_referred_to(const ObservedChannel& channel);

/// The state to tell of a channel that is left alone.
ChannelState state_of(Leave::Kind kind);

}  // namespace fairway
