#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/ports/channel_api.hpp"
#include "reconciler/ports/clock.hpp"

namespace fairway {

/// What we know of gateway instances: whether the project-level operations may be used on them at all.
/// Asked once and kept for a while, for it rarely changes and every write depends on it.
class Instances {
public:
    Instances(ChannelApi& api, Clock& clock) : api_(api), clock_(clock) {}

    /// Fails, as a terminal error with the way out, where an instance has `vpc_name_modifiable` on. What
    /// the cloud will not tell is taken for usable: the write itself will show.
    Task<Result<>> usable(std::string project, std::vector<InstanceId> instances);

private:
    struct Known {
        bool modifiable;
        TimePoint until;
    };
    ChannelApi& api_;
    Clock& clock_;
    std::map<std::pair<std::string, InstanceId>, Known> known_;
};

}  // namespace fairway
