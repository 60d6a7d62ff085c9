#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "controller/app/config/config.hpp"
#include "controller/app/health_mirror.hpp"
#include "controller/app/webhooks.hpp"
#include "controller/listener/listener_thread.hpp"
#include "controller/log/log.hpp"
#include "metrics/prometheus_metrics.hpp"

namespace fairway {

/// Metrics, probes and webhooks for the outside, on a thread of its own: thousands of clients cost the
/// loop nothing but a question about its health ten times a second.
class StatusServer {
public:
    struct Parts {
        PrometheusMetrics& metrics;
        Log& log;
        std::function<Health()> health;  ///< called on the loop
        HealthMirror::Limits limits{};
        std::function<void(const std::string& source)> news{};  ///< told by a webhook; on the loop
    };
    /// Binds at once.
    static Result<std::shared_ptr<StatusServer>> open(
        boost::asio::any_io_executor loop, const ServerConfig& config, Parts parts
    );
    ~StatusServer();

    /// "127.0.0.1:9464"
    std::string address() const;
    /// Whether this configuration has it listen where it does.
    bool listens_as(const ServerConfig& config) const { return config_.listen == config.listen; }
    /// Takes over who is let in, where that has changed.
    Result<> admit(const ServerConfig& config);
    /// From now on takes webhooks for these sources.
    void hear(Webhooks::Secrets secrets) { webhooks_.configure(std::move(secrets)); }

    /// Serves `server`, and keeps it, until stop().
    static Task<> serve(std::shared_ptr<StatusServer> server);
    void stop() { thread_.stop(); }

private:
    StatusServer(boost::asio::any_io_executor loop, ServerConfig config, Parts parts);
    Result<ListenerAccess> access(const ServerConfig& config) const;
    ListenerRoutes routes();
    const std::string& metrics_text();

    ServerConfig config_;
    Parts parts_;
    Webhooks webhooks_;  ///< used by the thread: goes after it
    ListenerThread thread_;
    HealthMirror mirror_;  ///< bound to the thread: goes before it
    std::string page_;     ///< of metrics; on the thread, as its time
    std::chrono::steady_clock::time_point page_until_{};
};

}  // namespace fairway
