#pragma once

#include "tests/simulator/json.hpp"
#include "tests/simulator/world.hpp"

namespace apic_simulator {

/// Puts stored things into answers, with all that the server adds and rewrites.
class Renderer {
public:
    /// `fresh`: for the answer of a write, where times have fractions.
    Renderer(JsonWriter& out, World& world, bool fresh);

    /// A row of the project level.
    void project_row(const Channel& channel, bool with_ids, bool with_members);
    void channel_info(const Channel& channel);
    void channel_detail(const Channel& channel);
    void member(const Channel& channel, const Member& member);
    void group(const MemberGroup& group);
    void health(const Channel& channel, const HealthCheck& health);
    void feature(const Instance& instance, const Feature& feature);

private:
    void common(const Channel& channel);
    void groups(const Channel& channel);
    void members(const Channel& channel);
    void microservice(const Channel& channel);
    void no_microservice();
    int shown_weight(const Channel& channel, const Member& member) const;
    std::string time(WallTime when) const;

    JsonWriter& out_;
    World& world_;
    bool fraction_;
};

}  // namespace apic_simulator
