#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "reconciler/ports/task.hpp"

namespace fairway {

/// Something to wait for that has no time of its own. One thread only.
class Event {
public:
    explicit Event(boost::asio::any_io_executor executor);
    ~Event();
    /// Wakes everybody who waits now; who comes later waits for the next call.
    void notify();
    /// Returns after the next notify(), or throws operation_aborted when the caller is cancelled.
    Task<> wait();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace fairway
