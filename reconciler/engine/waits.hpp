#pragma once

#include <map>

#include "reconciler/model/record.hpp"
#include "reconciler/model/time.hpp"

namespace fairway {

/// How long rows have waited since the times that they hold. Those times are of the wall clock, for they
/// outlive the process; but a wall clock is set now and then, and a wait must not be cut short by that,
/// nor last for years.
class Waits {
public:
    /// The row was stored just now, or is met for the first time. A time in the future is now.
    void begin(const ChannelKey& key, WallTime since, WallTime wall, TimePoint now);
    /// `since`, moved with the wall clock where that was set meanwhile.
    WallTime since(const ChannelKey& key, WallTime since, WallTime wall, TimePoint now);
    void end(const ChannelKey& key) { begun_.erase(key); }

private:
    struct Begin {
        WallTime stored, told;  ///< told: where the wall clock was set since
        Duration before;        ///< what had passed of the wait at `at`
        TimePoint at;
    };
    std::map<ChannelKey, Begin> begun_;
};

}  // namespace fairway
