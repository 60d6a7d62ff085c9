#include "controller/listener/acceptors.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/socket_base.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

#include "controller/listener/host_rules.hpp"

namespace fairway {
namespace asio = boost::asio;
using asio::ip::tcp;
using Unix = asio::local::stream_protocol;
using boost::system::error_code;

namespace {

Error listen_error(const std::string& where, int code) {
    std::string advice;
    switch (code) {
        case EADDRINUSE:
            advice = "; another program uses it, choose another one (server.listen)";
            break;
        case EACCES:
            advice = "; ports below 1024 need a privilege, choose another one (server.listen)";
            break;
        case EADDRNOTAVAIL:
            advice = "; the address is none of this machine's";
            break;
        default:
            break;
    }
    return {
        ErrorClass::terminal, ErrorReason::internal,
        "listen on " + where + ": " + std::system_category().message(code) + advice};
}

/// Why a socket in this folder could be replaced by somebody else's; empty when it could not.
std::string folder_trouble(const std::string& path) {
    const auto slash = path.rfind('/');
    std::string folder = slash == std::string::npos ? "." : path.substr(0, slash);
    if (folder.empty()) folder = "/";
    struct stat status {};
    if (stat(folder.c_str(), &status) != 0) return {};  // bind() tells
    if (status.st_uid != geteuid() && status.st_uid != 0)
        return folder + " belongs to another user; name a socket in a directory of Fairway's own";
    const bool others_write = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    // In a directory such as /tmp others can put files, but not take ours away.
    if (others_write && (status.st_mode & S_ISVTX) == 0)
        return "others can write to " + folder + "; chmod go-w it";
    return {};
}

}  // namespace

std::string PortAcceptor::shown() const {
    const bool v6 = address.find(':') != std::string::npos;
    return (v6 ? '[' + address + ']' : address) + ':' + std::to_string(port);
}

Result<PortAcceptor> open_port(const asio::any_io_executor& executor, std::string_view listen) {
    const auto address = parse_listen_address(listen);
    if (!address) return address.error();
    const auto ip = asio::ip::make_address(address->address);
    const tcp::endpoint endpoint(ip, address->port);

    tcp::acceptor acceptor(executor);
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error) acceptor.non_blocking(true, error);
    if (error) return listen_error(std::string(listen), error.value());
    const std::uint16_t port = acceptor.local_endpoint(error).port();
    return PortAcceptor{std::move(acceptor), address->address, port, ip.is_unspecified()};
}

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
    struct stat status {};
    if (lstat(path_.c_str(), &status) != 0) return;
    device_ = status.st_dev;
    inode_ = status.st_ino;
}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

SocketFile::~SocketFile() {
    struct stat status {};
    if (!path_.empty() && lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
        status.st_ino == inode_) {
        unlink(path_.c_str());
    }
}

Result<SocketAcceptor> open_socket(const asio::any_io_executor& executor, const std::string& path) {
    const auto wrong = [&](const std::string& what) {
        return Error(ErrorClass::terminal, ErrorReason::internal, "listen on " + path + ": " + what);
    };
    if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path) ||
        path.find('\0') != std::string::npos) {
        return wrong("a socket's path has 1 to 107 characters");
    }
    if (const std::string trouble = folder_trouble(path); !trouble.empty()) return wrong(trouble);
    const Unix::endpoint endpoint(path);
    error_code error;

    struct stat status {};
    if (lstat(path.c_str(), &status) == 0) {
        if (!S_ISSOCK(status.st_mode)) return wrong("there is a file that is no socket; move it away");
        Unix::socket probe(executor);
        probe.connect(endpoint, error);
        if (error != asio::error::connection_refused) return wrong("another Fairway listens there");
        unlink(path.c_str());  // nobody has listened since its owner died
        error.clear();
    }
    Unix::acceptor acceptor(executor);
    acceptor.open(endpoint.protocol(), error);
    // The file gets the mode of its socket: it is the owner's alone from its first moment. A umask would
    // be that of all threads.
    if (!error && fchmod(acceptor.native_handle(), 0600) != 0)
        error.assign(errno, boost::system::system_category());
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error) acceptor.non_blocking(true, error);
    if (error) {
        return wrong(
            std::system_category().message(error.value()) +
            (error.value() == ENOENT ? "; create the directory" : "")
        );
    }
    return SocketAcceptor{std::move(acceptor), SocketFile(path)};
}

bool peer_may_speak(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
    return peer.uid == geteuid() || peer.uid == 0;
}

}  // namespace fairway
