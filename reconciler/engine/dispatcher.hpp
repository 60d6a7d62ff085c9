#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "controller/async/event.hpp"
#include "controller/async/task_group.hpp"
#include "reconciler/engine/observer.hpp"
#include "reconciler/engine/reconciler.hpp"
#include "reconciler/schedule/backoff.hpp"
#include "reconciler/schedule/flap_watch.hpp"
#include "reconciler/schedule/work_queue.hpp"

namespace fairway {

struct DispatcherOptions {
    unsigned workers = 64;
    Backoff backoff;
    /// How often a channel is tried before it is given up for good; 0: for ever, as the daemon does.
    unsigned attempts = 0;
};

/// What is known of one channel between passes.
struct ChannelCondition {
    ChannelState state = ChannelState::out_of_sync;
    bool drifted = false, conflict = false;
    bool blocked = false;   ///< its deletion was refused for what only another object can change
    bool flapping = false;  ///< somebody else keeps changing what we put right
    unsigned failures = 0;  ///< in a row
    std::optional<Error> error;
    std::string why;
    std::shared_ptr<const Manifest> refused;  ///< the wish that cannot be granted as it is
    WallTime judged_at{};                     ///< when the last pass ended: an older look is out of date
};

/// Runs passes: which channel next, how many at once, what a report means for the next time. Owns the
/// passes it started. One thread only.
class Dispatcher {
public:
    using OnReport = std::function<void(const ChannelKey&, const PassReport&, Duration took)>;

    Dispatcher(
        boost::asio::any_io_executor executor, Reconciler& reconciler, Clock& clock, Entropy& entropy,
        Metrics& metrics, DispatcherOptions options, OnReport on_report
    );

    /// Works from this desired state from now on, and asks for every channel whose wish is new.
    void publish(std::shared_ptr<const ManifestSnapshot> snapshot, bool request_changes = true);
    std::shared_ptr<const ManifestSnapshot> snapshot() const { return snapshot_; }
    /// Asks for a pass. `look`: what a list just showed of the channel; not used when a pass ended
    /// since.
    void request(const ChannelKey& key, Priority priority, std::optional<ObservedChannel> look = {});
    /// Notes what a list that was asked for at `seen_at` showed about a channel that is left as it is. A
    /// pass is made all the same where our row has to be noted.
    void settled(
        const ChannelKey& key, WallTime seen_at, ChannelState state, const Decision& decision,
        std::string why
    );
    /// Forgets what a survey found to be neither wanted nor ours. One that began before a delete may
    /// have said something of the channel after it.
    void surveyed(const Survey& survey);

    /// Hands out work until close(); with `until_idle`, until nothing is left to do.
    Task<> run(bool until_idle);
    /// No new passes; those in flight go on.
    void close();
    /// Returns when no pass is in flight, after asking them to end when `cancel_after` is over.
    Task<> stop(Duration cancel_after);

    const std::map<ChannelKey, ChannelCondition>& conditions() const { return conditions_; }
    /// Whether somebody else keeps changing what we put right.
    bool flapping(const ChannelKey& key) const { return flaps_.flapping(key, clock_.now()); }
    /// The same for people; empty where nobody does.
    std::string flap_text(const ChannelKey& key) const;
    std::size_t active() const { return active_; }
    std::size_t waiting() const;

private:
    Task<> work(WorkQueue::Taken taken);
    Task<> alarm(TimePoint at);
    void judge(
        const ChannelKey& key, const std::shared_ptr<const ManifestSnapshot>& from,
        const PassReport& report
    );
    void judge_blocked(const ChannelKey& key, ChannelCondition& condition, const Error& error);
    void judge_failure(
        const ChannelKey& key, ChannelCondition& condition, const Error& error,
        std::shared_ptr<const Manifest> wish
    );
    void tell(const ChannelKey& key, const ChannelCondition& condition);
    /// Whether a routine check of a channel that goes back and forth has to wait.
    bool slowed_down(const ChannelKey& key);
    void note_correction(const ChannelKey& key, const PassReport& report, ChannelCondition& condition);
    void note_drift(const ChannelKey& key, bool was, const std::vector<FieldChange>& changes);
    void applied(const ChannelKey& key);
    /// Forgets a channel that is neither wanted nor ours any more.
    void gone(const ChannelKey& key);
    void wake();
    void tell_queue();

    Reconciler& reconciler_;
    Clock& clock_;
    Entropy& entropy_;
    Metrics& metrics_;
    DispatcherOptions options_;
    OnReport on_report_;

    WorkQueue queue_;
    std::shared_ptr<const ManifestSnapshot> snapshot_;
    std::map<ChannelKey, ChannelCondition> conditions_;
    std::map<ChannelKey, ObservedChannel> looks_;
    FlapWatch flaps_;
    std::set<ChannelKey> unapplied_;  ///< edited in the current snapshot, not yet in effect
    TimePoint published_;
    Event woken_;
    bool dirty_ = false, closed_ = false;
    std::size_t active_ = 0;
    TaskGroup passes_, alarms_;
    std::optional<TimePoint> alarm_at_;
};

}  // namespace fairway
