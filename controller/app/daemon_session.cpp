#include "controller/app/daemon_session.hpp"

#include <malloc.h>

#include <algorithm>
#include <set>

#include "controller/app/sources.hpp"
#include "controller/app/store_access.hpp"
#include "reconciler/engine/looks.hpp"
#include "reconciler/model/mutant.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr Duration grace = 10s;
const Backoff survey_backoff{1s, 60s};

DispatcherOptions dispatcher_options(const Config& config) {
    DispatcherOptions options;
    options.workers = config.reconcile.workers;
    return options;
}

std::string done_text(const PassReport& report) {
    std::string text;
    for (const ChangeKind kind : report.done)
        text += (text.empty() ? "" : ",") + std::string(to_string(kind));
    return text.empty() ? "nothing" : text;
}

std::string changes_text(const std::vector<FieldChange>& changes) {
    constexpr std::size_t most = 5;
    std::set<std::string> told;
    for (const FieldChange& change : changes) {
        told.insert(change.field.path + " (" + std::string(to_string(change.reason)) + ")");
    }
    std::string text;
    std::size_t count = 0;
    for (const std::string& one : told) {
        if (++count > most) return text + " and " + std::to_string(told.size() - most) + " more";
        text += (text.empty() ? "" : ", ") + one;
    }
    return text;
}

}  // namespace

std::variant<std::unique_ptr<DaemonSession>, ExitCode> DaemonSession::open(
    boost::asio::any_io_executor executor, const Config& config, Ports ports
) {
    Result<std::unique_ptr<SqliteStore>> store =
        open_store(executor, config, ports.metrics, StoreUse::write);
    if (!store) {
        ports.log.error(
            "the store cannot be used", {{"file", config.sqlite}, {"error", store.error().what()}}
        );
        return store_exit_code(store.error());
    }
    Result<std::unique_ptr<Core>> core = Core::open(
        executor, config, Core::Ports{**store, ports.metrics, ports.clock, ports.entropy},
        core_options(config, (*store)->lineage())
    );
    if (!core) {
        ports.log.error("the API cannot be used", {{"error", core.error().what()}});
        return ExitCode::invalid;
    }
    Parts parts;
    parts.store = std::move(*store);
    parts.core = std::move(*core);
    parts.source = std::make_unique<Sources>(
        executor, config, ports.clock, ports.entropy, ports.metrics, ports.log
    );
    return std::make_unique<DaemonSession>(std::move(executor), config, ports, std::move(parts));
}

Core::Options DaemonSession::core_options(const Config& config, std::string lineage) {
    Core::Options options;
    options.prune = config.reconcile.prune;
    options.patient = true;
    options.lineage = std::move(lineage);
    return options;
}

DaemonSession::DaemonSession(
    boost::asio::any_io_executor executor, const Config& config, Ports ports, Parts parts
)
    : executor_(executor),
      config_(config),
      ports_(ports),
      store_(std::move(parts.store)),
      core_(std::move(parts.core)),
      source_(std::move(parts.source)),
      dispatcher_(
          executor, core_->reconciler(), ports.clock, ports.entropy, ports.metrics,
          dispatcher_options(config_),
          [this](const ChannelKey& key, const PassReport& report, Duration took) {
              tell(key, report, took);
          }
      ),
      pacer_(
          executor, ports.clock, ports.log,
          {[this] { return source_->reads_as(dispatcher_.snapshot()->revision); },
           [this](const ChannelKey& key, const DeletionPacer::Deletion& deletion) {
               start_deletion(key, deletion);
           },
           [this](const ChannelKey& key) { return progress_of(key); }}
      ),
      tasks_(executor) {
    for (const auto& project : config_.projects) {
        projects_[project.name];
        next_survey_.try_emplace(project.name, executor_, ports_.clock);
    }
}

DaemonSession::~DaemonSession() = default;

