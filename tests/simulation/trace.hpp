#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "tests/simulation/options.hpp"

namespace fairway::sim {

/// How often each fault struck and each crash point was met: what never happened was not tested.
struct Counts {
    std::array<std::uint64_t, fault_count> faults{};
    std::array<std::uint64_t, point_count> points{};
    std::uint64_t worlds = 0, events = 0, calls = 0, lives = 0, adoptions = 0, races = 0;
    Counts& operator+=(const Counts& other);
};

/// What a world did, as one number; and, where somebody wants to read it, the last events.
class Trace {
public:
    explicit Trace(bool keep) : keep_(keep) {}

    /// Folds an event into the hash.
    void note(
        TimePoint now, std::string_view what, std::string_view who = {}, std::string_view detail = {}
    ) {
        ++counts.events;
        mix(what);
        mix(who);
        mix(detail);
        hash_ ^= static_cast<std::uint64_t>(now.time_since_epoch().count());
        hash_ *= 1099511628211ull;
        if (keep_) remember(now, what, who, detail);
    }
    void hit(Fault fault) { ++counts.faults[static_cast<std::size_t>(fault)]; }

    /// The first one counts.
    void broken(TimePoint now, std::string_view invariant, std::string_view detail);
    bool failed() const { return failure_.has_value(); }
    const std::optional<std::string>& failure() const { return failure_; }
    /// Such as "I3".
    const std::string& invariant() const { return invariant_; }

    bool kept() const { return keep_; }
    std::uint64_t hash() const { return hash_; }
    const std::deque<std::string>& events() const { return events_; }

    Counts counts;

private:
    void mix(std::string_view text) {
        for (const char c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 1099511628211ull;
        hash_ = (hash_ ^ 0xff) * 1099511628211ull;
    }
    void remember(TimePoint now, std::string_view what, std::string_view who, std::string_view detail);

    bool keep_;
    std::uint64_t hash_ = 14695981039346656037ull;
    std::deque<std::string> events_;
    std::optional<std::string> failure_;
    std::string invariant_;
};

/// "12:03.250" since the world began.
std::string time_text(TimePoint now);

}  // namespace fairway::sim
