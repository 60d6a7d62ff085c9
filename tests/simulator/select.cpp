#include <algorithm>
#include <set>

#include "tests/simulator/checks.hpp"
#include "tests/simulator/operations.hpp"

namespace apic_simulator {
namespace {

/// What the query of a channel list asks for.
struct Filter {
    const std::string* id = nullptr;
    const std::string* name = nullptr;
    const std::string* member_host = nullptr;
    std::optional<std::int64_t> member_port;
    const std::string* group_name = nullptr;
    const std::string* group_id = nullptr;
    const std::string* channel_type = nullptr;
    bool precise_name = false, precise_group = false;

    bool none() const {
        return !id && !name && !member_host && !member_port && !group_name && !group_id && !channel_type;
    }
};

const std::string* nonempty(const Request& request, std::string_view name) {
    const std::string* const text = request.parameter(name);
    return text && !text->empty() ? text : nullptr;
}

Filter filter_of(const Request& request, bool instance_level) {
    Filter filter;
    filter.id = nonempty(request, "id");
    filter.name = nonempty(request, "name");
    filter.member_host = nonempty(request, "member_host");
    filter.member_port = number_parameter(request, "member_port");
    checks::within(filter.member_port, 0, 65535, "member_port");
    filter.group_name = nonempty(request, "member_group_name");
    filter.group_id = nonempty(request, "member_group_id");
    if (instance_level) filter.channel_type = nonempty(request, "vpc_channel_type");
    if (const std::string* const precise = nonempty(request, "precise_search")) {
        const std::string_view text = *precise;
        for (std::size_t begin = 0; begin <= text.size();) {
            const std::size_t end = std::min(text.find(',', begin), text.size());
            const std::string_view field = text.substr(begin, end - begin);
            if (field != "name" && field != "member_group_name") checks::invalid("precise_search");
            (field == "name" ? filter.precise_name : filter.precise_group) = true;
            begin = end + 1;
        }
    }
    return filter;
}

bool name_fits(const World& world, const std::string& name, const std::string& wanted, bool precise) {
    return precise ? same_name(world, name, wanted) : name.find(wanted) != std::string::npos;
}

bool fits(const World& world, const Filter& filter, const Channel& channel) {
    if (filter.id && channel.id != *filter.id) return false;
    if (filter.name && !name_fits(world, channel.name, *filter.name, filter.precise_name)) return false;
    if (filter.channel_type && name_of(channel.type) != *filter.channel_type) return false;
    if (filter.member_host || filter.member_port) {
        const bool some =
            std::any_of(channel.members.begin(), channel.members.end(), [&](const Member& member) {
                const int port = member.port == 0 ? channel.port : member.port;
                return (!filter.member_host || member.host == *filter.member_host) &&
                       (!filter.member_port || port == *filter.member_port);
            });
        if (!some) return false;
    }
    if (filter.group_name || filter.group_id) {
        return std::any_of(channel.groups.begin(), channel.groups.end(), [&](const MemberGroup& group) {
            return (!filter.group_name ||
                    name_fits(world, group.name, *filter.group_name, filter.precise_group)) &&
                   (!filter.group_id || group.id == *filter.group_id);
        });
    }
    return true;
}

/// The part of `all`, newest first, that the page holds.
template <class List>
std::vector<ChannelPtr> page_of_list(const List& all, const Page& page) {
    std::vector<ChannelPtr> rows;
    for (std::size_t i = page.offset; i < all.size() && rows.size() < page.limit; ++i) {
        rows.push_back(all[all.size() - 1 - i]);
    }
    return rows;
}

}  // namespace

Selection select_channels(Call& call, const Store::List& all, bool instance_level) {
    const Filter filter = filter_of(call.request, instance_level);
    const Page page = page_of(call);
    const World& world = call.world;
    if (filter.none() && world.switches.list_order == ListOrder::newest_first) {
        return {page_of_list(all, page), all.size()};
    }

    // An exact name is found by index; everything else has to be looked for.
    const bool by_name = filter.name && filter.precise_name;
    const Store::List& candidates =
        by_name ? call.world.shown().of_name(call.route.project_id, *filter.name) : all;
    Store::List found;
    std::copy_if(
        candidates.begin(), candidates.end(), std::back_inserter(found),
        [&](const ChannelPtr& one) {
            return (!instance_level || one->instance_id == call.route.instance_id) &&
                   fits(world, filter, *one);
        }
    );
    if (world.switches.list_order == ListOrder::shuffled) {
        for (std::size_t i = found.size(); i > 1; --i)
            std::swap(found[i - 1], found[call.world.random() % i]);
    }
    return {page_of_list(found, page), found.size()};
}

}  // namespace apic_simulator
