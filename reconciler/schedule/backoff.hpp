#pragma once

#include "reconciler/model/time.hpp"

namespace fairway {

/// How long to wait after the n-th failure in a row: doubling, capped, fully jittered.
struct Backoff {
    Duration base{std::chrono::seconds(1)};
    Duration cap{std::chrono::minutes(5)};
    /// `failures` counts from 1. `random01` is a draw from [0, 1): passed in, so that the answer is a
    /// pure function.
    Duration delay(unsigned failures, double random01) const;
};

}  // namespace fairway
