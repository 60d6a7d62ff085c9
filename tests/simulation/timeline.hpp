#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <tuple>

#include "tests/simulation/random.hpp"

namespace fairway::sim {

/// Virtual time: what is to happen, in the order of its time; at the same time, in an order of the seed.
class Timeline {
public:
    /// Whose event it is: a process takes its own along when it dies. 0 is the world.
    using Owner = unsigned;
    using Id = std::tuple<TimePoint, std::uint64_t, std::uint64_t>;

    explicit Timeline(std::uint64_t seed) : ties_(seed, "ties") {}

    TimePoint now() const { return now_; }
    WallTime wall() const { return WallTime(std::chrono::hours(24 * 365 * 56)) + (now_ - TimePoint{}); }
    Id at(TimePoint when, Owner owner, std::function<void()> what) {
        const Id id(std::max(when, now_), ties_.next(), ++count_);
        events_.emplace(id, Event{owner, std::move(what)});
        return id;
    }
    Id after(Duration pause, std::function<void()> what) { return at(now_ + pause, 0, std::move(what)); }
    void cancel(const Id& id) { events_.erase(id); }
    void drop(Owner owner) {
        std::erase_if(events_, [&](const auto& entry) { return entry.second.owner == owner; });
    }
    bool has(Owner owner) const {
        for (const auto& [id, event] : events_) {
            if (event.owner == owner) return true;
        }
        return false;
    }
    /// Moves to the next event, and lets it happen; false, at `limit`, where none comes before.
    bool step(TimePoint limit) {
        if (events_.empty() || std::get<0>(events_.begin()->first) > limit) {
            now_ = std::max(now_, limit);
            return false;
        }
        now_ = std::get<0>(events_.begin()->first);
        const auto event = events_.extract(events_.begin());
        event.mapped().what();
        return true;
    }

private:
    struct Event {
        Owner owner;
        std::function<void()> what;
    };
    Stream ties_;
    TimePoint now_{};
    std::uint64_t count_ = 0;
    std::map<Id, Event> events_;
};

}  // namespace fairway::sim
