#pragma once

#include "controller/codec/control_json.hpp"
#include "controller/report/description.hpp"

namespace fairway {

/// Adds to `channel`, which tells what the store knows, how a daemon at work sees it: the condition
/// Flapping, and why it stands still.
void add_daemon_view(ChannelDescription& channel, const ChannelStanding& standing);

/// Why a channel is not as wanted, by what the daemon knows; empty where nothing holds it, or a person.
std::string what_holds(const ChannelStanding& standing);

}  // namespace fairway
