#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "controller/store/store_host.hpp"
#include "controller/store/tables.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/ports/metrics.hpp"

namespace fairway {

/// One request to the store.
class StoreJob {
public:
    enum class Kind : std::uint8_t {
        read,
        bookkeeping,  ///< a write that may be lost when the power fails
        durable,      ///< a write that is on the disk when it is answered
    };
    StoreJob(const char* operation, Kind kind) : operation_(operation), kind_(kind) {}
    virtual ~StoreJob() = default;

    /// Does the work and keeps the answer, where the store works. False: its writes shall go.
    virtual bool run(Tables& tables) = 0;
    /// Replaces the answer. Where the store works.
    virtual void fail(const Error& error) = 0;
    /// Hands out the answer, on the loop's thread.
    virtual void complete() = 0;
    virtual bool succeeded() const = 0;

    const char* operation() const { return operation_; }
    Kind kind() const { return kind_; }
    Duration age() const;

private:
    const char* operation_;
    Kind kind_;
    std::chrono::steady_clock::time_point asked_ = std::chrono::steady_clock::now();
};

/// Runs jobs on a runner, in the order asked. Those that wait at the same time share one
/// transaction and one sync; one that is refused does not harm the others. When the commit fails, all of
/// them fail. After an error of the disk, or damage, all that follows is refused: a sync that failed
/// once may seem to work the next time although the data is gone.
class StoreQueue {
public:
    /// `loop`: where answers and metrics are handed out.
    StoreQueue(
        Tables& tables, std::string path, boost::asio::any_io_executor loop, Metrics& metrics,
        std::unique_ptr<StoreRunner> runner
    );
    StoreQueue(const StoreQueue&) = delete;
    StoreQueue& operator=(const StoreQueue&) = delete;
    /// Does what was asked before, and ends.
    ~StoreQueue();

    void ask(std::unique_ptr<StoreJob> job);

private:
    using Jobs = std::vector<std::unique_ptr<StoreJob>>;

    void work();
    void run(Jobs& jobs);
    /// What went wrong, when it ends the batch.
    std::optional<Error> run_one(StoreJob& job);
    std::optional<Error> commit();
    template <class Step>
    std::optional<Error> attempt(Step step);
    void hand_out(Jobs jobs);

    Tables& tables_;
    std::string path_;
    boost::asio::any_io_executor loop_;
    Metrics& metrics_;
    std::optional<Error> broken_;

    std::mutex mutex_;
    Jobs waiting_;
    std::unique_ptr<StoreRunner> runner_;
};

}  // namespace fairway
