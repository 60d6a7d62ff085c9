#include "controller/app/deletion_pacer.hpp"

#include <utility>
#include <vector>

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t batch = 10;
constexpr Duration between = 1min;

}  // namespace

DeletionPacer::DeletionPacer(boost::asio::any_io_executor executor, Clock& clock, Log& log, Ports ports)
    : clock_(clock), log_(log), ports_(std::move(ports)), news_(std::move(executor)) {}

void DeletionPacer::set_due(const std::string& project, Due due) {
    std::erase_if(due_, [&](const auto& entry) { return entry.first.project == project; });
    due_.merge(due);
    news_.notify();
}

Task<> DeletionPacer::run() {
    for (;;) {
        while (due_.empty()) co_await news_.wait();
        co_await work_off();
    }
}

Task<> DeletionPacer::work_off() {
    for (bool first = true; !due_.empty(); first = false) {
        if (!co_await ports_.confirm()) {
            log_.warn("nothing is deleted: the manifests do not read the same a second time");
            due_.clear();  // the next survey brings what is still to go
            co_return;
        }
        std::vector<ChannelKey> started;
        while (!due_.empty() && started.size() < (first ? 1 : batch)) {
            const auto next = due_.extract(due_.begin());
            log_.info(
                "channel is deleted", {{"project", next.key().project}, {"channel", next.key().name}}
            );
            ports_.start(next.key(), next.mapped());
            started.push_back(next.key());
        }
        co_await clock_.sleep_until(clock_.now() + between);
        for (const ChannelKey& key : started) {
            if (ports_.done(key)) continue;
            log_.warn(
                "deleting stops: a channel is not gone yet",
                {{"project", key.project}, {"channel", key.name}, {"waiting", due_.size()}}
            );
            due_.clear();
            co_return;
        }
    }
}

}  // namespace fairway
