#include <algorithm>

#include "tests/simulator/checks.hpp"
#include "tests/simulator/operations.hpp"
#include "tests/simulator/render.hpp"
#include "tests/simulator/text.hpp"
#include "tests/simulator/validate.hpp"

namespace apic_simulator {
namespace {

constexpr std::chrono::minutes between_changes{1};

std::vector<std::string_view> supported_features(const Instance& instance) {
    std::vector<std::string_view> names{"backend_client_certificate", "vpc_health_status", "ratelimit"};
    if (instance.knows_name_modifiable) names.push_back("vpc_name_modifiable");
    return names;
}

/// `all` from `page.offset` on, at most `page.limit` of them, each written by `write`.
template <class List, class Write>
Reply list_reply(
    JsonWriter& out, const List& all, const Page& page, std::string_view name, Write write
) {
    const std::size_t begin = std::min(page.offset, all.size());
    const std::size_t end = std::min(begin + page.limit, all.size());
    out.begin_object().field("total", all.size()).field("size", end - begin).key(name).begin_array();
    for (std::size_t i = begin; i < end; ++i) write(all[i]);
    out.end_array().end_object();
    return json_reply(200, out);
}

std::int64_t bounded(const Request& request, std::string_view name, std::int64_t otherwise) {
    const std::int64_t number = number_parameter(request, name).value_or(otherwise);
    if (number < 0 || number > 100) {
        throw Refusal(400, "ROMA.00013000", "Invalid parameter: " + std::string(name));
    }
    return number;
}

struct ConfigItem {
    std::string_view name;
    std::int64_t value;
    std::optional<std::size_t> used;
};

}  // namespace

Reply list_instances(Call& call) {
    const auto offset = static_cast<std::size_t>(bounded(call.request, "offset", 0));
    const auto limit = static_cast<std::size_t>(bounded(call.request, "limit", 10));
    const std::string* const status = call.request.parameter("status");
    std::vector<const Instance*> all;
    for (const std::string& id : call.world.instance_ids()) {
        const Instance* const instance = call.world.instance(id);
        if (instance->project_id != call.route.project_id) continue;
        if (!status || instance->status == *status) all.push_back(instance);
    }
    JsonWriter out;
    return list_reply(out, all, {offset, limit}, "instances", [&](const Instance* instance) {
        out.begin_object()
            .field("id", instance->id)
            .field("name", instance->name)
            .field("description", "");
        out.field("flavor_id", "00400.00001")
            .field("flavor_type", "ROMA_BASIC")
            .field("cpu_arch", "x86_64");
        out.field("publicip_enable", false).field("status", instance->status);
        out.field("charge_type", "postPaid").field("project_id", instance->project_id);
        out.field("create_time", rfc3339(instance->create_time, false));
        out.field("update_time", rfc3339(instance->create_time, false));
        out.key("available_zone_ids").begin_array().value(call.world.config().region + "a").end_array();
        out.field("enterprise_project_id", "0").end_object();
    });
}

Reply show_instance(Call& call) {
    const Instance& instance = call.instance();
    const bool running = instance.status == "RUNNING";
    JsonWriter out;
    out.begin_object().field("id", instance.id).field("project_id", instance.project_id);
    out.field("instance_name", instance.name).field("status", running ? "Running" : "Frozen");
    out.field("instance_status", running ? 6 : 37).field("spec", "BASIC");
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(instance.create_time.time_since_epoch());
    out.field("create_time", std::int64_t{seconds.count()}).field("instance_version", "23.5.0");
    out.key("supported_features").begin_array();
    for (const std::string_view name : supported_features(instance)) out.value(name);
    out.end_array().end_object();
    return json_reply(200, out);
}

Reply list_features(Call& call) {
    const Instance& instance = call.instance();
    JsonWriter out;
    Renderer renderer(out, call.world, false);
    return list_reply(out, instance.features, page_of(call), "features", [&](const Feature& feature) {
        renderer.feature(instance, feature);
    });
}

Reply set_feature(Call& call) {
    Instance& instance = call.writable_instance();
    const FeatureInput input = feature_input(call.json(), call.strict());
    check_feature(input);
    const std::string config = input.config.value_or("");
    if (*input.name == "vpc_name_modifiable") {
        if (!instance.knows_name_modifiable) {
            throw Refusal(
                412, "APIG.3458", "The instance does not support the feature,id:" + instance.id
            );
        }
        if (config != "on" && config != "off") checks::invalid("config");
    }
    const std::vector<std::string_view> known = supported_features(instance);
    if (std::find(known.begin(), known.end(), *input.name) == known.end()) {
        throw Refusal(400, "APIG.2000", "Parameter error: unrecognized feature " + *input.name);
    }
    const Feature* const old = instance.feature(*input.name);
    if (old && old->set_by_request && call.world.now() - old->update_time < between_changes) {
        throw Refusal(
            409, "APIG.3711", "A configuration parameter can be modified only once per minute"
        );
    }
    call.world.set_feature(instance, *input.name, *input.enable, config, true);
    call.committed = true;
    JsonWriter out;
    Renderer(out, call.world, true).feature(instance, *instance.feature(*input.name));
    return json_reply(201, out);
}

Reply list_configs(Call& call) {
    const Instance& instance = call.instance();
    const Switches& switches = call.world.switches;
    const auto shown = [](std::int64_t limit) { return limit == 0 ? 1'000'000 : limit; };
    const std::vector<ConfigItem> all{
        {"VPC_NUM_LIMIT", shown(switches.channel_limit),
         call.world.live().of_instance(instance.id).size()},
        {"VPC_INSTANCE_NUM_LIMIT", shown(switches.member_limit), {}},
        {"BM_VPC_INSTANCE_GROUP_NUM_LIMIT", shown(switches.group_limit), {}},
        {"PROJECT_VPC_OPERATOR_NUM_LIMIT", shown(switches.instances_per_request_limit), {}},
    };
    JsonWriter out;
    return list_reply(out, all, page_of(call), "configs", [&](const ConfigItem& item) {
        out.begin_object().field(
            "config_id", instance.id.substr(0, 24) + std::to_string(item.name.size())
        );
        out.field("config_name", item.name).field("config_value", std::to_string(item.value));
        out.field("config_time", rfc3339(instance.create_time, false)).field("remark", "");
        if (item.used) out.field("used", *item.used);
        out.end_object();
    });
}

}  // namespace apic_simulator
