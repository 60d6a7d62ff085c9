#pragma once

#include <algorithm>

#include "reconciler/model/time.hpp"

namespace fairway {

struct RetryBudgetOptions {
    double share = 0.1;     ///< of the first attempts
    double per_second = 1;  ///< beside that share
    double at_once = 20;    ///< saved up at most
};

/// How many calls may be repeated at once, where they fail: repetitions stay a small share of what is
/// sent, however much of it fails. Plain data; callers pass the time in.
class RetryBudget {
public:
    RetryBudget(RetryBudgetOptions options, TimePoint now)
        : options_(options), saved_(options.at_once), at_(now) {}

    void attempted() { saved_ = std::min(options_.at_once, saved_ + options_.share); }
    /// Takes one repetition; false where there is none left.
    bool take(TimePoint now) {
        const double seconds = std::chrono::duration<double>(now - at_).count();
        at_ = now;
        saved_ = std::min(options_.at_once, saved_ + seconds * options_.per_second);
        if (saved_ < 1) return false;
        saved_ -= 1;
        return true;
    }

private:
    RetryBudgetOptions options_;
    double saved_;
    TimePoint at_;
};

}  // namespace fairway
