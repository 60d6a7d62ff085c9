#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "controller/app/health.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// How the daemon is, for those who ask on another thread. Asks the loop at most ten times a second,
/// however often it is asked itself.
class HealthMirror {
public:
    struct Limits {
        Duration patience = std::chrono::seconds(5);  ///< for one answer
        Duration turning = std::chrono::seconds(30);  ///< without an answer
    };
    /// `read` is called on the loop alone.
    HealthMirror(
        boost::asio::any_io_executor loop, boost::asio::any_io_executor here,
        std::function<Health()> read, Limits limits
    );
    ~HealthMirror();

    /// Nothing when the loop does not answer in time.
    Task<std::optional<Health>> look();
    /// Whether no question waits longer than `turning` for the loop. Asks one.
    bool turning();
    /// On the loop, before it goes, or the other thread: nothing is read or told any more.
    void close();

private:
    struct LoopSide;
    bool fresh() const;
    void ask();
    void take(Health health);

    const Limits limits_;
    std::shared_ptr<LoopSide> side_;
    boost::asio::any_io_executor loop_;
    boost::asio::steady_timer answered_;  ///< runs out when an answer takes too long
    std::optional<std::chrono::steady_clock::time_point> asked_at_, told_at_;
    Health health_;
    unsigned answers_ = 0;
};

}  // namespace fairway
