#include "controller/api/https_client.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

#include "controller/api/name_lookup.hpp"
#include "controller/api/proxy.hpp"
#include "controller/api/tls.hpp"
#include "controller/codec/too_large.hpp"

#ifndef FAIRWAY_VERSION
#define FAIRWAY_VERSION "0"
#endif

namespace fairway {
namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using SteadyTime = std::chrono::steady_clock::time_point;

namespace {

constexpr auto as_codes = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t first_room = 16U << 10;

SteadyTime now() {
    return std::chrono::steady_clock::now();
}

[[noreturn]] void throw_cancelled() {
    throw boost::system::system_error(asio::error::operation_aborted);
}

// One connection, and what the one call on it is doing.
struct Connection {
    explicit Connection(const asio::any_io_executor& executor) : socket(executor) {}
    ~Connection() { wipe(room.data(), room.size()); }  // an answer of IAM holds a key
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    tcp::socket socket;
    std::unique_ptr<TlsStream> tls;
    std::vector<char> room = std::vector<char>(first_room);
    std::size_t begin = 0, end = 0;  // of what was read and not yet parsed
    std::string_view step;           // for people: what we are waiting for
    SteadyTime deadline = SteadyTime::max(), idle_since;
    bool timed_out = false, reused = false;
    bool secured = false;  // the host itself is at the other end, or should be
};

/// What became of a request, whatever became of the answer.
struct Progress {
    bool wrote = false, answered = false;
};

bool is_clean(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
}

}  // namespace

Result<HttpsOptions> parse_endpoint(std::string_view endpoint) {
    const auto bad = [&](const char* why) {
        return Error(
            ErrorClass::terminal, ErrorReason::validation,
            "endpoint \"" + std::string(endpoint) + "\" " + why + "; expected https://HOST[:PORT]"
        );
    };
    constexpr std::string_view scheme = "https://";
    if (endpoint.substr(0, scheme.size()) != scheme) return bad("does not begin with https://");
    std::string_view rest = endpoint.substr(scheme.size());
    HttpsOptions options;
    if (!rest.empty() && rest.front() == '[') {
        const auto close = rest.find(']');
        if (close == rest.npos) return bad("has no closing bracket");
        options.host = rest.substr(1, close - 1);
        error_code no_address;
        asio::ip::make_address_v6(options.host, no_address);
        if (no_address) return bad("has no IPv6 address in its brackets");
        rest.remove_prefix(close + 1);
    } else {
        const auto size = std::min(rest.find(':'), rest.size());
        options.host = rest.substr(0, size);
        rest.remove_prefix(size);
        constexpr std::string_view allowed =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
        if (options.host.find_first_not_of(allowed) != std::string::npos) {
            return bad("has more than a host and a port");
        }
    }
    if (options.host.empty()) return bad("has no host");
    if (rest.empty()) return options;
    rest.remove_prefix(1);
    const auto [stop, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), options.port);
    if (failure != std::errc() || stop != rest.data() + rest.size() || options.port == 0) {
        return bad("has no valid port");
    }
    return options;
}

Result<HttpsOptions> options_for(const std::string& url, const ProjectEndpoint& project) {
    auto where = parse_endpoint(url);
    if (!where) return where;
    where->ca_file = project.ca_file;
    where->crl_file = project.crl_file;
    where->client_certificate = project.client_certificate;
    if (project.proxy && !is_direct(*project.proxy, where->host, where->port)) {
        where->proxy = project.proxy;
    }
    return where;
}

class HttpsClient::Impl : public std::enable_shared_from_this<HttpsClient::Impl> {
public:
    Impl(asio::any_io_executor executor, HttpsOptions options, std::unique_ptr<TlsContext> trust)
        : slots_(executor, options.max_connections),
          options_(std::move(options)),
          trust_(std::move(trust)),
          names_(
              executor, options_.proxy ? options_.proxy->host : options_.host,
              options_.proxy ? options_.proxy->port : options_.port
          ),
          executor_(executor),
          watch_(executor) {
        const bool v6 = options_.host.find(':') != std::string::npos;
        authority_ = v6 ? "[" + options_.host + "]" : options_.host;
        tunnel_to_ = authority_ + ":" + std::to_string(options_.port);
        if (options_.port != 443) authority_ += ":" + std::to_string(options_.port);
        place_ = options_.proxy ? "proxy " + options_.proxy->authority() : authority_;
    }

