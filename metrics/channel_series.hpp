#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "reconciler/model/channel.hpp"
#include "reconciler/ports/metrics.hpp"

namespace fairway {

/// The series that name a channel: 0/1 gauges in a text of our own that is kept between scrapes, because
/// prometheus-cpp takes 4 us for each of them at every scrape. At most `cap` series, whole channels
/// only; who came first is shown, and when one goes the next one takes its place.
class ChannelSeries {
public:
    explicit ChannelSeries(std::size_t cap) : max_shown_(cap / series_per_channel) {}

    void set(const ChannelKey& key, ChannelState state, bool drifted);
    void remove(const ChannelKey& key);
    void remove_project(std::string_view project);
    /// How many series are left out.
    std::size_t dropped() const { return waiting_.size() * series_per_channel; }
    void append(std::string& page);

    static constexpr std::size_t series_per_channel = 3;

private:
    struct Row {
        bool ready = false, drifted = false, suspended = false;
        std::string labels;  ///< `{project="...",name="..."}`, of those that are shown
        bool operator==(const Row&) const = default;
    };
    void show(const ChannelKey& key, const Row& row);

    std::size_t max_shown_;
    std::map<ChannelKey, Row> shown_;
    std::map<ChannelKey, Row> waiting_;
    std::string text_;
    bool stale_ = false;
};

}  // namespace fairway
