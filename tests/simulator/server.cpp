#include "tests/simulator/server.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <set>
#include <thread>

#include "tests/simulator/text.hpp"

namespace apic_simulator {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;
using Buffer = boost::beast::flat_buffer;
using TlsStream = asio::ssl::stream<tcp::socket>;

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t body_limit = 12U << 20U;
constexpr std::size_t target_limit = 32U << 10U;
constexpr std::size_t header_limit = 128U << 10U;
constexpr std::size_t one_header_limit = 32U << 10U;

std::string_view reason(int status) {
    if (status == 494) return "Request Header Too Large";
    const auto text = http::obsolete_reason(static_cast<http::status>(status));
    return {text.data(), text.size()};
}

/// Status line and headers.
std::string head_of(const Reply& reply, bool keep_alive) {
    std::string text = "HTTP/1.1 " + std::to_string(reply.status) + ' ';
    text.append(reason(reply.status)).append("\r\nServer: api-gateway\r\n");
    if (reply.status != 204) {
        text.append("Content-Type: ").append(reply.content_type).append("\r\nContent-Length: ");
        text.append(std::to_string(reply.body.size())).append("\r\n");
    }
    for (const auto& [name, value] : reply.headers) {
        text.append(name).append(": ").append(value).append("\r\n");
    }
    return text.append(keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
}

Request taken_from(Parser& parser, std::uint64_t connection) {
    auto& message = parser.get();
    Request request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
        request.headers.emplace_back(
            lower_case(std::string(field.name_string())), std::string(field.value())
        );
    }
    request.body = std::move(message.body());
    request.connection = connection;
    return request;
}

/// The status for a request that HTTP alone refuses, or 0.
int refused_by_http(const error_code& error, const Parser& parser) {
    if (error == http::error::body_limit) return 413;
    if (error == http::error::header_limit || error == http::error::buffer_overflow) return 494;
    if (error && error != http::error::end_of_stream && error != http::error::partial_message)
        return 400;
    if (error) return 0;
    if (parser.get().target().size() > target_limit) return 414;
    for (const auto& field : parser.get()) {
        if (field.value().size() > one_header_limit) return 494;
    }
    return 0;
}

/// Whether the error came from the network rather than from the request.
bool broken(const error_code& error) {
    static const auto& of_requests = http::make_error_code(http::error::end_of_stream).category();
    return error && error.category() != of_requests;
}

/// Reads one request. Answers "100 Continue" where it is waited for.
template <class Stream>
awaitable<error_code> read_request(Stream& stream, Buffer& buffer, Parser& parser) {
    parser.eager(true);
    parser.body_limit(body_limit);
    parser.header_limit(static_cast<std::uint32_t>(header_limit + target_limit));
    bool continued = false;
    for (;;) {
        error_code error;
        if (buffer.size() > 0) {
            buffer.consume(parser.put(buffer.data(), error));
            if (error && error != http::error::need_more) co_return error;
            if (parser.is_done()) co_return error_code();
        }
        if (!continued && parser.is_header_done() &&
            parser.get()[http::field::expect] == "100-continue") {
            continued = true;
            static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            const auto go_on_buffer = asio::buffer(go_on);
            const auto [write_error, written] =
                co_await asio::async_write(stream, go_on_buffer, as_tuple);
            if (write_error) co_return write_error;
        }
        const auto space = buffer.prepare(16384);
        const auto [read_error, size] = co_await stream.async_read_some(space, as_tuple);
        if (read_error) co_return read_error;
        buffer.commit(size);
    }
}

template <class Stream>
awaitable<bool> write(Stream& stream, const std::string& head, std::string_view body) {
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(body)};
    const auto [error, size] = co_await asio::async_write(stream, parts, as_tuple);
    co_return !error;
}

awaitable<void> pause(std::chrono::milliseconds length) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, length);
    const auto [error] = co_await timer.async_wait(as_tuple);
    static_cast<void>(error);
}

/// The next close sends a reset instead of a farewell.
void arm_reset(tcp::socket& socket) {
    error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
}

tcp::acceptor listen(asio::io_context& io, unsigned short port) {
    return tcp::acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), port), true);
}

}  // namespace

struct Server::Impl {
    Impl(Api& used_api, const Certificates& certificates, unsigned short port, unsigned short admin_port)
        : api(used_api),
          admin(used_api, [this] { drop(); }),
          api_acceptor(listen(io, port)),
          admin_acceptor(listen(io, admin_port)) {
        tls.set_options(
            asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1
        );
        tls.use_certificate_chain(asio::buffer(certificates.server));
        tls.use_private_key(asio::buffer(certificates.server_key), asio::ssl::context::pem);
        static constexpr unsigned char session_context[] = "apic-simulator";
        SSL_CTX_set_session_id_context(tls.native_handle(), session_context, sizeof session_context - 1);
        asio::co_spawn(io, accept_api(), asio::detached);
        asio::co_spawn(io, accept_admin(), asio::detached);
        thread = std::thread([this] { io.run(); });
    }

    ~Impl() {
        io.stop();
        thread.join();
        api.forget_turns();
    }

    awaitable<void> accept_api() {
        for (;;) {
            auto [error, socket] = co_await api_acceptor.async_accept(as_tuple);
            if (error) continue;
            ++api.connections;
            asio::co_spawn(io, serve_api(std::move(socket), ++last_connection), asio::detached);
        }
    }

