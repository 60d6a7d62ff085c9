#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "reconciler/ports/metrics.hpp"

namespace fairway {

struct MetricsOptions {
    std::string version, revision, compiler;  ///< of build_info
    std::vector<std::string> projects;        ///< names of the configuration
    std::vector<std::string> sources;
    /// What the API client and the store call their operations; those not named here begin with their
    /// first event.
    std::vector<std::string> api_operations, store_operations;
    std::size_t channel_series = 5000;  ///< at most so many series that name a channel
};

/// Counts for Prometheus. Every family of metric_table() that is not about a single channel exists from
/// the start, with 0 for each known project, source and enumerated value.
class PrometheusMetrics : public Metrics {
public:
    explicit PrometheusMetrics(MetricsOptions options);
    ~PrometheusMetrics() override;

    /// Everything, in the text format 0.0.4. Alone among the members this may be called from any thread.
    std::string text();
    static constexpr const char* content_type = "text/plain; version=0.0.4; charset=utf-8";

    /// After a reload of the configuration: begins series of new projects and sources, ends those of
    /// names that are gone; late events of these are ignored.
    void configure(const std::vector<std::string>& projects, const std::vector<std::string>& sources);

    void pass_finished(std::string_view project, PassResult result, Duration took) override;
    void pass_failed(std::string_view project, ErrorReason reason) override;
    void changed(std::string_view project, ChangeKind kind, ChangeResult result) override;
    void changes_pending(std::string_view project, ChangeKind kind, std::size_t count) override;
    void drift_detected(std::string_view project, FieldGroup group) override;
    void drift_corrected(std::string_view project, ChangeResult result) override;
    void channel_state(
        const std::string& project, const std::string& name, ChannelState state, bool drifted
    ) override;
    void channel_gone(const std::string& project, const std::string& name) override;
    void ownership_conflicts(std::string_view project, std::size_t count) override;
    void queue_added(Priority priority) override;
    void queue_waited(Priority priority, Duration waited) override;
    void queue_depth(std::size_t user, std::size_t retry, std::size_t resync) override;
    void queue_oldest(WallTime enqueued) override;
    void workers(std::size_t active, std::size_t max) override;
    void source_fetched(std::string_view source, FetchResult result, Duration took, WallTime at)
        override;
    void source_manifests(
        std::string_view source, std::string_view revision, std::size_t valid, std::size_t invalid,
        std::size_t ignored
    ) override;
    void webhooks_received(std::string_view source, WebhookResult result, std::size_t count) override;
    void commit_applied(std::string_view source, Duration took) override;
    void list_finished(std::string_view project, ListResult result, WallTime at) override;
    void api_called(
        std::string_view project, std::string_view operation, std::string_view code, Duration took
    ) override;
    void api_retried(std::string_view operation, ErrorReason reason) override;
    void api_in_flight(std::string_view project, std::size_t count) override;
    void api_limited(std::string_view project, Duration waited) override;
    void api_rate(std::string_view project, double reads_per_second, double writes_per_second) override;
    void token_refreshed(std::string_view project, bool ok, WallTime expires) override;
    void store_operation(std::string_view operation, Duration took, bool ok) override;
    void store_size(std::uint64_t bytes) override;
    void config_reloaded(bool ok, WallTime at) override;
    void leader(bool yes) override;
    void flap_seen(std::string_view project) override;
    void prune_blocked(std::string_view project, PruneBlock reason, std::size_t count) override;
    void api_circuit(std::string_view project, bool open) override;
    void api_quota(
        std::string_view project, std::string_view instance, std::size_t used, std::size_t limit
    ) override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace fairway
