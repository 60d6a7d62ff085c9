#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>

#include "reconciler/ports/task.hpp"

namespace fairway {

/// Owns the coroutines it started: none outlives join(). One thread only. The group must be joined
/// before it goes, unless its io_context goes first.
class TaskGroup {
public:
    explicit TaskGroup(boost::asio::any_io_executor executor);
    ~TaskGroup();
    /// Starts `task` at once. An exception it throws, cancellation aside, is kept for join().
    void spawn(Task<> task);
    /// Asks every task to end (terminal cancellation). Tasks started later are not affected.
    void cancel();
    /// Returns when no task is left; throws the first exception that one of them threw. Survives
    /// cancellation of the caller by cancelling the tasks and going on waiting for them.
    Task<> join();
    std::size_t size() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace fairway
