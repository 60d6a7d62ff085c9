#pragma once

#include <map>
#include <optional>
#include <set>

#include <vector>

#include "reconciler/model/manifest_snapshot.hpp"
#include "reconciler/ports/state_store.hpp"

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

/// The channels that a person suspended.
inline std::map<ChannelKey, Suspension> suspensions_in(const std::vector<Directive>& directives) {
    std::map<ChannelKey, Suspension> suspended;
    for (const Directive& directive : directives) {
        if (directive.kind != Directive::Kind::suspension) continue;
        const ChannelKey key{directive.project, directive.subject};
        suspended[key] = Suspension{directive.until, directive.reason};
    }
    return suspended;
}

}  // namespace fairway
