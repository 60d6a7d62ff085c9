#include "metrics/prometheus_metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "metrics/channel_series.hpp"
#include "metrics/exposition.hpp"
#include "metrics/process_series.hpp"
#include "metrics/series.hpp"

namespace fairway {
namespace {

constexpr std::size_t pass_results = 6, priorities = 3, change_kinds = 4, change_results = 3,
                      list_results = 3, fetch_results = 3, webhook_results = 3, channel_states = 7,
                      field_groups = 7, error_reasons = 11, prune_blocks = 6;
/// Operations are constants of ours; more than this can only be a mistake that makes them up.
constexpr std::size_t max_operations = 64;

double seconds(Duration duration) {
    return static_cast<double>(duration.count()) / 1e6;
}
double seconds(WallTime time) {
    return seconds(time.time_since_epoch());
}
double number(std::size_t count) {
    return static_cast<double>(count);
}

template <class Value>
using ByName = std::map<std::string, Value, std::less<>>;

/// An HTTP status or a word of ErrorReason; anything else is told as "other".
std::string_view bounded_code(std::string_view code) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (code.size() == 3 && std::all_of(code.begin(), code.end(), digit)) return code;
    for (std::size_t i = 0; i < error_reasons; ++i) {
        if (code == to_string(static_cast<ErrorReason>(i))) return code;
    }
    return "other";
}

struct Families {
    prometheus::Registry registry;
    Family<Gauge> build_info{registry, "fairway_build_info"};
    Family<Counter> source_fetches{registry, "fairway_source_fetches_total"};
    Family<Histogram> source_fetch_duration{registry, "fairway_source_fetch_duration_seconds"};
    Family<Gauge> source_last_success{registry, "fairway_source_last_success_timestamp_seconds"};
    Family<Gauge> source_revision{registry, "fairway_source_revision_info"};
    Family<Gauge> source_manifests{registry, "fairway_source_manifests"};
    Family<Counter> webhook_requests{registry, "fairway_webhook_requests_total"};
    Family<Counter> list_passes{registry, "fairway_list_passes_total"};
    Family<Gauge> list_last_success{registry, "fairway_list_last_success_timestamp_seconds"};
    Family<Counter> reconciles{registry, "fairway_reconciles_total"};
    Family<Counter> reconcile_errors{registry, "fairway_reconcile_errors_total"};
    Family<Histogram> reconcile_duration{registry, "fairway_reconcile_duration_seconds"};
    Family<Gauge> workers_active{registry, "fairway_workers_active"};
    Family<Gauge> workers_max{registry, "fairway_workers_max"};
    Family<Gauge> queue_depth{registry, "fairway_queue_depth"};
    Family<Counter> queue_adds{registry, "fairway_queue_adds_total"};
    Family<Histogram> queue_wait{registry, "fairway_queue_wait_duration_seconds"};
    Family<Gauge> queue_oldest{registry, "fairway_queue_oldest_enqueued_timestamp_seconds"};
    Family<Histogram> commit_to_applied{registry, "fairway_commit_to_applied_duration_seconds"};
    Family<Gauge> channels{registry, "fairway_channels"};
    Family<Counter> drift_detected{registry, "fairway_drift_detected_total"};
    Family<Counter> drift_corrections{registry, "fairway_drift_corrections_total"};
    Family<Counter> channel_flaps{registry, "fairway_channel_flaps_total"};
    Family<Gauge> ownership_conflicts{registry, "fairway_ownership_conflicts"};
    Family<Counter> changes{registry, "fairway_changes_total"};
    Family<Gauge> changes_pending{registry, "fairway_changes_pending"};
    Family<Gauge> prune_blocked{registry, "fairway_prune_blocked"};
    Family<Counter> api_requests{registry, "fairway_api_requests_total"};
    Family<Histogram> api_request_duration{registry, "fairway_api_request_duration_seconds"};
    Family<Counter> api_retries{registry, "fairway_api_retries_total"};
    Family<Gauge> api_in_flight{registry, "fairway_api_requests_in_flight"};
    Family<Counter> api_limit_wait{registry, "fairway_api_rate_limit_wait_seconds_total"};
    Family<Gauge> api_rate{registry, "fairway_api_rate_limit_requests_per_second"};
    Family<Gauge> api_circuit{registry, "fairway_api_circuit_open"};
    Family<Gauge> api_quota_used{registry, "fairway_api_quota_used"};
    Family<Gauge> api_quota_limit{registry, "fairway_api_quota_limit"};
    Family<Gauge> token_expiry{registry, "fairway_auth_token_expiry_timestamp_seconds"};
    Family<Counter> token_refreshes{registry, "fairway_auth_token_refreshes_total"};
    Family<Histogram> store_duration{registry, "fairway_store_operation_duration_seconds"};
    Family<Counter> store_errors{registry, "fairway_store_errors_total"};
    Family<Gauge> store_size{registry, "fairway_store_size_bytes"};
    Family<Gauge> reload_success{registry, "fairway_config_last_reload_success"};
    Family<Gauge> reload_time{registry, "fairway_config_last_reload_success_timestamp_seconds"};
    Family<Gauge> leader{registry, "fairway_leader"};
};

/// The series of one project, all of them there from the start but those with open labels.
struct ProjectSeries {
    ProjectSeries(Families& all, const std::string& project)
        : families(all),
          name(project),
          passes([&](auto word) { return owner.add(all.reconciles, project, word); }),
          errors([&](auto word) { return owner.add(all.reconcile_errors, project, word); }),
          lists([&](auto word) { return owner.add(all.list_passes, project, word); }),
          channels([&](auto word) { return owner.add(all.channels, project, word); }),
          drift([&](auto word) { return owner.add(all.drift_detected, project, word); }),
          corrections([&](auto word) { return owner.add(all.drift_corrections, project, word); }),
          pending([&](auto word) { return owner.add(all.changes_pending, project, word); }),
          blocked([&](auto word) { return owner.add(all.prune_blocked, project, word); }) {
        for (std::size_t i = 0; i < change_kinds; ++i) {
            changes.emplace_back([&](auto word) {
                return owner.add(all.changes, project, to_string(static_cast<ChangeKind>(i)), word);
            });
        }
    }
    Counter& requests(std::string_view operation, std::string_view code) {
        auto& codes = requests_.try_emplace(std::string(operation)).first->second;
        auto it = codes.find(code);
        if (it == codes.end()) {
            Counter* series = owner.add(families.api_requests, name, operation, code);
            it = codes.emplace(code, series).first;
        }
        return *it->second;
    }

