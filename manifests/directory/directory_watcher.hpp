#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "manifests/directory/directory_reader.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// Tells which files changed, from the kernel's notices (inotify). Says "everything" wherever it is not
/// sure. One thread, but for begin_look() and enter().
class DirectoryWatcher {
public:
    /// What changed since the last take().
    struct News {
        bool everything = false;
        std::vector<DirectoryHint> hints;
    };
    /// `warn` is told, once, when changes cannot be watched and have to be looked for.
    DirectoryWatcher(
        boost::asio::any_io_executor executor, std::function<void(const std::string&)> warn
    );
    ~DirectoryWatcher();

    /// Before a full look, from any thread: watches the places the paths themselves are in, so that a
    /// path that is replaced or comes back is noticed.
    void begin_look(const std::vector<std::string>& paths);
    /// During the look, from any thread: watches this directory.
    void enter(const std::string& path, int fd);
    /// After it. A whole look also ends the watches on directories that it did not enter.
    void end_look(bool whole);

    /// Whether every directory is watched.
    bool complete() const;
    /// Reads the notices that have come; true when some of them matter.
    bool collect();
    bool has_news() const;
    News take();
    /// Returns when notices have come or at `until`; throws operation_aborted when cancelled.
    Task<> wait(TimePoint until);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace fairway
