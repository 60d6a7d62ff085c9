#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tests/simulator/model.hpp"

namespace apic_simulator {

/// All channels, found by id, by name and in the order of lists without a scan.
class Store {
public:
    using List = std::vector<ChannelPtr>;

    /// Adds a channel, or replaces the one of that id.
    void put(ChannelPtr channel);
    void erase(const ChannelPtr& channel);

    ChannelPtr find(const std::string& id) const;
    /// In list order backwards: oldest first; at the same time the larger id first.
    const List& of_project(const std::string& project_id) const;
    const List& of_instance(const std::string& instance_id) const;
    /// Every channel of the project whose name is `name` when case is left aside.
    const List& of_name(const std::string& project_id, std::string_view name) const;
    /// How many groups of reference channels point at this channel.
    std::size_t references_to(const std::string& id) const;

private:
    using Index = std::unordered_map<std::string, List>;

    static const List& at(const Index& index, const std::string& key);
    void add(const ChannelPtr& channel);
    void remove(const ChannelPtr& channel);

    std::unordered_map<std::string, ChannelPtr> by_id_;
    Index by_project_, by_instance_, by_name_;
    std::unordered_map<std::string, std::size_t> references_;
};

}  // namespace apic_simulator
