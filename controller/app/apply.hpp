#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "controller/app/core.hpp"
#include "controller/app/exit_code.hpp"
#include "controller/report/report.hpp"
#include "reconciler/engine/dispatcher.hpp"
#include "reconciler/plan/selection.hpp"

namespace fairway {

struct ApplyOptions {
    unsigned workers = 64;
    Duration time_limit = std::chrono::minutes(10);
    /// Shown the plan before anything is written; an error, which says why, leaves everything as it is.
    /// Empty: go ahead.
    std::function<Result<>(const Report&)> confirm;
    /// Reads the manifests once more before anything is deleted; must be given where that may be.
    std::function<Result<std::shared_ptr<const ManifestSnapshot>>()> reread;
    /// What the writes are narrowed to; the guard judges the whole all the same.
    Selection selection;
    /// The plan that a person agreed to: another one is not carried out. Empty: any.
    std::string agreed;
    /// Told of deletions that are left because the command was not asked for any. Empty: the guard's
    /// words.
    std::string deletes_nothing;
    /// Told how many channels there is something to do for, before it begins.
    std::function<void(std::size_t)> starting;
    /// Told of every pass that ended.
    std::function<void(const ChannelKey&, const PassReport&)> progress;
};

/// What a one-shot command found and did.
struct Outcome {
    Report report;
    std::vector<ExitCode> failures;
    bool succeeded = false;  ///< something was applied, or was right already
    /// What a safeguard refused, whole or in part. No failure of a channel: the rest is done.
    std::set<ChannelKey> held_back;
    std::set<ChannelKey> partly;  ///< a part of the way there waits; the other part is to be done
    std::string digest;           ///< of the plan: of the manifests, and of what they meet in the cloud
};

/// The exit code of an apply that ended so.
ExitCode exit_code_of(const Outcome& outcome);

/// Surveys every project of `config` that is wanted or owned, and says what would be done to what is
/// selected.
Task<Outcome> plan_once(
    Core& core, StateStore& store, const Config& config, std::shared_ptr<const ManifestSnapshot> wish,
    Selection selection
);

/// Carries the plan out once: every channel until it is in sync, is refused, or has been tried often
/// enough.
class Applier {
public:
    Applier(
        boost::asio::any_io_executor executor, Core& core, Core::Ports ports, const Config& config,
        ApplyOptions options
    );

    Task<Outcome> apply(std::shared_ptr<const ManifestSnapshot> wish);
    /// Begins no more passes; those in flight are finished.
    void interrupt();

private:
    Task<> survey(
        std::shared_ptr<const ManifestSnapshot> wish, Outcome& outcome, std::vector<Survey>& surveys
    );
    /// Works off what the surveys found, in rounds: what others refer to is deleted after them.
    Task<> work(
        std::shared_ptr<const ManifestSnapshot> wish, std::vector<Survey> surveys, Outcome& outcome
    );
    bool still_wanted(const ManifestSnapshot& wish, Outcome& outcome) const;
    Task<> limit_time(Duration limit);

    boost::asio::any_io_executor executor_;
    Core& core_;
    Core::Ports ports_;
    const Config& config_;
    ApplyOptions options_;
    TaskGroup* surveying_ = nullptr;  ///< while it lasts
    Dispatcher* dispatcher_ = nullptr;
    bool interrupted_ = false;
    bool timed_out_ = false;
};

}  // namespace fairway
