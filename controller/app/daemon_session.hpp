#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "controller/app/core.hpp"
#include "controller/app/deletion_pacer.hpp"
#include "controller/app/exit_code.hpp"
#include "controller/app/wish_source.hpp"
#include "controller/async/alarm.hpp"
#include "controller/async/task_group.hpp"
#include "controller/codec/control_json.hpp"
#include "controller/log/log.hpp"
#include "reconciler/engine/dispatcher.hpp"
#include "reconciler/ports/identified_store.hpp"

namespace fairway {

/// How far the daemon has come with one project.
struct ProjectHealth {
    bool listed = false;  ///< a list pass was complete since the start
    std::string trouble;  ///< of the last one; empty when it was well
};

/// The daemon's work under one configuration, from opening the store to letting it go.
class DaemonSession {
public:
    struct Ports {
        Clock& clock;
        Entropy& entropy;
        Metrics& metrics;
        Log& log;
    };
    /// What the work is done with: its own from here on.
    struct Parts {
        std::unique_ptr<IdentifiedStore> store;
        std::unique_ptr<Core> core;  ///< over that store
        std::unique_ptr<WishSource> source;
    };
    /// Over parts of the caller's making.
    DaemonSession(boost::asio::any_io_executor executor, const Config& config, Ports ports, Parts parts);
    /// Opens what the work needs; tells in the log why it cannot.
    static std::variant<std::unique_ptr<DaemonSession>, ExitCode> open(
        boost::asio::any_io_executor executor, const Config& config, Ports ports
    );
    ~DaemonSession();

    /// How the configuration wants the engine to work for a daemon; `lineage` is the store's.
    static Core::Options core_options(const Config& config, std::string lineage);

    /// Loads the sources, then works until stop(). A source that cannot be read at the start ends it at
    /// once; nothing does after `at_work` was called.
    Task<Result<>> run(std::function<void()> at_work = {});
    /// No new work; what is in flight gets ten seconds.
    Task<> stop();

    /// Keeps what a person said, or takes it back, and acts on it.
    Task<Result<>> instruct(Instruction instruction);
    /// Looks at this channel now; at every project where the key is empty. False where there is no such
    /// channel.
    bool look_at(const ChannelKey& key);

    /// Has the Git server of that source asked for news.
    void fetch_now(const std::string& source) { source_->fetch_now(source); }

    /// Returns when the store answered, with a failure too: it is not stuck.
    Task<> ask_store();

    /// What is known of a channel beside the store; nothing where nothing is.
    std::optional<ChannelStanding> standing(const ChannelKey& key) const;

    bool sources_loaded() const { return loaded_; }
    const std::map<std::string, ProjectHealth>& projects() const { return projects_; }
    const Dispatcher& dispatcher() const { return dispatcher_; }

private:
    /// What people told us: approvals, suspensions.
    Task<Result<>> take_directions();
    Task<> watch_sources();
    Task<> watch_project(std::string project);
    Task<Result<>> survey(std::string project);
    void publish(std::shared_ptr<const ManifestSnapshot> wish, bool request_changes);
    void act_on(Survey survey, std::shared_ptr<const ManifestSnapshot> wish);
    void tell_guard(const Survey& survey) const;
    void start_deletion(const ChannelKey& key, const DeletionPacer::Deletion& deletion);
    DeletionPacer::Progress progress_of(const ChannelKey& key) const;
    void tell(const ChannelKey& key, const PassReport& report, Duration took);

    boost::asio::any_io_executor executor_;
    const Config config_;
    Ports ports_;
    std::unique_ptr<IdentifiedStore> store_;
    std::unique_ptr<Core> core_;
    std::unique_ptr<WishSource> source_;
    Dispatcher dispatcher_;
    DeletionPacer pacer_;
    std::map<std::string, Alarm> next_survey_;  ///< by project
    TaskGroup tasks_;
    bool loaded_ = false, stopping_ = false;
    std::map<std::string, ProjectHealth> projects_;
};

}  // namespace fairway