    Families& families;
    std::string name;
    SeriesOwner owner;
    ByEnum<PassResult, pass_results, Counter> passes;
    ByEnum<ErrorReason, error_reasons, Counter> errors;
    ByEnum<ListResult, list_results, Counter> lists;
    ByEnum<ChannelState, channel_states, Gauge> channels;
    ByEnum<FieldGroup, field_groups, Counter> drift;
    ByEnum<ChangeResult, change_results, Counter> corrections;
    ByEnum<ChangeKind, change_kinds, Gauge> pending;
    ByEnum<PruneBlock, prune_blocks, Gauge> blocked;
    std::vector<ByEnum<ChangeResult, change_results, Counter>> changes;  ///< by ChangeKind
    Gauge& list_success = *owner.add(families.list_last_success, name);
    Counter& flaps = *owner.add(families.channel_flaps, name);
    Gauge& conflicts = *owner.add(families.ownership_conflicts, name);
    Gauge& in_flight = *owner.add(families.api_in_flight, name);
    Counter& limit_wait = *owner.add(families.api_limit_wait, name);
    Gauge& read_rate = *owner.add(families.api_rate, name, "read");
    Gauge& write_rate = *owner.add(families.api_rate, name, "write");
    Gauge& circuit = *owner.add(families.api_circuit, name);
    Gauge& token_expiry = *owner.add(families.token_expiry, name);
    Counter& tokens_got = *owner.add(families.token_refreshes, name, "ok");
    Counter& tokens_refused = *owner.add(families.token_refreshes, name, "error");
    ByName<std::pair<Gauge*, Gauge*>> quotas;  ///< by instance: used, limit
    ByName<ChannelState> states;               ///< by channel

private:
    ByName<ByName<Counter*>> requests_;  ///< by operation and code
};

struct SourceSeries {
    SourceSeries(Families& all, const std::string& source)
        : families(all),
          name(source),
          fetches([&](auto word) { return owner.add(all.source_fetches, source, word); }),
          webhooks([&](auto word) { return owner.add(all.webhook_requests, source, word); }) {}

