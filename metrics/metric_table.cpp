#include "metrics/metric_table.hpp"

#include <algorithm>
#include <stdexcept>

namespace fairway {
namespace {

using Labels = std::vector<MetricLabel>;
constexpr auto counter = MetricKind::counter;
constexpr auto gauge = MetricKind::gauge;
constexpr auto histogram = MetricKind::histogram;

const MetricLabel project{"project", ""};
const MetricLabel source{"source", ""};
const MetricLabel name{"name", ""};
const MetricLabel operation{"operation", ""};
const MetricLabel priority{"priority", "user, retry, resync"};
const MetricLabel action{"action", "create, update, delete, sync"};
const MetricLabel change_result{"result", "ok, error, partial"};
const MetricLabel pass_result{"result", "noop, changed, requeued, failed, stalled, skipped"};
const MetricLabel error_reason{
    "reason",
    "validation, auth, throttled, conflict, not_found, quota, server, timeout, network, guard, "
    "internal"};

// Buckets follow what each thing takes when all is well, with room up to its time limit.

/// Reading files: some hundred microseconds when little changed; a fetch from afar takes seconds.
const std::vector<double> fetch_buckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                        0.25,   0.5,   1,      2.5,   5,    10,    30,   60};
/// A pass without a call takes microseconds, one with calls as long as they do.
const std::vector<double> pass_buckets{0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1,
                                       0.25,   0.5,    1,     2.5,   5,    10,    30,   60};
const std::vector<double> wait_buckets{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1,
                                       2.5,   5,     10,   30,   60,  300, 900};
/// From an edit to the cloud: below a second for one channel, minutes for thousands under a rate limit.
const std::vector<double> applied_buckets{0.05, 0.1, 0.25, 0.5, 1,   2.5, 5,
                                          10,   30,  60,   120, 300, 600, 1800};
const std::vector<double> api_buckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3,
                                      0.5,   0.75, 1,     2,    5,   10,  30};
/// A synchronous commit is a few milliseconds on a good disk.
const std::vector<double> store_buckets{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                        0.025,  0.05,    0.1,    0.25,  0.5,    1,     5};

