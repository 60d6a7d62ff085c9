#include "manifests/git/git_source.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "controller/async/event.hpp"
#include "manifests/git/fetch_schedule.hpp"

namespace fairway {
namespace asio = boost::asio;

struct GitSource::Impl {
    /// A fetch on the thread. Shared with it and with whoever waits, and so survives both.
    struct Job {
        explicit Job(asio::any_io_executor executor) : ended(std::move(executor)) {}
        Event ended;
        bool done = false;
        std::optional<Result<SnapshotPtr>> result;
        std::exception_ptr thrown;
    };

    Impl(
        std::string name, const GitOptions& options, ManifestContext context,
        asio::any_io_executor executor_given, Clock& clock_given, Entropy& entropy_given
    )
        : executor(executor_given),
          clock(clock_given),
          entropy(entropy_given),
          reader(std::move(name), options, std::move(context), stop),
          asked(executor_given) {
        schedule.interval = options.interval;
    }

    ~Impl() {
        stop.raise();
        thread.join();
    }

    void start(bool afresh) {
        job = std::make_shared<Job>(executor);
        asio::post(thread, [this, afresh, running = job] {
            try {
                running->result = afresh ? reader.read_afresh() : reader.read();
            } catch (...) {
                running->thrown = std::current_exception();
            }
            asio::post(executor, [running] {
                running->done = true;
                running->ended.notify();
            });
        });
    }

    asio::any_io_executor executor;
    Clock& clock;
    Entropy& entropy;
    FetchSchedule schedule;
    StopSignal stop;
    GitReader reader;  ///< used by the job while there is one
    std::shared_ptr<Job> job;
    Event asked;
    bool asking = false;
    unsigned failures = 0;
    TimePoint due{}, soonest{};  ///< when the server is asked next, at the latest and when asked for
    asio::thread_pool thread{1};
};

GitSource::GitSource(
    std::string name, GitOptions options, ManifestContext context, asio::any_io_executor executor,
    Clock& clock, Entropy& entropy
)
    : impl_(std::make_unique<Impl>(
          std::move(name), options, std::move(context), std::move(executor), clock, entropy
      )) {}

GitSource::~GitSource() = default;

Task<Result<SnapshotPtr>> GitSource::load() {
    impl_->asking = false;  // what is asked for from here on is asked for anew
    Result<SnapshotPtr> loaded = co_await run(false);
    impl_->failures = loaded ? 0 : impl_->failures + 1;
    const TimePoint ended = impl_->clock.now();
    impl_->due = ended + impl_->schedule.pause(impl_->failures, impl_->entropy.random01());
    impl_->soonest = std::min(impl_->due, ended + impl_->schedule.distance);
    co_return loaded;
}

Task<Result<SnapshotPtr>> GitSource::load_afresh() {
    return run(true);
}

Task<Result<SnapshotPtr>> GitSource::run(bool afresh) {
    while (impl_->job) {  // of somebody else, or of a call that was cancelled
        const auto before = impl_->job;
        while (!before->done) co_await before->ended.wait();
        if (impl_->job == before) impl_->job.reset();
    }
    impl_->start(afresh);
    const auto job = impl_->job;
    while (!job->done) co_await job->ended.wait();
    if (impl_->job == job) impl_->job.reset();
    if (job->thrown) std::rethrow_exception(job->thrown);
    co_return *job->result;
}

Task<> GitSource::changed() {
    using asio::experimental::awaitable_operators::operator||;
    for (;;) {
        const TimePoint next = impl_->asking ? impl_->soonest : impl_->due;
        if (impl_->clock.now() >= next) co_return;
        Task<> time = impl_->clock.sleep_until(next);
        Task<> call = impl_->asked.wait();
        try {
            co_await (std::move(time) || std::move(call));
        } catch (const asio::multiple_exceptions& both) {  // cancelled, each of them
            std::rethrow_exception(both.first_exception());
        }
    }
}

bool GitSource::fetch_now() {
    if (impl_->asking) return false;
    impl_->asking = true;
    impl_->asked.notify();
    return true;
}

}  // namespace fairway
