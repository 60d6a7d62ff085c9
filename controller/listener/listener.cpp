#include "controller/listener/listener.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <list>
#include <optional>
#include <utility>

#include "controller/async/task_group.hpp"
#include "controller/listener/acceptors.hpp"
#include "controller/listener/connection.hpp"
#include "controller/listener/conversation.hpp"

namespace fairway {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;
using Unix = asio::local::stream_protocol;
using SteadyClock = std::chrono::steady_clock;
using boost::system::error_code;

namespace {

/// After a failed accept, so as not to spin.
constexpr Duration accept_pause = 100ms;
constexpr Duration warn_interval = 60s;

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
    Impl(const asio::any_io_executor& executor_given, ListenerRoutes routes, ListenerOptions options)
        : executor(executor_given),
          service(std::move(routes), std::move(options)),
          group(executor_given),
          pause(executor_given) {}

    Task<> accept_tcp();
    Task<> accept_unix();
    Task<> accept_failed(error_code error);
    void take(Connection::Socket client, std::string local_address);
    bool make_room(bool among_greeting = false);
    bool greet_another();
    void warn(const std::string& text);
    void apply_access();
    Task<> talk(ConnectionPtr connection);

    asio::any_io_executor executor;
    Service service;
    std::optional<PortAcceptor> port;
    std::optional<SocketAcceptor> socket;
    std::string url;

