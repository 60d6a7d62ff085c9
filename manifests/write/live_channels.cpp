#include "manifests/write/live_channels.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "manifests/write/live_wish.hpp"
#include "reconciler/plan/normalise.hpp"

namespace fairway {
namespace {

struct Candidate {
    const InstanceChannel* row;
    ChannelSpec wish;
};

/// Where two live channels differ, by the comparison that a plan makes: both ways, for each wish leaves
/// the defaults out.
std::set<std::string> differing(const Candidate& one, const Candidate& other) {
    std::set<std::string> paths;
    for (const Difference& field : differences(one.wish, *other.row)) paths.insert(field.path);
    for (const Difference& field : differences(other.wish, *one.row)) paths.insert(field.path);
    return paths;
}

std::string instance_text(const InstanceChannel& row) {
    return row.instance + (row.instance_name.empty() ? "" : " (" + row.instance_name + ")");
}

std::string joined(const std::set<std::string>& paths) {
    constexpr std::size_t most = 8;
    std::string text;
    std::size_t count = 0;
    for (const std::string& path : paths) {
        if (++count > most) return text + " and " + std::to_string(paths.size() - most) + " more";
        text += (text.empty() ? "" : ", ") + path;
    }
    return text;
}

LiveChannel merge(const InstanceChannel* first, const InstanceChannel* end, const std::string& secret) {
    LiveChannel channel;
    channel.name = first->name;
    const Candidate chosen{first, live_wish(*first, secret)};
    channel.spec = chosen.wish;
    for (const InstanceChannel* row = first + 1; row != end; ++row) {
        if (row->instance == (row - 1)->instance) {
            channel.warnings.push_back(
                "instance " + instance_text(*row) + " has two channels of this name: the one with id " +
                row->id + " is left out"
            );
            continue;
        }
        const Candidate other{row, live_wish(*row, secret)};
        const std::set<std::string> paths = differing(chosen, other);
        if (!paths.empty()) {
            channel.warnings.push_back(
                "differs on instance " + instance_text(*row) + " at " + joined(paths) +
                ": that instance is left out; make it equal there, then export again"
            );
            continue;
        }
        channel.spec.instance_ids.push_back(row->instance);
        if (other.wish.type) {  // one of them knows the older number only
            channel.spec.type = other.wish.type;
            channel.spec.vpc_channel_type.reset();
        }
    }
    return channel;
}

}  // namespace

std::vector<LiveChannel> live_channels(
    std::vector<InstanceChannel> rows, const std::string& nacos_secret
) {
    std::sort(rows.begin(), rows.end(), [](const InstanceChannel& a, const InstanceChannel& b) {
        return std::tie(a.name, a.instance, a.id) < std::tie(b.name, b.instance, b.id);
    });
    std::vector<LiveChannel> channels;
    const InstanceChannel* const end = rows.data() + rows.size();
    for (const InstanceChannel* first = rows.data(); first != end;) {
        const InstanceChannel* next = std::find_if(first, end, [&](const InstanceChannel& row) {
            return row.name != first->name;
        });
        channels.push_back(merge(first, next, nacos_secret));
        first = next;
    }
    return channels;
}

}  // namespace fairway
