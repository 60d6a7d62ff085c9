#pragma once

#include <memory>

#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/metrics.hpp"
#include "tests/simulation/cloud_port.hpp"

namespace fairway::sim {

/// The real client of the API in front of `cloud`: requests become HTTP and JSON and are read from it,
/// answers are written as HTTP and JSON, cut into slices and read by the real parser.
std::unique_ptr<ChannelApi> over_the_wire(
    Life& life, std::unique_ptr<CloudPort> cloud, Entropy& entropy, Metrics& metrics
);

}  // namespace fairway::sim
