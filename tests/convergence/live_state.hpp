#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/simulator/model.hpp"

namespace fairway {

/// Every field of a stored channel, by the pointer that a plan tells it under; without ids and times.
using LiveState = std::map<std::string, std::string>;
LiveState live_state(const apic_simulator::Channel& channel);

/// The pointers at which two states differ.
std::vector<std::string> changed_fields(const LiveState& before, const LiveState& after);

}  // namespace fairway
