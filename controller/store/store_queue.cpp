#include "controller/store/store_queue.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "reconciler/model/mutant.hpp"

namespace fairway {

Duration StoreJob::age() const {
    return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - asked_);
}

StoreQueue::StoreQueue(
    Tables& tables, std::string path, boost::asio::any_io_executor loop, Metrics& metrics,
    std::unique_ptr<StoreRunner> runner
)
    : tables_(tables),
      path_(std::move(path)),
      loop_(std::move(loop)),
      metrics_(metrics),
      runner_(std::move(runner)) {
    runner_->start([this] { work(); });
}

StoreQueue::~StoreQueue() {
    runner_->stop();
}

void StoreQueue::ask(std::unique_ptr<StoreJob> job) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        first = waiting_.empty();
        waiting_.push_back(std::move(job));
    }
    if (first) runner_->wake();
}

void StoreQueue::work() {
    Jobs jobs;
    {
        const std::lock_guard lock(mutex_);
        jobs.swap(waiting_);
    }
    if (jobs.empty()) return;
    run(jobs);
    hand_out(std::move(jobs));
}

template <class Step>
std::optional<Error> StoreQueue::attempt(Step step) {
    try {
        step();
        return std::nullopt;
    } catch (const SqliteFailure& failure) {
        Error error = to_error(failure, path_);
        if (failure.fatal() && !mutant(Mutant::broken_disk_used)) broken_ = error;
        return error;
    } catch (const std::exception& failure) {
        return Error(
            ErrorClass::terminal, ErrorReason::internal, std::string("store: ") + failure.what()
        );
    }
}

void StoreQueue::run(Jobs& jobs) {
    const bool durable = std::any_of(jobs.begin(), jobs.end(), [](const auto& job) {
        return job->kind() == StoreJob::Kind::durable;
    });
    std::optional<Error> failure = broken_;
    if (!failure) failure = attempt([&] { tables_.start(durable); });
    for (const auto& job : jobs) {
        if (!failure) failure = run_one(*job);
    }
    if (!failure) failure = commit();
    if (!failure) return;
    tables_.abandon();
    for (const auto& job : jobs) job->fail(*failure);
}

std::optional<Error> StoreQueue::run_one(StoreJob& job) {
    const auto failure = attempt([&] { job.run(tables_) ? tables_.keep() : tables_.undo(); });
    if (!failure) return std::nullopt;
    job.fail(*failure);
    if (broken_ || tables_.lost()) return failure;
    return attempt([&] { tables_.undo(); });
}

std::optional<Error> StoreQueue::commit() {
    auto failure = attempt([&] { tables_.commit(); });
    if (failure && mutant(Mutant::commit_failure_ignored)) {
        tables_.abandon();
        return std::nullopt;
    }
    if (!failure || !broken_) return failure;
    return std::move(*failure).unsure();  // it may be there after a restart
}

void StoreQueue::hand_out(Jobs jobs) {
    const bool wrote = std::any_of(jobs.begin(), jobs.end(), [](const auto& job) {
        return job->kind() != StoreJob::Kind::read;
    });
    std::uint64_t bytes = 0;
    if (wrote && !broken_) attempt([&] { bytes = tables_.bytes(); });
    boost::asio::post(loop_, [jobs = std::move(jobs), bytes, &metrics = metrics_] {
        for (const auto& job : jobs) {
            metrics.store_operation(job->operation(), job->age(), job->succeeded());
            job->complete();
        }
        if (bytes != 0) metrics.store_size(bytes);
    });
}

}  // namespace fairway
