#include "tests/simulator/store.hpp"

#include <algorithm>
#include <tuple>

#include "tests/simulator/text.hpp"

namespace apic_simulator {
namespace {

bool earlier(const ChannelPtr& a, const ChannelPtr& b) {
    return std::tie(a->create_time, b->id) < std::tie(b->create_time, a->id);
}

std::string name_key(const std::string& project_id, std::string_view name) {
    return project_id + '\n' + lower_case(name);
}

void insert(Store::List& list, const ChannelPtr& channel) {
    list.insert(std::upper_bound(list.begin(), list.end(), channel, earlier), channel);
}

void take_out(Store::List& list, const ChannelPtr& channel) {
    const auto at = std::lower_bound(list.begin(), list.end(), channel, earlier);
    if (at != list.end() && (*at)->id == channel->id) list.erase(at);
}

}  // namespace

void Store::put(ChannelPtr channel) {
    const auto old = by_id_.find(channel->id);
    if (old != by_id_.end()) remove(old->second);
    add(channel);
    by_id_[channel->id] = std::move(channel);
}

void Store::erase(const ChannelPtr& channel) {
    remove(channel);
    by_id_.erase(channel->id);
}

ChannelPtr Store::find(const std::string& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

const Store::List& Store::of_project(const std::string& project_id) const {
    return at(by_project_, project_id);
}

const Store::List& Store::of_instance(const std::string& instance_id) const {
    return at(by_instance_, instance_id);
}

const Store::List& Store::of_name(const std::string& project_id, std::string_view name) const {
    return at(by_name_, name_key(project_id, name));
}

std::size_t Store::references_to(const std::string& id) const {
    const auto found = references_.find(id);
    return found == references_.end() ? 0 : found->second;
}

const Store::List& Store::at(const Index& index, const std::string& key) {
    static const List none;
    const auto found = index.find(key);
    return found == index.end() ? none : found->second;
}

void Store::add(const ChannelPtr& channel) {
    insert(by_project_[channel->project_id], channel);
    insert(by_instance_[channel->instance_id], channel);
    insert(by_name_[name_key(channel->project_id, channel->name)], channel);
    for (const MemberGroup& group : channel->groups) {
        if (!group.reference_vpc_channel_id.empty()) ++references_[group.reference_vpc_channel_id];
    }
}

void Store::remove(const ChannelPtr& channel) {
    take_out(by_project_[channel->project_id], channel);
    take_out(by_instance_[channel->instance_id], channel);
    const auto named = by_name_.find(name_key(channel->project_id, channel->name));
    take_out(named->second, channel);
    if (named->second.empty()) by_name_.erase(named);
    for (const MemberGroup& group : channel->groups) {
        if (!group.reference_vpc_channel_id.empty()) --references_[group.reference_vpc_channel_id];
    }
}

}  // namespace apic_simulator
