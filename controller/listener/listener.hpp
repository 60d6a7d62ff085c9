#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reconciler/model/error.hpp"
#include "reconciler/model/secret.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

class TlsIdentity;

struct ListenerRequest {
    std::string method, path, query, body;
    std::string content_type;
    std::map<std::string, Secret> fields;  ///< that the route asked for, as far as they came
    bool admitted = true;  ///< by token and certificate, where they are asked for; else at an open route
    /// Whether the query names this: "?verbose", "?verbose=1", "?a&verbose".
    bool has(std::string_view parameter) const;
    /// Its value, as sent; empty where there is none.
    std::string_view value(std::string_view parameter) const;
};

struct ListenerReply {
    int status = 200;
    std::string body{};
    std::string content_type = "text/plain; charset=utf-8";
    /// Where the answer takes its time: gives it, and the rest here counts for nothing.
    std::function<Task<ListenerReply>()> later{};
};

/// Answers at once or later, on the loop. What it throws becomes a 500 without details.
using ListenerHandler = std::function<ListenerReply(const ListenerRequest&)>;

/// Judges a body that is not worth keeping, as it comes. Never throws.
class BodyReader {
public:
    virtual ~BodyReader() = default;
    virtual void take(std::string_view piece) = 0;
    /// After the last piece.
    virtual ListenerReply reply() = 0;
};
/// By the head alone: the answer, which ends the connection, or who reads the body.
using BodyVerdict = std::variant<ListenerReply, std::unique_ptr<BodyReader>>;

/// What is answered at one path; where that ends in a slash, at every name right beneath it.
struct ListenerRoute {
    ListenerHandler handler{};
    std::function<BodyVerdict(const ListenerRequest&)> reader{};  ///< instead of the handler
    std::vector<std::string> fields{};  ///< of the head that it wants to see; names in lower case
    std::vector<std::string> methods{"GET", "HEAD"};
    std::size_t max_body = 0;  ///< bytes of a POST's body; 0: none is accepted
    /// For everybody, and not counted: a probe can neither prove itself nor be told to come later.
    bool open = false;
    bool any_host = false;  ///< a page in a browser can get nothing here, whatever its Host
};
using ListenerRoutes = std::map<std::string, ListenerRoute>;

/// Who is let in. May change while the listener serves.
struct ListenerAccess {
    std::vector<std::string>
        hosts{};  ///< names in Host that are answered besides the address and localhost
    std::optional<Secret> token{};  ///< that clients bear; routes that are open aside
    /// Gives what a new connection is met with: there is TLS, and nothing else, where this is set.
    /// Clients must prove themselves, open routes aside, where the identity asks for it.
    std::function<std::shared_ptr<const TlsIdentity>()> identity{};
};

struct ListenerOptions {
    ListenerAccess access{};
    std::size_t max_head = 8 * 1024;
    std::size_t max_fields = 100;
    std::size_t max_connections = 128;
    /// Of these so many may be amid a TLS handshake: those that take longest make room.
    std::size_t max_handshakes = 32;
    /// Each costs far more than a request: what comes more often is closed before it costs anything;
    /// 0: no limit.
    double max_handshakes_per_second = 0;
    double max_requests_per_second = 0;  ///< others get 429; 0: no limit
    /// From a request's first byte to its last; also for the whole of a TLS handshake.
    Duration head_time{std::chrono::seconds(5)};
    Duration idle_time{std::chrono::seconds(30)};  ///< until the next request begins
    Duration reply_time{std::chrono::seconds(30)};
    /// Told when connections cannot be taken, at most once a minute.
    std::function<void(const std::string&)> warn{};
};

/// A small HTTP/1.1 server: exact paths, whole replies, strict heads, no bodies unless asked for.
/// Everything it starts ends with serve().
class Listener {
public:
    /// Binds at once, so that a port that is taken is told before anything else starts. `listen` is
    /// ADDRESS:PORT; with port 0 the system picks one. The routes are paths such as "/metrics".
    static Result<std::unique_ptr<Listener>> on_port(
        boost::asio::any_io_executor executor, std::string_view listen, ListenerRoutes routes,
        ListenerOptions options = {}
    );
    /// The same over a Unix domain socket that only its owner may use. A stale one is replaced, a live
    /// one is an error. Host is not judged.
    static Result<std::unique_ptr<Listener>> on_socket(
        boost::asio::any_io_executor executor, const std::string& path, ListenerRoutes routes,
        ListenerOptions options = {}
    );
    ~Listener();

    std::uint16_t port() const;
    /// "http://127.0.0.1:9464", "https://...", or the path of the socket.
    const std::string& url() const;
    std::size_t connections() const;

    /// From now on lets these in. What was begun under the old rules is finished.
    void admit(ListenerAccess access);

    /// Serves until stop(), or until it is cancelled, which cuts replies off.
    Task<> serve();
    /// Takes no more connections; replies that are under way are finished, the rest is closed.
    void stop();

private:
    struct Impl;
    explicit Listener(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace fairway
