#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "controller/listener/listener.hpp"

namespace fairway::test {

/// A listener that serves on a thread of its own until it goes.
class Server {
public:
    explicit Server(ListenerOptions options = {}, std::string listen = "127.0.0.1:0");
    /// On a Unix domain socket.
    Server(const std::string& socket_path, ListenerOptions options);
    ~Server();

    std::uint16_t port() const { return listener->port(); }
    /// "127.0.0.1:PORT"
    std::string host() const { return "127.0.0.1:" + std::to_string(port()); }
    /// Runs `act` on the listener's thread, and waits for it.
    void on_loop(std::function<void()> act);
    /// Waits until serve() has returned.
    void stop();
    /// Warnings so far.
    std::vector<std::string> warnings();

    boost::asio::io_context loop;
    std::unique_ptr<Listener> listener;

private:
    static ListenerRoutes routes();
    void start(Result<std::unique_ptr<Listener>> opened);
    std::vector<std::string> told_;
    std::thread thread_;
};

/// A plain blocking client that sends what it is given, however wrong. Gives up after 20 s.
class Client {
public:
    explicit Client(std::uint16_t port);
    explicit Client(const std::string& socket_path);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send(std::string_view bytes) const;
    /// One reply, by its Content-Length; only the head of a reply to HEAD.
    std::string reply(bool head_only = false);
    /// Everything until the other side closes.
    std::string rest();
    bool closed() { return rest().empty(); }
    int fd() const { return fd_; }

private:
    bool receive();
    int fd_;
    std::string received_;
};

/// Sends it, and reads until the other side closes.
std::string converse(const Server& server, std::string_view bytes);
/// "200" of "HTTP/1.1 200 OK..."; empty for anything else.
std::string status(const std::string& reply);
/// A GET of that path that is right in everything.
std::string get(const Server& server, std::string_view path, std::string_view more_fields = "");

}  // namespace fairway::test
