#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "controller/listener/tls_identity.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// One client. `deadline` closes the socket under whatever is waiting.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    using Socket = boost::asio::generic::stream_protocol::socket;
    /// Without an identity there is no TLS.
    Connection(
        Socket socket, std::string local_address, std::shared_ptr<const TlsIdentity> identity = nullptr
    );

    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void deadline(Duration limit);
    void close();
    bool is_open() const { return socket_.is_open(); }
    /// The TLS handshake, where there is TLS; false when it failed.
    Task<bool> greet();
    /// Whether the client proved itself as far as the identity asks for it.
    bool client_proven() const { return !asks_client_ || tls_->client_proven(); }
    bool over_tls() const { return tls_.has_value(); }
    /// Appends what comes to `received`; false at the end, however it came.
    Task<bool> receive();
    /// False when the client did not take all.
    Task<bool> send(std::string_view bytes);
    /// Tells the client that nothing more comes.
    void end_sending();
    /// No deadline, no socket.
    void end();

    const std::string local_address;
    std::string received;   ///< not yet answered; wiped, for it may hold a token
    bool greeting = false;  ///< amid the handshake
    bool waiting = false;  ///< for a request's first byte or its rest: may be closed when room is needed
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();

private:
    /// Appends to `received`, and leaves nothing where that was before.
    void keep(char* bytes, std::size_t size);
    /// Waits until that step of TLS can be repeated; false when there is no point.
    Task<bool> ready_for(TlsSession::Step step);

    Socket socket_;
    std::optional<TlsSession> tls_;
    bool asks_client_ = false;
    boost::asio::steady_timer timer_;
};
using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace fairway
