#include "controller/listener/listener.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <list>
#include <optional>
#include <system_error>
#include <utility>

#include "controller/async/task_group.hpp"
#include "controller/listener/host_rules.hpp"
#include "controller/listener/request_head.hpp"

namespace fairway {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;
using Unix = asio::local::stream_protocol;
using Socket = asio::generic::stream_protocol::socket;
using SteadyClock = std::chrono::steady_clock;
using boost::system::error_code;

namespace {

/// How much of what a refused client still sends is read, so that it can read our reply.
constexpr std::size_t linger_bytes = 64 * 1024;
constexpr Duration linger_time = 1s;
/// After a failed accept, so as not to spin.
constexpr Duration accept_pause = 100ms;
constexpr Duration warn_interval = 60s;

std::string_view status_text(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 417:
            return "Expectation Failed";
        case 421:
            return "Misdirected Request";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Status";
    }
}

std::string http_date() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto two = [](int number) {
        return std::string{
            static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
    };
    return std::string(days[static_cast<std::size_t>(parts.tm_wday)]) + ", " + two(parts.tm_mday) + ' ' +
           months[static_cast<std::size_t>(parts.tm_mon)] + ' ' + std::to_string(parts.tm_year + 1900) +
           ' ' + two(parts.tm_hour) + ':' + two(parts.tm_min) + ':' + two(parts.tm_sec) + " GMT";
}

/// A value of ours or of a handler's, which must not end its line.
std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; }, ' '
    );
    return text;
}

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

/// One client. `deadline` closes the socket under whatever is waiting.
struct Connection : std::enable_shared_from_this<Connection> {
    explicit Connection(Socket given) : socket(std::move(given)), timer(socket.get_executor()) {}

    void deadline(Duration limit) {
        timer.expires_after(limit);
        timer.async_wait([self = shared_from_this()](const error_code& error) {
            if (!error && self->timer.expiry() <= SteadyClock::now()) self->close();
        });
    }
    void close() {
        error_code ignored;
        socket.close(ignored);
    }

    Socket socket;
    asio::steady_timer timer;
    std::string local_address;
    std::string received;  ///< not yet answered
    bool waiting = false;  ///< for a request's first byte or its rest: may be closed when room is needed
    SteadyClock::time_point since = SteadyClock::now();
};
using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace

