#pragma once

#include "reconciler/model/time.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// Time, real or simulated. Sleeping is for the dispatcher, the limiter and deadlines; a pass never
/// sleeps.
class Clock {
public:
    virtual ~Clock() = default;
    virtual TimePoint now() const = 0;
    virtual WallTime wall() const = 0;
    /// Returns at `when`, or throws operation_aborted when the caller is cancelled.
    virtual Task<> sleep_until(TimePoint when) = 0;
};

/// The only randomness there is: jitter and attempt ids.
class Entropy {
public:
    virtual ~Entropy() = default;
    /// A draw from [0, 1).
    virtual double random01() = 0;
};

}  // namespace fairway
