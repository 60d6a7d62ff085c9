#pragma once

#include "tests/simulator/config.hpp"
#include "tests/simulator/json.hpp"

namespace apic_simulator {

// Parts of the configuration that the admin port takes too. All throw std::invalid_argument and change
// nothing then.
void read_switches(Switches& switches, const JsonValue& json);
std::vector<FaultRule> read_faults(const JsonValue& list);
std::map<std::string, int> read_latency(const JsonValue& json);

}  // namespace apic_simulator
