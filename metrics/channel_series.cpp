#include "metrics/channel_series.hpp"

#include "metrics/exposition.hpp"

namespace fairway {
namespace {

template <class Rows, class Shown>
void append_family(std::string& page, std::string_view name, const Rows& rows, Shown shown) {
    append_head(page, metric_info(name));
    for (const auto& [key, row] : rows) {
        page += name;
        page += row.labels;
        page += shown(row) ? " 1\n" : " 0\n";
    }
}

}  // namespace

void ChannelSeries::set(const ChannelKey& key, ChannelState state, bool drifted) {
    Row row;
    row.ready = state == ChannelState::in_sync;
    row.drifted = drifted;
    row.suspended = state == ChannelState::suspended;

    if (const auto it = shown_.find(key); it != shown_.end()) {
        row.labels = it->second.labels;
        if (row == it->second) return;
        it->second = std::move(row);
        stale_ = true;
    } else if (shown_.size() < max_shown_) {
        show(key, row);
    } else {
        waiting_[key] = std::move(row);
    }
}

void ChannelSeries::show(const ChannelKey& key, const Row& row) {
    Row& entry = shown_[key] = row;
    entry.labels = "{";
    append_label(entry.labels, "project", key.project);
    entry.labels += ',';
    append_label(entry.labels, "name", key.name);
    entry.labels += '}';
    stale_ = true;
}

void ChannelSeries::remove(const ChannelKey& key) {
    if (waiting_.erase(key) > 0 || shown_.erase(key) == 0) return;
    stale_ = true;
    if (waiting_.empty()) return;
    const auto next = waiting_.extract(waiting_.begin());
    show(next.key(), next.mapped());
}

void ChannelSeries::remove_project(std::string_view project) {
    const auto of_project = [&](const auto& entry) { return entry.first.project == project; };
    std::erase_if(waiting_, of_project);
    if (std::erase_if(shown_, of_project) > 0) stale_ = true;
    while (shown_.size() < max_shown_ && !waiting_.empty()) {
        const auto next = waiting_.extract(waiting_.begin());
        show(next.key(), next.mapped());
    }
}

void ChannelSeries::append(std::string& page) {
    if (stale_) {
        text_.clear();
        if (!shown_.empty()) {
            append_family(text_, "fairway_channel_ready", shown_, [](const Row& row) {
                return row.ready;
            });
            append_family(text_, "fairway_channel_drifted", shown_, [](const Row& row) {
                return row.drifted;
            });
            append_family(text_, "fairway_channel_suspended", shown_, [](const Row& row) {
                return row.suspended;
            });
        }
        stale_ = false;
    }
    page += text_;
}

}  // namespace fairway