    Task<Result<HttpReply>> send(
        std::shared_ptr<Impl> self, CallSlots::Slot slot, HttpRequest request, CallDeadlines limits
    );
    static Task<Result<HttpReply>> admit_and_send(
        std::shared_ptr<Impl> self, HttpRequest request, CallDeadlines limits
    );
    void close_idle() {
        for (const auto& connection : idle_) connection->tls->say_goodbye();
        idle_.clear();
        if (active_.empty()) watch_.cancel();
    }

    CallSlots& slots() { return slots_; }
    const std::string& authority() const { return authority_; }
    Figures figures() const {
        return {reached_, opened_, resumed_, idle_.size(), active_.size(), slots_.used()};
    }

private:
    class Lease;

    Result<std::string> serialise(const HttpRequest& request) const;
    std::unique_ptr<Connection> take_idle();
    Task<Result<>> connect(Connection* c, CallDeadlines limits, SteadyTime whole);
    Task<Result<>> dig_tunnel(Connection* c);
    Task<Result<>> shake_hands(Connection* c);
    Task<Result<>> write(Connection* c, std::string_view bytes);
    Task<Result<HttpReply>> read(
        Connection* c, CallDeadlines limits, SteadyTime whole, Progress* progress
    );
    Task<Result<>> ready(Connection* c, tcp::socket::wait_type what);

    void expect(Connection* c, std::string_view step, SteadyTime by) {
        c->step = step;
        c->deadline = by;
        watch(by);
    }
    void watch(SteadyTime when);
    void look();

    Error network(const Connection& c, const std::string& why) const {
        return {
            ErrorClass::retryable, ErrorReason::network,
            std::string(c.step) + " " + (c.secured ? authority_ : place_) + ": " + why};
    }
    Error too_slow(const Connection& c) const {
        return {
            ErrorClass::retryable, ErrorReason::timeout,
            std::string(c.step) + " " + (c.secured ? authority_ : place_) + ": timed out"};
    }

    CallSlots slots_;
    HttpsOptions options_;
    std::unique_ptr<TlsContext> trust_;
    NameLookup names_;
    asio::any_io_executor executor_;
    std::string authority_, tunnel_to_;
    std::string place_;                              // that the connection is made to
    std::vector<std::unique_ptr<Connection>> idle_;  // the one used last at the end
    std::vector<Connection*> active_;
    std::size_t reached_ = 0, opened_ = 0, resumed_ = 0;
    // One timer for all connections. It goes off at the earliest deadline that was ever set, looks who
    // is late, and is set again: moving a deadline away costs nothing.
    asio::steady_timer watch_;
    SteadyTime watched_ = SteadyTime::max();
};

// A connection in use. It goes with the call, unless the call ends well and keeps it.
class HttpsClient::Impl::Lease {
public:
    Lease(Impl& owner, std::unique_ptr<Connection> connection)
        : owner_(owner), connection_(std::move(connection)) {
        if (connection_) {
            connection_->reused = true;
        } else {
            connection_ = std::make_unique<Connection>(owner.executor_);
        }
        owner_.active_.push_back(connection_.get());
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
        const auto at = std::find(owner_.active_.begin(), owner_.active_.end(), connection_.get());
        *at = owner_.active_.back();
        owner_.active_.pop_back();
        if (!kept_) return;
        connection_->deadline = SteadyTime::max();
        connection_->idle_since = now();
        owner_.watch(connection_->idle_since + owner_.options_.idle);
        owner_.idle_.push_back(std::move(connection_));
    }
    Connection* get() const { return connection_.get(); }
    Connection* operator->() const { return connection_.get(); }
    void keep() { kept_ = true; }

private:
    Impl& owner_;
    std::unique_ptr<Connection> connection_;
    bool kept_ = false;
};

