#include "reconciler/engine/dispatcher.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <utility>

namespace fairway {
namespace {

using namespace std::chrono_literals;

/// How long to wait where only a person, or another object, can help: quotas, refused credentials.
constexpr Duration slow_retry = 5min;

std::shared_ptr<const Manifest> wish_for(const ManifestSnapshot& snapshot, const ChannelKey& key) {
    const auto it = snapshot.manifests.find(key);
    return it == snapshot.manifests.end() ? nullptr : it->second;
}

/// Calls `f` when the scope ends, however it ends.
template <class F>
struct Finally {
    F f;
    ~Finally() { f(); }
};
template <class F>
Finally(F) -> Finally<F>;

}  // namespace

Dispatcher::Dispatcher(
    boost::asio::any_io_executor executor, Reconciler& reconciler, Clock& clock, Entropy& entropy,
    Metrics& metrics, DispatcherOptions options, OnReport on_report
)
    : reconciler_(reconciler),
      clock_(clock),
      entropy_(entropy),
      metrics_(metrics),
      options_(options),
      on_report_(std::move(on_report)),
      snapshot_(std::make_shared<ManifestSnapshot>()),
      published_(clock.now()),
      woken_(executor),
      passes_(executor),
      alarms_(executor) {
    metrics_.workers(0, options_.workers);
}

void Dispatcher::publish(std::shared_ptr<const ManifestSnapshot> snapshot, bool request_changes) {
    const auto before = std::exchange(snapshot_, std::move(snapshot));
    if (!request_changes) return;
    published_ = clock_.now();
    for (const WishChange& change : changes_between(*before, *snapshot_)) {
        if (change.after != nullptr) {
            unapplied_.insert(*change.key);
            flaps_.forget(*change.key);
        }
        request(*change.key, Priority::user);
    }
}

void Dispatcher::request(const ChannelKey& key, Priority priority, std::optional<ObservedChannel> look) {
    if (closed_) return;
    if (priority == Priority::resync) {
        // A wish that the cloud refuses as it is would be refused again: only an edit helps.
        const auto it = conditions_.find(key);
        if (it != conditions_.end() && it->second.refused &&
            same_wish(it->second.refused.get(), snapshot_->find(key))) {
            return;
        }
        if (slowed_down(key)) return;
    }
    if (look) looks_.insert_or_assign(key, std::move(*look));
    queue_.add(key, clock_.now(), priority);
    metrics_.queue_added(priority);
    wake();
}

void Dispatcher::settled(
    const ChannelKey& key, WallTime seen_at, ChannelState state, const Decision& decision,
    std::string why
) {
    if (queue_.in_flight(key) || queue_.contains(key)) return;  // its pass knows better
    if (decision.noted && !closed_) {  // neither a refusal nor a slow-down is a reason to wait
        queue_.add(key, clock_.now(), Priority::user);
        metrics_.queue_added(Priority::user);
        wake();
    }
    ChannelCondition& condition = conditions_[key];
    // Newer than that; but not where the wall clock was set back meanwhile.
    if (condition.judged_at >= seen_at && condition.judged_at <= clock_.wall()) return;
    if (decision.drifted) note_drift(key, condition.drifted, decision.changes);
    condition = ChannelCondition{};
    condition.state = state;
    condition.drifted = decision.drifted;
    condition.why = std::move(why);
    if (state == ChannelState::in_sync) applied(key);
    tell(key, condition);
}

void Dispatcher::surveyed(const Survey& survey) {
    const auto said_of = [&](const ChannelKey& key) {  // both are in the order of their keys
        return survey.findings.contains(key) ||
               std::binary_search(survey.in_sync.begin(), survey.in_sync.end(), key);
    };
    std::vector<ChannelKey> left;
    for (const auto& [key, condition] : conditions_) {
        if (key.project == survey.project && !wish_for(*snapshot_, key) &&
            condition.judged_at < survey.asked_at && !said_of(key))
            left.push_back(key);
    }
    for (const ChannelKey& key : left) gone(key);
}

void Dispatcher::gone(const ChannelKey& key) {
    if (conditions_.erase(key) > 0) metrics_.channel_gone(key.project, key.name);
}

Task<> Dispatcher::run(bool until_idle) {
    while (!closed_) {
        dirty_ = false;
        while (active_ < options_.workers) {
            auto taken = queue_.take(clock_.now());
            if (!taken) break;
            ++active_;
            metrics_.queue_waited(taken->priority, clock_.now() - taken->ready_at);
            passes_.spawn(work(std::move(*taken)));
        }
        tell_queue();
        if (until_idle && queue_.idle()) break;
        if (dirty_) continue;  // a pass ended while it was being started
        const auto next = queue_.next_ready();
        if (next && active_ < options_.workers && (!alarm_at_ || *next < *alarm_at_)) {
            alarms_.cancel();
            alarm_at_ = next;
            alarms_.spawn(alarm(*next));
        }
        co_await woken_.wait();
    }
}

void Dispatcher::close() {
    closed_ = true;
    queue_.close();
    alarms_.cancel();
    woken_.notify();
}

Task<> Dispatcher::stop(Duration cancel_after) {
    close();
    co_await alarms_.join();
    const TimePoint limit = clock_.now() + cancel_after;
    while (active_ > 0 && clock_.now() < limit) {
        alarms_.cancel();
        alarm_at_.reset();
        alarms_.spawn(alarm(limit));
        co_await woken_.wait();
    }
    alarms_.cancel();
    passes_.cancel();
    co_await passes_.join();
    co_await alarms_.join();
}

std::size_t Dispatcher::waiting() const {
    return queue_.depth(Priority::user) + queue_.depth(Priority::retry) + queue_.depth(Priority::resync);
}

Task<> Dispatcher::alarm(TimePoint at) {
    co_await clock_.sleep_until(at);
    if (alarm_at_ && *alarm_at_ <= at) alarm_at_.reset();
    wake();
}

Task<> Dispatcher::work(WorkQueue::Taken taken) {
    const ChannelKey key = taken.key;
    const TimePoint began = clock_.now();
    const auto manifests = snapshot_;
    std::optional<ObservedChannel> look;
    if (auto seen = looks_.extract(key); !seen.empty()) {
        // What was seen before the last pass ended does not show what that pass did.
        const auto last = conditions_.find(key);
        if (last == conditions_.end() || last->second.judged_at < seen.mapped().observed_at)
            look = std::move(seen.mapped());
    }
    metrics_.workers(active_, options_.workers);
    Finally release{[this, &key] {
        queue_.done(key);
        --active_;
        metrics_.workers(active_, options_.workers);
        wake();
    }};

    PassReport report;
    try {
        report = co_await reconciler_.reconcile(key, manifests, std::move(look));
    } catch (const boost::system::system_error& error) {
        if (error.code() == boost::asio::error::operation_aborted) throw;
        report.error = Error(ErrorClass::retryable, ErrorReason::internal, error.what());
    } catch (const std::exception& error) {
        report.error = Error(ErrorClass::retryable, ErrorReason::internal, error.what());
    }
    if (report.error) {
        report.result = PassResult::failed;
        report.state = ChannelState::failed;
        if (report.error->cls() == ErrorClass::cancelled) co_return;  // neither a success nor a failure
    }
    judge(key, manifests, report);
    const Duration took = clock_.now() - began;
    metrics_.pass_finished(key.project, report.result, took);
    if (report.error) metrics_.pass_failed(key.project, report.error->reason());
    if (on_report_) on_report_(key, report, took);
}

void Dispatcher::judge(
    const ChannelKey& key, const std::shared_ptr<const ManifestSnapshot>& from, const PassReport& report
) {
    ChannelCondition& condition = conditions_[key];
    if (report.drifted) note_drift(key, condition.drifted, report.changes);
    const unsigned failures = condition.failures;
    condition = ChannelCondition{};
    condition.state = report.state;
    condition.drifted = report.drifted && report.state != ChannelState::in_sync;
    condition.conflict = report.conflict;
    condition.why = report.why;
    condition.judged_at = clock_.wall();
    note_correction(key, report, condition);
    if (report.error) {
        // A create that was answered well is progress; an update may be answered well and still not
        // stick.
        const bool progress =
            std::find(report.done.begin(), report.done.end(), ChangeKind::create) != report.done.end();
        condition.failures = progress ? 1 : failures + 1;
        if (report.blocked) {
            judge_blocked(key, condition, *report.error);
        } else {
            judge_failure(key, condition, *report.error, wish_for(*from, key));
        }
    } else if (report.again) {
        queue_.add(key, clock_.now() + *report.again, Priority::retry);
        metrics_.queue_added(Priority::retry);
    } else if (report.result == PassResult::stalled) {
        condition.error = Error(
            report.conflict ? ErrorClass::conflict : ErrorClass::terminal,
            report.conflict ? ErrorReason::conflict : ErrorReason::guard, report.why
        );
    }
    if (condition.state == ChannelState::in_sync) applied(key);
    if (!wish_for(*snapshot_, key) && condition.state == ChannelState::in_sync) return gone(key);
    tell(key, condition);
}

/// Only another object can help: told at once, tried again slowly where there is time.
void Dispatcher::judge_blocked(const ChannelKey& key, ChannelCondition& condition, const Error& error) {
    condition.error = error;
    condition.why = error.what();
    condition.blocked = true;
    condition.state = ChannelState::stalled;
    if (options_.attempts > 0) return;
    queue_.add(key, clock_.now() + slow_retry, Priority::retry);
    metrics_.queue_added(Priority::retry);
}

void Dispatcher::judge_failure(
    const ChannelKey& key, ChannelCondition& condition, const Error& error,
    std::shared_ptr<const Manifest> wish
) {
    condition.error = error;
    condition.why = error.what();
    Duration pause = options_.backoff.delay(condition.failures, entropy_.random01());
    switch (error.cls()) {
        case ErrorClass::terminal:
        case ErrorClass::refused:
            condition.state = ChannelState::stalled;
            condition.refused = std::move(wish);
            return;
        case ErrorClass::quota:
        case ErrorClass::auth:
            condition.state = ChannelState::stalled;
            if (options_.attempts > 0)
                return;  // a command tells at once; only the daemon has time to wait
            pause = slow_retry;
            break;
        default:
            break;
    }
    if (options_.attempts > 0 && condition.failures >= options_.attempts) return;
    if (error.retry_after()) pause = std::max(pause, *error.retry_after());
    queue_.add(key, clock_.now() + pause, Priority::retry);
    metrics_.queue_added(Priority::retry);
}

bool Dispatcher::slowed_down(const ChannelKey& key) {
    const auto until = flaps_.not_before(key, clock_.now());
    if (!until) return false;
    ChannelCondition& condition = conditions_[key];
    condition.state = ChannelState::out_of_sync;
    condition.drifted = true;
    tell(key, condition);
    return true;
}

void Dispatcher::note_correction(
    const ChannelKey& key, const PassReport& report, ChannelCondition& condition
) {
    const TimePoint now = clock_.now();
    const bool wrote =
        std::find(report.done.begin(), report.done.end(), ChangeKind::update) != report.done.end();
    if (wrote && corrects_drift(report.changes)) {
        flaps_.corrected(key, now);
        if (flaps_.flapping(key, now)) metrics_.flap_seen(key.project);
    }
    condition.flapping = flaps_.flapping(key, now);
    if (condition.flapping) condition.why = flap_text(key);
}

std::string Dispatcher::flap_text(const ChannelKey& key) const {
    if (!flapping(key)) return {};
    return "somebody else keeps changing it: put right " +
           std::to_string(flaps_.count(key, clock_.now())) +
           " times within an hour, and more slowly from now on";
}

void Dispatcher::tell(const ChannelKey& key, const ChannelCondition& condition) {
    metrics_.channel_state(key.project, key.name, condition.state, condition.drifted);
}

void Dispatcher::note_drift(const ChannelKey& key, bool was, const std::vector<FieldChange>& changes) {
    if (was) return;  // counted when it began
    std::set<FieldGroup> groups;
    for (const FieldChange& change : changes) {
        if (is_drift(change.reason)) groups.insert(change.field.group);
    }
    for (const FieldGroup group : groups) metrics_.drift_detected(key.project, group);
}

void Dispatcher::applied(const ChannelKey& key) {
    if (unapplied_.erase(key) == 0 || !unapplied_.empty()) return;
    metrics_.commit_applied(snapshot_->source, clock_.now() - published_);
}

void Dispatcher::wake() {
    dirty_ = true;
    woken_.notify();
}

void Dispatcher::tell_queue() {
    metrics_.queue_depth(
        queue_.depth(Priority::user), queue_.depth(Priority::retry), queue_.depth(Priority::resync)
    );
    // A key that waits for its back-off is not kept waiting.
    const std::optional<TimePoint> oldest = queue_.next_ready();
    const TimePoint now = clock_.now();
    metrics_.queue_oldest(oldest && *oldest <= now ? clock_.wall() - (now - *oldest) : WallTime());
}

}  // namespace fairway
