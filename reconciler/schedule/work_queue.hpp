#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "reconciler/model/channel.hpp"
#include "reconciler/model/time.hpp"

namespace fairway {

/// Who is waiting: an edit is served before a retry, a retry before a routine check.
enum class Priority : std::uint8_t { user, retry, resync };
std::string_view to_string(Priority value);

/// Which channel to reconcile next. Plain data: no thread, no timer, no clock; callers pass the time in.
/// A key waits at most once, and is never handed out twice at the same time.
class WorkQueue {
public:
    struct Taken {
        ChannelKey key;
        Priority priority;
        TimePoint ready_at;  ///< since when it could have been taken
    };

    /// Asks for `key` at `ready_at`. Asking again keeps the earlier time and the higher priority, except
    /// that a routine check never hurries a key that already waits (it may wait for its back-off). A key
    /// in flight is remembered and becomes available after done(). Ignored once the queue is closed.
    void add(const ChannelKey& key, TimePoint ready_at, Priority priority);
    /// Hands out the most urgent key that is ready, or nothing. Give it back with done().
    std::optional<Taken> take(TimePoint now);
    void done(const ChannelKey& key);
    /// No more keys are handed out; those in flight are still given back.
    void close();

    /// When the next waiting key becomes ready; nothing when none waits.
    std::optional<TimePoint> next_ready() const;
    bool contains(const ChannelKey& key) const { return waiting_.contains(key); }
    bool in_flight(const ChannelKey& key) const { return in_flight_.contains(key); }
    bool idle() const { return waiting_.empty() && in_flight_.empty(); }
    std::size_t depth(Priority priority) const { return depth_[static_cast<std::size_t>(priority)]; }

private:
    struct Wish {
        TimePoint ready_at;
        Priority priority;
        std::uint64_t order;  ///< of asking: first come, first served among equals
        bool ready = false;   ///< in ready_ rather than in later_
    };
    using Slot = std::pair<TimePoint, std::uint64_t>;
    void put(const ChannelKey& key, Wish wish);
    void remove(std::map<ChannelKey, Wish>::iterator it);

    std::map<ChannelKey, Wish> waiting_;
    std::map<Slot, ChannelKey> later_;                 ///< by time, not yet ready when last looked
    std::array<std::map<Slot, ChannelKey>, 3> ready_;  ///< by priority, then time
    std::map<ChannelKey, std::optional<Wish>> in_flight_;
    std::array<std::size_t, 3> depth_{};
    std::uint64_t order_ = 0;
    bool closed_ = false;
};

}  // namespace fairway
