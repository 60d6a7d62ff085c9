#include "tests/controller/listener/client.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <future>
#include <stdexcept>
#include <utility>

namespace fairway::test {
namespace asio = boost::asio;

namespace {

/// Tells how long the body was.
struct Measure : BodyReader {
    void take(std::string_view piece) override { size += piece.size(); }
    ListenerReply reply() override {
        ListenerReply reply;
        reply.body = std::to_string(size);
        return reply;
    }
    std::size_t size = 0;
};

BodyVerdict measure(const ListenerRequest& request) {
    const auto wish = request.fields.find("x-wish");
    if (wish != request.fields.end() && wish->second.reveal() == "throw") throw std::bad_alloc();
    if (wish != request.fields.end()) return ListenerReply{403, "no\n"};
    return std::make_unique<Measure>();
}

}  // namespace

ListenerRoutes Server::routes() {
    ListenerRoutes all;
    all["/livez"].handler = [](const ListenerRequest& request) {
        ListenerReply reply;
        reply.body = request.admitted && request.has("verbose") ? "ok, in many words\n" : "ok\n";
        return reply;
    };
    all["/readyz"].handler = [](const ListenerRequest&) {
        ListenerReply reply;
        reply.status = 503;
        reply.body = "not yet\n";
        return reply;
    };
    all["/echo"].handler = [](const ListenerRequest& request) {
        ListenerReply reply;
        reply.body = request.method + ' ' + request.query + ' ' + request.body;
        return reply;
    };
    all["/large"].handler = [](const ListenerRequest&) {
        ListenerReply reply;
        reply.body.assign(32 * 1024 * 1024, 'x');
        return reply;
    };
    all["/broken"].handler = [](const ListenerRequest&) -> ListenerReply {
        throw std::runtime_error("a secret of the inside");
    };
    all["/odd"].handler = [](const ListenerRequest&) {
        ListenerReply reply;
        reply.content_type = "text/plain\r\nSet-Cookie: a=b";
        return reply;
    };
    all["/livez"].open = all["/readyz"].open = true;
    all["/hook"].handler = all["/echo"].handler;
    all["/hook"].methods = {"POST"};
    all["/hook"].max_body = 1000;
    ListenerRoute& measured = all["/measure/"];
    measured.reader = measure;
    measured.fields = {"x-wish"};
    measured.methods = {"POST"};
    measured.max_body = 2'000'000;
    measured.open = measured.any_host = true;
    return all;
}

Server::Server(ListenerOptions options, std::string listen) {
    options.warn = [this](const std::string& text) { told_.push_back(text); };
    start(Listener::on_port(loop.get_executor(), listen, routes(), std::move(options)));
}

Server::Server(const std::string& socket_path, ListenerOptions options) {
    options.warn = [this](const std::string& text) { told_.push_back(text); };
    start(Listener::on_socket(loop.get_executor(), socket_path, routes(), std::move(options)));
}

void Server::start(Result<std::unique_ptr<Listener>> opened) {
    if (!opened) throw std::runtime_error(opened.error().what());
    listener = std::move(*opened);
    asio::co_spawn(loop, listener->serve(), asio::detached);
    thread_ = std::thread([this] { loop.run(); });
}

void Server::on_loop(std::function<void()> act) {
    std::promise<void> done;
    asio::post(loop, [&] {
        act();
        done.set_value();
    });
    done.get_future().get();
}

void Server::stop() {
    if (!thread_.joinable()) return;
    asio::post(loop, [this] { listener->stop(); });
    thread_.join();
}

std::vector<std::string> Server::warnings() {
    std::vector<std::string> copy;
    on_loop([&] { copy = told_; });
    return copy;
}

Server::~Server() {
    stop();
}

namespace {

void limit_waiting(int fd) {
    const timeval limit{20, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

}  // namespace

Client::Client(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    limit_waiting(fd_);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("connect");
    }
}

Client::Client(const std::string& socket_path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
    limit_waiting(fd_);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("connect");
    }
}

Client::~Client() {
    close(fd_);
}

void Client::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;  // refused meanwhile: the reply tells
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool Client::receive() {
    char chunk[65536];
    const ssize_t got = recv(fd_, chunk, sizeof chunk, 0);
    if (got > 0) received_.append(chunk, static_cast<std::size_t>(got));
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        throw std::runtime_error("no answer in 20 s");
    return got > 0;
}

std::string Client::reply(bool head_only) {
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
        if (!receive()) return std::exchange(received_, {});
    }
    end += 4;
    const auto length = received_.find("Content-Length: ");
    if (!head_only && length < end) end += std::stoul(received_.substr(length + 16));
    while (received_.size() < end && receive()) {
    }
    std::string result = received_.substr(0, end);
    received_.erase(0, end);
    return result;
}

std::string Client::rest() {
    while (receive()) {
    }
    return std::exchange(received_, {});
}

std::string converse(const Server& server, std::string_view bytes) {
    Client client(server.port());
    client.send(bytes);
    return client.rest();
}

std::string status(const std::string& reply) {
    return reply.starts_with("HTTP/1.1 ") ? reply.substr(9, 3) : std::string();
}

std::string get(const Server& server, std::string_view path, std::string_view more_fields) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: " + server.host() + "\r\n" +
           std::string(more_fields) + "\r\n";
}

}  // namespace fairway::test