    Families& families;
    std::string name;
    SeriesOwner owner;
    ByEnum<FetchResult, fetch_results, Counter> fetches;
    ByEnum<WebhookResult, webhook_results, Counter> webhooks;
    Histogram& fetch_duration = *owner.add(families.source_fetch_duration, name);
    Gauge& last_success = *owner.add(families.source_last_success, name);
    Gauge& valid = *owner.add(families.source_manifests, name, "valid");
    Gauge& invalid = *owner.add(families.source_manifests, name, "invalid");
    Gauge& ignored = *owner.add(families.source_manifests, name, "ignored");
    Histogram& applied = *owner.add(families.commit_to_applied, name);
    std::string revision;
    Gauge* revision_info = nullptr;
};

struct ApiOperation {
    ApiOperation(Families& all, const std::string& name)
        : duration(all.api_request_duration.add(name)),
          retries([&](auto word) { return &all.api_retries.add(name, word); }) {}
    Histogram& duration;
    ByEnum<ErrorReason, error_reasons, Counter> retries;
};

struct StoreOperation {
    StoreOperation(Families& all, const std::string& name)
        : duration(all.store_duration.add(name)), errors(all.store_errors.add(name)) {}
    Histogram& duration;
    Counter& errors;
};

/// The series of projects or of sources. A name that was never configured begins with its first event;
/// one that was taken out of the configuration stays out.
template <class Series>
class Named {
public:
    explicit Named(Families& families) : families_(families) {}

    Series* find(std::string_view name) {
        const auto it = series_.find(name);
        if (it != series_.end()) return &it->second;
        if (gone_.contains(name)) return nullptr;
        return &add(std::string(name));
    }
    Series& add(const std::string& name) {
        return series_.try_emplace(name, families_, name).first->second;
    }
    /// Returns the names that are gone.
    std::vector<std::string> keep_only(const std::vector<std::string>& names) {
        std::vector<std::string> ended;
        for (const auto& [name, series] : series_) {
            if (std::find(names.begin(), names.end(), name) == names.end()) ended.push_back(name);
        }
        for (const auto& name : ended) {
            series_.erase(name);
            gone_.insert(name);
        }
        for (const auto& name : names) {
            gone_.erase(name);
            add(name);
        }
        return ended;
    }

private:
    Families& families_;
    ByName<Series> series_;
    std::set<std::string, std::less<>> gone_;
};

/// The series of operations: a handful, by their names.
template <class Series>
Series& of_operation(ByName<Series>& all, Families& families, std::string_view name) {
    auto it = all.find(name);
    if (it != all.end()) return it->second;
    const std::string kept(all.size() < max_operations ? name : "other");
    return all.try_emplace(kept, families, kept).first->second;
}

}  // namespace

struct PrometheusMetrics::Impl {
    explicit Impl(const MetricsOptions& options) : channels(options.channel_series) {
        families.build_info.add(options.version, options.revision, options.compiler).Set(1);
        for (const auto& name : options.api_operations) of_operation(api_operations, families, name);
        for (const auto& name : options.store_operations) of_operation(store_operations, families, name);
    }

    Families families;
    Named<ProjectSeries> projects{families};
    Named<SourceSeries> sources{families};
    ByName<ApiOperation> api_operations;
    ByName<StoreOperation> store_operations;

    ByEnum<PassResult, pass_results, Histogram> pass_duration{
        [&](auto word) { return &families.reconcile_duration.add(word); }};
    ByEnum<Priority, priorities, Gauge> depth{
        [&](auto word) { return &families.queue_depth.add(word); }};
    ByEnum<Priority, priorities, Counter> adds{
        [&](auto word) { return &families.queue_adds.add(word); }};
    ByEnum<Priority, priorities, Histogram> waits{
        [&](auto word) { return &families.queue_wait.add(word); }};
    Gauge& oldest = families.queue_oldest.add();
    Gauge& workers_active = families.workers_active.add();
    Gauge& workers_max = families.workers_max.add();
    Gauge& store_size = families.store_size.add();
    Gauge& reload_success = families.reload_success.add();
    Gauge& reload_time = families.reload_time.add();
    Gauge& leader = families.leader.add();

    std::mutex
        channels_mutex;  ///< text() may come from another thread; prometheus-cpp has its own locks
    ChannelSeries channels;
};

PrometheusMetrics::PrometheusMetrics(MetricsOptions options) : impl_(std::make_unique<Impl>(options)) {
    configure(options.projects, options.sources);
}

PrometheusMetrics::~PrometheusMetrics() = default;

std::string PrometheusMetrics::text() {
    std::string page = prometheus::TextSerializer().Serialize(impl_->families.registry.Collect());
    {
        const std::lock_guard lock(impl_->channels_mutex);
        impl_->channels.append(page);
        append_single(page, "fairway_channel_series_dropped", number(impl_->channels.dropped()));
    }
    append_process_series(page);
    return page;
}