Task<Result<>> DaemonSession::run(std::function<void()> at_work) {
    Result<std::shared_ptr<const ManifestSnapshot>> wish = co_await source_->load();
    if (!wish) co_return wish.error();
    const Result<> directed = co_await take_directions();
    if (!directed) co_return directed.error();
    if (stopping_) co_return Result<>();  // stop() has joined what there was, and joins nothing new
    loaded_ = true;
    if (at_work) at_work();
    publish(std::move(*wish), false);
    for (const auto& project : config_.projects) tasks_.spawn(watch_project(project.name));
    tasks_.spawn(watch_sources());
    tasks_.spawn(pacer_.run());
    co_await dispatcher_.run(false);
    co_return Result<>();
}

Task<Result<>> DaemonSession::take_directions() {
    Gate& gate = core_->reconciler().gate();
    const Result<> settled = co_await settle_doubt(*store_, gate, ports_.clock.wall());
    if (!settled) co_return settled.error();
    if (!gate.observing().empty())
        ports_.log.error("nothing is written", {{"reason", gate.observing()}});
    co_return co_await core_->load_directions();
}

Task<Result<>> DaemonSession::instruct(Instruction instruction) {
    const Directive& directive = instruction.directive;
    ports_.log.info(
        instruction.take_back ? "instruction taken back" : "instruction",
        {{"kind", directive.kind == Directive::Kind::approval ? "approval" : "suspension"},
         {"project", directive.project},
         {"subject", directive.subject},
         {"reason", directive.reason}}
    );
    Task<Result<>> kept = instruction.take_back ? store_->take_back(instruction.directive)
                                                : store_->direct(instruction.directive);
    const Result<> done = co_await std::move(kept);
    if (!done) co_return done.error();
    const Result<> taken = co_await take_directions();
    if (!taken) co_return taken.error();
    for (auto& [project, alarm] : next_survey_) alarm.ring();
    co_return Result<>();
}

Task<> DaemonSession::ask_store() {
    const auto any_answer = co_await store_->directives();
    static_cast<void>(any_answer);
}

bool DaemonSession::look_at(const ChannelKey& key) {
    if (key.name.empty()) {
        for (auto& [project, alarm] : next_survey_) alarm.ring();
        return true;
    }
    const bool known =
        dispatcher_.snapshot()->find(key) != nullptr || dispatcher_.conditions().contains(key);
    if (known) dispatcher_.request(key, Priority::user);
    return known;
}

std::optional<ChannelStanding> DaemonSession::standing(const ChannelKey& key) const {
    const auto it = dispatcher_.conditions().find(key);
    if (it == dispatcher_.conditions().end()) return std::nullopt;
    const ChannelCondition& condition = it->second;
    return ChannelStanding{
        std::string(to_string(condition.state)), condition.why, dispatcher_.flap_text(key),
        condition.failures};
}

Task<> DaemonSession::stop() {
    stopping_ = !mutant(Mutant::started_after_stop);
    tasks_.cancel();
    co_await tasks_.join();
    for (auto& [project, alarm] : next_survey_) co_await alarm.join();
    co_await source_->stop();
    const Duration patience = mutant(Mutant::grace_without_end) ? 1h : grace;
    co_await dispatcher_.stop(patience);
}

Task<> DaemonSession::watch_sources() {
    for (;;) {
        std::shared_ptr<const ManifestSnapshot> wish = co_await source_->next();
        publish(std::move(wish), true);
    }
}

void DaemonSession::publish(std::shared_ptr<const ManifestSnapshot> wish, bool request_changes) {
    if (wish->manifests.empty()) {
        ports_.log.warn("no manifests found; nothing is deleted for it", {{"source", wish->source}});
    }
    wish = core_->known(std::move(wish));
    const std::set<std::string> to_judge = core_->pruner().published(*dispatcher_.snapshot(), *wish);
    dispatcher_.publish(std::move(wish), request_changes);
    for (const std::string& project : to_judge) next_survey_.at(project).ring();
    // What was to be deleted has to be judged for these manifests.
    for (const std::string& project : pacer_.forget_due()) next_survey_.at(project).ring();
}

