#include <functional>
#include <set>

#include "tests/simulator/checks.hpp"
#include "tests/simulator/operations.hpp"
#include "tests/simulator/render.hpp"
#include "tests/simulator/validate.hpp"
#include "tests/simulator/writes.hpp"

namespace apic_simulator {
namespace {

/// What a project-level write wants to do on one instance.
struct Step {
    Channel channel;
    bool write = true;  ///< false: it is as it should be
};

using Prepare = std::function<Step(const Instance&)>;

/// The ids of the body in their order; one that comes twice counts once.
std::vector<std::string> distinct(const std::vector<std::string>& ids) {
    std::vector<std::string> result;
    std::set<std::string> seen;
    for (const std::string& id : ids) {
        if (seen.insert(id).second) result.push_back(id);
    }
    return result;
}

/// An instance that project-level operations may write to.
Instance& project_instance(Call& call, const std::string& id) {
    Instance& instance = instance_of(call.world, call.route.project_id, id);
    check_running(call.world, instance);
    if (!instance.name_modifiable()) return instance;
    switch (call.world.switches.name_modifiable_error) {
        case NameModifiableError::apig_3471:
            throw Refusal(403, "APIG.3471", "The operation is not supported by the instance,id:" + id);
        case NameModifiableError::apig_3458:
            throw Refusal(412, "APIG.3458", "The instance does not support the feature,id:" + id);
        default:
            throw Refusal(
                400, "APIG.2000", "Parameter error: vpc_name_modifiable of the instance is on,id:" + id
            );
    }
}

/// Prepares and writes instance by instance, in the manner of `project_write`. Returns the channels as
/// they are.
std::vector<ChannelPtr> write_all(
    Call& call, const std::vector<std::string>& ids, const Prepare& prepare
) {
    const ProjectWrite mode = call.world.switches.project_write;
    const std::size_t breaks_after = call.breaks_after.value_or(ids.size() + 1);
    const auto break_off = [] { throw Refusal(500, "APIG.9999", "System error"); };

    std::vector<ChannelPtr> written;
    const auto write = [&](Step step) {
        if (step.write) call.commit(step.channel);
        written.push_back(call.world.live().find(step.channel.id));
    };
    if (mode == ProjectWrite::apply_until_error) {
        for (const std::string& id : ids) {
            if (written.size() == breaks_after) break_off();
            write(prepare(project_instance(call, id)));
        }
        return written;
    }

    for (const std::string& id : ids) project_instance(call, id);
    std::vector<Step> steps;
    for (const std::string& id : ids) steps.push_back(prepare(project_instance(call, id)));
    if (mode == ProjectWrite::atomic && breaks_after < steps.size()) break_off();
    for (Step& step : steps) {
        if (written.size() == breaks_after) break_off();
        write(std::move(step));
    }
    return written;
}

ChannelPtr named_on(const World& world, const Instance& instance, const std::string& name) {
    for (const ChannelPtr& channel : world.live().of_name(instance.project_id, name)) {
        if (channel->instance_id == instance.id && same_name(world, channel->name, name)) return channel;
    }
    return nullptr;
}

Channel created(Call& call, const ChannelInput& input, const Instance& instance) {
    World& world = call.world;
    const ChannelType type = wanted_type(input, world.switches);
    check_type(input, type, world.config(), world.switches);
    check_channel_quota(world, instance);
    Channel channel = new_channel(world, input, type, instance);
    check_sizes(world, channel);
    check_references(world, channel);
    return channel;
}

Reply written_reply(Call& call, int status, const std::vector<ChannelPtr>& channels) {
    const bool given = call.world.switches.project_id_in_answer == ProjectIdInAnswer::given;
    JsonWriter out;
    Renderer renderer(out, call.world, true);
    out.begin_object().key("project_vpc_channels").begin_array();
    for (const ChannelPtr& channel : channels) renderer.project_row(*channel, given, given);
    out.end_array().end_object();
    return json_reply(status, out);
}

ChannelInput checked_input(Call& call) {
    ChannelInput input = channel_input(call.json(), true, call.strict());
    check_channel(input, true, call.world.switches);
    return input;
}

}  // namespace

Reply list_project_channels(Call& call) {
    const Store::List& all = call.world.shown().of_project(call.route.project_id);
    const Selection selection = select_channels(call, all, false);
    const std::string* const flag = call.request.parameter("members_return");
    if (flag && *flag != "true" && *flag != "false") {
        throw Refusal(400, "APIG.2000", "Parameter error: members_return is not a boolean");
    }
    const bool by_default = call.world.switches.list_members_default == ListMembersDefault::given;
    const bool members = flag ? *flag == "true" : by_default;

    JsonWriter out;
    Renderer renderer(out, call.world, false);
    out.begin_object().field("size", selection.rows.size()).field("total", selection.total);
    out.key("project_vpc_channels").begin_array();
    for (const ChannelPtr& channel : selection.rows) renderer.project_row(*channel, true, members);
    out.end_array().end_object();
    return json_reply(200, out);
}

Reply create_project_channel(Call& call) {
    const ChannelInput input = checked_input(call);
    const std::vector<std::string> ids = distinct(*input.instance_ids);
    World& world = call.world;
    for (const std::string& id : ids) {
        if (world.switches.project_write == ProjectWrite::apply_until_error) break;
        project_instance(call, id);
    }
    // Rules of the type come before names, whatever the instances are.
    const ChannelType type = wanted_type(input, world.switches);
    check_type(input, type, world.config(), world.switches);
    check_member_groups(input, type, world.switches);
    if (world.switches.create_uniqueness == CreateUniqueness::project) {
        for (const ChannelPtr& channel : world.live().of_name(call.route.project_id, *input.name)) {
            if (same_name(world, channel->name, *input.name)) {
                throw Refusal(
                    400, "APIG.3208", "The VPC channel name already exists,parameterName:name"
                );
            }
        }
    }
    const auto channels = write_all(call, ids, [&](const Instance& instance) {
        check_name_free(world, instance, *input.name, "");
        return Step{created(call, input, instance)};
    });
    return written_reply(call, 201, channels);
}

Reply put_project_channel(Call& call) {
    const ChannelInput input = checked_input(call);
    World& world = call.world;
    const auto channels = write_all(call, distinct(*input.instance_ids), [&](const Instance& instance) {
        const ChannelPtr old = named_on(world, instance, *input.name);
        if (!old) return Step{created(call, input, instance)};
        ChannelInput same_named = input;
        same_named.name = old->name;
        // A microservice channel that is only touched keeps where its members come from.
        if (old->type != ChannelType::microservice || input.microservice) {
            check_type(input, old->type, world.config(), world.switches);
        }
        Channel channel = updated_channel(world, *old, same_named);
        check_sizes(world, channel);
        check_references(world, channel);
        return Step{std::move(channel)};
    });
    const bool created_status = world.switches.project_put_status == ProjectPutStatus::created_201;
    return written_reply(call, created_status ? 201 : 200, channels);
}

Reply sync_project_channel(Call& call) {
    const SyncInput input = sync_input(call.json(), call.strict());
    World& world = call.world;
    check_sync(input, world.switches);
    const ChannelPtr source = world.live().find(*input.vpc_channel_id);
    if (!source || source->project_id != call.route.project_id) {
        throw Refusal(404, "APIG.3023", "The VPC channel does not exist,id:" + *input.vpc_channel_id);
    }
    project_instance(call, source->instance_id);
    const bool force = input.force_sync.value_or(false);

    const auto channels = write_all(call, distinct(*input.instance_ids), [&](const Instance& instance) {
        const ChannelPtr target = named_on(world, instance, source->name);
        if (target && (target->id == source->id || same_content(*target, *source)))
            return Step{*target, false};
        if (target && !force) {
            if (world.switches.sync_conflict == SyncConflict::skip) return Step{*target, false};
            throw Refusal(400, "APIG.3208", "The VPC channel name already exists,parameterName:name");
        }
        if (!target) check_channel_quota(world, instance);
        Channel copy = copied_channel(world, *source, instance, target.get());
        check_references(world, copy);
        return Step{std::move(copy)};
    });
    return written_reply(call, 201, channels);
}

}  // namespace apic_simulator