void PrometheusMetrics::configure(
    const std::vector<std::string>& projects, const std::vector<std::string>& sources
) {
    impl_->sources.keep_only(sources);
    for (const auto& name : impl_->projects.keep_only(projects)) {
        const std::lock_guard lock(impl_->channels_mutex);
        impl_->channels.remove_project(name);
    }
}

void PrometheusMetrics::pass_finished(std::string_view project, PassResult result, Duration took) {
    if (auto* series = impl_->projects.find(project)) series->passes[result].Increment();
    impl_->pass_duration[result].Observe(seconds(took));
}

void PrometheusMetrics::pass_failed(std::string_view project, ErrorReason reason) {
    if (auto* series = impl_->projects.find(project)) series->errors[reason].Increment();
}

void PrometheusMetrics::changed(std::string_view project, ChangeKind kind, ChangeResult result) {
    auto* series = impl_->projects.find(project);
    if (series != nullptr) series->changes.at(static_cast<std::size_t>(kind))[result].Increment();
}

void PrometheusMetrics::changes_pending(std::string_view project, ChangeKind kind, std::size_t count) {
    if (auto* series = impl_->projects.find(project)) series->pending[kind].Set(number(count));
}

void PrometheusMetrics::drift_detected(std::string_view project, FieldGroup group) {
    if (auto* series = impl_->projects.find(project)) series->drift[group].Increment();
}

void PrometheusMetrics::drift_corrected(std::string_view project, ChangeResult result) {
    if (auto* series = impl_->projects.find(project)) series->corrections[result].Increment();
}

void PrometheusMetrics::channel_state(
    const std::string& project, const std::string& name, ChannelState state, bool drifted
) {
    auto* series = impl_->projects.find(project);
    if (series == nullptr) return;
    const auto [known, added] = series->states.try_emplace(name, state);
    if (!added) series->channels[known->second].Decrement();
    known->second = state;
    series->channels[state].Increment();

    const std::lock_guard lock(impl_->channels_mutex);
    impl_->channels.set({project, name}, state, drifted);
}

void PrometheusMetrics::channel_gone(const std::string& project, const std::string& name) {
    auto* series = impl_->projects.find(project);
    if (series == nullptr) return;
    const auto known = series->states.find(name);
    if (known == series->states.end()) return;
    series->channels[known->second].Decrement();
    series->states.erase(known);

    const std::lock_guard lock(impl_->channels_mutex);
    impl_->channels.remove({project, name});
}

void PrometheusMetrics::ownership_conflicts(std::string_view project, std::size_t count) {
    if (auto* series = impl_->projects.find(project)) series->conflicts.Set(number(count));
}

void PrometheusMetrics::queue_added(Priority priority) {
    impl_->adds[priority].Increment();
}

void PrometheusMetrics::queue_waited(Priority priority, Duration waited) {
    impl_->waits[priority].Observe(seconds(waited));
}

void PrometheusMetrics::queue_depth(std::size_t user, std::size_t retry, std::size_t resync) {
    impl_->depth[Priority::user].Set(number(user));
    impl_->depth[Priority::retry].Set(number(retry));
    impl_->depth[Priority::resync].Set(number(resync));
}

void PrometheusMetrics::queue_oldest(WallTime enqueued) {
    impl_->oldest.Set(seconds(enqueued));
}

void PrometheusMetrics::workers(std::size_t active, std::size_t max) {
    impl_->workers_active.Set(number(active));
    impl_->workers_max.Set(number(max));
}

void PrometheusMetrics::source_fetched(
    std::string_view source, FetchResult result, Duration took, WallTime at
) {
    auto* series = impl_->sources.find(source);
    if (series == nullptr) return;
    series->fetches[result].Increment();
    series->fetch_duration.Observe(seconds(took));
    if (result != FetchResult::error) series->last_success.Set(seconds(at));
}

void PrometheusMetrics::source_manifests(
    std::string_view source, std::string_view revision, std::size_t valid, std::size_t invalid,
    std::size_t ignored
) {
    auto* series = impl_->sources.find(source);
    if (series == nullptr) return;
    series->valid.Set(number(valid));
    series->invalid.Set(number(invalid));
    series->ignored.Set(number(ignored));
    if (series->revision_info != nullptr && series->revision == revision) return;
    if (series->revision_info != nullptr) {
        series->owner.drop(impl_->families.source_revision, series->revision_info);
    }
    series->revision = revision;
    series->revision_info = series->owner.add(impl_->families.source_revision, series->name, revision);
    series->revision_info->Set(1);
}

