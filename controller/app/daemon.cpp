#include "controller/app/daemon.hpp"

#include <utility>

#include "controller/app/daemon_session.hpp"
#include "controller/app/health.hpp"
#include "controller/app/service_manager.hpp"
#include "controller/app/status_server.hpp"
#include "controller/app/version.hpp"
#include "controller/app/watchdog.hpp"
#include "controller/async/task_group.hpp"
#include "controller/listener/listener.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr Duration config_look = 1s;
constexpr Duration config_pause = 1s;  // in which a change that goes on would show
constexpr Duration status_look = 1s;

}  // namespace

/// What is shown to the outside; it outlives sessions.
struct Daemon::Front {
    explicit Front(const boost::asio::any_io_executor& executor) : serving(executor) {}
    std::shared_ptr<StatusServer> server;
    std::shared_ptr<Listener> control;
    std::string socket;  ///< as configured
    TaskGroup serving;
    DaemonSession* session = nullptr;
    std::size_t instructing = 0;  ///< calls into the session that are under way
    bool ending = false;
    bool config_refused = false;
};

/// A call into the session, which waits for its end before it goes.
struct Daemon::Visit {
    explicit Visit(Daemon& of) : daemon(of) { ++daemon.front_->instructing; }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    ~Visit() {
        --daemon.front_->instructing;
        daemon.told_.notify();
    }
    Daemon& daemon;
};

Daemon::Daemon(
    boost::asio::any_io_executor executor, Config config, DaemonOptions options, Clock& clock,
    Entropy& entropy, PrometheusMetrics& metrics, Log& log
)
    : executor_(std::move(executor)),
      config_(std::move(config)),
      options_(std::move(options)),
      clock_(clock),
      entropy_(entropy),
      metrics_(metrics),
      log_(log),
      front_(std::make_unique<Front>(executor_)),
      told_(executor_) {}

Daemon::~Daemon() = default;

void Daemon::stop() {
    stopping_ = true;
    told_.notify();
}

void Daemon::reload() {
    reloading_ = true;
    told_.notify();
}

Result<> Daemon::listen() {
    if (front_->server && front_->server->listens_as(config_.server)) {
        const Result<> admitted = front_->server->admit(config_.server);
        if (admitted) front_->server->hear(webhook_secrets(config_));
        return admitted;
    }
    // Without a session the next one is about to read every source anyway.
    const auto news = [this](const std::string& source) {
        if (front_->session != nullptr) front_->session->fetch_now(source);
    };
    auto opened = StatusServer::open(
        executor_, config_.server,
        StatusServer::Parts{metrics_, log_, [this] { return health(); }, {}, news}
    );
    if (!opened) return opened.error();
    if (front_->server) front_->server->stop();
    front_->server = std::move(*opened);
    front_->server->hear(webhook_secrets(config_));
    front_->serving.spawn(StatusServer::serve(front_->server));
    log_.info("listening", {{"address", front_->server->address()}});
    return {};
}

/// Keeps it until the last reply is sent, however often another one takes its place meanwhile.
Task<> Daemon::serve_people(std::shared_ptr<Listener> control) {
    co_await control->serve();
}

/// The socket of the command line. Without it the daemon works all the same.
void Daemon::listen_to_people() {
    if (front_->control && front_->socket == config_.server.socket) return;
    ListenerRoutes routes;
    routes[control_directives].handler = [this](const ListenerRequest& request) {
        const auto instruction = parse_instruction(request.body);
        if (!instruction) return ListenerReply{400, "not understood\n"};
        ListenerReply reply;
        reply.later = [this, instruction] { return take(*instruction); };
        return reply;
    };
    routes[control_reconcile].handler = [this](const ListenerRequest& request) {
        const auto key = parse_channel_key(request.body);
        if (!key) return ListenerReply{400, "not understood\n"};
        if (front_->session == nullptr) return ListenerReply{503, "the daemon is not at work\n"};
        if (!front_->session->look_at(*key))
            return ListenerReply{404, "the daemon knows no such channel\n"};
        return ListenerReply{200, "asked for\n"};
    };
    routes[control_standing].handler = [this](const ListenerRequest& request) {
        const auto key = parse_channel_key(request.body);
        if (!key) return ListenerReply{400, "not understood\n"};
        if (front_->session == nullptr) return ListenerReply{503, "the daemon is not at work\n"};
        const auto standing = front_->session->standing(*key);
        if (!standing) return ListenerReply{404, "the daemon knows no such channel\n"};
        return ListenerReply{200, to_json(*standing) + "\n"};
    };
    for (auto& [path, route] : routes) {
        route.methods = {"POST"};
        route.max_body = 64 * 1024;
    }
    Result<std::unique_ptr<Listener>> opened =
        Listener::on_socket(executor_, config_.server.socket, std::move(routes));
    if (!opened) {
        log_.warn(
            "the command line cannot reach this daemon",
            {{"socket", config_.server.socket}, {"error", opened.error().what()}}
        );
        return;
    }
    if (front_->control) front_->control->stop();
    front_->control = std::move(*opened);
    front_->socket = config_.server.socket;
    front_->serving.spawn(serve_people(front_->control));
}

Task<ListenerReply> Daemon::take(Instruction instruction) {
    if (front_->session == nullptr) co_return ListenerReply{503, "the daemon is not at work\n"};
    const Visit visit(*this);
    const Result<> done = co_await front_->session->instruct(std::move(instruction));
    if (!done) co_return ListenerReply{500, done.error().what() + "\n"};
    co_return ListenerReply{200, "done\n"};
}

Health Daemon::health() const {
    Health health;
    health.ending = front_->ending;
    health.config_refused = front_->config_refused;
    if (front_->session != nullptr) {
        health.sources_loaded = front_->session->sources_loaded();
        health.projects = front_->session->projects();
    }
    return health;
}

