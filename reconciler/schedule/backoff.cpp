#include "reconciler/schedule/backoff.hpp"

#include <algorithm>

namespace fairway {

Duration Backoff::delay(unsigned failures, double random01) const {
    const unsigned doublings = std::min(failures == 0 ? 0U : failures - 1, 30U);
    const auto limit = std::min(
        static_cast<double>(base.count()) * static_cast<double>(1ULL << doublings),
        static_cast<double>(cap.count())
    );
    return Duration(static_cast<Duration::rep>(limit * random01));
}

}  // namespace fairway
