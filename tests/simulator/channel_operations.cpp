#include "tests/simulator/checks.hpp"
#include "tests/simulator/operations.hpp"
#include "tests/simulator/render.hpp"
#include "tests/simulator/validate.hpp"
#include "tests/simulator/writes.hpp"

namespace apic_simulator {
namespace {

Reply info_reply(Call& call, int status, const std::string& id) {
    JsonWriter out;
    Renderer(out, call.world, true).channel_info(*call.world.live().find(id));
    return json_reply(status, out);
}

}  // namespace

Reply list_channels(Call& call) {
    call.instance();
    const Store::List& all = call.world.shown().of_instance(call.route.instance_id);
    const Selection selection = select_channels(call, all, true);
    JsonWriter out;
    Renderer renderer(out, call.world, false);
    out.begin_object().field("size", selection.rows.size()).field("total", selection.total);
    out.key("vpc_channels").begin_array();
    for (const ChannelPtr& channel : selection.rows) renderer.channel_info(*channel);
    out.end_array().end_object();
    return json_reply(200, out);
}

Reply create_channel(Call& call) {
    World& world = call.world;
    const Instance& instance = call.writable_instance();
    const ChannelInput input = channel_input(call.json(), false, call.strict());
    check_channel(input, false, world.switches);
    const ChannelType type = wanted_type(input, world.switches);
    check_type(input, type, world.config(), world.switches);
    check_member_groups(input, type, world.switches);
    check_name_free(world, instance, *input.name, "");
    check_channel_quota(world, instance);
    Channel channel = new_channel(world, input, type, instance);
    check_sizes(world, channel);
    check_references(world, channel);
    const std::string id = channel.id;
    call.commit(std::move(channel));
    return info_reply(call, 201, id);
}

Reply show_channel(Call& call) {
    const ChannelPtr channel = call.shown_channel();
    JsonWriter out;
    Renderer(out, call.world, false).channel_detail(*channel);
    return json_reply(200, out);
}

Reply update_channel(Call& call) {
    World& world = call.world;
    const ChannelPtr old = call.live_channel();
    const Instance& instance = call.instance();
    const ChannelInput input = channel_input(call.json(), false, call.strict());
    check_channel(input, false, world.switches);
    if (old->type != ChannelType::microservice || input.microservice) {
        check_type(input, old->type, world.config(), world.switches);
    }
    if (*input.name != old->name) {
        if (!instance.name_modifiable() && world.switches.rename_when_off != RenameWhenOff::accept) {
            if (world.switches.rename_when_off == RenameWhenOff::apig_2012) checks::invalid("name");
            throw Refusal(403, "APIG.3471", "The name of the VPC channel cannot be changed");
        }
        check_name_free(world, instance, *input.name, old->id);
    }
    Channel channel = updated_channel(world, *old, input);
    check_sizes(world, channel);
    check_references(world, channel);
    call.commit(std::move(channel));
    return info_reply(call, 200, old->id);
}

Reply delete_channel(Call& call) {
    const ChannelPtr channel = call.live_channel();
    if (channel->used_by_api) {
        throw Refusal(403, "APIG.3414", "The VPC channel is already being used by another API");
    }
    if (channel->used_by_plugin) {
        throw Refusal(
            400, "APIG.3710", "The VPC channel is used by a third-party authentication plug-in"
        );
    }
    if (call.world.live().references_to(channel->id) > 0) {
        throw Refusal(
            409, "APIG.3719",
            "The load balance channel is referenced by another load balance channel and cannot be "
            "deleted"
        );
    }
    call.world.erase(channel);
    call.committed = true;
    return no_content();
}

Reply update_health(Call& call) {
    Channel channel = *call.live_channel();
    const HealthInput input = health_input(call.json(), call.strict());
    check_health(input, call.world.switches);
    channel.health = new_health(call.world, input, channel.health ? &*channel.health : nullptr);
    channel.update_time = call.world.now();
    JsonWriter out;
    Renderer(out, call.world, true).health(channel, *channel.health);
    call.commit(std::move(channel));
    return json_reply(200, out);
}

}  // namespace apic_simulator
