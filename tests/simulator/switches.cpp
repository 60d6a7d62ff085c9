#include "tests/simulator/switches.hpp"

#include <algorithm>
#include <charconv>

namespace apic_simulator {
namespace {

struct Spec {
    std::string_view name;
    std::vector<std::string_view> values;  ///< empty: a number
    std::int64_t (*get)(const Switches&);
    void (*set)(Switches&, std::int64_t);
};

template <auto member>
Spec choice(std::string_view name, std::vector<std::string_view> values) {
    return {
        name, std::move(values),
        [](const Switches& all) { return static_cast<std::int64_t>(all.*member); },
        [](Switches& all, std::int64_t value) {
            all.*member = static_cast<std::remove_reference_t<decltype(all.*member)>>(value);
        }};
}

template <auto member>
Spec number(std::string_view name) {
    return choice<member>(name, {});
}

const std::vector<Spec>& specs() {
    using S = Switches;
    static const std::vector<Spec> all{
        choice<&S::name_modifiable_error>(
            "name_modifiable_error", {"apig_2000", "apig_3471", "apig_3458"}
        ),
        choice<&S::create_uniqueness>("create_uniqueness", {"project", "listed"}),
        choice<&S::project_write>(
            "project_write", {"validate_then_apply", "atomic", "apply_until_error"}
        ),
        choice<&S::unknown_instance_error>(
            "unknown_instance_error", {"apig_3030", "apig_2012", "apig_1136"}
        ),
        choice<&S::instance_not_running_error>(
            "instance_not_running_error", {"apic_7701", "apig_1136", "accept"}
        ),
        choice<&S::too_many_instances_error>(
            "too_many_instances_error", {"apig_2004", "apig_2011", "apig_3100"}
        ),
        choice<&S::project_id_in_answer>("project_id_in_answer", {"given", "omitted"}),
        choice<&S::project_type_form>("project_type_form", {"number", "string"}),
        choice<&S::project_put_status>("project_put_status", {"200", "201"}),
        choice<&S::empty_members_put>("empty_members_put", {"keep", "clear"}),
        choice<&S::nonempty_members_put>("nonempty_members_put", {"replace", "upsert"}),
        choice<&S::absent_list>("absent_list", {"empty", "unchanged"}),
        choice<&S::absent_health>("absent_health", {"keep", "remove"}),
        choice<&S::sync_conflict>("sync_conflict", {"error", "skip"}),
        choice<&S::group_delete_members>("group_delete_members", {"orphan", "cascade", "reject"}),
        choice<&S::group_weight_effect>("group_weight_effect", {"copy", "none", "distribute"}),
        choice<&S::nacos_group_weight>("nacos_group_weight", {"ignore", "reject"}),
        choice<&S::member_key>("member_key", {"group_host_port", "host_port", "host"}),
        choice<&S::member_unknown_group>("member_unknown_group", {"reject", "create"}),
        choice<&S::members_add_answer>("members_add_answer", {"sent", "all"}),
        choice<&S::rename_when_off>("rename_when_off", {"apig_2012", "accept", "apig_3471"}),
        choice<&S::name_case_sensitive>("name_case_sensitive", {"yes", "no"}),
        choice<&S::name_allows_period>("name_allows_period", {"yes", "no"}),
        choice<&S::health_bounds>("health_bounds", {"roma", "apig"}),
        choice<&S::timeout_strict>("timeout_strict", {"less", "equal_allowed"}),
        choice<&S::http_code_required>("http_code_required", {"http", "http_and_https", "never"}),
        choice<&S::both_types>("both_types", {"contradiction", "always"}),
        choice<&S::microservice_fields_on_builtin>(
            "microservice_fields_on_builtin", {"ignore", "reject"}
        ),
        choice<&S::cce_supported>("cce_supported", {"yes", "no"}),
        choice<&S::required_with_default>("required_with_default", {"optional", "required"}),
        choice<&S::protocol_case>("protocol_case", {"lower", "as_sent", "upper"}),
        choice<&S::time_precision>("time_precision", {"nanoseconds_then_seconds", "seconds"}),
        choice<&S::empty_microservice_info>("empty_microservice_info", {"object", "null", "absent"}),
        choice<&S::nacos_password_echo>("nacos_password_echo", {"masked", "as_sent"}),
        choice<&S::list_members_default>("list_members_default", {"omitted", "given"}),
        choice<&S::list_order>("list_order", {"newest_first", "shuffled"}),
        choice<&S::limit_out_of_range>("limit_out_of_range", {"clamp", "reject"}),
        choice<&S::count_ip_members>("count_ip_members", {"yes", "no"}),
        choice<&S::concurrent_write_error>("concurrent_write_error", {"error", "wait"}),
        choice<&S::throttle>("throttle", {"off", "on", "retry_after", "as_500"}),
        choice<&S::auth_lock>("auth_lock", {"on", "off"}),
        choice<&S::unknown_json_fields>("unknown_json_fields", {"ignore", "reject"}),
        number<&S::host_max_length>("host_max_length"),
        number<&S::read_lag_ms>("read_lag_ms"),
        number<&S::channel_limit>("channel_limit"),
        number<&S::member_limit>("member_limit"),
        number<&S::group_limit>("group_limit"),
        number<&S::instances_per_request_limit>("instances_per_request_limit"),
        number<&S::throttle_requests>("throttle_requests"),
        number<&S::throttle_window_ms>("throttle_window_ms"),
    };
    return all;
}

const Spec& spec(std::string_view name) {
    const auto found =
        std::find_if(specs().begin(), specs().end(), [&](const Spec& one) { return one.name == name; });
    if (found == specs().end()) throw std::invalid_argument("no such switch: " + std::string(name));
    return *found;
}

}  // namespace

void set_switch(Switches& switches, std::string_view name, std::string_view value) {
    const Spec& one = spec(name);
    if (one.values.empty()) {
        std::int64_t parsed = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
        if (error != std::errc() || end != value.data() + value.size() || parsed < 0) {
            throw std::invalid_argument(
                std::string(name) + " takes a number from 0, not " + std::string(value)
            );
        }
        one.set(switches, parsed);
        return;
    }
    const auto found = std::find(one.values.begin(), one.values.end(), value);
    if (found == one.values.end()) {
        std::string known;
        for (const std::string_view each : one.values)
            known += (known.empty() ? "" : ", ") + std::string(each);
        throw std::invalid_argument(
            std::string(name) + " takes one of " + known + ", not " + std::string(value)
        );
    }
    one.set(switches, found - one.values.begin());
}

std::string switch_value(const Switches& switches, std::string_view name) {
    const Spec& one = spec(name);
    const std::int64_t value = one.get(switches);
    if (one.values.empty()) return std::to_string(value);
    return std::string(one.values[static_cast<std::size_t>(value)]);
}

std::vector<std::string_view> switch_names() {
    std::vector<std::string_view> names;
    for (const Spec& one : specs()) names.push_back(one.name);
    return names;
}

void lift_limits(Switches& switches) {
    switches.channel_limit = 0;
    switches.member_limit = 0;
    switches.group_limit = 0;
    switches.instances_per_request_limit = 0;
}

}  // namespace apic_simulator
