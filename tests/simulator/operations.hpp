#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulator/identity.hpp"
#include "tests/simulator/json.hpp"
#include "tests/simulator/world.hpp"

namespace apic_simulator {

/// How errors of an operation look, and which header carries the request id.
enum class Family { apic, roma, iam };

struct Call;

/// One operation of the API.
struct Operation {
    std::string_view id;
    std::string_view method;
    std::string pattern;  ///< path; a segment in braces stands for any
    bool writes = false;
    bool project_level = false;  ///< acts on the instances that its body lists
    Family family = Family::apic;
    bool needs_caller = true;  ///< false only for asking for a token
    Reply (*perform)(Call& call) = nullptr;
};

/// What the path of a request says. The segments in braces, by their places in the patterns.
struct Route {
    const Operation* operation = nullptr;
    std::string project_id, instance_id, channel_id, part_id;  ///< part: member or group
};

/// Null operation when no operation has this method and path.
Route find_route(const Request& request);
const std::vector<Operation>& operations();

/// An authenticated request that is about to be performed.
struct Call {
    World& world;
    Identity& identity;
    const Request& request;
    const Route& route;
    Caller caller;
    const JsonDocument* body = nullptr;    ///< null: there is none, or it is not JSON
    std::optional<unsigned> breaks_after;  ///< a project-level write fails after so many instances
    bool committed = false;                ///< set by whoever writes

    /// The body, or a Refusal when it is not JSON.
    const JsonValue& json() const;
    bool strict() const { return world.switches.unknown_json_fields == IgnoreOrReject::reject; }
    /// The instance of the path; throws when it does not exist.
    Instance& instance() const;
    /// The same for a write: it has to be running too.
    Instance& writable_instance() const;
    /// The channel of the path as reads see it, or as writes see it. Throws when it does not exist.
    ChannelPtr shown_channel() const;
    ChannelPtr live_channel() const;
    void commit(Channel channel);
};

/// Throws unless an instance of that id exists in the project and runs.
Instance& instance_of(World& world, const std::string& project_id, const std::string& id);
void check_running(const World& world, const Instance& instance);
/// Throws unless the name is free on the instance; `except` is the id of the channel that may have it.
void check_name_free(
    const World& world, const Instance& instance, std::string_view name, std::string_view except
);
bool same_name(const World& world, std::string_view a, std::string_view b);
void check_channel_quota(const World& world, const Instance& instance);

/// `offset` and `limit` of a list.
struct Page {
    std::size_t offset = 0, limit = 20;
};
Page page_of(const Call& call);
/// The number of a query parameter; throws when it is none.
std::optional<std::int64_t> number_parameter(const Request& request, std::string_view name);
/// The channels of `all` that the query asks for, in list order.
struct Selection {
    std::vector<ChannelPtr> rows;  ///< of the page
    std::size_t total = 0;
};
Selection select_channels(Call& call, const Store::List& all, bool instance_level);

/// Takes what `out` holds.
Reply json_reply(int status, JsonWriter& out);
Reply no_content();

// The operations, by the files they are in.
Reply list_project_channels(Call& call);
Reply create_project_channel(Call& call);
Reply put_project_channel(Call& call);
Reply sync_project_channel(Call& call);

Reply list_channels(Call& call);
Reply create_channel(Call& call);
Reply show_channel(Call& call);
Reply update_channel(Call& call);
Reply delete_channel(Call& call);
Reply update_health(Call& call);

Reply list_members(Call& call);
Reply add_members(Call& call);
Reply replace_members(Call& call);
Reply delete_member(Call& call);
Reply enable_members(Call& call);
Reply disable_members(Call& call);

Reply list_groups(Call& call);
Reply add_groups(Call& call);
Reply show_group(Call& call);
Reply change_group(Call& call);
Reply delete_group(Call& call);

Reply list_instances(Call& call);
Reply show_instance(Call& call);
Reply list_features(Call& call);
Reply set_feature(Call& call);
Reply list_configs(Call& call);

Reply create_token(Call& call);
Reply list_projects(Call& call);
Reply create_temporary_key(Call& call);

}  // namespace apic_simulator
