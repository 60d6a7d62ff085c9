#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "controller/app/config/config.hpp"
#include "controller/app/exit_code.hpp"
#include "controller/app/health.hpp"
#include "controller/async/event.hpp"
#include "controller/codec/control_json.hpp"
#include "controller/listener/listener.hpp"
#include "controller/log/log.hpp"
#include "metrics/prometheus_metrics.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

class DaemonSession;

struct DaemonOptions {
    std::string config_file;
    /// Reads the configuration again; tells by itself what is wrong with it.
    std::function<ConfigResult()> reload;
};

/// The long-lived process: watches the sources, works off what differs, surveys for drift, and shows
/// itself. Lives through changes of its configuration; one that cannot be used is refused and the old
/// one stays.
class Daemon {
public:
    Daemon(
        boost::asio::any_io_executor executor, Config config, DaemonOptions options, Clock& clock,
        Entropy& entropy, PrometheusMetrics& metrics, Log& log
    );
    ~Daemon();

    /// Returns when stop() was called, or when it cannot start.
    Task<ExitCode> run();
    /// SIGTERM: no new work; what is in flight gets ten seconds.
    void stop();
    /// SIGHUP, or the file changed.
    void reload();

private:
    struct Front;
    struct Visit;
    Result<> listen();
    void listen_to_people();
    static Task<> serve_people(std::shared_ptr<Listener> control);
    Task<ListenerReply> take(Instruction instruction);
    Health health() const;
    Task<std::optional<ExitCode>> live(bool listening);
    Task<> run_session(DaemonSession& session, std::optional<ExitCode>& failure);
    Task<> watch_config();
    Task<> store_answers();
    std::string status() const;
    Task<> tell_status();
    void apply_log_and_names();

    boost::asio::any_io_executor executor_;
    Config config_;
    std::optional<Config> next_;  ///< read, not yet at work
    /// To fall back on while a new one is not at work: it has secrets that may be out of use.
    std::optional<Config> before_;
    FileStamps refused_;  ///< of a configuration that was not taken; empty where the last one was
    DaemonOptions options_;
    Clock& clock_;
    Entropy& entropy_;
    PrometheusMetrics& metrics_;
    Log& log_;
    std::unique_ptr<Front> front_;
    Event told_;
    bool stopping_ = false, reloading_ = false;
};

}  // namespace fairway