    awaitable<void> accept_admin() {
        for (;;) {
            auto [error, socket] = co_await admin_acceptor.async_accept(as_tuple);
            if (error) continue;
            asio::co_spawn(io, serve_admin(std::move(socket)), asio::detached);
        }
    }

    awaitable<void> serve_api(tcp::socket socket, std::uint64_t connection) {
        TlsStream stream(std::move(socket), tls);
        tcp::socket& lowest = stream.next_layer();
        const Open open(*this, lowest);
        error_code ignored;
        lowest.set_option(tcp::no_delay(true), ignored);
        const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, as_tuple);
        if (error) co_return;
        ++api.handshakes;
        if (SSL_session_reused(stream.native_handle()) == 1) ++api.resumed;

        Buffer buffer;
        bool going_on = true;
        while (going_on) going_on = co_await serve_one(stream, buffer, connection);
        // Told so, OpenSSL keeps the session fit for resumption.
        SSL_set_shutdown(stream.native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }

    /// Serves one request; false when the connection is to be closed.
    awaitable<bool> serve_one(TlsStream& stream, Buffer& buffer, std::uint64_t connection) {
        Parser parser;
        const error_code error = co_await read_request(stream, buffer, parser);
        if (broken(error)) co_return false;
        if (const int status = refused_by_http(error, parser)) {
            const Request request = taken_from(parser, connection);
            const Reply refusal = api.refuse(request, status);
            const std::string head = head_of(refusal, false);
            co_await write(stream, head, refusal.body);
            co_await drain(stream);
            co_return false;
        }
        if (error) co_return false;

        const bool keep_alive = parser.keep_alive();
        Exchange exchange;
        exchange.request = taken_from(parser, connection);
        api.arrive(exchange);
        while (!api.take_turn(exchange)) co_await pause(std::chrono::milliseconds(1));
        if (exchange.delay.count() > 0) co_await pause(exchange.delay);
        api.decide(exchange);

        if (exchange.ending == Ending::hanging) {
            co_await wait_for_end(stream);
            co_return false;
        }
        if (exchange.ending == Ending::reset) {
            arm_reset(stream.next_layer());
            co_return false;
        }
        const std::string head = head_of(exchange.reply, keep_alive);
        std::string_view body = exchange.reply.body;
        if (exchange.ending == Ending::truncated) {
            body.remove_suffix((body.size() + 1) / 2);
            co_await write(stream, head, body);
            co_return false;
        }
        const bool written = co_await write(stream, head, body);
        if (!written) co_return false;
        co_return keep_alive;
    }

    /// Until the client gives up.
    awaitable<void> wait_for_end(TlsStream& stream) {
        char bytes[1024];
        for (;;) {
            const auto space = asio::buffer(bytes);
            const auto [error, size] = co_await stream.async_read_some(space, as_tuple);
            if (error) co_return;
        }
    }

    /// Reads what a refused request still sends, so that the client gets to see the answer.
    awaitable<void> drain(TlsStream& stream) {
        std::string bytes(65536, '\0');
        for (std::size_t total = 0; total < (64U << 20U);) {
            const auto space = asio::buffer(bytes);
            const auto [error, size] = co_await stream.async_read_some(space, as_tuple);
            if (error) co_return;
            total += size;
        }
    }

    awaitable<void> serve_admin(tcp::socket socket) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        Buffer buffer;
        bool going_on = true;
        while (going_on) {
            Parser parser;
            const error_code error = co_await read_request(socket, buffer, parser);
            if (error) co_return;
            Request request = taken_from(parser, 0);
            const Reply reply = admin.answer(request);
            const std::string head = head_of(reply, parser.keep_alive());
            const bool written = co_await write(socket, head, reply.body);
            going_on = written && parser.keep_alive();
        }
    }

    /// An API connection as long as it is served.
    struct Open {
        Open(Impl& impl, tcp::socket& socket) : sockets(impl.sockets), own(&socket) {
            sockets.insert(own);
        }
        ~Open() { sockets.erase(own); }
        Open(const Open&) = delete;
        Open& operator=(const Open&) = delete;
        std::set<tcp::socket*>& sockets;
        tcp::socket* own;
    };

    void drop() {
        asio::post(io, [this] {
            for (tcp::socket* const socket : sockets) {
                arm_reset(*socket);
                error_code ignored;
                socket->close(ignored);
            }
        });
    }

    Api& api;
    Admin admin;
    std::set<tcp::socket*> sockets;  // outlives the coroutines, which the context destroys
    asio::io_context io{1};
    asio::ssl::context tls{asio::ssl::context::tls_server};
    tcp::acceptor api_acceptor, admin_acceptor;
    std::uint64_t last_connection = 0;
    std::thread thread;
};

Server::Server(
    Api& api, const Certificates& certificates, unsigned short port, unsigned short admin_port
)
    : impl_(std::make_unique<Impl>(api, certificates, port, admin_port)) {}

Server::~Server() = default;

unsigned short Server::port() const {
    return impl_->api_acceptor.local_endpoint().port();
}

unsigned short Server::admin_port() const {
    return impl_->admin_acceptor.local_endpoint().port();
}

void Server::drop_connections() {
    impl_->drop();
}

Reply Server::admin(Request& request) {
    return impl_->admin.answer(request);
}

}  // namespace apic_simulator
