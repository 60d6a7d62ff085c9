#pragma once

#include "reconciler/model/time.hpp"
#include "reconciler/schedule/backoff.hpp"

namespace fairway {

/// When to ask a server again.
struct FetchSchedule {
    Duration interval{std::chrono::seconds(60)};
    Backoff backoff{std::chrono::seconds(2), std::chrono::minutes(5)};
    Duration distance{std::chrono::seconds(1)};  ///< between fetches, whoever asks for them

    /// The pause after a fetch; `failures` of them went wrong in a row. Spread, so that many who were
    /// started together, or who all saw the server fail, do not ask it together. A failure is followed
    /// by a short pause, which grows with each further one.
    Duration pause(unsigned failures, double random01) const;
};

}  // namespace fairway
