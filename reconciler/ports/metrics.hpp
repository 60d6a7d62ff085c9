#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "reconciler/model/error.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/plan/field_group.hpp"
#include "reconciler/plan/guard.hpp"
#include "reconciler/schedule/work_queue.hpp"

namespace fairway {

enum class PassResult : std::uint8_t { noop, changed, requeued, failed, stalled, skipped };
enum class ChangeKind : std::uint8_t { create, update, delete_, sync };
enum class ChangeResult : std::uint8_t { ok, error, partial };
enum class ListResult : std::uint8_t { complete, partial, error };
enum class FetchResult : std::uint8_t { changed, unchanged, error };
/// What became of a call that said it came from the Git server of a source.
enum class WebhookResult : std::uint8_t { accepted, refused, limited };
enum class ChannelState : std::uint8_t {
    in_sync,
    out_of_sync,
    failed,
    stalled,
    suspended,
    deleting,
    unmanaged
};

std::string_view to_string(PassResult value);
std::string_view to_string(ChangeKind value);
std::string_view to_string(ChangeResult value);
std::string_view to_string(ListResult value);
std::string_view to_string(FetchResult value);
std::string_view to_string(WebhookResult value);
std::string_view to_string(ChannelState value);

/// What is worth counting, in domain terms; metrics/ turns it into Prometheus families. All calls come
/// from the loop's thread, return at once and never fail.
class Metrics {
public:
    virtual ~Metrics() = default;

    virtual void pass_finished(std::string_view project, PassResult result, Duration took) = 0;
    virtual void pass_failed(std::string_view project, ErrorReason reason) = 0;
    virtual void changed(std::string_view project, ChangeKind kind, ChangeResult result) = 0;
    virtual void changes_pending(std::string_view project, ChangeKind kind, std::size_t count) = 0;
    virtual void drift_detected(std::string_view project, FieldGroup group) = 0;
    virtual void drift_corrected(std::string_view project, ChangeResult result) = 0;

    /// The state of one channel, replacing the one told before.
    virtual void channel_state(
        const std::string& project, const std::string& name, ChannelState state, bool drifted
    ) = 0;
    virtual void channel_gone(const std::string& project, const std::string& name) = 0;
    virtual void ownership_conflicts(std::string_view project, std::size_t count) = 0;

    virtual void queue_added(Priority priority) = 0;
    virtual void queue_waited(Priority priority, Duration waited) = 0;
    virtual void queue_depth(std::size_t user, std::size_t retry, std::size_t resync) = 0;
    /// When the key that waits longest was asked for; 0 seconds since 1970 where none waits.
    virtual void queue_oldest(WallTime enqueued) = 0;
    virtual void workers(std::size_t active, std::size_t max) = 0;

    virtual void source_fetched(
        std::string_view source, FetchResult result, Duration took, WallTime at
    ) = 0;
    virtual void source_manifests(
        std::string_view source, std::string_view revision, std::size_t valid, std::size_t invalid,
        std::size_t ignored
    ) = 0;
    virtual void commit_applied(std::string_view source, Duration took) = 0;
    virtual void list_finished(std::string_view project, ListResult result, WallTime at) = 0;

    /// `code` is the HTTP status, or the reason word where no answer came ("timeout", "network").
    virtual void api_called(
        std::string_view project, std::string_view operation, std::string_view code, Duration took
    ) = 0;
    virtual void api_retried(std::string_view operation, ErrorReason reason) = 0;
    virtual void api_in_flight(std::string_view project, std::size_t count) = 0;
    virtual void api_limited(std::string_view project, Duration waited) = 0;
    virtual void api_rate(
        std::string_view project, double reads_per_second, double writes_per_second
    ) = 0;
    virtual void token_refreshed(std::string_view project, bool ok, WallTime expires) = 0;

    virtual void store_operation(std::string_view operation, Duration took, bool ok) = 0;
    virtual void store_size(std::uint64_t bytes) = 0;
    virtual void config_reloaded(bool ok, WallTime at) = 0;
    virtual void leader(bool yes) = 0;

    // Optional to count, so that a fake need not know them.

    /// Somebody else and we keep changing the same channel back and forth.
    virtual void flap_seen(std::string_view /*project*/) {}
    /// How many deletions wait for that reason now; 0 when none does.
    virtual void prune_blocked(std::string_view /*project*/, PruneBlock, std::size_t /*count*/) {}
    virtual void webhooks_received(std::string_view /*source*/, WebhookResult, std::size_t /*count*/) {}
    virtual void api_circuit(std::string_view /*project*/, bool /*open*/) {}
    virtual void api_quota(
        std::string_view /*project*/, std::string_view /*instance*/, std::size_t /*used*/,
        std::size_t /*limit*/
    ) {}
};

/// Counts nothing: for commands that nobody scrapes, and for tests.
class NoMetrics : public Metrics {
public:
    void pass_finished(std::string_view, PassResult, Duration) override {}
    void pass_failed(std::string_view, ErrorReason) override {}
    void changed(std::string_view, ChangeKind, ChangeResult) override {}
    void changes_pending(std::string_view, ChangeKind, std::size_t) override {}
    void drift_detected(std::string_view, FieldGroup) override {}
    void drift_corrected(std::string_view, ChangeResult) override {}
    void channel_state(const std::string&, const std::string&, ChannelState, bool) override {}
    void channel_gone(const std::string&, const std::string&) override {}
    void ownership_conflicts(std::string_view, std::size_t) override {}
    void queue_added(Priority) override {}
    void queue_waited(Priority, Duration) override {}
    void queue_depth(std::size_t, std::size_t, std::size_t) override {}
    void queue_oldest(WallTime) override {}
    void workers(std::size_t, std::size_t) override {}
    void source_fetched(std::string_view, FetchResult, Duration, WallTime) override {}
    void source_manifests(std::string_view, std::string_view, std::size_t, std::size_t, std::size_t)
        override {}
    void commit_applied(std::string_view, Duration) override {}
    void list_finished(std::string_view, ListResult, WallTime) override {}
    void api_called(std::string_view, std::string_view, std::string_view, Duration) override {}
    void api_retried(std::string_view, ErrorReason) override {}
    void api_in_flight(std::string_view, std::size_t) override {}
    void api_limited(std::string_view, Duration) override {}
    void api_rate(std::string_view, double, double) override {}
    void token_refreshed(std::string_view, bool, WallTime) override {}
    void store_operation(std::string_view, Duration, bool) override {}
    void store_size(std::uint64_t) override {}
    void config_reloaded(bool, WallTime) override {}
    void leader(bool) override {}
};

}  // namespace fairway