void HttpsClient::Impl::watch(SteadyTime when) {
    if (when >= watched_) return;
    watched_ = when;
    watch_.expires_at(when);
    watch_.async_wait([weak = weak_from_this()](error_code moved) {
        if (moved) return;
        if (const auto self = weak.lock()) self->look();
    });
}

void HttpsClient::Impl::look() {
    watched_ = SteadyTime::max();
    const SteadyTime at = now();
    SteadyTime next = SteadyTime::max();
    for (Connection* c : active_) {
        if (c->deadline > at) {
            next = std::min(next, c->deadline);
            continue;
        }
        c->timed_out = true;
        c->deadline = SteadyTime::max();
        error_code ignored;
        c->socket.cancel(ignored);
    }
    std::erase_if(idle_, [&](const std::unique_ptr<Connection>& connection) {
        const SteadyTime end = connection->idle_since + options_.idle;
        if (end > at) {
            next = std::min(next, end);
            return false;
        }
        connection->tls->say_goodbye();
        return true;
    });
    if (next != SteadyTime::max()) watch(next);
}

Result<std::string> HttpsClient::Impl::serialise(const HttpRequest& request) const {
    bool clean = is_clean(request.method) && is_clean(request.target);
    std::string out;
    std::size_t size = 512 + request.target.size() + request.body.size();
    for (const HttpField& field : request.fields) size += field.name.size() + field.value.size() + 4;
    out.reserve(size);  // it never moves, and leaves no copy of a token behind
    out.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\nHost: ");
    out.append(authority_)
        .append("\r\nUser-Agent: fairway/" FAIRWAY_VERSION "\r\nAccept: application/json\r\n");
    for (const HttpField& field : request.fields) {
        clean = clean && is_clean(field.name) && is_clean(field.value);
        out.append(field.name).append(": ").append(field.value).append("\r\n");
    }
    if (!request.body.empty() || !request.is_safe()) {
        out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
    }
    out.append("\r\n").append(request.body);
    if (!clean) {
        return Error(
            ErrorClass::terminal, ErrorReason::internal,
            "a request would have control characters in its header"
        );
    }
    return out;
}

std::unique_ptr<Connection> HttpsClient::Impl::take_idle() {
    const SteadyTime oldest = now() - options_.idle;
    while (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        if (connection->idle_since > oldest && connection->tls->quiet()) return connection;
    }
    return nullptr;
}

Task<Result<>> HttpsClient::Impl::ready(Connection* c, tcp::socket::wait_type what) {
    if (c->timed_out) co_return too_slow(*c);
    const auto [failure] = co_await c->socket.async_wait(what, as_codes);
    if (!failure) co_return Result<>();
    if (c->timed_out) co_return too_slow(*c);
    if (failure == asio::error::operation_aborted) throw_cancelled();
    co_return network(*c, failure.message());
}

Task<Result<>> HttpsClient::Impl::connect(Connection* c, CallDeadlines limits, SteadyTime whole) {
    const SteadyTime resolved_by = std::min(now() + limits.resolve, whole);
    const auto found = co_await names_.endpoints(resolved_by);
    if (!found) co_return found.error();

    // The first address may be a black hole: leave time for the others.
    const Duration share = limits.connect / static_cast<int>(std::min<std::size_t>(found->size(), 3));
    Result<> outcome;
    for (const tcp::endpoint& endpoint : *found) {
        expect(c, "connect to", std::min(now() + share, whole));
        const auto [failure] = co_await c->socket.async_connect(endpoint, as_codes);
        if (!failure) {
            outcome = Result<>();
            break;
        }
        if (!c->timed_out && failure == asio::error::operation_aborted) throw_cancelled();
        outcome = c->timed_out ? too_slow(*c) : network(*c, failure.message());
        error_code ignored;
        c->socket.close(ignored);
        c->timed_out = false;
        if (now() >= whole) break;
    }
    if (!outcome) {
        names_.forget();
        co_return outcome;
    }
    ++reached_;
    error_code refused;
    c->socket.set_option(tcp::no_delay(true), refused);
    c->socket.native_non_blocking(true, refused);
    if (refused) co_return network(*c, refused.message());
    if (options_.proxy) {
        expect(c, "ask", std::min(now() + limits.connect, whole));
        const auto through = co_await dig_tunnel(c);
        if (!through) co_return through;
    }
    c->secured = true;
    c->tls = std::make_unique<TlsStream>(*trust_, c->socket.native_handle());
    expect(c, "TLS handshake with", std::min(now() + limits.handshake, whole));
    co_return co_await shake_hands(c);
}

