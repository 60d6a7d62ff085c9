#include "controller/app/apply.hpp"

#include <utility>

#include "controller/async/task_group.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

/// A command tries this often and no longer: a person waits for it.
constexpr unsigned attempts = 20;
constexpr Duration longest_pause = 15s;
constexpr Duration grace = 10s;

ReportedError project_error(const std::string& project, const Error& error) {
    return reported(ChannelKey{project, {}}, error);
}

/// Whether a pass is needed: refusals and what is left alone were decided by the survey already.
bool needs_pass(const Action& action) {
    return !std::holds_alternative<Stall>(action) && !std::holds_alternative<Leave>(action);
}

std::vector<InstanceId> instances_to_write(const Survey& survey) {
    std::set<InstanceId> instances;
    for (const auto& [key, finding] : survey.findings) {
        if (const auto* create = std::get_if<Create>(&finding.decision.action)) {
            instances.insert(create->spec.instance_ids.begin(), create->spec.instance_ids.end());
        } else if (const auto* update = std::get_if<Update>(&finding.decision.action)) {
            for (const ChannelSpec& put : update->puts) {
                instances.insert(put.instance_ids.begin(), put.instance_ids.end());
            }
        }
    }
    return {instances.begin(), instances.end()};
}

/// Turns the plan into what became of it.
void conclude(
    Outcome& outcome, const std::map<ChannelKey, ChannelCondition>& conditions, bool cut_short,
    ExitCode cut_code
) {
    for (ReportedChange& change : outcome.report.changes) {
        if (change.action == ChangeAction::left) {
            change.outcome = ChangeOutcome::done;
            continue;
        }
        if (change.action == ChangeAction::refused) {
            change.outcome = ChangeOutcome::failed;
            outcome.failures.push_back(ExitCode::refused);
            continue;
        }
        const auto it = conditions.find(change.key);
        if (it != conditions.end() && it->second.state == ChannelState::in_sync) {
            change.outcome = ChangeOutcome::done;
            outcome.succeeded = true;
            continue;
        }
        change.outcome = ChangeOutcome::failed;
        if (it != conditions.end() && it->second.error) {
            outcome.report.errors.push_back(reported(change.key, *it->second.error));
            outcome.failures.push_back(exit_code_of(*it->second.error));
        } else if (cut_short) {
            const Error error(ErrorClass::retryable, ErrorReason::timeout, "not done before the end");
            outcome.report.errors.push_back(reported(change.key, error));
            outcome.failures.push_back(cut_code);
        } else {
            const std::string why = it == conditions.end() ? "no pass was made" : it->second.why;
            const Error error(ErrorClass::retryable, ErrorReason::internal, why);
            outcome.report.errors.push_back(reported(change.key, error));
            outcome.failures.push_back(ExitCode::failed);
        }
    }
}

/// The projects of the configuration that something is wanted in, or owned in.
Task<Result<std::vector<std::string>>> projects_concerned(
    StateStore& store, const Config& config, std::shared_ptr<const ManifestSnapshot> wish
) {
    Result<std::map<ChannelKey, Record>> records = co_await store.load_all();
    if (!records) co_return Error(records.error()).in("store");
    std::set<std::string> used;
    for (const auto& [key, record] : *records) used.insert(key.project);
    for (const auto& [key, manifest] : wish->manifests) used.insert(key.project);
    std::vector<std::string> names;
    for (const auto& project : config.projects) {
        if (used.contains(project.name)) names.push_back(project.name);
    }
    co_return names;
}