Task<> DaemonSession::watch_project(std::string project) {
    unsigned failures = 0;
    for (;;) {
        const Result<> surveyed = co_await survey(project);
        ProjectHealth& health = projects_[project];
        Duration pause = config_.reconcile.drift_interval;
        if (surveyed) {
            if (failures > 0) ports_.log.info("project can be listed again", {{"project", project}});
            failures = 0;
            health.listed = true;
            health.trouble.clear();
            // Spread, so that many projects do not all list in the same second.
            pause = Duration(static_cast<Duration::rep>(
                static_cast<double>(pause.count()) * (0.9 + 0.2 * ports_.entropy.random01())
            ));
        } else {
            const Error& error = surveyed.error();
            if (error.cls() == ErrorClass::cancelled) co_return;
            pause = std::min(
                pause, std::max(
                           survey_backoff.delay(++failures, ports_.entropy.random01()),
                           error.retry_after().value_or(Duration::zero())
                       )
            );
            if (error.cls() == ErrorClass::auth) pause = std::max(pause, Duration(60s));
            health.trouble = error.what();
            ports_.log.warn(
                "project cannot be listed", {{"project", project},
                                             {"error", error.what()},
                                             {"class", to_string(error.cls())},
                                             {"request_id", error.fault().request_id},
                                             {"again_in", pause}}
            );
        }
        co_await next_survey_.at(project).sleep_until(ports_.clock.now() + pause);
    }
}

Task<Result<>> DaemonSession::survey(std::string project) {
    const auto wish = dispatcher_.snapshot();
    Result<Survey> surveyed = co_await core_->survey(project, wish);
    if (!surveyed) co_return surveyed.error();
    co_await core_->reconciler().prepare(project, surveyed->instances_to_write());
    // An approval is for what was judged: for manifests that changed meanwhile, it is kept.
    if (wish == dispatcher_.snapshot()) {
        const Result<> spent = co_await core_->pruner().spend(*surveyed, wish);
        if (!spent) co_return spent.error();
    }
    act_on(std::move(*surveyed), wish);
    malloc_trim(0);  // a list of a whole project is large and short-lived: give its pages back
    co_return Result<>();
}

void DaemonSession::act_on(Survey survey, std::shared_ptr<const ManifestSnapshot> wish) {
    std::size_t creates = 0, updates = 0, deletes = 0, conflicts = 0;
    const WallTime seen_at = survey.asked_at;
    dispatcher_.surveyed(survey);
    for (const ChannelKey& key : survey.in_sync) {
        dispatcher_.settled(key, seen_at, ChannelState::in_sync, Decision{Nothing{}, {}}, {});
    }
    DeletionPacer::Due due;
    const std::set<ChannelKey> referred = survey.referred_to();  // before what was seen is given away
    for (auto& [key, finding] : survey.findings) {
        const Action& action = finding.decision.action;
        if (std::holds_alternative<Create>(action)) ++creates;
        if (std::holds_alternative<Update>(action)) ++updates;
        if (const auto* stall = std::get_if<Stall>(&action); stall != nullptr && stall->conflict)
            ++conflicts;
        if (const auto* leave = std::get_if<Leave>(&action)) {
            dispatcher_.settled(key, seen_at, state_of(leave->kind), finding.decision, leave->why);
        } else if (needs_leave(action)) {
            ++deletes;
            // What is in use is tried again by itself, slowly.
            if (progress_of(key) == DeletionPacer::Progress::blocked) continue;
            const bool waits = referred.contains(key);
            if (!waits) due.emplace(key, DeletionPacer::Deletion{action, wish->revision});
            dispatcher_.settled(
                key, seen_at, ChannelState::deleting, finding.decision,
                waits ? "to be deleted after what refers to it" : "to be deleted"
            );
        } else {
            dispatcher_.request(key, Priority::resync, std::move(finding.seen));
        }
    }
    ports_.metrics.changes_pending(survey.project, ChangeKind::delete_, deletes);
    if (wish != dispatcher_.snapshot()) due.clear();  // the next survey judges anew, at once
    pacer_.set_due(survey.project, std::move(due));
    tell_guard(survey);
    ports_.metrics.changes_pending(survey.project, ChangeKind::create, creates);
    ports_.metrics.changes_pending(survey.project, ChangeKind::update, updates);
    ports_.metrics.ownership_conflicts(survey.project, conflicts);
    ports_.log.debug(
        "project listed", {{"project", survey.project},
                           {"in_sync", survey.in_sync.size()},
                           {"to_do", survey.findings.size()},
                           {"foreign", survey.foreign}}
    );
}

