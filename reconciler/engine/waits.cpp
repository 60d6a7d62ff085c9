#include "reconciler/engine/waits.hpp"

#include <algorithm>
#include <chrono>

namespace fairway {
namespace {

// Clocks that are merely slewed are a little apart; what is stored shall not change for that.
constexpr Duration apart = std::chrono::seconds(1);

}  // namespace

void Waits::begin(const ChannelKey& key, WallTime since, WallTime wall, TimePoint now) {
    begun_[key] = {since, since, std::max(Duration::zero(), wall - since), now};
}

WallTime Waits::since(const ChannelKey& key, WallTime since, WallTime wall, TimePoint now) {
    const auto known = begun_.find(key);
    const bool same =
        known != begun_.end() && (known->second.stored == since || known->second.told == since);
    if (!same) begin(key, since, wall, now);
    Begin& at = begun_.at(key);
    const WallTime real = wall - (at.before + (now - at.at));
    if (real < at.told - apart || real > at.told + apart) at.told = real;
    return at.told;
}

}  // namespace fairway
