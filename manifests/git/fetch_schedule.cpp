#include "manifests/git/fetch_schedule.hpp"

#include <algorithm>

namespace fairway {

Duration FetchSchedule::pause(unsigned failures, double random01) const {
    constexpr double least = 0.9, spread = 0.2;
    if (failures == 0) {
        const double length = static_cast<double>(interval.count()) * (least + spread * random01);
        return Duration(static_cast<Duration::rep>(length));
    }
    // Never at once: full jitter may draw next to nothing.
    return std::max(backoff.delay(failures, random01), backoff.base / 2);
}

}  // namespace fairway
