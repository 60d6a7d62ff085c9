#include <algorithm>

#include "tests/simulator/checks.hpp"
#include "tests/simulator/operations.hpp"
#include "tests/simulator/render.hpp"
#include "tests/simulator/validate.hpp"
#include "tests/simulator/writes.hpp"

namespace apic_simulator {
namespace {

[[noreturn]] void refuse_unknown_group(const std::string& id) {
    throw Refusal(404, "APIG.3023", "The VPC channel member group does not exist,id:" + id);
}

auto find_group(auto& groups, const std::string& id) {
    const auto found =
        std::find_if(groups.begin(), groups.end(), [&](const auto& one) { return one.id == id; });
    if (found == groups.end()) refuse_unknown_group(id);
    return found;
}

void check_for(
    const Call& call, const Channel& channel, const std::vector<GroupInput>& groups, bool unique
) {
    check_groups(groups, unique, call.world.switches);
    const bool nacos = channel.microservice && channel.microservice->service_type == "NACOS";
    check_group_types(groups, channel.type, nacos, call.world.switches);
}

}  // namespace

Reply list_groups(Call& call) {
    const ChannelPtr channel = call.shown_channel();
    const std::string* const name = call.request.parameter("member_group_name");
    const std::string* const precise = call.request.parameter("precise_search");
    if (precise && !precise->empty() && *precise != "member_group_name")
        checks::invalid("precise_search");
    const bool exact = precise && *precise == "member_group_name";
    std::vector<const MemberGroup*> found;
    for (const MemberGroup& group : channel->groups) {
        if (name && (exact ? group.name != *name : group.name.find(*name) == std::string::npos))
            continue;
        found.push_back(&group);
    }
    const Page page = page_of(call);
    const std::size_t begin = std::min(page.offset, found.size());
    const std::size_t end = std::min(begin + page.limit, found.size());

    JsonWriter out;
    Renderer renderer(out, call.world, false);
    out.begin_object().field("size", end - begin).field("total", found.size());
    out.key("member_groups").begin_array();
    for (std::size_t i = begin; i < end; ++i) renderer.group(*found[i]);
    out.end_array().end_object();
    return json_reply(200, out);
}

Reply add_groups(Call& call) {
    Channel channel = *call.live_channel();
    const auto groups = groups_input(call.json(), call.strict());
    if (!groups) checks::missing("member_groups");
    check_for(call, channel, *groups, false);
    upsert_groups(call.world, channel, *groups);
    check_sizes(call.world, channel);
    check_references(call.world, channel);
    call.commit(channel);

    JsonWriter out;
    Renderer renderer(out, call.world, true);
    std::vector<const MemberGroup*> sent;
    for (const MemberGroup& group : channel.groups) {
        const bool named = std::any_of(groups->begin(), groups->end(), [&](const GroupInput& one) {
            return one.name == group.name;
        });
        if (named) sent.push_back(&group);
    }
    out.begin_object().field("size", sent.size()).field("total", sent.size());
    out.key("member_groups").begin_array();
    for (const MemberGroup* const group : sent) renderer.group(*group);
    out.end_array().end_object();
    return json_reply(201, out);
}

Reply show_group(Call& call) {
    const ChannelPtr channel = call.shown_channel();
    JsonWriter out;
    Renderer(out, call.world, false).group(*find_group(channel->groups, call.route.part_id));
    return json_reply(200, out);
}

Reply change_group(Call& call) {
    Channel channel = *call.live_channel();
    const auto group = find_group(channel.groups, call.route.part_id);
    const GroupInput input = group_input(call.json(), call.strict());
    check_for(call, channel, {input}, true);
    update_group(call.world, channel, *group, input);
    check_references(call.world, channel);
    JsonWriter out;
    Renderer(out, call.world, true).group(*group);
    call.commit(std::move(channel));
    return json_reply(200, out);
}

Reply delete_group(Call& call) {
    Channel channel = *call.live_channel();
    const auto group = find_group(channel.groups, call.route.part_id);
    const std::string name = group->name;
    const auto in_group = [&](const Member& member) { return member.group == name; };
    const bool used = std::any_of(channel.members.begin(), channel.members.end(), in_group);
    switch (call.world.switches.group_delete_members) {
        case GroupDeleteMembers::reject:
            if (used) checks::invalid("member_group_id");
            break;
        case GroupDeleteMembers::cascade:
            std::erase_if(channel.members, in_group);
            break;
        case GroupDeleteMembers::orphan:
            for (Member& member : channel.members) {
                if (in_group(member)) member.group.clear();
            }
    }
    channel.groups.erase(group);
    call.commit(std::move(channel));
    return no_content();
}

}  // namespace apic_simulator
