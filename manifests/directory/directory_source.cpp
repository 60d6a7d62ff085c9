#include "manifests/directory/directory_source.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "controller/async/event.hpp"
#include "manifests/directory/directory_watcher.hpp"

namespace fairway {
namespace asio = boost::asio;
using namespace std::chrono_literals;
namespace {

/// After the last notice this long nothing must come, but notices are not waited for longer than that.
constexpr Duration quiet = 500us, longest_gathering = 50ms;
/// With more files even one change takes the loop too long, for the whole snapshot is put together anew.
constexpr std::size_t many_files = 2000;
/// When something in the making was left out.
constexpr Duration doubt_interval = 200ms;

TimePoint now() {
    return std::chrono::floor<Duration>(std::chrono::steady_clock::now());
}

}  // namespace

struct DirectorySource::Impl {
    /// A look on the thread. Shared with it and with whoever waits, and so survives both.
    struct Job {
        explicit Job(asio::any_io_executor executor) : ended(std::move(executor)) {}
        Event ended;
        bool done = false, full = false;
        std::optional<Result<SnapshotPtr>> result;
        std::exception_ptr thrown;
    };

    Impl(
        std::string name, std::vector<std::string> paths, ManifestContext context,
        asio::any_io_executor executor_given, DirectoryOptions options_given,
        std::function<void(const std::string&)> warn
    )
        : executor(executor_given),
          options(options_given),
          reader(std::move(name), std::move(paths), std::move(context), options_given),
          watcher(executor_given, std::move(warn)) {}

    ~Impl() {
        stop = true;
        thread.join();
    }

    /// Looks at the announced files where there are some and that will do, else at everything.
    void start_job(std::vector<DirectoryHint> hints) {
        if (new_context) reader.set_context(std::move(*new_context));
        new_context.reset();
        job = std::make_shared<Job>(executor);
        asio::post(thread, [this, announced = std::move(hints), running = job] {
            try {
                if (!announced.empty()) running->result = reader.read_some(announced);
                running->full = !running->result;
                if (running->full) {
                    watcher.begin_look(reader.paths());
                    running->result = reader.read_all(stop, [this](const std::string& path, int fd) {
                        watcher.enter(path, fd);
                    });
                }
            } catch (...) {
                running->thrown = std::current_exception();
            }
            asio::post(executor, [running] {
                running->done = true;
                running->ended.notify();
            });
        });
    }

    /// Takes over what the job of this or of a cancelled load() found.
    Result<SnapshotPtr> end_job() {
        const auto ended = std::exchange(job, nullptr);
        const bool good = ended->result && *ended->result;
        if (ended->full) watcher.end_look(good);
        counts = reader.counts();
        if (ended->full || !good) {
            in_order = good && !reader.in_doubt();
            if (in_order) {
                next_look = now() + (watcher.complete() ? options.scan_interval : options.poll_interval);
            } else {
                next_look = now() + (good ? doubt_interval : options.retry_interval);
            }
        }
        if (ended->thrown) std::rethrow_exception(ended->thrown);
        if (good) snapshot = **ended->result;
        return *ended->result;
    }

    asio::any_io_executor executor;
    DirectoryOptions options;
    DirectoryReader reader;  ///< used by the job while there is one, else by the loop
    DirectoryWatcher watcher;
    std::shared_ptr<Job> job;
    std::optional<ManifestContext> new_context;
    SnapshotPtr snapshot;   ///< of the last good load
    bool in_order = false;  ///< the last full look saw everything
    TimePoint next_look{};  ///< when a full look is due
    DirectoryReader::Counts counts;
    std::atomic<bool> stop{false};
    asio::thread_pool thread{1};
};

DirectorySource::DirectorySource(
    std::string name, std::vector<std::string> paths, ManifestContext context,
    asio::any_io_executor executor, DirectoryOptions options,
    std::function<void(const std::string&)> warn
)
    : impl_(std::make_unique<Impl>(
          std::move(name), std::move(paths), std::move(context), std::move(executor), options,
          std::move(warn)
      )) {}

DirectorySource::~DirectorySource() = default;

Task<Result<SnapshotPtr>> DirectorySource::load() {
    if (impl_->job) {  // of a load() that was cancelled
        auto before = impl_->job;
        while (!before->done) co_await before->ended.wait();
        auto ignored = impl_->end_job();
        if (!ignored) impl_->in_order = false;
    }
    impl_->watcher.collect();
    const DirectoryWatcher::News news = impl_->watcher.take();
    const bool trusted = impl_->in_order && impl_->watcher.complete() && !impl_->new_context &&
                         !news.everything && now() < impl_->next_look;
    std::vector<DirectoryHint> hints;
    if (trusted) {
        if (news.hints.empty()) co_return impl_->snapshot;
        if (impl_->snapshot->files > many_files) {
            hints = news.hints;
        } else if (auto quick = impl_->reader.read_some(news.hints)) {
            impl_->counts = impl_->reader.counts();
            if (*quick) impl_->snapshot = **quick;
            co_return *quick;
        }
    }
    impl_->start_job(std::move(hints));
    auto job = impl_->job;
    while (!job->done) co_await job->ended.wait();
    co_return impl_->end_job();
}

Task<> DirectorySource::changed() {
    auto& watcher = impl_->watcher;
    watcher.collect();
    while (!watcher.has_news()) {
        const TimePoint until = impl_->next_look;
        if (now() >= until) co_return;
        co_await watcher.wait(until);
        watcher.collect();
    }
    const TimePoint end = now() + longest_gathering;
    for (bool more = true; more && now() < end;) {
        const TimePoint until = std::min(end, now() + quiet);
        co_await watcher.wait(until);
        more = watcher.collect();
    }
}

void DirectorySource::set_context(ManifestContext context) {
    impl_->new_context = std::move(context);
}

DirectoryReader::Counts DirectorySource::counts() const {
    return impl_->counts;
}

}  // namespace fairway
