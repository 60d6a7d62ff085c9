#pragma once

#include "reconciler/schedule/limiter.hpp"

namespace fairway {

/// Uses a token ahead of its time, as one does who will wait for it; returns how long.
inline Duration reserve(Limiter& limiter, CallClass cls, TimePoint now) {
    const Duration wait = limiter.wait(cls, now);
    limiter.take(cls, now);
    return wait;
}

}  // namespace fairway
