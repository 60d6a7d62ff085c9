#pragma once

#include <algorithm>
#include <chrono>

namespace fairway {

/// So many a second, and as many at once after a quiet second.
class Allowance {
public:
    using Time = std::chrono::steady_clock::time_point;
    /// 0: no limit.
    explicit Allowance(double per_second) : rate_(per_second), left_(per_second) {}
    bool take(Time now) {
        if (rate_ <= 0) return true;
        if (now > at_) left_ += rate_ * std::chrono::duration<double>(now - at_).count();
        left_ = std::min(left_, rate_);
        at_ = std::max(at_, now);
        if (left_ < 1) return false;
        left_ -= 1;
        return true;
    }

private:
    double rate_, left_;
    Time at_{};
};

}  // namespace fairway
