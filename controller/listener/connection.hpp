#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "reconciler/model/time.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// One client. `deadline` closes the socket under whatever is waiting.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    using Socket = boost::asio::generic::stream_protocol::socket;
    Connection(Socket socket, std::string local_address);

    void deadline(Duration limit);
    void close();
    bool is_open() const { return socket_.is_open(); }
    /// Appends what comes to `received`; false at the end, however it came.
    Task<bool> receive();
    /// False when the client did not take all.
    Task<bool> send(std::string_view bytes);
    /// Tells the client that nothing more comes.
    void end_sending();
    /// No deadline, no socket.
    void end();

    const std::string local_address;
    std::string received;  ///< not yet answered
    bool waiting = false;  ///< for a request's first byte or its rest: may be closed when room is needed
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();

private:
    Socket socket_;
    boost::asio::steady_timer timer_;
};
using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace fairway
