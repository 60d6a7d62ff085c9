#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "controller/listener/listener.hpp"

namespace fairway {

/// A listener on a thread of its own: whatever its clients do, the caller's loop goes on. Its handlers
/// run on that thread.
class ListenerThread {
public:
    explicit ListenerThread(boost::asio::any_io_executor callers_loop);
    /// Cuts off what is still served.
    ~ListenerThread();

    /// Of the thread; what is bound to it must go before this object, and after halt() or serve().
    boost::asio::any_io_executor executor() const;
    /// Binds at once; once only.
    Result<> open(std::string_view listen, ListenerRoutes routes, ListenerOptions options);
    /// As it was opened: "http://127.0.0.1:9464".
    const std::string& url() const;

    // All of these on the caller's loop, after open().

    /// Starts the thread; returns when it has ended, after stop() or when it is cancelled.
    Task<> serve();
    void admit(ListenerAccess access);
    /// As Listener::stop().
    void stop();
    /// Cuts off, and waits for the thread.
    void halt();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace fairway
