#pragma once

#include <functional>

#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// Says twice in every period that we work. Who is asked before may keep it waiting: nothing is said
/// while the store does not answer, or while the loop does not turn.
class Watchdog {
public:
    using Question = std::function<Task<>()>;
    using Feed = std::function<void()>;
    /// `period` is how long the one who watches waits at most.
    Watchdog(Clock& clock, Duration period, Question store_answers, Feed feed);
    /// Until it is cancelled.
    Task<> run();

private:
    Clock& clock_;
    const Duration period_;
    const Question store_answers_;
    const Feed feed_;
};

}  // namespace fairway
