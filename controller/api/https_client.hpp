#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "controller/api/endpoint.hpp"
#include "controller/api/http_transport.hpp"
#include "controller/api/reply_parser.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

struct HttpsOptions {
    std::string host;  ///< a name or an IP literal, without brackets
    std::uint16_t port = 443;
    std::optional<std::string> ca_file;   ///< trusted instead of the system's store
    std::optional<std::string> crl_file;  ///< revocation lists, one of every authority in the chain
    std::optional<ClientCertificate> client_certificate;
    std::optional<Proxy> proxy;  ///< between us and the host
    unsigned max_connections = 32;
    Duration idle{std::chrono::seconds(50)};  ///< after which an unused connection is closed
    ReplyLimits reply;
};

/// Host and port of "https://HOST[:PORT]"; anything else is an error. The other options are the
/// defaults.
Result<HttpsOptions> parse_endpoint(std::string_view endpoint);

/// How `url` of a project is reached.
Result<HttpsOptions> options_for(const std::string& url, const ProjectEndpoint& project);

/// HTTP/1.1 over TLS to one host, on connections that are kept. Chain and host name are always
/// verified, redirects never followed. One thread only. While connections are idle, a timer keeps the
/// loop busy until they are closed or the client goes.
class HttpsClient : public HttpTransport {
public:
    /// Fails when a file that is named in the options cannot be used.
    static Result<std::unique_ptr<HttpsClient>> open(
        boost::asio::any_io_executor executor, HttpsOptions options
    );
    /// Calls in flight go on; idle connections are closed.
    ~HttpsClient() override;

    Task<CallSlots::Slot> admit() override;
    /// A GET that dies on a kept connection before the first byte of an answer, and a write of which no
    /// byte was taken, are repeated once on a new one. Cancellation closes the connection.
    Task<Result<HttpReply>> send(CallSlots::Slot slot, HttpRequest request, CallDeadlines limits)
        override;
    /// admit(), then the above. Waiting for one's turn does not count against `limits`.
    Task<Result<HttpReply>> send(HttpRequest request, CallDeadlines limits);

    void limit(unsigned max_connections) override;
    const std::string& authority() const override;

    struct Figures {
        std::size_t reached = 0;                          ///< TCP connections since the start
        std::size_t opened = 0, resumed = 0;              ///< of these, with TLS, and resumed
        std::size_t idle = 0, active = 0, in_flight = 0;  ///< now
    };
    Figures figures() const;

private:
    class Impl;
    explicit HttpsClient(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

}  // namespace fairway
