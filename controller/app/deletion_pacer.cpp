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

std::set<std::string> DeletionPacer::forget_due() {
    std::set<std::string> projects;
    for (const auto& [key, deletion] : due_) projects.insert(key.project);
    due_.clear();
    return projects;
}

Task<> DeletionPacer::run() {
    for (;;) {
        while (due_.empty()) co_await news_.wait();
        co_await work_off();
    }
}

Task<> DeletionPacer::work_off() {
    for (bool tried = false; !due_.empty();) {
        if (!co_await ports_.confirm()) {
            log_.warn("nothing is deleted: the manifests do not read the same a second time");
            due_.clear();  // the next survey brings what is still to go
            co_return;
        }
        std::vector<ChannelKey> started;
        while (!due_.empty() && started.size() < (tried ? batch : 1)) {
            const auto next = due_.extract(due_.begin());
            log_.info(
                "channel is deleted", {{"project", next.key().project}, {"channel", next.key().name}}
            );
            ports_.start(next.key(), next.mapped());
            started.push_back(next.key());
        }
        co_await clock_.sleep_until(clock_.now() + between);
        if (!judge(started, tried)) {
            due_.clear();
            co_return;
        }
    }
}

bool DeletionPacer::judge(const std::vector<ChannelKey>& started, bool& gone) {
    for (const ChannelKey& key : started) {
        switch (ports_.progress(key)) {
            case Progress::gone:
                gone = true;
                break;
            case Progress::blocked:
                break;  // told as such; it keeps nothing else back
            case Progress::failing:
                log_.warn(
                    "deleting stops: a channel is not gone yet",
                    {{"project", key.project}, {"channel", key.name}, {"waiting", due_.size()}}
                );
                return false;
        }
    }
    return true;
}

}  // namespace fairway
