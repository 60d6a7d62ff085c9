#pragma once

#include <random>

#include "reconciler/model/channel.hpp"

namespace fairway {

/// A spec, or a row, with every field present or absent by chance, also combinations that make no sense.
ChannelSpec random_spec(std::mt19937& random);
InstanceChannel random_row(std::mt19937& random);

}  // namespace fairway
