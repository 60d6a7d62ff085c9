#pragma once

#include <optional>
#include <string>

#include "controller/codec/control_json.hpp"
#include "reconciler/model/error.hpp"

namespace fairway {

struct DaemonAnswer {
    int status = 0;
    std::string text;
};

/// Says something to the daemon over its socket, and returns the answer; nothing where no daemon
/// listens. Blocks, for ten seconds at most.
Result<std::optional<DaemonAnswer>> tell_daemon(
    const std::string& socket, const std::string& path, const std::string& json
);

/// How the daemon sees a channel; nothing where none runs, or it has not looked yet.
std::optional<ChannelStanding> standing_of(const std::string& socket, const ChannelKey& key);

}  // namespace fairway
