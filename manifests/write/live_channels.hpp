#pragma once

#include <string>
#include <vector>

#include "reconciler/model/channel.hpp"

namespace fairway {

/// One live name as a wish that all of `spec.instance_ids` fulfil.
struct LiveChannel {
    std::string name;
    ChannelSpec spec;
    std::vector<std::string> warnings;  ///< about instances that the wish does not cover
};

/// The rows of one project by name, sorted; the order of `rows` makes no difference. Instances whose
/// channels are equal share a wish. Where they are not, the wish is that of the first instance by id and
/// those equal to it.
std::vector<LiveChannel> live_channels(
    std::vector<InstanceChannel> rows, const std::string& nacos_secret
);

}  // namespace fairway