Task<Result<>> HttpsClient::Impl::dig_tunnel(Connection* c) {
    const std::string request = connect_request(*options_.proxy, tunnel_to_);
    const int socket = c->socket.native_handle();
    for (std::string_view rest = request; !rest.empty();) {
        const auto count = ::send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (count >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(count));
            continue;
        }
        if (errno != EAGAIN && errno != EINTR) co_return network(*c, std::strerror(errno));
        const auto waited = co_await ready(c, tcp::socket::wait_write);
        if (!waited) co_return waited;
    }
    std::string head;
    for (;;) {
        const auto waited = co_await ready(c, tcp::socket::wait_read);
        if (!waited) co_return waited;
        char room[4096];
        const auto count = ::recv(socket, room, sizeof room, 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (count < 0) co_return network(*c, std::strerror(errno));
        if (count == 0) co_return network(*c, "it closed the connection without an answer");
        head.append(room, static_cast<std::size_t>(count));
        const auto verdict = judge_connect(*options_.proxy, tunnel_to_, head);
        if (!verdict) co_return verdict.error();
        if (*verdict) co_return Result<>();
    }
}

Task<Result<>> HttpsClient::Impl::shake_hands(Connection* c) {
    for (;;) {
        const TlsStep step = c->tls->handshake();
        if (step == TlsStep::done) break;
        if (step != TlsStep::want_read && step != TlsStep::want_write) {
            co_return network(*c, c->tls->failure());
        }
        const auto what = step == TlsStep::want_read ? tcp::socket::wait_read : tcp::socket::wait_write;
        const auto waited = co_await ready(c, what);
        if (!waited) co_return waited;
    }
    ++opened_;
    if (c->tls->resumed()) ++resumed_;
    co_return Result<>();
}

Task<Result<>> HttpsClient::Impl::write(Connection* c, std::string_view bytes) {
    while (!bytes.empty()) {
        std::size_t written = 0;
        const TlsStep step = c->tls->write(bytes, written);
        bytes.remove_prefix(written);
        if (step == TlsStep::done) continue;
        if (step != TlsStep::want_read && step != TlsStep::want_write) {
            co_return network(*c, c->tls->failure());
        }
        const auto what = step == TlsStep::want_read ? tcp::socket::wait_read : tcp::socket::wait_write;
        const auto waited = co_await ready(c, what);
        if (!waited) co_return waited;
    }
    co_return Result<>();
}

Task<Result<HttpReply>> HttpsClient::Impl::read(
    Connection* c, CallDeadlines limits, SteadyTime whole, Progress* progress
) {
    ReplyParser parser(options_.reply);
    bool in_body = false;
    TlsStep step = c->tls->buffered() ? TlsStep::done : TlsStep::want_read;  // nothing can be there yet
    for (;;) {
        if (step == TlsStep::want_read || step == TlsStep::want_write) {
            const auto what =
                step == TlsStep::want_read ? tcp::socket::wait_read : tcp::socket::wait_write;
            const auto waited = co_await ready(c, what);
            if (!waited) co_return waited.error();
        }
        if (c->end == c->room.size()) c->room.resize(2 * c->room.size());  // the parser sets the limit
        std::size_t got = 0;
        step = c->tls->read(c->room.data() + c->end, c->room.size() - c->end, got);
        if (step == TlsStep::failed) co_return network(*c, c->tls->failure());
        if (step == TlsStep::done) {
            progress->answered = true;
            c->end += got;
            const std::size_t taken = parser.put({c->room.data(), c->end});
            c->end -= taken;
            if (c->end > 0 && taken > 0) std::memmove(c->room.data(), c->room.data() + taken, c->end);
        }
        if (step == TlsStep::closed) {
            if (!progress->answered) co_return network(*c, c->tls->failure());
            parser.put_eof();
        }
        if (!parser.flaw().empty()) {
            std::string what = "the answer of " + authority_ + " " + parser.flaw();
            if (parser.too_large()) co_return too_large(std::move(what));
            co_return Error(ErrorClass::retryable, ErrorReason::server, std::move(what));
        }
        if (parser.done()) break;
        if (!in_body && parser.header_done()) {
            in_body = true;
            expect(c, "read the answer of", std::min(now() + limits.body, whole));
        }
    }
    // What follows an answer unasked is no answer to the next request.
    c->reused = parser.keep_alive() && c->end == 0 && step != TlsStep::closed && !c->tls->buffered();
    co_return parser.take();
}

