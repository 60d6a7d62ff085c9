#include "controller/listener/connection.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace fairway {
namespace asio = boost::asio;
using boost::system::error_code;

Connection::Connection(Socket socket, std::string local)
    : local_address(std::move(local)), socket_(std::move(socket)), timer_(socket_.get_executor()) {}

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

Task<bool> Connection::receive() {
    std::array<char, 4096> chunk;
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const auto space = asio::buffer(chunk);
    const std::size_t got = co_await socket_.async_read_some(space, token);
    if (error || got == 0) co_return false;
    received.append(chunk.data(), got);
    co_return true;
}

Task<bool> Connection::send(std::string_view bytes) {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const auto buffer = asio::buffer(bytes);
    co_await asio::async_write(socket_, buffer, token);
    co_return !error;
}

void Connection::end_sending() {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void Connection::end() {
    timer_.cancel();
    close();
}

}  // namespace fairway
