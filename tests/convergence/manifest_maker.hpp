#pragma once

#include <map>
#include <string>
#include <vector>

#include "reconciler/model/channel.hpp"
#include "tests/convergence/manifest_parts.hpp"
#include "tests/simulator/model.hpp"

namespace fairway {

/// Draws valid manifests, without metadata, and edits of them that an update can express.
class ManifestMaker {
public:
    struct Surroundings {
        std::vector<InstanceId> instances;
        /// Channels that a reference channel may name, by their instance.
        std::map<InstanceId, std::vector<std::string>> targets;
        /// Some clouds take members of one host for one member: none has two then.
        bool distinct_hosts = false;
    };
    ManifestMaker(std::uint64_t seed, Surroundings around) : dice_(seed), around_(std::move(around)) {}

    std::string make();
    /// Another wish for a channel that exists: its type never changes, and instances are only added.
    std::string edit(const ChannelSpec& before, const std::vector<apic_simulator::Channel>& live);

private:
    struct Frame;
    std::string document(const Frame& frame);
    void put_type(JsonText& spec, ChannelType type);
    std::vector<std::string> put_groups(JsonText& spec, const Frame& frame, bool nacos);
    std::string group(const Frame& frame, const std::string& name, bool nacos);
    void put_members(JsonText& spec, const Frame& frame, const std::vector<std::string>& groups);
    std::string member(bool ip, int number, const std::vector<std::string>& groups);
    std::vector<InstanceId> some_instances(ChannelType type);

    Dice dice_;
    Surroundings around_;
};

}  // namespace fairway
