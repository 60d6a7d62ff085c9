#include "reconciler/schedule/flap_watch.hpp"

#include <algorithm>

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr Duration window = 1h;
constexpr std::size_t often = 3;
constexpr Duration first_pause = 5min, longest_pause = 30min;
constexpr std::size_t most_kept = 64;

}  // namespace

void FlapWatch::corrected(const ChannelKey& key, TimePoint now) {
    auto& times = corrections_[key];
    while (!times.empty() && (times.front() + window <= now || times.size() >= most_kept))
        times.pop_front();
    times.push_back(now);
}

std::size_t FlapWatch::count(const ChannelKey& key, TimePoint now) const {
    const auto it = corrections_.find(key);
    if (it == corrections_.end()) return 0;
    return static_cast<std::size_t>(std::count_if(
        it->second.begin(), it->second.end(), [&](TimePoint then) { return then + window > now; }
    ));
}

bool FlapWatch::flapping(const ChannelKey& key, TimePoint now) const {
    return count(key, now) >= often;
}

std::optional<TimePoint> FlapWatch::not_before(const ChannelKey& key, TimePoint now) const {
    const std::size_t corrections = count(key, now);
    if (corrections < often) return std::nullopt;
    Duration pause = first_pause;
    for (std::size_t i = often; i < corrections && pause < longest_pause; ++i) pause *= 2;
    const TimePoint when = corrections_.at(key).back() + std::min(pause, longest_pause);
    return when > now ? std::optional(when) : std::nullopt;
}

}  // namespace fairway
