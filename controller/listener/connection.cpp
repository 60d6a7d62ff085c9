#include "controller/listener/connection.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "reconciler/model/secret.hpp"

namespace fairway {
namespace asio = boost::asio;
using boost::system::error_code;

Connection::Connection(Socket socket, std::string local, std::shared_ptr<const TlsIdentity> identity)
    : local_address(std::move(local)), socket_(std::move(socket)), timer_(socket_.get_executor()) {
    if (!identity) return;
    error_code ignored;
    socket_.native_non_blocking(true, ignored);
    asks_client_ = identity->asks_clients();
    tls_.emplace(std::move(identity), socket_.native_handle());
}

Connection::~Connection() {
    wipe(received);
}

void Connection::keep(char* bytes, std::size_t size) {
    if (received.capacity() - received.size() < size) {
        std::string larger;
        larger.reserve(2 * received.size() + size);
        larger += received;
        wipe(received);
        received = std::move(larger);
    }
    received.append(bytes, size);
    wipe(bytes, size);
}

void Connection::deadline(Duration limit) {
    timer_.expires_after(limit);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error && self->timer_.expiry() <= std::chrono::steady_clock::now()) self->close();
    });
}

void Connection::close() {
    error_code ignored;
    socket_.close(ignored);
}

Task<bool> Connection::ready_for(TlsSession::Step step) {
    if (step != TlsSession::Step::want_read && step != TlsSession::Step::want_write) co_return false;
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const auto what = step == TlsSession::Step::want_read ? Socket::wait_read : Socket::wait_write;
    co_await socket_.async_wait(what, token);
    co_return !error && socket_.is_open();
}

Task<bool> Connection::greet() {
    while (tls_) {
        if (!socket_.is_open()) co_return false;  // its number may be another one's by now
        const TlsSession::Step step = tls_->handshake();
        if (step == TlsSession::Step::done) break;
        const bool ready = co_await ready_for(step);
        if (!ready) co_return false;
    }
    co_return true;
}

Task<bool> Connection::receive() {
    std::array<char, 4096> chunk;
    while (tls_) {
        if (!socket_.is_open()) co_return false;
        std::size_t got = 0;
        const TlsSession::Step step = tls_->read(chunk.data(), chunk.size(), got);
        keep(chunk.data(), got);
        if (step == TlsSession::Step::done) co_return true;
        const bool ready = co_await ready_for(step);
        if (!ready) co_return false;
    }
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const auto space = asio::buffer(chunk);
    const std::size_t got = co_await socket_.async_read_some(space, token);
    if (error || got == 0) co_return false;
    keep(chunk.data(), got);
    co_return true;
}

Task<bool> Connection::send(std::string_view bytes) {
    while (tls_) {
        if (bytes.empty()) co_return true;
        if (!socket_.is_open()) co_return false;
        std::size_t written = 0;
        const TlsSession::Step step = tls_->write(bytes, written);
        bytes.remove_prefix(written);
        if (step == TlsSession::Step::done) continue;
        const bool ready = co_await ready_for(step);
        if (!ready) co_return false;
    }
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const auto buffer = asio::buffer(bytes);
    co_await asio::async_write(socket_, buffer, token);
    co_return !error;
}

void Connection::end_sending() {
    if (tls_ && socket_.is_open()) tls_->say_goodbye();
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void Connection::end() {
    timer_.cancel();
    close();
}

}  // namespace fairway