void PrometheusMetrics::webhooks_received(
    std::string_view source, WebhookResult result, std::size_t count
) {
    if (auto* series = impl_->sources.find(source)) series->webhooks[result].Increment(number(count));
}

void PrometheusMetrics::commit_applied(std::string_view source, Duration took) {
    if (auto* series = impl_->sources.find(source)) series->applied.Observe(seconds(took));
}

void PrometheusMetrics::list_finished(std::string_view project, ListResult result, WallTime at) {
    auto* series = impl_->projects.find(project);
    if (series == nullptr) return;
    series->lists[result].Increment();
    if (result == ListResult::complete) series->list_success.Set(seconds(at));
}

void PrometheusMetrics::api_called(
    std::string_view project, std::string_view operation, std::string_view code, Duration took
) {
    auto* series = impl_->projects.find(project);
    const bool known =
        impl_->api_operations.size() < max_operations || impl_->api_operations.contains(operation);
    if (series != nullptr) series->requests(known ? operation : "other", bounded_code(code)).Increment();
    of_operation(impl_->api_operations, impl_->families, operation).duration.Observe(seconds(took));
}

void PrometheusMetrics::api_retried(std::string_view operation, ErrorReason reason) {
    of_operation(impl_->api_operations, impl_->families, operation).retries[reason].Increment();
}

void PrometheusMetrics::api_in_flight(std::string_view project, std::size_t count) {
    if (auto* series = impl_->projects.find(project)) series->in_flight.Set(number(count));
}

void PrometheusMetrics::api_limited(std::string_view project, Duration waited) {
    if (auto* series = impl_->projects.find(project)) series->limit_wait.Increment(seconds(waited));
}

void PrometheusMetrics::api_rate(
    std::string_view project, double reads_per_second, double writes_per_second
) {
    auto* series = impl_->projects.find(project);
    if (series == nullptr) return;
    series->read_rate.Set(reads_per_second);
    series->write_rate.Set(writes_per_second);
}

void PrometheusMetrics::token_refreshed(std::string_view project, bool ok, WallTime expires) {
    auto* series = impl_->projects.find(project);
    if (series == nullptr) return;
    (ok ? series->tokens_got : series->tokens_refused).Increment();
    if (ok) series->token_expiry.Set(seconds(expires));
}

void PrometheusMetrics::store_operation(std::string_view operation, Duration took, bool ok) {
    auto& series = of_operation(impl_->store_operations, impl_->families, operation);
    series.duration.Observe(seconds(took));
    if (!ok) series.errors.Increment();
}

void PrometheusMetrics::store_size(std::uint64_t bytes) {
    impl_->store_size.Set(static_cast<double>(bytes));
}

void PrometheusMetrics::config_reloaded(bool ok, WallTime at) {
    impl_->reload_success.Set(ok ? 1 : 0);
    if (ok) impl_->reload_time.Set(seconds(at));
}

void PrometheusMetrics::leader(bool yes) {
    impl_->leader.Set(yes ? 1 : 0);
}

void PrometheusMetrics::flap_seen(std::string_view project) {
    if (auto* series = impl_->projects.find(project)) series->flaps.Increment();
}

void PrometheusMetrics::prune_blocked(std::string_view project, PruneBlock reason, std::size_t count) {
    if (auto* series = impl_->projects.find(project)) series->blocked[reason].Set(number(count));
}

void PrometheusMetrics::api_circuit(std::string_view project, bool open) {
    if (auto* series = impl_->projects.find(project)) series->circuit.Set(open ? 1 : 0);
}

void PrometheusMetrics::api_quota(
    std::string_view project, std::string_view instance, std::size_t used, std::size_t limit
) {
    auto* series = impl_->projects.find(project);
    if (series == nullptr) return;
    auto it = series->quotas.find(instance);
    if (it == series->quotas.end()) {
        auto& owner = series->owner;
        Gauge* in_use = owner.add(impl_->families.api_quota_used, series->name, instance);
        Gauge* allowed = owner.add(impl_->families.api_quota_limit, series->name, instance);
        it = series->quotas.emplace(instance, std::pair(in_use, allowed)).first;
    }
    it->second.first->Set(number(used));
    it->second.second->Set(number(limit));
}

}  // namespace fairway
