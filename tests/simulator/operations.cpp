#include "tests/simulator/operations.hpp"

#include <algorithm>
#include <charconv>

#include "tests/simulator/checks.hpp"
#include "tests/simulator/text.hpp"

namespace apic_simulator {
namespace {

[[noreturn]] void refuse_unknown_instance(const World& world, const std::string& id) {
    switch (world.switches.unknown_instance_error) {
        case UnknownInstanceError::apig_2012:
            checks::invalid("instance_id");
        case UnknownInstanceError::apig_1136:
            throw Refusal(403, "APIG.1136", "No permission to access the instance,id:" + id);
        default:
            throw Refusal(404, "APIG.3030", "The instance does not exist;id:" + id);
    }
}

[[noreturn]] void refuse_unknown_channel(const std::string& id) {
    throw Refusal(404, "APIG.3023", "The VPC channel does not exist,id:" + id);
}

ChannelPtr channel_in(const Store& store, const Route& route) {
    ChannelPtr channel = store.find(route.channel_id);
    if (!channel || channel->instance_id != route.instance_id) refuse_unknown_channel(route.channel_id);
    return channel;
}

}  // namespace

const JsonValue& Call::json() const {
    if (!body) throw Refusal(400, "APIG.2000", "Parameter error: the body is not valid JSON");
    return *body;
}

Instance& Call::instance() const {
    return instance_of(world, route.project_id, route.instance_id);
}

Instance& Call::writable_instance() const {
    Instance& found = instance();
    check_running(world, found);
    return found;
}

ChannelPtr Call::shown_channel() const {
    instance();
    return channel_in(world.shown(), route);
}

ChannelPtr Call::live_channel() const {
    writable_instance();
    return channel_in(world.live(), route);
}

void Call::commit(Channel channel) {
    world.put(std::move(channel));
    committed = true;
}

Instance& instance_of(World& world, const std::string& project_id, const std::string& id) {
    Instance* const found = world.instance(id);
    if (!found || found->project_id != project_id) refuse_unknown_instance(world, id);
    return *found;
}

void check_running(const World& world, const Instance& instance) {
    if (instance.status == "RUNNING") return;
    switch (world.switches.instance_not_running_error) {
        case InstanceNotRunningError::accept:
            return;
        case InstanceNotRunningError::apig_1136:
            throw Refusal(403, "APIG.1136", "No permission to access the instance,id:" + instance.id);
        case InstanceNotRunningError::apic_7701:
            throw Refusal(409, "APIC.7701", "The instance is not running,id:" + instance.id);
    }
}

bool same_name(const World& world, std::string_view a, std::string_view b) {
    return a == b || (world.switches.name_case_sensitive == YesNo::no && lower_case(a) == lower_case(b));
}

void check_name_free(
    const World& world, const Instance& instance, std::string_view name, std::string_view except
) {
    for (const ChannelPtr& channel : world.live().of_name(instance.project_id, name)) {
        if (channel->instance_id == instance.id && channel->id != except &&
            same_name(world, channel->name, name)) {
            throw Refusal(400, "APIG.3208", "The VPC channel name already exists,parameterName:name");
        }
    }
}

void check_channel_quota(const World& world, const Instance& instance) {
    const std::int64_t limit = world.switches.channel_limit;
    const std::size_t used = world.live().of_instance(instance.id).size();
    if (limit > 0 && used >= static_cast<std::size_t>(limit)) {
        throw Refusal(403, "APIG.3109", "The number of VPC channels exceeds the maximum allowed limit");
    }
}

std::optional<std::int64_t> number_parameter(const Request& request, std::string_view name) {
    const std::string* const text = request.parameter(name);
    if (!text || text->empty()) return {};
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || end != text->data() + text->size()) {
        throw Refusal(400, "APIG.2000", "Parameter error: " + std::string(name) + " is not a number");
    }
    return number;
}

Page page_of(const Call& call) {
    const std::int64_t offset = number_parameter(call.request, "offset").value_or(0);
    const std::optional<std::int64_t> limit = number_parameter(call.request, "limit");
    if (call.world.switches.limit_out_of_range == LimitOutOfRange::reject) {
        checks::within(limit, 1, 500, "limit");
    }
    const std::int64_t size =
        limit.value_or(20) <= 0 ? 20 : std::min<std::int64_t>(limit.value_or(20), 500);
    return {static_cast<std::size_t>(std::max<std::int64_t>(offset, 0)), static_cast<std::size_t>(size)};
}

Reply json_reply(int status, JsonWriter& out) {
    Reply reply;
    reply.status = status;
    reply.body = out.take();
    return reply;
}

Reply no_content() {
    Reply reply;
    reply.status = 204;
    return reply;
}

}  // namespace apic_simulator
