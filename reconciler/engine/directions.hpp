#pragma once

#include <map>
#include <optional>
#include <set>

#include "reconciler/model/manifest_snapshot.hpp"

namespace fairway {

/// What people said of single channels, beside their manifests.
struct Directions {
    std::map<ChannelKey, Suspension> suspended;
    std::set<ChannelKey> may_replace;

    std::optional<Suspension> suspension(const ChannelKey& key) const {
        const auto it = suspended.find(key);
        return it == suspended.end() ? std::nullopt : std::optional(it->second);
    }
};

}  // namespace fairway
