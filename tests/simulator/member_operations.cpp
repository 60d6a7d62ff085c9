#include <algorithm>
#include <set>

#include "tests/simulator/checks.hpp"
#include "tests/simulator/operations.hpp"
#include "tests/simulator/render.hpp"
#include "tests/simulator/validate.hpp"
#include "tests/simulator/writes.hpp"

namespace apic_simulator {
namespace {

/// The channel of the path, which may have members of its own.
Channel channel_with_members(Call& call) {
    const ChannelPtr channel = call.live_channel();
    if (channel->type == ChannelType::reference) {
        throw Refusal(403, "APIG.3471", "The operation is not supported by this type of VPC channel");
    }
    return *channel;
}

using Pick = std::vector<const Member*>;

Reply members_reply(
    Call& call, int status, const Channel& channel, const Pick& members, std::size_t total
) {
    JsonWriter out;
    Renderer renderer(out, call.world, status != 200 || call.request.method == "PUT");
    out.begin_object().field("size", members.size()).field("total", total).key("members").begin_array();
    for (const Member* const member : members) renderer.member(channel, *member);
    out.end_array().end_object();
    return json_reply(status, out);
}

Pick members_with(const Channel& channel, const std::vector<std::string>& ids) {
    Pick found;
    for (const Member& member : channel.members) {
        if (std::find(ids.begin(), ids.end(), member.id) != ids.end()) found.push_back(&member);
    }
    return found;
}

Pick all_members(const Channel& channel) {
    Pick all;
    for (const Member& member : channel.members) all.push_back(&member);
    return all;
}

Reply set_status(Call& call, int status) {
    Channel channel = channel_with_members(call);
    const auto ids = member_ids_input(call.json(), call.strict()).value_or(std::vector<std::string>{});
    for (const std::string& id : ids) {
        const auto member =
            std::find_if(channel.members.begin(), channel.members.end(), [&](const Member& one) {
                return one.id == id;
            });
        if (member == channel.members.end()) {
            throw Refusal(404, "APIG.3024", "The VPC channel member does not exist,id:" + id);
        }
        member->status = status;
    }
    call.commit(std::move(channel));
    return no_content();
}

}  // namespace

Reply list_members(Call& call) {
    const ChannelPtr channel = call.shown_channel();
    const Request& request = call.request;
    const std::string* const name = request.parameter("name");
    const std::string* const group_name = request.parameter("member_group_name");
    const std::string* const group_id = request.parameter("member_group_id");
    const std::string* const precise = request.parameter("precise_search");
    const auto exact = [&](std::string_view field) {
        return precise &&
               ("," + *precise + ",").find("," + std::string(field) + ",") != std::string::npos;
    };
    const auto fits = [](const std::string& text, const std::string* wanted, bool exactly) {
        return !wanted || (exactly ? text == *wanted : text.find(*wanted) != std::string::npos);
    };
    const bool exact_name = exact("name");
    const bool exact_group = exact("member_group_name");

    Pick found;
    for (const Member& member : channel->members) {
        const MemberGroup* const group = channel->group_named(member.group);
        if (group_id && (!group || group->id != *group_id)) continue;
        const std::string& shown_name = member.ecs_name.empty() ? member.host : member.ecs_name;
        if (fits(shown_name, name, exact_name) && fits(member.group, group_name, exact_group)) {
            found.push_back(&member);
        }
    }
    const Page page = page_of(call);
    const std::size_t begin = std::min(page.offset, found.size());
    const std::size_t end = std::min(begin + page.limit, found.size());
    const auto at = [&](std::size_t i) { return found.begin() + static_cast<std::ptrdiff_t>(i); };
    return members_reply(call, 200, *channel, Pick(at(begin), at(end)), found.size());
}

Reply add_members(Call& call) {
    Channel channel = channel_with_members(call);
    const MembersInput input = members_input(call.json(), false, call.strict());
    if (!input.members) checks::missing("members");
    check_members(*input.members, channel.member_type, call.world.switches);
    const std::vector<std::string> sent = upsert_members(call.world, channel, *input.members);
    check_sizes(call.world, channel);
    call.commit(channel);
    const bool all = call.world.switches.members_add_answer == MembersAddAnswer::all;
    const Pick shown = all ? all_members(channel) : members_with(channel, sent);
    return members_reply(call, 201, channel, shown, shown.size());
}

Reply replace_members(Call& call) {
    Channel channel = channel_with_members(call);
    const MembersInput input = members_input(call.json(), true, call.strict());
    const std::vector<MemberInput> members = input.members.value_or(std::vector<MemberInput>{});
    check_members(members, channel.member_type, call.world.switches);
    const bool one_group = input.group && !input.group->empty();
    if (one_group && !channel.group_named(*input.group)) checks::invalid("member_group_name");
    const auto ids = replace_members(call.world, channel, members, one_group ? &*input.group : nullptr);
    check_sizes(call.world, channel);
    call.commit(channel);
    return members_reply(call, 200, channel, members_with(channel, ids), ids.size());
}

Reply delete_member(Call& call) {
    Channel channel = channel_with_members(call);
    const auto removed = std::erase_if(channel.members, [&](const Member& member) {
        return member.id == call.route.part_id;
    });
    if (removed == 0) {
        throw Refusal(
            404, "APIG.3024", "The VPC channel member does not exist,id:" + call.route.part_id
        );
    }
    call.commit(std::move(channel));
    return no_content();
}

Reply enable_members(Call& call) {
    return set_status(call, 1);
}

Reply disable_members(Call& call) {
    return set_status(call, 2);
}

}  // namespace apic_simulator