Task<ExitCode> Daemon::run() {
    log_.info(
        "starting",
        {{"version", version()}, {"revision", source_revision()}, {"config", options_.config_file}}
    );
    metrics_.leader(true);
    metrics_.config_reloaded(true, clock_.wall());
    TaskGroup outer(executor_);
    outer.spawn(watch_config());
    if (ServiceManager::listens()) outer.spawn(tell_status());
    std::optional<Watchdog> watchdog;
    if (const auto period = ServiceManager::watchdog_period()) {
        watchdog.emplace(
            clock_, *period, [this] { return store_answers(); }, [] { ServiceManager::alive(); }
        );
        outer.spawn(watchdog->run());
    }

    ExitCode code = ExitCode::ok;
    for (bool first = true; !stopping_; first = false) {
        reloading_ = false;
        const Result<> listening = listen();
        listen_to_people();
        if (!listening) log_.error("cannot listen", {{"error", listening.error().what()}});
        const auto ended = co_await live(static_cast<bool>(listening));
        if (!ended) {
            before_.reset();
        } else if (first || !before_) {
            code = *ended;
            break;
        } else {
            log_.error("the new configuration cannot be put to work; going on with the old one");
            metrics_.config_reloaded(false, clock_.wall());
            front_->config_refused = true;
            refused_ = std::move(config_.files);
            config_ = std::move(*before_);
            before_.reset();
            continue;
        }
        if (stopping_) break;
        before_ = std::exchange(config_, std::move(*next_));
        next_.reset();
        apply_log_and_names();
    }
    front_->ending = true;
    outer.cancel();
    co_await outer.join();
    if (front_->server) front_->server->stop();
    if (front_->control) front_->control->stop();
    co_await front_->serving.join();
    log_.info("stopped");
    co_return code;
}

/// One session, from its start to the stop or the reload that ends it. Gives the exit code when it
/// cannot start.
Task<std::optional<ExitCode>> Daemon::live(bool listening) {
    if (!listening) co_return ExitCode::failed;
    auto opened =
        DaemonSession::open(executor_, config_, DaemonSession::Ports{clock_, entropy_, metrics_, log_});
    if (const auto* refused = std::get_if<ExitCode>(&opened)) co_return *refused;
    const std::unique_ptr<DaemonSession> session =
        std::move(std::get<std::unique_ptr<DaemonSession>>(opened));
    front_->session = session.get();
    std::optional<ExitCode> failure;
    TaskGroup work(executor_);
    work.spawn(run_session(*session, failure));
    ServiceManager::ready(status());
    while (!stopping_ && !failure) {
        if (std::exchange(reloading_, false)) {
            ServiceManager::reloading(clock_.now());
            ConfigResult read = options_.reload();
            next_ = std::move(read.config);
            refused_ = next_ ? FileStamps() : std::move(read.files);
            metrics_.config_reloaded(next_.has_value(), clock_.wall());
            front_->config_refused = !next_;
            if (next_) break;
            ServiceManager::ready(status());
            log_.error(
                "the configuration was refused; the old one stays", {{"file", options_.config_file}}
            );
            continue;
        }
        co_await told_.wait();
    }
    if (stopping_) {
        front_->ending = true;
        ServiceManager::stopping();
        log_.info("stopping");
    } else if (!failure) {
        log_.info("reloading", {{"file", options_.config_file}});
    }
    co_await session->stop();
    co_await work.join();
    front_->session = nullptr;
    while (front_->instructing > 0) co_await told_.wait();
    co_return failure;
}

Task<> Daemon::run_session(DaemonSession& session, std::optional<ExitCode>& failure) {
    std::function<void()> at_work = [this] { before_.reset(); };
    const Result<> ended = co_await session.run(std::move(at_work));
    if (ended) co_return;
    log_.error("the manifests cannot be read", {{"error", ended.error().what()}});
    failure = ExitCode::unreachable;
    told_.notify();
}

void Daemon::apply_log_and_names() {
    log_.set_level(config_.log.level);
    std::vector<std::string> projects, sources;
    for (const auto& project : config_.projects) projects.push_back(project.name);
    for (const auto& source : config_.sources) sources.push_back(source.name);
    metrics_.configure(projects, sources);
}

Task<> Daemon::watch_config() {
    const auto look = [this] { return std::pair(config_.files.anew(), refused_.anew()); };
    FileStamps tried;  // a state that was read, and perhaps refused
    for (;;) {
        co_await clock_.sleep_until(clock_.now() + config_look);
        auto found = look();
        const bool as_before = found.first == config_.files || found.first == tried;
        if (as_before && found.second == refused_) continue;
        // A key and its secret are two files, and a file may be half written: half of a change would be
        // a wrong password.
        for (auto before = std::pair(FileStamps(), FileStamps()); before != found; found = look()) {
            before = found;
            co_await clock_.sleep_until(clock_.now() + config_pause);
        }
        tried = std::move(found.first);
        reload();
    }
}

/// Comes back when the store answered; at once where none is open.
Task<> Daemon::store_answers() {
    if (front_->session == nullptr) co_return;
    const Visit visit(*this);
    co_await front_->session->ask_store();
}

std::string Daemon::status() const {
    std::map<ChannelState, std::size_t> channels;
    if (front_->session != nullptr) {
        for (const auto& [key, condition] : front_->session->dispatcher().conditions())
            ++channels[condition.state];
    }
    return health().status(channels);
}

Task<> Daemon::tell_status() {
    std::string told;
    for (;;) {
        co_await clock_.sleep_until(clock_.now() + status_look);
        std::string now = status();
        if (now == told) continue;
        told = std::move(now);
        ServiceManager::status(told);
    }
}

}  // namespace fairway
