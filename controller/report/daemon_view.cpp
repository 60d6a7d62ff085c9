#include "controller/report/daemon_view.hpp"

#include <algorithm>

namespace fairway {

void add_daemon_view(ChannelDescription& channel, const ChannelStanding& standing) {
    const bool stands = standing.state == "stalled" || standing.state == "failed";
    const auto stalled = std::find_if(
        channel.conditions.begin(), channel.conditions.end(),
        [](const Condition& condition) { return condition.type == "Stalled"; }
    );
    if (stands && stalled != channel.conditions.end() && !standing.why.empty()) {
        stalled->status = true;
        stalled->reason = standing.why;
        if (standing.failures > 1)
            stalled->reason += " (" + std::to_string(standing.failures) + " times in a row)";
    }
    channel.conditions.push_back(
        {"Flapping", standing.flapping,
         standing.flapping ? standing.why : "nobody else keeps changing what is put right"}
    );
}

}  // namespace fairway
