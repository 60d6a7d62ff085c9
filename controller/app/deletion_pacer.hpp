#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <string>

#include "controller/async/event.hpp"
#include "controller/log/log.hpp"
#include "reconciler/plan/action.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// Lets the daemon delete slowly, so that somebody may step in: one channel first; when that went well
/// for a minute, at most ten a minute.
class DeletionPacer {
public:
    using Due = std::map<ChannelKey, Action>;
    struct Ports {
        /// Reads all manifests once more; true when they still say the same.
        std::function<Task<bool>()> confirm;
        std::function<void(const ChannelKey&, const Action&)> start;
        /// Whether what was started a minute ago is over, and well.
        std::function<bool(const ChannelKey&)> done;
    };
    DeletionPacer(boost::asio::any_io_executor executor, Clock& clock, Log& log, Ports ports);

    /// What a survey of the project lets go now, instead of what one before did.
    void set_due(const std::string& project, Due due);
    /// Works for ever.
    Task<> run();

private:
    Task<> work_off();

    Clock& clock_;
    Log& log_;
    Ports ports_;
    Event news_;
    Due due_;
};

}  // namespace fairway
