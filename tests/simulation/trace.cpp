#include "tests/simulation/trace.hpp"

#include <cstdio>

namespace fairway::sim {
namespace {

constexpr std::size_t most_kept = 200;

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
    for (std::size_t i = 0; i < faults.size(); ++i) faults[i] += other.faults[i];
    for (std::size_t i = 0; i < points.size(); ++i) points[i] += other.points[i];
    worlds += other.worlds;
    events += other.events;
    calls += other.calls;
    lives += other.lives;
    adoptions += other.adoptions;
    races += other.races;
    return *this;
}

void Trace::broken(TimePoint now, std::string_view invariant, std::string_view detail) {
    note(now, "BROKEN", invariant, detail);
    if (failure_) return;
    invariant_ = invariant;
    failure_ = std::string(invariant) + " at " + time_text(now) + ": " + std::string(detail);
}

void Trace::remember(
    TimePoint now, std::string_view what, std::string_view who, std::string_view detail
) {
    if (events_.size() == most_kept) events_.pop_front();
    std::string line = time_text(now) + "  " + std::string(what);
    if (!who.empty()) line += "  " + std::string(who);
    if (!detail.empty()) line += "  " + std::string(detail);
    events_.push_back(std::move(line));
}

std::string time_text(TimePoint now) {
    const auto micros = now.time_since_epoch().count();
    char text[40];
    std::snprintf(
        text, sizeof text, "%02lld:%02lld.%03lld", static_cast<long long>(micros / 60000000),
        static_cast<long long>(micros / 1000000 % 60), static_cast<long long>(micros / 1000 % 1000)
    );
    return text;
}

}  // namespace fairway::sim
