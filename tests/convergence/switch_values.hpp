#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/channel.hpp"
#include "tests/simulator/model.hpp"

namespace fairway {

/// A switch of the simulated cloud, and every value that it may have in the real one.
struct SwitchValues {
    std::string_view name;
    std::vector<std::string_view> values;  ///< the first is the default
};
const std::vector<SwitchValues>& all_switches();

/// Whether a cloud with that switch has to refuse the wish; by the contract, not by our code. `live`:
/// what is there of the channel.
bool has_to_refuse(
    std::string_view name, std::string_view value, const std::string& channel, const ChannelSpec& spec,
    const std::vector<apic_simulator::Channel>& live
);

}  // namespace fairway
