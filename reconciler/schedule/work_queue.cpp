#include "reconciler/schedule/work_queue.hpp"

#include <algorithm>

#include "reconciler/model/mutant.hpp"

namespace fairway {

std::string_view to_string(Priority value) {
    switch (value) {
        case Priority::user:
            return "user";
        case Priority::retry:
            return "retry";
        case Priority::resync:
            return "resync";
    }
    return "unknown";
}

void WorkQueue::add(const ChannelKey& key, TimePoint ready_at, Priority priority) {
    if (closed_) return;
    const Wish wish{ready_at, priority, order_++};
    const auto flying = in_flight_.find(key);
    if (flying != in_flight_.end() && !mutant(Mutant::two_at_once)) {
        std::optional<Wish>& after = flying->second;
        if (!after) {
            after = wish;
        } else if (priority != Priority::resync) {
            after->ready_at = std::min(after->ready_at, ready_at);
            after->priority = std::min(after->priority, priority);
        }
        return;
    }
    const auto it = waiting_.find(key);
    if (it == waiting_.end()) return put(key, wish);
    if (priority == Priority::resync) return;
    Wish merged = it->second;
    merged.ready_at = std::min(merged.ready_at, ready_at);
    merged.priority = std::min(merged.priority, priority);
    remove(it);
    put(key, merged);
}

std::optional<WorkQueue::Taken> WorkQueue::take(TimePoint now) {
    if (closed_) return std::nullopt;
    while (!later_.empty() && later_.begin()->first.first <= now) {
        const auto first = later_.begin();
        Wish& wish = waiting_.at(first->second);
        wish.ready = true;
        ready_[static_cast<std::size_t>(wish.priority)].insert(later_.extract(first));
    }
    for (auto& lane : ready_) {
        if (lane.empty()) continue;
        const ChannelKey key = lane.begin()->second;
        const auto it = waiting_.find(key);
        Taken taken{key, it->second.priority, it->second.ready_at};
        remove(it);
        in_flight_.emplace(key, std::nullopt);
        return taken;
    }
    return std::nullopt;
}

void WorkQueue::done(const ChannelKey& key) {
    auto flying = in_flight_.extract(key);
    if (flying.empty() || !flying.mapped() || closed_) return;
    put(key, *flying.mapped());
}

void WorkQueue::close() {
    closed_ = true;
    waiting_.clear();
    later_.clear();
    for (auto& lane : ready_) lane.clear();
    depth_ = {};
}

std::optional<TimePoint> WorkQueue::next_ready() const {
    std::optional<TimePoint> next;
    const auto consider = [&next](const std::map<Slot, ChannelKey>& lane) {
        if (lane.empty()) return;
        const TimePoint at = lane.begin()->first.first;
        if (!next || at < *next) next = at;
    };
    consider(later_);
    for (const auto& lane : ready_) consider(lane);
    return next;
}

void WorkQueue::put(const ChannelKey& key, Wish wish) {
    wish.ready = false;
    later_.emplace(Slot{wish.ready_at, wish.order}, key);
    waiting_.emplace(key, wish);
    ++depth_[static_cast<std::size_t>(wish.priority)];
}

void WorkQueue::remove(std::map<ChannelKey, Wish>::iterator it) {
    const Wish& wish = it->second;
    auto& lane = wish.ready ? ready_[static_cast<std::size_t>(wish.priority)] : later_;
    lane.erase(Slot{wish.ready_at, wish.order});
    --depth_[static_cast<std::size_t>(wish.priority)];
    waiting_.erase(it);
}

}  // namespace fairway