    TaskGroup group;
    asio::steady_timer pause;
    std::list<ConnectionPtr> connections;
    std::optional<SteadyClock::time_point> warned;
};

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::~Listener() = default;
std::uint16_t Listener::port() const {
    return impl_->port ? impl_->port->port : std::uint16_t{0};
}
const std::string& Listener::url() const {
    return impl_->url;
}
std::size_t Listener::connections() const {
    return impl_->connections.size();
}

Result<std::unique_ptr<Listener>> Listener::on_port(
    asio::any_io_executor executor, std::string_view listen, ListenerRoutes routes,
    ListenerOptions options
) {
    auto opened = open_port(executor, listen);
    if (!opened) return opened.error();
    auto impl = std::make_unique<Impl>(executor, std::move(routes), std::move(options));
    impl->port.emplace(std::move(*opened));
    impl->apply_access();
    return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

Result<std::unique_ptr<Listener>> Listener::on_socket(
    asio::any_io_executor executor, const std::string& path, ListenerRoutes routes,
    ListenerOptions options
) {
    auto opened = open_socket(executor, path);
    if (!opened) return opened.error();
    auto impl = std::make_unique<Impl>(executor, std::move(routes), std::move(options));
    impl->socket.emplace(std::move(*opened));
    impl->url = path;
    return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

Task<> Listener::serve() {
    try {
        if (impl_->port) {
            co_await impl_->accept_tcp();
        } else {
            co_await impl_->accept_unix();
        }
    } catch (const boost::system::system_error&) {
        impl_->service.stopping = true;  // cancelled: join() ends the connections, and waits for them
    }
    // So that a cancelled serve() still waits for its connections, which join() then cancels.
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await impl_->group.join();
    co_await asio::this_coro::throw_if_cancelled(true);
}

void Listener::stop() {
    impl_->service.stopping = true;
    error_code ignored;
    if (impl_->port) impl_->port->acceptor.close(ignored);
    if (impl_->socket) impl_->socket->acceptor.close(ignored);
    impl_->pause.cancel();
    for (const auto& connection : impl_->connections) {
        if (connection->waiting) connection->close();
    }
}

// Accepting comes after waiting: without a free descriptor Linux refuses to accept even when nobody is
// there, and nobody must be sent away for that.

Task<> Listener::Impl::accept_tcp() {
    while (!service.stopping) {
        error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        co_await port->acceptor.async_wait(tcp::acceptor::wait_read, token);
        tcp::socket client(executor);
        if (!error) port->acceptor.accept(client, error);
        if (error) {
            co_await accept_failed(error);
            continue;
        }
        error_code ignored;
        client.set_option(tcp::no_delay(true), ignored);
        const std::string local = client.local_endpoint(ignored).address().to_string();
        take(Connection::Socket(std::move(client)), local);
    }
}

Task<> Listener::Impl::accept_unix() {
    while (!service.stopping) {
        error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        co_await socket->acceptor.async_wait(Unix::acceptor::wait_read, token);
        Unix::socket client(executor);
        if (!error) socket->acceptor.accept(client, error);
        if (error) {
            co_await accept_failed(error);
            continue;
        }
        if (!peer_may_speak(client.native_handle())) {
            warn("another user spoke at the socket, and was not heard");
            continue;
        }
        take(Connection::Socket(std::move(client)), std::string());
    }
}

Task<> Listener::Impl::accept_failed(error_code error) {
    if (service.stopping || error == asio::error::operation_aborted)
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

void Listener::Impl::apply_access() {
    if (!port) return;
    const ListenerAccess& access = service.options.access;
    const bool tls = static_cast<bool>(access.identity);
    service.host_rules.emplace(
        port->address, port->port, port->wildcard, access.hosts,
        tls ? std::uint16_t{443} : std::uint16_t{80}
    );
    url = (tls ? "https://" : "http://") + port->shown();
}

void Listener::admit(ListenerAccess access) {
    impl_->service.options.access = std::move(access);
    ++impl_->service.rules;
    impl_->apply_access();
    for (const auto& connection : impl_->connections) {
        if (connection->waiting) connection->close();
    }
}

void Listener::Impl::warn(const std::string& text) {
    const auto now = SteadyClock::now();
    if (warned && now - *warned < warn_interval) return;
    warned = now;
    if (service.options.warn) service.options.warn(text);
}

/// Ends the connection that has kept us waiting longest; false when all are being answered.
bool Listener::Impl::make_room(bool among_greeting) {
    Connection* longest = nullptr;
    for (const auto& connection : connections) {
        if (!connection->waiting || !connection->is_open()) continue;
        if (among_greeting && !connection->greeting) continue;
        if (longest == nullptr || connection->since < longest->since) longest = connection.get();
    }
    if (longest == nullptr) return false;
    longest->close();
    return true;
}

/// Whether one more handshake may begin. Clients that shake hands slowly push out each other, and not
/// those that are through.
bool Listener::Impl::greet_another() {
    if (!service.handshakes.take(SteadyClock::now())) {
        warn("too many TLS handshakes; some connections are closed");
        return false;
    }
    const auto greeting = std::count_if(connections.begin(), connections.end(), [](const auto& one) {
        return one->greeting && one->is_open();
    });
    if (static_cast<std::size_t>(greeting) < service.options.max_handshakes) return true;
    warn("too many TLS handshakes at once; those that take longest are closed");
    return make_room(true);
}

void Listener::Impl::take(Connection::Socket client, std::string local_address) {
    const bool tls = static_cast<bool>(service.options.access.identity);
    if (tls && !greet_another()) return;  // closes the new one
    if (connections.size() >= service.options.max_connections) {
        warn("too many connections; those that wait longest are closed");
        if (!make_room()) return;
    }
    std::shared_ptr<const TlsIdentity> identity;
    if (tls) {
        identity = service.options.access.identity();
        if (!identity) return;  // never in the clear instead
    }
    auto connection =
        std::make_shared<Connection>(std::move(client), std::move(local_address), std::move(identity));
    connection->greeting = tls;
    connections.push_back(connection);
    group.spawn(talk(connection));
}

Task<> Listener::Impl::talk(ConnectionPtr connection) {
    try {
        Conversation conversation(connection, service);
        co_await conversation.run();
    } catch (const boost::system::system_error&) {  // cancelled
    }
    connection->end();
    connections.remove(connection);
}

}  // namespace fairway