bool ListenerRequest::has(std::string_view parameter) const {
    std::string_view rest = query;
    while (!rest.empty()) {
        const auto end = rest.find('&');
        const std::string_view part = rest.substr(0, end);
        if (part.substr(0, part.find('=')) == parameter) return true;
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    return false;
}

std::string_view ListenerRequest::value(std::string_view parameter) const {
    std::string_view rest = query;
    while (!rest.empty()) {
        const auto end = rest.find('&');
        const std::string_view part = rest.substr(0, end);
        const auto equals = part.find('=');
        if (part.substr(0, equals) == parameter) {
            return equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
        }
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    return {};
}

struct Listener::Impl {
    Impl(
        const asio::any_io_executor& executor_given, std::map<std::string, ListenerHandler> routes_given,
        ListenerOptions options_given
    )
        : executor(executor_given),
          routes(std::move(routes_given)),
          options(std::move(options_given)),
          group(executor_given),
          pause(executor_given) {
        limits.bytes = options.max_head;
        limits.fields = options.max_fields;
        limits.body = options.max_body;
        limits.methods = options.methods;
        for (const auto& method : options.methods) allow += (allow.empty() ? "" : ", ") + method;
    }
    ~Impl() {
        struct stat status {};
        // Only if it is still ours: another one may have taken the place.
        if (!socket_path.empty() && lstat(socket_path.c_str(), &status) == 0 &&
            status.st_dev == socket_device && status.st_ino == socket_inode) {
            unlink(socket_path.c_str());
        }
    }

    Task<> accept_tcp();
    Task<> accept_unix();
    Task<> accept_failed(error_code error);
    void take(Socket socket, std::string local_address);
    bool make_room();
    void warn(const std::string& text);

    Task<> talk(ConnectionPtr connection);
    Task<> talk_until_end(ConnectionPtr connection);
    /// True when the head is there; its size then is `size`, or `refused` is a status.
    Task<bool> receive_head(ConnectionPtr connection, HeadEnd& end);
    Task<bool> receive_body(ConnectionPtr connection, std::size_t until);
    Task<bool> send(ConnectionPtr connection, ListenerReply reply, bool head_only, bool keep_alive);
    Task<> refuse(ConnectionPtr connection, int status, std::string why, bool head_only);
    ListenerReply answer(const ListenerRequest& request) const;
    Task<ListenerReply> finish(std::function<Task<ListenerReply>()> later);

    asio::any_io_executor executor;
    std::map<std::string, ListenerHandler> routes;
    ListenerOptions options;
    HeadLimits limits;
    std::string allow;
    std::optional<HostRules> host_rules;  ///< none for a Unix socket
    std::optional<tcp::acceptor> tcp_acceptor;
    std::optional<Unix::acceptor> unix_acceptor;
    std::uint16_t port = 0;
    std::string url;
    std::string socket_path;
    dev_t socket_device = 0;
    ino_t socket_inode = 0;

    TaskGroup group;
    asio::steady_timer pause;
    std::list<ConnectionPtr> connections;
    bool stopping = false;
    std::optional<SteadyClock::time_point> warned;
};

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::~Listener() = default;
std::uint16_t Listener::port() const {
    return impl_->port;
}
const std::string& Listener::url() const {
    return impl_->url;
}
std::size_t Listener::connections() const {
    return impl_->connections.size();
}

Result<std::unique_ptr<Listener>> Listener::on_port(
    asio::any_io_executor executor, std::string_view listen,
    std::map<std::string, ListenerHandler> routes, ListenerOptions options
) {
    const auto address = parse_listen_address(listen);
    if (!address) return address.error();
    auto impl = std::make_unique<Impl>(executor, std::move(routes), std::move(options));
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
    impl->port = acceptor.local_endpoint(error).port();
    impl->tcp_acceptor = std::move(acceptor);
    impl->host_rules.emplace(address->address, impl->port, ip.is_unspecified(), impl->options.hosts);
    const std::string shown = ip.is_v6() ? '[' + address->address + ']' : address->address;
    impl->url = "http://" + shown + ':' + std::to_string(impl->port);
    return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

Result<std::unique_ptr<Listener>> Listener::on_socket(
    asio::any_io_executor executor, const std::string& path,
    std::map<std::string, ListenerHandler> routes, ListenerOptions options
) {
    const auto wrong = [&](const std::string& what) {
        return Error(ErrorClass::terminal, ErrorReason::internal, "listen on " + path + ": " + what);
    };
    if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path) ||
        path.find('\0') != std::string::npos) {
        return wrong("a socket's path has 1 to 107 characters");
    }
    auto impl = std::make_unique<Impl>(executor, std::move(routes), std::move(options));
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
    const mode_t mask = umask(0177);  // from its first moment on for the owner alone
    if (!error) acceptor.bind(endpoint, error);
    umask(mask);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error) acceptor.non_blocking(true, error);
    if (error) {
        return wrong(
            std::system_category().message(error.value()) +
            (error.value() == ENOENT ? "; create the directory" : "")
        );
    }
    impl->unix_acceptor = std::move(acceptor);
    impl->socket_path = path;
    impl->url = path;
    if (lstat(path.c_str(), &status) == 0) {
        impl->socket_device = status.st_dev;
        impl->socket_inode = status.st_ino;
    }
    return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

Task<> Listener::serve() {
    try {
        if (impl_->tcp_acceptor) {
            co_await impl_->accept_tcp();
        } else {
            co_await impl_->accept_unix();
        }
    } catch (const boost::system::system_error&) {
        impl_->stopping = true;  // cancelled: join() ends the connections, and waits for them
    }
    // So that a cancelled serve() still waits for its connections, which join() then cancels.
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await impl_->group.join();
    co_await asio::this_coro::throw_if_cancelled(true);
}

void Listener::stop() {
    impl_->stopping = true;
    error_code ignored;
    if (impl_->tcp_acceptor) impl_->tcp_acceptor->close(ignored);
    if (impl_->unix_acceptor) impl_->unix_acceptor->close(ignored);
    impl_->pause.cancel();
    for (const auto& connection : impl_->connections) {
        if (connection->waiting) connection->close();
    }
}

// Accepting comes after waiting: without a free descriptor Linux refuses to accept even when nobody is
// there, and nobody must be sent away for that.

Task<> Listener::Impl::accept_tcp() {
    while (!stopping) {
        error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        co_await tcp_acceptor->async_wait(tcp::acceptor::wait_read, token);
        tcp::socket socket(executor);
        if (!error) tcp_acceptor->accept(socket, error);
        if (error) {
            co_await accept_failed(error);
            continue;
        }
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        const std::string local = socket.local_endpoint(ignored).address().to_string();
        take(Socket(std::move(socket)), local);
    }
}

Task<> Listener::Impl::accept_unix() {
    while (!stopping) {
        error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        co_await unix_acceptor->async_wait(Unix::acceptor::wait_read, token);
        Unix::socket socket(executor);
        if (!error) unix_acceptor->accept(socket, error);
        if (error) {
            co_await accept_failed(error);
            continue;
        }
        take(Socket(std::move(socket)), std::string());
    }
}

Task<> Listener::Impl::accept_failed(error_code error) {
    if (stopping || error == asio::error::operation_aborted)
        co_return;  // the next await throws if cancelled
    if (error == asio::error::connection_aborted || error == asio::error::would_block) co_return;
    warn("cannot take a connection: " + error.message());
    // Out of descriptors, or of memory: the client waits in the system's queue meanwhile.
    make_room();
    pause.expires_after(accept_pause);
    error_code woken;
    auto token = asio::redirect_error(asio::use_awaitable, woken);
    co_await pause.async_wait(token);
}

void Listener::Impl::warn(const std::string& text) {
    const auto now = SteadyClock::now();
    if (warned && now - *warned < warn_interval) return;
    warned = now;
    if (options.warn) options.warn(text);
}

/// Ends the connection that has kept us waiting longest; false when all are being answered.
bool Listener::Impl::make_room() {
    Connection* longest = nullptr;
    for (const auto& connection : connections) {
        if (!connection->waiting || !connection->socket.is_open()) continue;
        if (longest == nullptr || connection->since < longest->since) longest = connection.get();
    }
    if (longest == nullptr) return false;
    longest->close();
    return true;
}

void Listener::Impl::take(Socket socket, std::string local_address) {
    if (connections.size() >= options.max_connections) {
        warn("too many connections; those that wait longest are closed");
        if (!make_room()) return;  // closes the new one
    }
    auto connection = std::make_shared<Connection>(std::move(socket));
    connection->local_address = std::move(local_address);
    connections.push_back(connection);
    group.spawn(talk(connection));
}

Task<> Listener::Impl::talk(ConnectionPtr connection) {
    try {
        co_await talk_until_end(connection);
    } catch (const boost::system::system_error&) {  // cancelled
    }
    connection->timer.cancel();
    connection->close();
    connections.remove(connection);
}

Task<bool> Listener::Impl::receive_head(ConnectionPtr connection, HeadEnd& end) {
    std::array<char, 4096> chunk;
    bool begun = !connection->received.empty();
    connection->deadline(begun ? options.head_time : options.idle_time);
    connection->since = SteadyClock::now();
    for (;;) {
        end = find_head_end(connection->received, limits);
        if (end.size > 0 || end.refused > 0) co_return true;
        if (stopping && !begun) co_return false;
        connection->waiting = true;
        error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        const auto space = asio::buffer(chunk);
        const std::size_t got = co_await connection->socket.async_read_some(space, token);
        connection->waiting = false;
        if (error || got == 0) co_return false;
        connection->received.append(chunk.data(), got);
        if (!begun) connection->deadline(options.head_time);
        begun = true;
    }
}

Task<bool> Listener::Impl::receive_body(ConnectionPtr connection, std::size_t until) {
    std::array<char, 4096> chunk;
    while (connection->received.size() < until) {
        error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        const auto space = asio::buffer(chunk);
        const std::size_t got = co_await connection->socket.async_read_some(space, token);
        if (error || got == 0) co_return false;
        connection->received.append(chunk.data(), got);
    }
    co_return true;
}

Task<> Listener::Impl::talk_until_end(ConnectionPtr connection) {
    for (bool keep_alive = true; keep_alive;) {
        HeadEnd end;
        const bool whole = co_await receive_head(connection, end);
        if (!whole) co_return;
        if (end.refused > 0) {
            std::string why =
                end.refused == 431 ? "the header is too large" : "this is not an HTTP request";
            co_await refuse(connection, end.refused, std::move(why), false);
            co_return;
        }
        const std::string_view received = connection->received;
        const auto parsed = parse_request_head(received.substr(0, end.size), limits);
        if (const auto* refusal = std::get_if<HeadRefusal>(&parsed)) {
            std::string why(refusal->why);
            co_await refuse(connection, refusal->status, std::move(why), false);
            co_return;
        }
        const auto& head = std::get<RequestHead>(parsed);
        if (host_rules && !host_rules->allows(head.host, connection->local_address)) {
            std::string why =
                "this Host is not served here; add it to the configuration if it should be";
            co_await refuse(connection, 421, std::move(why), head.method == "HEAD");
            co_return;
        }
        ListenerRequest request;
        request.method = head.method;
        request.path = head.path;
        request.query = head.query;
        request.content_type = head.content_type;
        if (head.body > 0) {
            const bool body = co_await receive_body(connection, end.size + head.body);
            if (!body) co_return;
            request.body = connection->received.substr(end.size, head.body);
        }
        connection->received.erase(0, end.size + head.body);

        keep_alive = head.keep_alive && !stopping;
        ListenerReply reply = answer(request);
        if (reply.later) {
            connection->deadline(options.reply_time);
            const auto later = std::exchange(reply.later, {});
            reply = co_await finish(later);
        }
        const bool sent = co_await send(connection, std::move(reply), head.method == "HEAD", keep_alive);
        if (!sent) co_return;
    }
    error_code ignored;
    connection->socket.shutdown(Socket::shutdown_send, ignored);
}

Task<ListenerReply> Listener::Impl::finish(std::function<Task<ListenerReply>()> later) {
    std::optional<ListenerReply> reply;
    try {
        reply = co_await later();
    } catch (const boost::system::system_error& failure) {
        if (failure.code() == asio::error::operation_aborted) throw;
    } catch (const std::exception&) {
    }
    co_return reply ? *std::move(reply) : ListenerReply{500, "internal error\n"};
}

ListenerReply Listener::Impl::answer(const ListenerRequest& request) const {
    ListenerReply reply;
    const auto route = routes.find(request.path);
    if (route == routes.end()) {
        reply.status = 404;
        reply.body = "not found; there is:\n";
        for (const auto& [path, handler] : routes) reply.body += path + '\n';
        return reply;
    }
    try {
        return route->second(request);
    } catch (const std::exception&) {
        reply.status = 500;
        reply.body = "internal error\n";
        return reply;
    }
}

Task<bool> Listener::Impl::send(
    ConnectionPtr connection, ListenerReply reply, bool head_only, bool keep_alive
) {
    std::string text = "HTTP/1.1 " + std::to_string(reply.status) + ' ';
    text += status_text(reply.status);
    text += "\r\nDate: " + http_date();
    text += "\r\nContent-Type: " + one_line(std::move(reply.content_type));
    text += "\r\nContent-Length: " + std::to_string(reply.body.size());
    if (reply.status == 405) text += "\r\nAllow: " + allow;
    text += keep_alive ? "\r\nConnection: keep-alive" : "\r\nConnection: close";
    text +=
        "\r\nCache-Control: no-store"
        "\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'"
        "\r\nX-Content-Type-Options: nosniff\r\n\r\n";
    if (!head_only) text += reply.body;
    connection->deadline(options.reply_time);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const auto bytes = asio::buffer(text);
    co_await asio::async_write(connection->socket, bytes, token);
    co_return !error;
}

/// Tells why, and ends the connection in a way that lets the client read it.
Task<> Listener::Impl::refuse(ConnectionPtr connection, int status, std::string why, bool head_only) {
    ListenerReply reply;
    reply.status = status;
    reply.body = why + '\n';
    const bool sent = co_await send(connection, std::move(reply), head_only, false);
    if (!sent) co_return;
    error_code error;
    connection->socket.shutdown(Socket::shutdown_send, error);
    connection->deadline(linger_time);
    connection->waiting = true;  // may be closed when room is needed
    std::array<char, 4096> chunk;
    for (std::size_t read = 0; !error && read < linger_bytes && !stopping;) {
        auto token = asio::redirect_error(asio::use_awaitable, error);
        const auto space = asio::buffer(chunk);
        read += co_await connection->socket.async_read_some(space, token);
    }
    connection->waiting = false;
}

}  // namespace fairway