Task<std::vector<Survey>> survey_all(
    Core& core, StateStore& store, const Config& config, std::shared_ptr<const ManifestSnapshot> wish,
    Outcome& outcome
) {
    std::vector<Survey> surveys;
    Result<std::vector<std::string>> projects = co_await projects_concerned(store, config, wish);
    if (!projects) {
        outcome.report.errors.push_back(project_error("", projects.error()));
        outcome.failures.push_back(exit_code_of(projects.error()));
        co_return surveys;
    }
    for (const std::string& project : *projects) {
        Result<Survey> survey = co_await core.observer().survey(project, wish);
        if (!survey) {
            outcome.report.errors.push_back(project_error(project, survey.error()));
            outcome.failures.push_back(exit_code_of(survey.error()));
            continue;
        }
        add_survey(outcome.report, *survey, *wish);
        outcome.succeeded = outcome.succeeded || !survey->in_sync.empty();
        surveys.push_back(std::move(*survey));
    }
    co_return surveys;
}

}  // namespace

Task<Outcome> plan_once(
    Core& core, StateStore& store, const Config& config, std::shared_ptr<const ManifestSnapshot> wish
) {
    Outcome outcome;
    co_await survey_all(core, store, config, wish, outcome);
    co_return outcome;
}

Applier::Applier(
    boost::asio::any_io_executor executor, Core& core, Core::Ports ports, const Config& config,
    ApplyOptions options
)
    : executor_(std::move(executor)),
      core_(core),
      ports_(ports),
      config_(config),
      options_(std::move(options)) {}

void Applier::interrupt() {
    interrupted_ = true;
    if (surveying_ != nullptr) surveying_->cancel();
    if (dispatcher_ != nullptr) dispatcher_->close();
}

Task<> Applier::survey(
    std::shared_ptr<const ManifestSnapshot> wish, Outcome& outcome, std::vector<Survey>& surveys
) {
    surveys = co_await survey_all(core_, ports_.store, config_, wish, outcome);
}

Task<> Applier::limit_time(Duration limit) {
    co_await ports_.clock.sleep_until(ports_.clock.now() + limit);
    timed_out_ = true;
    if (dispatcher_ != nullptr) dispatcher_->close();
}

Task<Outcome> Applier::apply(std::shared_ptr<const ManifestSnapshot> wish) {
    Outcome outcome;
    std::vector<Survey> surveys;
    TaskGroup surveying(executor_);  // a group, so that interrupt() can end it
    surveying_ = &surveying;
    surveying.spawn(survey(wish, outcome, surveys));
    co_await surveying.join();
    surveying_ = nullptr;
    if (!outcome.report.has_changes() || interrupted_) {
        conclude(outcome, {}, interrupted_, ExitCode::interrupted);
        co_return outcome;
    }
    if (options_.confirm && !options_.confirm(outcome.report)) {
        outcome.report.warnings.emplace_back("not confirmed: nothing was written");
        outcome.failures.push_back(ExitCode::refused);
        co_return outcome;
    }

    DispatcherOptions how;
    how.workers = options_.workers;
    how.attempts = attempts;
    how.backoff.cap = longest_pause;
    const auto progress = options_.progress;
    Dispatcher dispatcher(
        executor_, core_.reconciler(), ports_.clock, ports_.entropy, ports_.metrics, how,
        [progress](const ChannelKey& key, const PassReport& report, Duration) {
            if (progress) progress(key, report);
        }
    );
    dispatcher.publish(wish, false);
    for (Survey& survey : surveys) {
        std::vector<InstanceId> instances = instances_to_write(survey);
        co_await core_.reconciler().prepare(survey.project, std::move(instances));
        for (auto& [key, finding] : survey.findings) {
            if (needs_pass(finding.decision.action)) {
                dispatcher.request(key, Priority::user, std::move(finding.seen));
            }
        }
    }
    surveys.clear();

    dispatcher_ = &dispatcher;
    TaskGroup limit(executor_);
    limit.spawn(limit_time(options_.time_limit));
    if (interrupted_) dispatcher.close();
    co_await dispatcher.run(true);
    co_await dispatcher.stop(grace);
    dispatcher_ = nullptr;
    limit.cancel();
    co_await limit.join();
    conclude(outcome, dispatcher.conditions(), interrupted_ || timed_out_, ExitCode::unreachable);
    co_return outcome;
}

}  // namespace fairway
