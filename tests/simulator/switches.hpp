#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace apic_simulator {

// What nobody documents, the simulator does as these switches say. The first value of each is its
// default; README.md explains them.
enum class NameModifiableError { apig_2000, apig_3471, apig_3458 };
enum class CreateUniqueness { project, listed };
enum class ProjectWrite { validate_then_apply, atomic, apply_until_error };
enum class UnknownInstanceError { apig_3030, apig_2012, apig_1136 };
enum class InstanceNotRunningError { apic_7701, apig_1136, accept };
enum class TooManyInstancesError { apig_2004, apig_2011, apig_3100 };
enum class ProjectIdInAnswer { given, omitted };
enum class ProjectTypeForm { number, string };
enum class ProjectPutStatus { ok_200, created_201 };
enum class EmptyMembersPut { keep, clear };
enum class NonemptyMembersPut { replace, upsert };
enum class AbsentList { empty, unchanged };
enum class AbsentHealth { keep, remove };
enum class SyncConflict { error, skip };
enum class GroupDeleteMembers { orphan, cascade, reject };
enum class GroupWeightEffect { copy, none, distribute };
enum class IgnoreOrReject { ignore, reject };
enum class MemberKey { group_host_port, host_port, host };
enum class MemberUnknownGroup { reject, create };
enum class MembersAddAnswer { sent, all };
enum class RenameWhenOff { apig_2012, accept, apig_3471 };
enum class HealthBounds { roma, apig };
enum class TimeoutStrict { less, equal_allowed };
enum class HttpCodeRequired { http, http_and_https, never };
enum class BothTypes { contradiction, always };
enum class RequiredWithDefault { optional, required };
enum class ProtocolCase { lower, as_sent, upper };
enum class TimePrecision { nanoseconds_then_seconds, seconds };
enum class EmptyMicroserviceInfo { object, null, absent };
enum class PasswordEcho { masked, as_sent };
enum class ListMembersDefault { omitted, given };
enum class ListOrder { newest_first, shuffled };
enum class LimitOutOfRange { clamp, reject };
enum class ConcurrentWriteError { error, wait };
enum class Throttle { off, on, retry_after, as_500 };
enum class YesNo { yes, no };
enum class OnOff { on, off };

struct Switches {
    NameModifiableError name_modifiable_error{};
    CreateUniqueness create_uniqueness{};
    ProjectWrite project_write{};
    UnknownInstanceError unknown_instance_error{};
    InstanceNotRunningError instance_not_running_error{};
    TooManyInstancesError too_many_instances_error{};
    ProjectIdInAnswer project_id_in_answer{};
    ProjectTypeForm project_type_form{};
    ProjectPutStatus project_put_status{};
    EmptyMembersPut empty_members_put{};
    NonemptyMembersPut nonempty_members_put{};
    AbsentList absent_list{};
    AbsentHealth absent_health{};
    SyncConflict sync_conflict{};
    GroupDeleteMembers group_delete_members{};
    GroupWeightEffect group_weight_effect{};
    IgnoreOrReject nacos_group_weight{};
    MemberKey member_key{};
    MemberUnknownGroup member_unknown_group{};
    MembersAddAnswer members_add_answer{};
    RenameWhenOff rename_when_off{};
    YesNo name_case_sensitive{};
    YesNo name_allows_period{};
    HealthBounds health_bounds{};
    TimeoutStrict timeout_strict{};
    HttpCodeRequired http_code_required{};
    BothTypes both_types{};
    IgnoreOrReject microservice_fields_on_builtin{};
    YesNo cce_supported{};
    RequiredWithDefault required_with_default{};
    ProtocolCase protocol_case{};
    TimePrecision time_precision{};
    EmptyMicroserviceInfo empty_microservice_info{};
    PasswordEcho nacos_password_echo{};
    ListMembersDefault list_members_default{};
    ListOrder list_order{};
    LimitOutOfRange limit_out_of_range{};
    YesNo count_ip_members{};
    ConcurrentWriteError concurrent_write_error{};
    Throttle throttle{};
    OnOff auth_lock{};
    IgnoreOrReject unknown_json_fields{};
    std::int64_t host_max_length = 255;
    std::int64_t read_lag_ms = 0;  ///< how long reads still show the state before a write
    // Limits: 0 lifts one.
    std::int64_t channel_limit = 200;  ///< channels of one instance
    std::int64_t member_limit = 10;    ///< members of one channel
    std::int64_t group_limit = 10;     ///< groups of one channel
    std::int64_t instances_per_request_limit = 10;
    // What `throttle` counts, when it is not off.
    std::int64_t throttle_requests = 60;
    std::int64_t throttle_window_ms = 60000;
};

/// Sets a switch by its name. Throws std::invalid_argument that names what would have been right.
void set_switch(Switches& switches, std::string_view name, std::string_view value);
std::string switch_value(const Switches& switches, std::string_view name);
std::vector<std::string_view> switch_names();
/// Lifts every limit.
void lift_limits(Switches& switches);

}  // namespace apic_simulator
