#include "controller/app/status_server.hpp"

#include <chrono>
#include <utility>

#include "controller/app/renewed_identity.hpp"

namespace fairway {
namespace {

/// Far more than scrapers and people ask for; probes are not counted.
constexpr double requests_per_second = 1000;
/// So that whoever connects anew again and again leaves the processor to the passes.
constexpr double handshakes_per_second = 250;
/// A page is shown for so many times what it took to write: a large one is written seldom, and whoever
/// asks, a tenth of the thread's time at most goes into writing.
constexpr int page_worth = 10;

bool same(const std::optional<Secret>& a, const std::optional<Secret>& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    return a->reveal() == b->reveal();
}

}  // namespace

StatusServer::StatusServer(boost::asio::any_io_executor loop, ServerConfig config, Parts parts)
    : config_(std::move(config)),
      parts_(std::move(parts)),
      webhooks_(loop, Webhooks::Parts{parts_.metrics, parts_.log, parts_.news}),
      thread_(loop),
      mirror_(loop, thread_.executor(), parts_.health, parts_.limits) {}

StatusServer::~StatusServer() {
    mirror_.close();
    thread_.halt();
}

Result<std::shared_ptr<StatusServer>> StatusServer::open(
    boost::asio::any_io_executor loop, const ServerConfig& config, Parts parts
) {
    std::shared_ptr<StatusServer> server(new StatusServer(std::move(loop), config, std::move(parts)));
    auto access = server->access(config);
    if (!access) return access.error();
    ListenerOptions options;
    options.access = std::move(*access);
    options.max_requests_per_second = requests_per_second;
    options.max_handshakes_per_second = handshakes_per_second;
    options.warn = [&log = server->parts_.log](const std::string& what) {
        log.warn("connections are not taken", {{"reason", what}});
    };
    const auto opened = server->thread_.open(config.listen, server->routes(), std::move(options));
    if (!opened) return opened.error();
    return server;
}

std::string StatusServer::address() const {
    const std::string& url = thread_.url();
    return url.substr(url.find("//") + 2);
}

Result<ListenerAccess> StatusServer::access(const ServerConfig& config) const {
    ListenerAccess access;
    access.hosts = config.hosts;
    access.token = config.token;
    if (config.tls) {
        auto identity = RenewedIdentity::open(*config.tls, parts_.log);
        if (!identity) return identity.error();
        access.identity = [shown = std::move(*identity)] { return shown->current(); };
    }
    return access;
}

Result<> StatusServer::admit(const ServerConfig& config) {
    const bool unchanged =
        config.hosts == config_.hosts && config.tls == config_.tls && same(config.token, config_.token);
    if (unchanged) return {};
    auto changed = access(config);
    if (!changed) return changed.error();
    thread_.admit(std::move(*changed));
    config_ = config;
    return {};
}

const std::string& StatusServer::metrics_text() {
    const auto began = std::chrono::steady_clock::now();
    if (began < page_until_) return page_;
    page_ = parts_.metrics.text();
    const auto ended = std::chrono::steady_clock::now();
    page_until_ = ended + page_worth * (ended - began);
    return page_;
}

ListenerRoutes StatusServer::routes() {
    ListenerRoutes routes;
    routes["/metrics"].handler = [this](const ListenerRequest&) {
        return ListenerReply{200, metrics_text(), PrometheusMetrics::content_type};
    };
    routes[Webhooks::path] = webhooks_.route();
    routes["/livez"].open = true;
    routes["/livez"].handler = [this](const ListenerRequest&) {
        if (mirror_.turning()) return ListenerReply{200, "ok\n"};
        return ListenerReply{503, "the loop has not turned for half a minute\n"};
    };
    routes["/readyz"].open = true;
    routes["/readyz"].handler = [this](const ListenerRequest& request) {
        // Names of projects and what went wrong there are not for everybody.
        const bool verbose = request.admitted && request.has("verbose");
        ListenerReply reply;
        reply.later = [this, verbose]() -> Task<ListenerReply> {
            const std::optional<Health> health = co_await mirror_.look();
            if (!health) co_return ListenerReply{503, "not ready: the loop does not answer\n"};
            const std::string brief = health->ready() ? "ready\n" : "not ready; ask /readyz?verbose\n";
            co_return ListenerReply{health->ready() ? 200 : 503, verbose ? health->explained() : brief};
        };
        return reply;
    };
    return routes;
}

Task<> StatusServer::serve(std::shared_ptr<StatusServer> server) {
    co_await server->thread_.serve();
    server->mirror_.close();
}

}  // namespace fairway
