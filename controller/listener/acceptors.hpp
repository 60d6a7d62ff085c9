#pragma once

#include <sys/types.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "reconciler/model/error.hpp"

namespace fairway {

/// Where clients come in over TCP.
struct PortAcceptor {
    boost::asio::ip::tcp::acceptor acceptor;
    std::string address;  ///< without brackets
    std::uint16_t port = 0;
    bool wildcard = false;  ///< on every address of this machine
    /// "127.0.0.1:9464", "[::1]:9464"
    std::string shown() const;
};
Result<PortAcceptor> open_port(const boost::asio::any_io_executor& executor, std::string_view listen);

/// A socket file of ours: goes with its object, unless another one has taken its place.
class SocketFile {
public:
    explicit SocketFile(std::string path);
    SocketFile(SocketFile&& other) noexcept;
    SocketFile& operator=(SocketFile&&) = delete;
    ~SocketFile();

private:
    std::string path_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

/// Where clients come in over a Unix domain socket.
struct SocketAcceptor {
    boost::asio::local::stream_protocol::acceptor acceptor;
    SocketFile file;
};
/// For the owner alone from its first moment. A stale one is replaced, a live one is an error, and so is
/// a folder where others could put another one in its place.
Result<SocketAcceptor> open_socket(
    const boost::asio::any_io_executor& executor, const std::string& path
);

/// Whether the process at the other end is ours or the administrator's, whatever the file's mode says.
bool peer_may_speak(int socket);

}  // namespace fairway