void DaemonSession::tell_guard(const Survey& survey) const {
    const auto blocked = survey.judgement.blocked();
    for (const PruneBlock block : all_prune_blocks) {
        const auto count = blocked.find(block);
        ports_.metrics.prune_blocked(survey.project, block, count == blocked.end() ? 0 : count->second);
    }
    for (const Excess* excess : {&survey.judgement.deletes, &survey.judgement.updates}) {
        if (excess->id.empty()) continue;
        if (excess->approved) {
            ports_.log.info("approval used", {{"project", survey.project}, {"id", excess->id}});
        } else {
            ports_.log.warn("refused", {{"project", survey.project}, {"why", excess->why}});
        }
    }
}

void DaemonSession::start_deletion(const ChannelKey& key, const DeletionPacer::Deletion& deletion) {
    core_->pruner().allow(key, deletion.action, deletion.wish);
    dispatcher_.request(key, Priority::resync);
}

DeletionPacer::Progress DaemonSession::progress_of(const ChannelKey& key) const {
    const auto it = dispatcher_.conditions().find(key);
    const bool gone = it == dispatcher_.conditions().end() || it->second.state == ChannelState::in_sync;
    if (gone) return DeletionPacer::Progress::gone;
    return it->second.blocked ? DeletionPacer::Progress::blocked : DeletionPacer::Progress::failing;
}

void DaemonSession::tell(const ChannelKey& key, const PassReport& report, Duration took) {
    const std::string changes = changes_text(report.changes);
    const std::string& revision = dispatcher_.snapshot()->shown_version();
    if (report.error) {
        const auto write = [&](auto member, std::string_view message) {
            (ports_.log.*member
            )(message, {{"project", key.project},
                        {"channel", key.name},
                        {"error", report.error->what()},
                        {"class", to_string(report.error->cls())},
                        {"changes", changes},
                        {"revision", revision},
                        {"request_id", report.error->fault().request_id},
                        {"took", took}});
        };
        if (report.ids_lost) {
            write(&Log::error, "the ids of a created channel are not stored");
        } else {
            write(&Log::warn, "channel failed");
        }
        return;
    }
    const LogLevel level = report.result == PassResult::noop ? LogLevel::debug : LogLevel::info;
    if (!ports_.log.on(level)) return;
    const auto write = [&](auto member, std::string_view message) {
        (ports_.log.*member
        )(message, {{"project", key.project},
                    {"channel", key.name},
                    {"result", to_string(report.result)},
                    {"state", to_string(report.state)},
                    {"done", done_text(report)},
                    {"changes", changes},
                    {"why", report.why},
                    {"revision", revision},
                    {"took", took}});
    };
    switch (report.result) {
        case PassResult::noop:
            return write(&Log::debug, "channel is in sync");
        case PassResult::changed:
            if (dispatcher_.flapping(key)) return write(&Log::warn, "channel goes back and forth");
            return write(&Log::info, "channel changed");
        case PassResult::stalled:
            return write(&Log::warn, "channel stalled");
        default:
            return write(&Log::info, "channel left as it is");
    }
}

}  // namespace fairway
