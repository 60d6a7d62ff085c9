#include "controller/app/apply.hpp"

#include <algorithm>
#include <utility>

#include "controller/async/task_group.hpp"
#include "reconciler/engine/looks.hpp"
#include "reconciler/model/fingerprint.hpp"

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

/// How many findings of all surveys `fits`.
template <class Fits>
std::size_t count_findings(const std::vector<Survey>& surveys, Fits fits) {
    std::size_t count = 0;
    for (const Survey& survey : surveys) {
        for (const auto& [key, finding] : survey.findings) count += fits(finding.decision) ? 1 : 0;
    }
    return count;
}

/// Turns the plan into what became of it.
void conclude(
    Outcome& outcome, const std::map<ChannelKey, ChannelCondition>& conditions,
    const std::set<ChannelKey>& finished, bool cut_short, ExitCode cut_code
) {
    for (ReportedChange& change : outcome.report.changes) {
        const auto it = conditions.find(change.key);
        const bool erred = it != conditions.end() && it->second.error;
        if (change.action == ChangeAction::left && !erred) {
            change.outcome = ChangeOutcome::done;
            continue;
        }
        if (change.action == ChangeAction::refused) {
            change.outcome = ChangeOutcome::failed;
            outcome.held_back.insert(change.key);
            continue;
        }
        const bool rest_waits = outcome.partly.contains(change.key) && it != conditions.end() && !erred;
        if (finished.contains(change.key) || rest_waits) {
            change.outcome = ChangeOutcome::done;
            outcome.succeeded = true;
            continue;
        }
        change.outcome = ChangeOutcome::failed;
        if (erred) {
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

/// Leaves in `survey` what is selected, after the guard has judged the whole. `met`: every name there
/// was.
void select(
    Survey& survey, const Selection& selection, const ManifestSnapshot& wish, std::set<ChannelKey>& met
) {
    for (const ChannelKey& key : survey.in_sync) met.insert(key);
    for (const auto& [key, finding] : survey.findings) met.insert(key);
    if (selection.all()) return;
    const auto other = [&](const ChannelKey& key) { return !selection.covers(key, wish.find(key)); };
    std::erase_if(survey.in_sync, other);
    std::erase_if(survey.findings, [&](const auto& entry) { return other(entry.first); });
}

/// Notes what of `survey` is held back by the guard.
void note_held(const Survey& survey, Outcome& outcome) {
    for (const auto& [key, finding] : survey.findings) {
        if (const auto* leave = std::get_if<Leave>(&finding.decision.action)) {
            if (leave->refused) outcome.held_back.insert(key);
            continue;
        }
        if (finding.decision.held.empty()) continue;
        outcome.partly.insert(key);
        const auto verdict = survey.judgement.verdicts.find(key);
        if (verdict != survey.judgement.verdicts.end() && is_refusal(verdict->second.block))
            outcome.held_back.insert(key);
    }
}

/// A part of the way that is not gone, and why.
struct Held {
    Action deletion;
    std::string why;
};

/// A channel that a pass is needed for, and which rows it may stand in the way of being deleted.
struct Job {
    ChannelKey key;
    std::set<std::string> deletes;    ///< ids of its rows
    std::set<std::string> refers_to;  ///< ids of other rows, as long as it is not done
    ObservedChannel seen;
};

/// Takes out of `jobs` those that need not wait: what is referred to can go only after what refers to it
/// was changed or is gone. Where they refer to one another, all of them.
std::vector<Job> take_ready(std::vector<Job>& jobs) {
    std::set<std::string> referred;
    for (const Job& job : jobs) referred.insert(job.refers_to.begin(), job.refers_to.end());
    const auto waits = [&](const Job& job) {
        return std::any_of(job.deletes.begin(), job.deletes.end(), [&](const std::string& id) {
            return referred.contains(id) && !job.refers_to.contains(id);
        });
    };
    std::vector<Job> ready, waiting;
    for (Job& job : jobs) (waits(job) ? waiting : ready).push_back(std::move(job));
    if (ready.empty()) std::swap(ready, waiting);
    jobs = std::move(waiting);
    return ready;
}

/// Says `why` of the deletions in `survey` that nobody asked for.
void tell_why_nothing_goes(Survey& survey, const std::string& why) {
    for (auto& [key, finding] : survey.findings) {
        if (!survey.judgement.verdicts.contains(key)) continue;
        if (!finding.decision.held.empty()) finding.decision.held = why;
        if (auto* leave = std::get_if<Leave>(&finding.decision.action)) leave->why = why;
    }
}

Task<std::vector<Survey>> survey_all(
    Core& core, StateStore& store, const Config& config, std::shared_ptr<const ManifestSnapshot> wish,
    Selection selection, Outcome& outcome, std::string deletes_nothing
) {
    std::vector<Survey> surveys;
    const Result<> directed = co_await core.load_directions();
    if (!directed) {
        outcome.report.errors.push_back(project_error("", directed.error()));
        outcome.failures.push_back(exit_code_of(directed.error()));
        co_return surveys;
    }
    Fingerprint print;
    print.add(wish->revision);
    std::set<ChannelKey> met;
    for (const ChannelKey& key : wish->unreadable) met.insert(key);
    Result<std::vector<std::string>> projects = co_await projects_concerned(store, config, wish);
    if (!projects) {
        outcome.report.errors.push_back(project_error("", projects.error()));
        outcome.failures.push_back(exit_code_of(projects.error()));
        co_return surveys;
    }
    for (const std::string& project : *projects) {
        Result<Survey> survey = co_await core.survey(project, wish);
        if (!survey) {
            outcome.report.errors.push_back(project_error(project, survey.error()));
            outcome.failures.push_back(exit_code_of(survey.error()));
            continue;
        }
        if (!deletes_nothing.empty() && core.pruner().rules().mode == PruneMode::off)
            tell_why_nothing_goes(*survey, deletes_nothing);
        select(*survey, selection, *wish, met);
        add_survey(outcome.report, *survey, *wish);
        note_held(*survey, outcome);
        outcome.succeeded = outcome.succeeded || !survey->in_sync.empty();
        for (const auto& declared : config.projects) {  // the same name may mean another cloud
            if (declared.name != project) continue;
            print.add(declared.project_id).add(declared.endpoint);
            if (declared.project_id.empty()) print.add(declared.region).add(declared.project_name);
        }
        print.add(survey->digest());
        surveys.push_back(std::move(*survey));
    }
    outcome.digest = print.hex();
    for (const std::string& name : selection.unknown(met)) {
        const Error error(
            ErrorClass::terminal, ErrorReason::validation,
            "neither a manifest nor a channel of ours has this name"
        );
        outcome.report.errors.push_back(reported(ChannelKey{{}, name}, error));
        outcome.failures.push_back(ExitCode::invalid);
    }
    co_return surveys;
}

/// Nothing at all is done, whatever is right already.
void refuse_all(Outcome& outcome, std::string why) {
    outcome.report.warnings.push_back(std::move(why));
    outcome.failures.push_back(ExitCode::refused);
    outcome.succeeded = false;
}

}  // namespace

ExitCode exit_code_of(const Outcome& outcome) {
    if (outcome.failures.empty() && !outcome.held_back.empty()) return ExitCode::refused;
    std::vector<ExitCode> failures = outcome.failures;
    if (!outcome.held_back.empty()) failures.push_back(ExitCode::refused);
    return exit_code_of(failures, outcome.succeeded);
}

Task<Outcome> plan_once(
    Core& core, StateStore& store, const Config& config, std::shared_ptr<const ManifestSnapshot> wish,
    Selection selection
) {
    Outcome outcome;
    co_await survey_all(core, store, config, wish, std::move(selection), outcome, std::string());
    if (const std::string& doubt = core.reconciler().gate().observing(); !doubt.empty())
        refuse_all(outcome, doubt);
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
    surveys = co_await survey_all(
        core_, ports_.store, config_, wish, options_.selection, outcome, options_.deletes_nothing
    );
}

Task<> Applier::limit_time(Duration limit) {
    co_await ports_.clock.sleep_until(ports_.clock.now() + limit);
    timed_out_ = true;
    if (surveying_ != nullptr) surveying_->cancel();
    if (dispatcher_ != nullptr) dispatcher_->close();
}

Task<Outcome> Applier::apply(std::shared_ptr<const ManifestSnapshot> wish) {
    Outcome outcome;
    std::vector<Survey> surveys;
    TaskGroup surveying(executor_);  // a group, so that interrupt() can end it
    surveying_ = &surveying;
    surveying.spawn(survey(wish, outcome, surveys));
    const TimePoint began = ports_.clock.now();
    TaskGroup limit(executor_);
    limit.spawn(limit_time(options_.time_limit));
    co_await surveying.join();
    surveying_ = nullptr;
    limit.cancel();
    co_await limit.join();
    options_.time_limit -= ports_.clock.now() - began;  // what a person takes to answer is not counted
    if (timed_out_) {
        const Error error(
            ErrorClass::retryable, ErrorReason::timeout,
            "the time limit passed while the channels were looked at; nothing was written"
        );
        outcome.report.errors.push_back(project_error("", error));
        outcome.failures.push_back(ExitCode::unreachable);
        outcome.succeeded = false;
        co_return outcome;
    }
    if (!options_.agreed.empty() && options_.agreed != outcome.digest) {
        refuse_all(
            outcome,
            "the plan is stale: the manifests or the channels changed since it was made; nothing was "
            "written, make a new one"
        );
        co_return outcome;
    }
    if (const std::string& doubt = core_.reconciler().gate().observing(); !doubt.empty()) {
        conclude(outcome, {}, {}, false, ExitCode::refused);
        refuse_all(outcome, doubt);
        co_return outcome;
    }
    const bool work_to_do =
        count_findings(surveys, [](const Decision& decision) { return needs_pass(decision); }) > 0;
    if (!work_to_do || interrupted_) {
        conclude(outcome, {}, {}, interrupted_, ExitCode::interrupted);
        co_return outcome;
    }
    if (options_.confirm && outcome.report.has_changes()) {
        const Result<> agreed = options_.confirm(outcome.report);
        if (!agreed) {
            refuse_all(outcome, agreed.error().what());
            co_return outcome;
        }
    }
    const bool deletes = count_findings(surveys, [](const Decision& decision) {
                             return decision.held.empty() && deletion_in(decision).has_value();
                         }) > 0;
    if (deletes && !still_wanted(*wish, outcome)) co_return outcome;
    for (const Survey& survey : surveys) {
        const Result<> spent = co_await core_.pruner().spend(survey, wish);
        if (!spent) {
            refuse_all(outcome, spent.error().what());
            co_return outcome;
        }
    }
    co_await work(std::move(wish), std::move(surveys), outcome);
    co_return outcome;
}

/// Reads the manifests a second time: what is missing has to be missing twice.
bool Applier::still_wanted(const ManifestSnapshot& wish, Outcome& outcome) const {
    const auto again = options_.reread();
    if (again && (*again)->revision == wish.revision) return true;
    const std::string why = again ? "the manifests changed meanwhile" : again.error().what();
    refuse_all(outcome, why + ": nothing was written; look at the plan once more");
    return false;
}

Task<> Applier::work(
    std::shared_ptr<const ManifestSnapshot> wish, std::vector<Survey> surveys, Outcome& outcome
) {
    DispatcherOptions how;
    how.workers = options_.workers;
    how.attempts = attempts;
    how.backoff.cap = longest_pause;
    const auto progress = options_.progress;
    std::set<ChannelKey> finished;
    std::map<ChannelKey, Held> held;
    const auto tell = [&](const ChannelKey& key, PassReport report) {
        const auto part = held.find(key);
        if (part != held.end()) {  // the gate knows only that it was not opened, and not why
            const auto refused = core_.reconciler().gate().refuses(
                key, part->second.deletion, wish->revision, ports_.clock.now()
            );
            if (refused == report.why) report.why = part->second.why;
        }
        progress(key, report);
    };
    Dispatcher dispatcher(
        executor_, core_.reconciler(), ports_.clock, ports_.entropy, ports_.metrics, how,
        [&progress, &tell, &finished](const ChannelKey& key, const PassReport& report, Duration) {
            const bool done =
                report.state == ChannelState::in_sync || report.result == PassResult::changed;
            if (done) {
                finished.insert(key);
            } else {
                finished.erase(key);
            }
            if (progress) tell(key, report);
        }
    );
    dispatcher.publish(wish, false);
    std::vector<Job> jobs;
    if (options_.starting) {
        options_.starting(count_findings(surveys, [](const Decision& decision) {
            return needs_pass(decision);
        }));
    }
    for (Survey& survey : surveys) {
        co_await core_.reconciler().prepare(survey.project, survey.instances_to_write());
        for (auto& [key, finding] : survey.findings) {
            const Action& action = finding.decision.action;
            if (!needs_pass(finding.decision)) continue;
            const std::optional<Action> deletion = deletion_in(finding.decision);
            if (deletion && finding.decision.held.empty())
                core_.pruner().allow(key, *deletion, wish->revision);
            if (deletion && !finding.decision.held.empty())
                held.emplace(key, Held{*deletion, finding.decision.held});
            Job job{key, {}, ids_referred_to(finding.seen), std::move(finding.seen)};
            if (const auto* step = std::get_if<Delete>(&action)) {
                for (const auto& [instance, id] : step->rows) job.deletes.insert(id);
            }
            jobs.push_back(std::move(job));
        }
    }
    surveys.clear();

    dispatcher_ = &dispatcher;
    TaskGroup limit(executor_);
    limit.spawn(limit_time(options_.time_limit));
    if (interrupted_) dispatcher.close();
    for (bool first = true; first || !jobs.empty(); first = false) {
        for (Job& job : take_ready(jobs)) {
            if (first) {
                dispatcher.request(job.key, Priority::user, std::move(job.seen));
            } else {  // what was seen then may have changed by what was done since
                dispatcher.request(job.key, Priority::user);
            }
        }
        co_await dispatcher.run(true);
    }
    co_await dispatcher.stop(grace);
    dispatcher_ = nullptr;
    limit.cancel();
    co_await limit.join();
    conclude(
        outcome, dispatcher.conditions(), finished, interrupted_ || timed_out_, ExitCode::unreachable
    );
}

}  // namespace fairway
