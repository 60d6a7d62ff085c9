#pragma once

#include <deque>
#include <map>
#include <optional>

#include "reconciler/model/channel.hpp"
#include "reconciler/model/time.hpp"

namespace fairway {

/// Notices that somebody else keeps changing what we keep correcting, and slows us down: two who fight
/// at full speed help nobody. Plain data, as the work queue is.
class FlapWatch {
public:
    /// We have put drift of this channel right.
    void corrected(const ChannelKey& key, TimePoint now);
    /// A new wish: what was before says nothing any more.
    void forget(const ChannelKey& key) { corrections_.erase(key); }
    /// Whether it goes back and forth.
    bool flapping(const ChannelKey& key, TimePoint now) const;
    /// Until when to leave the next correction; nothing where it may be made at once.
    std::optional<TimePoint> not_before(const ChannelKey& key, TimePoint now) const;
    /// Corrections within the last hour.
    std::size_t count(const ChannelKey& key, TimePoint now) const;

private:
    std::map<ChannelKey, std::deque<TimePoint>> corrections_;
};

}  // namespace fairway
