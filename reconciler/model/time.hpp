#pragma once

#include <chrono>

namespace fairway {

/// How long something takes or waits.
using Duration = std::chrono::microseconds;
/// A moment of the monotonic clock: for deadlines and pauses. Means nothing after a restart.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;
/// A moment of the calendar, UTC: for what is stored, shown or compared with the cloud's own times.
using WallTime = std::chrono::sys_time<Duration>;

}  // namespace fairway