Task<Result<HttpReply>> HttpsClient::Impl::send(
    [[maybe_unused]] std::shared_ptr<Impl> self, [[maybe_unused]] CallSlots::Slot slot,
    HttpRequest request, CallDeadlines limits
) {
    const WipedLater request_wiped(request);
    auto bytes = serialise(request);
    if (!bytes) co_return bytes.error();
    const WipedLater bytes_wiped(*bytes);
    const SteadyTime whole = now() + limits.whole;
    for (bool fresh = false;; fresh = true) {
        Lease lease(*this, fresh ? nullptr : take_idle());
        Connection* const c = lease.get();
        const bool reused = c->reused;
        if (!reused) {
            const auto connected = co_await connect(c, limits, whole);
            if (!connected) co_return connected.error();
        }
        if (request.held_back) {
            if (auto why = request.held_back()) co_return *std::move(why);
        }
        Progress progress;
        const auto before = c->tls->bytes_sent();
        expect(c, "wait for", std::min(now() + limits.header, whole));
        const auto written = co_await write(c, *bytes);
        progress.wrote = c->tls->bytes_sent() != before;
        Error failure(ErrorClass::retryable, ErrorReason::network, "");
        if (written) {
            auto reply = co_await read(c, limits, whole, &progress);
            if (reply) {
                if (c->reused) lease.keep();
                co_return reply;
            }
            failure = reply.error();
        } else {
            failure = written.error();
        }
        // The server may close a kept connection at the moment it is used again.
        const bool stale = reused && !progress.answered && failure.reason() == ErrorReason::network;
        if (stale && (request.is_safe() || !progress.wrote)) continue;
        if (progress.wrote && !request.is_safe()) co_return std::move(failure).unsure();
        co_return failure;
    }
}

Task<Result<HttpReply>> HttpsClient::Impl::admit_and_send(
    std::shared_ptr<Impl> self, HttpRequest request, CallDeadlines limits
) {
    auto slot = co_await self->slots_.take();
    co_return co_await self->send(self, std::move(slot), std::move(request), limits);
}

HttpsClient::HttpsClient(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpsClient::~HttpsClient() {
    impl_->close_idle();
}

Result<std::unique_ptr<HttpsClient>> HttpsClient::open(
    asio::any_io_executor executor, HttpsOptions options
) {
    auto trust = TlsContext::open(
        options.host, TlsFiles{options.ca_file, options.crl_file, options.client_certificate}
    );
    if (!trust) return trust.error();
    auto impl = std::make_shared<Impl>(std::move(executor), std::move(options), *std::move(trust));
    return std::unique_ptr<HttpsClient>(new HttpsClient(std::move(impl)));
}

Task<CallSlots::Slot> HttpsClient::admit() {
    return impl_->slots().take();
}

Task<Result<HttpReply>> HttpsClient::send(
    CallSlots::Slot slot, HttpRequest request, CallDeadlines limits
) {
    return impl_->send(impl_, std::move(slot), std::move(request), limits);
}

Task<Result<HttpReply>> HttpsClient::send(HttpRequest request, CallDeadlines limits) {
    return Impl::admit_and_send(impl_, std::move(request), limits);
}

void HttpsClient::limit(unsigned max_connections) {
    impl_->slots().limit(max_connections);
}

const std::string& HttpsClient::authority() const {
    return impl_->authority();
}

HttpsClient::Figures HttpsClient::figures() const {
    return impl_->figures();
}

}  // namespace fairway
