#include "controller/store/store_thread.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace fairway {

Duration StoreJob::age() const {
    return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - asked_);
}

StoreThread::StoreThread(
    Tables& tables, std::string path, boost::asio::any_io_executor loop, Metrics& metrics
)
    : tables_(tables), path_(std::move(path)), loop_(std::move(loop)), metrics_(metrics) {
    thread_ = std::thread([this] { live(); });
}

StoreThread::~StoreThread() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void StoreThread::ask(std::unique_ptr<StoreJob> job) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        first = waiting_.empty();
        waiting_.push_back(std::move(job));
    }
    if (first) wake_.notify_one();
}

void StoreThread::live() {
    for (;;) {
        Jobs jobs;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
            if (waiting_.empty()) return;
            jobs.swap(waiting_);
        }
        run(jobs);
        hand_out(std::move(jobs));
    }
}

template <class Step>
std::optional<Error> StoreThread::attempt(Step step) {
    try {
        step();
        return std::nullopt;
    } catch (const SqliteFailure& failure) {
        Error error = to_error(failure, path_);
        if (failure.fatal()) broken_ = error;
        return error;
    } catch (const std::exception& failure) {
        return Error(
            ErrorClass::terminal, ErrorReason::internal, std::string("store: ") + failure.what()
        );
    }
}

void StoreThread::run(Jobs& jobs) {
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

std::optional<Error> StoreThread::run_one(StoreJob& job) {
    const auto failure = attempt([&] { job.run(tables_) ? tables_.keep() : tables_.undo(); });
    if (!failure) return std::nullopt;
    job.fail(*failure);
    if (broken_ || tables_.lost()) return failure;
    return attempt([&] { tables_.undo(); });
}

std::optional<Error> StoreThread::commit() {
    auto failure = attempt([&] { tables_.commit(); });
    if (!failure || !broken_) return failure;
    return std::move(*failure).unsure();  // it may be there after a restart
}

void StoreThread::hand_out(Jobs jobs) {
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
