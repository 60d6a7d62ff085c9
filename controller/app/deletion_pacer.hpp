#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/async/event.hpp"
#include "controller/log/log.hpp"
#include "reconciler/plan/action.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// Lets the daemon delete slowly, so that somebody may step in: one channel first; when that went well
/// for a minute, at most ten a minute. What is in use is passed over; any other failure stops it all.
class DeletionPacer {
public:
    /// What is to go, as the survey of a project judged it for the manifests of `wish`.
    struct Deletion {
        Action action;
        std::string wish;
    };
    using Due = std::map<ChannelKey, Deletion>;
    /// How far a deletion is that was started a minute ago.
    enum class Progress : std::uint8_t { gone, blocked, failing };
    struct Ports {
        /// Reads all manifests once more; true when they still say the same.
        std::function<Task<bool>()> confirm;
        std::function<void(const ChannelKey&, const Deletion&)> start;
        std::function<Progress(const ChannelKey&)> progress;
    };
    DeletionPacer(boost::asio::any_io_executor executor, Clock& clock, Log& log, Ports ports);

    /// What a survey of the project lets go now, instead of what one before did.
    void set_due(const std::string& project, Due due);
    /// Starts nothing more of it until set_due(); returns the projects that had something due.
    std::set<std::string> forget_due();
    /// Works for ever.
    Task<> run();

private:
    Task<> work_off();
    /// Whether to go on; `gone`: whether something went.
    bool judge(const std::vector<ChannelKey>& started, bool& gone);

    Clock& clock_;
    Log& log_;
    Ports ports_;
    Event news_;
    Due due_;
};

}  // namespace fairway
