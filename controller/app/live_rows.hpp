#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/ports/channel_api.hpp"

namespace fairway {

/// The channels of a project in full.
struct LiveRows {
    std::vector<InstanceChannel> rows;
    std::set<std::string> names;  ///< of all live channels, also of those that were not asked for
    /// Names of which not everything could be had; none of their rows is above.
    std::vector<std::pair<std::string, Error>> failures;
};

/// Lists a project, and shows the rows that the list did not tell members and health check of. `names`:
/// only these; empty for all.
Task<Result<LiveRows>> live_rows(
    boost::asio::any_io_executor executor, ChannelApi& api, std::string project,
    std::set<std::string> names
);

}  // namespace fairway