const std::vector<MetricInfo>& rows() {
    static const std::vector<MetricInfo> table{
        {"fairway_build_info",
         gauge,
         {{"version", ""}, {"revision", ""}, {"compiler", ""}},
         "Always 1; the labels say which build this is."},

        {"fairway_source_fetches_total",
         counter,
         {source, {"result", "changed, unchanged, error"}},
         "Attempts to read a source of manifests."},
        {"fairway_source_fetch_duration_seconds",
         histogram,
         {source},
         "How long reading a source took, parsing included.",
         fetch_buckets},
        {"fairway_source_last_success_timestamp_seconds",
         gauge,
         {source},
         "When a source was last read in full; 0 before the first time."},
        {"fairway_source_revision_info",
         gauge,
         {source, {"revision", ""}},
         "Always 1; the label says which revision of a source is in force."},
        {"fairway_source_manifests",
         gauge,
         {source, {"state", "valid, invalid, ignored"}},
         "Documents in a source: accepted, refused, or of another kind."},
        {"fairway_webhook_requests_total",
         counter,
         {source, {"result", "accepted, refused, limited"}},
         "Webhooks for a source: answered with a fetch, without a proof that is good, or too many."},

        {"fairway_list_passes_total",
         counter,
         {project, {"result", "complete, partial, error"}},
         "Attempts to list all channels of a project."},
        {"fairway_list_last_success_timestamp_seconds",
         gauge,
         {project},
         "When a project was last listed completely; 0 before the first time."},

        {"fairway_reconciles_total", counter, {project, pass_result}, "Passes over single channels."},
        {"fairway_reconcile_errors_total",
         counter,
         {project, error_reason},
         "Passes that failed, by what stood in the way."},
        {"fairway_reconcile_duration_seconds",
         histogram,
         {pass_result},
         "How long a pass over one channel took, calls included.",
         pass_buckets},
        {"fairway_workers_active", gauge, {}, "Passes running now."},
        {"fairway_workers_max", gauge, {}, "Passes that may run at the same time."},
        {"fairway_queue_depth", gauge, {priority}, "Channels that wait for a pass."},
        {"fairway_queue_adds_total",
         counter,
         {priority},
         "Requests for a pass, repeated ones included."},
        {"fairway_queue_wait_duration_seconds",
         histogram,
         {priority},
         "How long a channel that was ready waited for its pass.",
         wait_buckets},
        {"fairway_queue_oldest_enqueued_timestamp_seconds",
         gauge,
         {},
         "Since when the channel waits that waits longest; 0 when none does."},
        {"fairway_commit_to_applied_duration_seconds",
         histogram,
         {source},
         "From the moment a changed revision was seen until all it asks for was applied.",
         applied_buckets},

        {"fairway_channels",
         gauge,
         {project, {"state", "in_sync, out_of_sync, failed, stalled, suspended, deleting, unmanaged"}},
         "Channels by what is known of them."},
        {"fairway_channel_ready", gauge, {project, name}, "1 when the channel is as its manifest says."},
        {"fairway_channel_drifted",
         gauge,
         {project, name},
         "1 when the live channel differs from what was written last."},
        {"fairway_channel_suspended",
         gauge,
         {project, name},
         "1 when the manifest asks to leave it alone."},
        {"fairway_channel_series_dropped",
         gauge,
         {},
         "Series of single channels that are left out because there are too many."},
        {"fairway_drift_detected_total",
         counter,
         {project,
          {"field_group",
           "existence, settings, members, member_groups, health_check, microservice, instances"}},
         "Differences found between live channels and what was written last."},
        {"fairway_drift_corrections_total",
         counter,
         {project, change_result},
         "Writes that put drifted channels right."},
        {"fairway_channel_flaps_total",
         counter,
         {project},
         "Times a channel was changed back and forth by somebody else and by us."},
        {"fairway_ownership_conflicts",
         gauge,
         {project},
         "Channels that a manifest wants and somebody else owns."},

        {"fairway_changes_total", counter, {project, action, change_result}, "Writes to the cloud."},
        {"fairway_changes_pending", gauge, {project, action}, "Writes that are still to be made."},
        {"fairway_prune_blocked",
         gauge,
         {project, {"reason", "budget, empty_source, protected, approval, source_error, delay"}},
         "Deletions that wait, by what they wait for."},

        {"fairway_api_requests_total",
         counter,
         {project, operation, {"code", ""}},
         "Requests to the API, by HTTP status, or by reason where no answer came."},
        {"fairway_api_request_duration_seconds",
         histogram,
         {operation},
         "How long a request to the API took.",
         api_buckets},
        {"fairway_api_retries_total",
         counter,
         {operation, error_reason},
         "Requests that were sent again, by why the one before failed."},
        {"fairway_api_requests_in_flight", gauge, {project}, "Requests that wait for an answer now."},
        {"fairway_api_rate_limit_wait_seconds_total",
         counter,
         {project},
         "Time that requests waited for our own rate limit."},
        {"fairway_api_rate_limit_requests_per_second",
         gauge,
         {project, {"class", "read, write"}},
         "The rate that our own limit allows now."},
        {"fairway_api_circuit_open",
         gauge,
         {project},
         "1 while no requests are sent because too many failed."},
        {"fairway_api_quota_used",
         gauge,
         {project, {"instance", ""}},
         "Channels that count against the quota of a gateway instance."},
        {"fairway_api_quota_limit", gauge, {project, {"instance", ""}}, "That quota."},
        {"fairway_auth_token_expiry_timestamp_seconds",
         gauge,
         {project},
         "When the token in use expires; 0 where none is in use."},
        {"fairway_auth_token_refreshes_total",
         counter,
         {project, {"result", "ok, error"}},
         "Attempts to get a token."},

        {"fairway_store_operation_duration_seconds",
         histogram,
         {operation},
         "How long an operation of the state store took.",
         store_buckets},
        {"fairway_store_errors_total",
         counter,
         {operation},
         "Operations of the state store that failed."},
        {"fairway_store_size_bytes", gauge, {}, "The size of the state store."},
        {"fairway_config_last_reload_success",
         gauge,
         {},
         "1 when the configuration in force is the newest one; 0 when the newest was refused."},
        {"fairway_config_last_reload_success_timestamp_seconds",
         gauge,
         {},
         "When a configuration was last taken over."},
        {"fairway_leader", gauge, {}, "1 when this process is the one that writes."},

        {"process_cpu_seconds_total", counter, {}, "Total user and system CPU time spent in seconds."},
        {"process_open_fds", gauge, {}, "Number of open file descriptors."},
        {"process_max_fds", gauge, {}, "Maximum number of open file descriptors."},
        {"process_virtual_memory_bytes", gauge, {}, "Virtual memory size in bytes."},
        {"process_resident_memory_bytes", gauge, {}, "Resident memory size in bytes."},
        {"process_threads", gauge, {}, "Number of OS threads in the process."},
        {"process_start_time_seconds",
         gauge,
         {},
         "Start time of the process since unix epoch in seconds."},
    };
    return table;
}

}  // namespace

std::string_view to_string(MetricKind kind) {
    switch (kind) {
        case MetricKind::counter:
            return "counter";
        case MetricKind::gauge:
            return "gauge";
        case MetricKind::histogram:
            break;
    }
    return "histogram";
}

std::span<const MetricInfo> metric_table() {
    return rows();
}

const MetricInfo& metric_info(std::string_view wanted) {
    const auto& table = rows();
    const auto it = std::find_if(table.begin(), table.end(), [&](const MetricInfo& row) {
        return row.name == wanted;
    });
    if (it == table.end()) throw std::logic_error("no such metric: " + std::string(wanted));
    return *it;
}

}  // namespace fairway
