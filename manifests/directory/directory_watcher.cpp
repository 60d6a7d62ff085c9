#include "manifests/directory/directory_watcher.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "manifests/source_names.hpp"

namespace fairway {
namespace asio = boost::asio;
namespace {

constexpr std::uint32_t watched = IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE |
                                  IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |
                                  IN_EXCL_UNLINK | IN_ONLYDIR;

std::pair<std::string, std::string> split_path(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return {".", path};
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

struct DirectoryWatcher::State {
    /// What a watch is for: a directory of manifests, or the place where a path is found, or both.
    struct Watch {
        std::vector<std::string> directories;  ///< more than one when a path is given in two spellings
        std::set<std::string> names;
    };

    State(asio::any_io_executor executor_given, std::function<void(const std::string&)> warn_given)
        : executor(std::move(executor_given)), warn(std::move(warn_given)) {
        const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (fd < 0) {
            told = true;
            tell(errno, "fs.inotify.max_user_instances");
            return;
        }
        descriptor.emplace(executor, fd);
    }

    void tell(int code, const char* setting) const {
        if (!warn) return;
        warn(
            std::string("changes of manifests cannot be watched, they are looked for from time to time: "
            ) +
            std::system_category().message(code) +
            (code == ENOSPC || code == EMFILE ? std::string("; raise ") + setting : std::string())
        );
    }

    /// Any thread.
    template <class Use>
    void add(const char* path, Use use) {
        if (!descriptor) return;
        const int wd = inotify_add_watch(notify_fd, path, watched);
        const int code = errno;
        const std::lock_guard lock(mutex);
        if (wd < 0) {
            // What is not there is for the look to tell.
            if (code != ENOENT && code != ENOTDIR) failed = code;
            return;
        }
        use(entered[wd]);
    }

    void read_notice(const inotify_event& notice, const char* name);
    void file_notice(const std::string& path, std::uint32_t mask);

    asio::any_io_executor executor;
    std::function<void(const std::string&)> warn;
    std::optional<asio::posix::stream_descriptor> descriptor;
    int notify_fd = -1;
    std::map<int, Watch> watches;
    std::set<int> retired;  ///< removed, but notices may still be on their way

    bool everything = false;
    std::map<std::string, bool> files;  ///< path to settled
    bool news = false;                  ///< in the notices being read

    std::mutex mutex;  ///< of what enter() writes
    std::map<int, Watch> entered;
    int failed = 0;  ///< errno of a watch that could not be had
    bool incomplete = false, told = false;
};

DirectoryWatcher::DirectoryWatcher(
    asio::any_io_executor executor, std::function<void(const std::string&)> warn
)
    : state_(std::make_unique<State>(std::move(executor), std::move(warn))) {
    if (state_->descriptor) state_->notify_fd = state_->descriptor->native_handle();
}

DirectoryWatcher::~DirectoryWatcher() = default;

void DirectoryWatcher::begin_look(const std::vector<std::string>& paths) {
    {
        const std::lock_guard lock(state_->mutex);
        state_->entered.clear();
        state_->failed = 0;
    }
    for (const auto& path : paths) {
        auto [place, name] = split_path(path);
        if (name.empty() || name == "." || name == "..") continue;
        state_->add(place.c_str(), [&](State::Watch& watch) { watch.names.insert(name); });
    }
}

void DirectoryWatcher::enter(const std::string& path, int fd) {
    // By way of the descriptor, so that it is the very directory that is read next.
    const std::string self = "/proc/self/fd/" + std::to_string(fd);
    const bool proc = access(self.c_str(), F_OK) == 0;
    state_->add(proc ? self.c_str() : path.c_str(), [&](State::Watch& watch) {
        watch.directories.push_back(path);
    });
}

void DirectoryWatcher::end_look(bool whole) {
    const std::lock_guard lock(state_->mutex);
    if (!state_->descriptor) return;
    if (whole) {
        for (const auto& [wd, watch] : state_->watches) {
            if (state_->entered.contains(wd)) continue;
            inotify_rm_watch(state_->notify_fd, wd);
            state_->retired.insert(wd);
        }
        state_->watches = std::move(state_->entered);
    } else {
        for (auto& [wd, watch] : state_->entered) {
            State::Watch& kept = state_->watches[wd];
            kept.names.merge(watch.names);
            for (auto& directory : watch.directories) {
                const auto& known = kept.directories;
                if (std::find(known.begin(), known.end(), directory) == known.end()) {
                    kept.directories.push_back(std::move(directory));
                }
            }
        }
    }
    state_->entered.clear();
    state_->incomplete = state_->failed != 0;
    if (state_->incomplete && !state_->told) state_->tell(state_->failed, "fs.inotify.max_user_watches");
    state_->told = state_->incomplete;
}

bool DirectoryWatcher::complete() const {
    return state_->descriptor && !state_->incomplete;
}

bool DirectoryWatcher::has_news() const {
    return state_->everything || !state_->files.empty();
}

DirectoryWatcher::News DirectoryWatcher::take() {
    News news;
    news.everything = std::exchange(state_->everything, false);
    for (const auto& [path, settled] : state_->files) news.hints.push_back({path, settled});
    state_->files.clear();
    return news;
}

bool DirectoryWatcher::collect() {
    if (!state_->descriptor) return false;
    state_->news = false;
    alignas(inotify_event) std::array<char, 64 * 1024> buffer;
    for (;;) {
        const ssize_t got = read(state_->notify_fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            inotify_event notice{};
            std::memcpy(&notice, buffer.data() + at, sizeof notice);
            const char* name = notice.len > 0 ? buffer.data() + at + sizeof notice : "";
            state_->read_notice(notice, name);
            at += sizeof notice + notice.len;
        }
    }
    return state_->news;
}

void DirectoryWatcher::State::read_notice(const inotify_event& notice, const char* name) {
    const auto all = [&] {
        everything = true;
        news = true;
    };
    if ((notice.mask & IN_Q_OVERFLOW) != 0) return all();
    if ((notice.mask & IN_IGNORED) != 0) {
        retired.erase(notice.wd);
        watches.erase(notice.wd);
        return;
    }
    if (retired.contains(notice.wd)) return;
    const auto found = watches.find(notice.wd);
    if (found == watches.end()) return all();  // entered by the look that is going on
    const Watch& watch = found->second;

    if ((notice.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0) return all();
    const bool content_only = (notice.mask & (IN_MODIFY | IN_ATTRIB)) != 0;
    if (watch.names.contains(name) && (!content_only || (notice.mask & IN_ISDIR) == 0)) {
        // A file that was named itself, or the directory: it was written, replaced, removed or came
        // back.
        if ((notice.mask & IN_MODIFY) == 0) all();
    }
    const std::string_view text = name;
    if (text == "..data") {  // the switch to another generation of a Kubernetes volume
        if (!content_only) all();
        return;
    }
    if (watch.directories.empty() || text.empty() || is_hidden_name(text)) return;
    if ((notice.mask & IN_ISDIR) != 0) return all();
    if (!is_manifest_name(text)) return;
    for (const auto& directory : watch.directories)
        file_notice(path_below(directory, text), notice.mask);
}

void DirectoryWatcher::State::file_notice(const std::string& path, std::uint32_t mask) {
    if ((mask & IN_MODIFY) != 0) {  // its end will be announced as well
        const auto known = files.find(path);
        if (known != files.end()) known->second = false;
        return;
    }
    news = true;
    if ((mask & IN_ATTRIB) != 0) {
        files.try_emplace(path, false);
    } else {
        files[path] = (mask & IN_CREATE) == 0;  // what was just created is usually written next
    }
}

Task<> DirectoryWatcher::wait(TimePoint until) {
    struct Waiter {
        explicit Waiter(const asio::any_io_executor& executor) : timer(executor) {}
        asio::steady_timer timer;
        bool notified = false;
    };
    auto waiter = std::make_shared<Waiter>(state_->executor);
    waiter->timer.expires_at(until);
    if (state_->descriptor) {
        state_->descriptor->async_wait(
            asio::posix::descriptor_base::wait_read,
            [waiter](const boost::system::error_code& error) {
                if (error) return;
                waiter->notified = true;
                waiter->timer.cancel();
            }
        );
    }
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await waiter->timer.async_wait(token);
    if (error && !waiter->notified) {
        if (state_->descriptor) state_->descriptor->cancel();
        throw boost::system::system_error(error);
    }
    if (state_->descriptor) state_->descriptor->cancel();
}

}  // namespace fairway
