#include "controller/report/daemon_view.hpp"

#include <algorithm>

namespace fairway {

void add_daemon_view(ChannelDescription& channel, const ChannelStanding& standing) {
    const auto stalled = std::find_if(
        channel.conditions.begin(), channel.conditions.end(),
        [](const Condition& condition) { return condition.type == "Stalled"; }
    );
    const std::string why = what_holds(standing);
    if (stalled != channel.conditions.end() && !why.empty()) {
        // What waits for its time only is not stalled, and the reason is told all the same.
        stalled->status = standing.state != "deleting";
        stalled->reason = why;
    }
    const bool flaps = !standing.flapping.empty();
    channel.conditions.push_back(
        {"Flapping", flaps, flaps ? standing.flapping : "nobody else keeps changing what is put right"}
    );
}

std::string what_holds(const ChannelStanding& standing) {
    if (standing.state == "in_sync" || standing.state == "suspended") return {};
    if (standing.why.empty() || standing.failures < 2) return standing.why;
    return standing.why + " (" + std::to_string(standing.failures) + " times in a row)";
}

}  // namespace fairway
