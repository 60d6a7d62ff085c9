#include "metrics/prometheus_metrics.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <locale>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "metrics/metric_table.hpp"
#include "tests/metrics/scrape.hpp"

using namespace fairway;
using namespace std::chrono_literals;
using test::read_scrape;
using test::Scrape;

namespace {

MetricsOptions options() {
    MetricsOptions result;
    result.version = "1.2.3";
    result.revision = "abc";
    result.compiler = "clang";
    result.projects = {"default", "other"};
    result.sources = {"channels"};
    result.api_operations = {"create", "list"};
    result.store_operations = {"save"};
    return result;
}

constexpr WallTime at{1'782'864'000s};

/// One event of every kind, so that every family has a sample.
void tell_everything(Metrics& metrics) {
    metrics.pass_finished("default", PassResult::changed, 30ms);
    metrics.pass_failed("default", ErrorReason::quota);
    metrics.changed("default", ChangeKind::delete_, ChangeResult::ok);
    metrics.changes_pending("default", ChangeKind::update, 4);
    metrics.drift_detected("default", FieldGroup::members);
    metrics.drift_corrected("default", ChangeResult::ok);
    metrics.channel_state("default", "a", ChannelState::in_sync, false);
    metrics.channel_state("default", "b", ChannelState::suspended, true);
    metrics.ownership_conflicts("default", 2);
    metrics.queue_added(Priority::user);
    metrics.queue_waited(Priority::user, 2ms);
    metrics.queue_depth(1, 2, 3);
    metrics.queue_oldest(at);
    metrics.workers(5, 64);
    metrics.source_fetched("channels", FetchResult::changed, 3ms, at);
    metrics.source_manifests("channels", "r1", 10, 1, 2);
    metrics.webhooks_received("channels", WebhookResult::refused, 3);
    metrics.commit_applied("channels", 700ms);
    metrics.list_finished("default", ListResult::complete, at);
    metrics.api_called("default", "create", "201", 80ms);
    metrics.api_called("default", "create", "201", 80ms);
    metrics.api_called("default", "create", "timeout", 30s);
    metrics.api_retried("create", ErrorReason::timeout);
    metrics.api_in_flight("default", 7);
    metrics.api_limited("default", 1500ms);
    metrics.api_rate("default", 50, 20.5);
    metrics.token_refreshed("default", true, at);
    metrics.token_refreshed("default", false, WallTime{});
    metrics.store_operation("save", 4ms, true);
    metrics.store_operation("save", 4ms, false);
    metrics.store_size(4096);
    metrics.config_reloaded(true, at);
    metrics.config_reloaded(false, at + 1h);
    metrics.leader(true);
    metrics.flap_seen("default");
    metrics.prune_blocked("default", PruneBlock::budget, 12);
    metrics.api_circuit("default", true);
    metrics.api_quota("default", "instance-1", 180, 200);
}

std::set<std::string> words(std::string_view list) {
    std::set<std::string> result;
    std::istringstream stream{std::string(list)};
    for (std::string word; std::getline(stream >> std::ws, word, ',');) result.insert(word);
    return result;
}

bool about_a_channel(const MetricInfo& metric) {
    for (const auto& label : metric.labels) {
        if (label.name == "name") return true;
    }
    return false;
}

}  // namespace

TEST_CASE("what was told is what a scrape shows") {
    PrometheusMetrics metrics(options());
    tell_everything(metrics);
    const Scrape page = read_scrape(metrics.text());

    CHECK(
        page.value(
            "fairway_build_info", {{"version", "1.2.3"}, {"revision", "abc"}, {"compiler", "clang"}}
        ) == 1
    );
    CHECK(page.value("fairway_reconciles_total", {{"project", "default"}, {"result", "changed"}}) == 1);
    CHECK(page.value("fairway_reconciles_total", {{"project", "other"}, {"result", "changed"}}) == 0);
    CHECK(page.value("fairway_reconcile_duration_seconds", {{"result", "changed"}}) == 1);
    CHECK(
        page.value("fairway_reconcile_errors_total", {{"project", "default"}, {"reason", "quota"}}) == 1
    );
    CHECK(
        page.value(
            "fairway_changes_total", {{"project", "default"}, {"action", "delete"}, {"result", "ok"}}
        ) == 1
    );
    CHECK(page.value("fairway_changes_pending", {{"project", "default"}, {"action", "update"}}) == 4);
    CHECK(
        page.value(
            "fairway_drift_detected_total", {{"project", "default"}, {"field_group", "members"}}
        ) == 1
    );
    CHECK(
        page.value("fairway_drift_corrections_total", {{"project", "default"}, {"result", "ok"}}) == 1
    );
    CHECK(page.value("fairway_channels", {{"project", "default"}, {"state", "in_sync"}}) == 1);
    CHECK(page.value("fairway_channels", {{"project", "default"}, {"state", "suspended"}}) == 1);
    CHECK(page.value("fairway_channel_ready", {{"project", "default"}, {"name", "a"}}) == 1);
    CHECK(page.value("fairway_channel_ready", {{"project", "default"}, {"name", "b"}}) == 0);
    CHECK(page.value("fairway_channel_drifted", {{"project", "default"}, {"name", "b"}}) == 1);
    CHECK(page.value("fairway_channel_suspended", {{"project", "default"}, {"name", "b"}}) == 1);
    CHECK(page.value("fairway_ownership_conflicts", {{"project", "default"}}) == 2);
    CHECK(page.value("fairway_queue_adds_total", {{"priority", "user"}}) == 1);
    CHECK(page.value("fairway_queue_depth", {{"priority", "resync"}}) == 3);
    CHECK(page.value("fairway_queue_oldest_enqueued_timestamp_seconds") == 1'782'864'000);
    CHECK(page.value("fairway_workers_active") == 5);
    CHECK(page.value("fairway_workers_max") == 64);
    CHECK(
        page.value("fairway_webhook_requests_total", {{"source", "channels"}, {"result", "refused"}}) ==
        3
    );
    CHECK(
        page.value("fairway_source_fetches_total", {{"source", "channels"}, {"result", "changed"}}) == 1
    );
    CHECK(
        page.value("fairway_source_last_success_timestamp_seconds", {{"source", "channels"}}) ==
        1'782'864'000
    );
    CHECK(page.value("fairway_source_revision_info", {{"source", "channels"}, {"revision", "r1"}}) == 1);
    CHECK(page.value("fairway_source_manifests", {{"source", "channels"}, {"state", "valid"}}) == 10);
    CHECK(page.value("fairway_commit_to_applied_duration_seconds", {{"source", "channels"}}) == 1);
    CHECK(
        page.value("fairway_list_passes_total", {{"project", "default"}, {"result", "complete"}}) == 1
    );
    CHECK(
        page.value("fairway_list_last_success_timestamp_seconds", {{"project", "default"}}) ==
        1'782'864'000
    );
    CHECK(
        page.value(
            "fairway_api_requests_total",
            {{"project", "default"}, {"operation", "create"}, {"code", "201"}}
        ) == 2
    );
    CHECK(page.value("fairway_api_request_duration_seconds", {{"operation", "create"}}) == 3);
    CHECK(
        page.value("fairway_api_retries_total", {{"operation", "create"}, {"reason", "timeout"}}) == 1
    );
    CHECK(page.value("fairway_api_requests_in_flight", {{"project", "default"}}) == 7);
    CHECK(page.value("fairway_api_rate_limit_wait_seconds_total", {{"project", "default"}}) == 1.5);
    CHECK(
        page.value(
            "fairway_api_rate_limit_requests_per_second", {{"project", "default"}, {"class", "write"}}
        ) == 20.5
    );
    CHECK(page.value("fairway_api_circuit_open", {{"project", "default"}}) == 1);
    CHECK(
        page.value("fairway_api_quota_used", {{"project", "default"}, {"instance", "instance-1"}}) == 180
    );
    CHECK(
        page.value("fairway_api_quota_limit", {{"project", "default"}, {"instance", "instance-1"}}) ==
        200
    );
    CHECK(
        page.value("fairway_auth_token_expiry_timestamp_seconds", {{"project", "default"}}) ==
        1'782'864'000
    );
    CHECK(
        page.value(
            "fairway_auth_token_refreshes_total", {{"project", "default"}, {"result", "error"}}
        ) == 1
    );
    CHECK(page.value("fairway_store_operation_duration_seconds", {{"operation", "save"}}) == 2);
    CHECK(page.value("fairway_store_errors_total", {{"operation", "save"}}) == 1);
    CHECK(page.value("fairway_store_size_bytes") == 4096);
    CHECK(page.value("fairway_config_last_reload_success") == 0);
    CHECK(page.value("fairway_config_last_reload_success_timestamp_seconds") == 1'782'864'000);
    CHECK(page.value("fairway_leader") == 1);
    CHECK(page.value("fairway_channel_flaps_total", {{"project", "default"}}) == 1);
    CHECK(page.value("fairway_prune_blocked", {{"project", "default"}, {"reason", "budget"}}) == 12);
}

TEST_CASE("names, kinds, labels and help of a scrape are those of the table") {
    PrometheusMetrics metrics(options());
    tell_everything(metrics);
    const Scrape page = read_scrape(metrics.text());

    std::set<std::string> expected;
    for (const auto& metric : metric_table()) {
        CAPTURE(metric.name);
        expected.emplace(metric.name);
        REQUIRE(page.families.contains(std::string(metric.name)));
        const auto& family = page.families.at(std::string(metric.name));
        CHECK(family.type == to_string(metric.kind));
        CHECK(family.help == metric.help);
        std::set<std::string> labels;
        for (const auto& label : metric.labels) labels.emplace(label.name);
        CHECK_FALSE(family.samples.empty());
        for (const auto& sample : family.samples) {
            std::set<std::string> used;
            for (const auto& [label, text] : sample.labels) used.insert(label);
            CHECK(used == labels);
        }
    }
    for (const auto& [name, family] : page.families) {
        CAPTURE(name);
        CHECK(expected.contains(name));
    }
}

TEST_CASE("enumerated values exist at 0 from the start, for each project and source") {
    PrometheusMetrics metrics(options());
    const Scrape page = read_scrape(metrics.text());
    const std::set<std::string_view> open{"revision", "code", "instance"};

    for (const auto& metric : metric_table()) {
        CAPTURE(metric.name);
        if (about_a_channel(metric)) continue;
        // Every combination of the values that are known before the first event.
        std::vector<std::map<std::string, std::string>> wanted(1);
        bool known = true;
        for (const auto& label : metric.labels) {
            std::set<std::string> values = words(label.values);
            if (label.name == "project") values = {"default", "other"};
            if (label.name == "source") values = {"channels"};
            if (label.name == "operation") {
                values = metric.name.starts_with("fairway_store_")
                             ? std::set<std::string>{"save"}
                             : std::set<std::string>{"create", "list"};
            }
            known = known && !open.contains(label.name) && label.name != "version";
            std::vector<std::map<std::string, std::string>> longer;
            for (const auto& labels : wanted) {
                for (const auto& value : values) {
                    longer.push_back(labels);
                    longer.back()[std::string(label.name)] = value;
                }
            }
            wanted = longer;
        }
        if (!known) continue;
        for (const auto& labels : wanted) {
            const double value = page.value(std::string(metric.name), labels);
            if (metric.name.starts_with("fairway_")) CHECK(value == 0);
        }
        CHECK(page.families.at(std::string(metric.name)).samples.size() == wanted.size());
    }
}

TEST_CASE("numbers on the page do not follow the language of the process") {
    /// As in many languages: a comma before the fraction, points between thousands.
    struct Commas : std::numpunct<char> {
        char do_decimal_point() const override { return ','; }
        char do_thousands_sep() const override { return '.'; }
        std::string do_grouping() const override { return "\3"; }
    };
    const auto page = [] {
        PrometheusMetrics metrics(options());
        tell_everything(metrics);
        std::istringstream lines(metrics.text());
        std::string kept;
        for (std::string line; std::getline(lines, line);)
            if (line.find("process_") == std::string::npos)
                kept += line + "\n";  // those go on by themselves
        return kept;
    };
    const std::string usual = page();
    CHECK(usual.find("0.03") != std::string::npos);
    const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Commas));
    const std::string with_commas = page();
    std::locale::global(before);
    CHECK(with_commas == usual);
}

TEST_CASE("promtool finds nothing to complain about") {
    if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
        MESSAGE("skipped: promtool is not installed");
        return;
    }
    PrometheusMetrics metrics(options());
    tell_everything(metrics);
    metrics.channel_state("default", "a\"b\\c\nd\xff", ChannelState::failed, false);
    char path[] = "/tmp/fairway-metrics-XXXXXX";
    const int file = mkstemp(path);
    REQUIRE(file >= 0);
    const std::string text = metrics.text();
    REQUIRE(write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    close(file);
    const std::string command = std::string("promtool check metrics < ") + path + " 2>&1";
    std::FILE* tool = popen(command.c_str(), "r");
    REQUIRE(tool != nullptr);
    std::string said;
    for (char line[512]; std::fgets(line, sizeof line, tool) != nullptr;) said += line;
    CHECK(pclose(tool) == 0);
    CHECK(said == "");
    unlink(path);
}

TEST_CASE("a channel's state is counted once, in its newest state, and not at all when it is gone") {
    PrometheusMetrics metrics(options());
    metrics.channel_state("default", "a", ChannelState::out_of_sync, true);
    metrics.channel_state("default", "a", ChannelState::in_sync, false);
    metrics.channel_state("default", "a", ChannelState::in_sync, false);
    Scrape page = read_scrape(metrics.text());
    CHECK(page.value("fairway_channels", {{"project", "default"}, {"state", "in_sync"}}) == 1);
    CHECK(page.value("fairway_channels", {{"project", "default"}, {"state", "out_of_sync"}}) == 0);
    CHECK(page.value("fairway_channel_ready", {{"project", "default"}, {"name", "a"}}) == 1);
    CHECK(page.value("fairway_channel_drifted", {{"project", "default"}, {"name", "a"}}) == 0);

    metrics.channel_gone("default", "a");
    metrics.channel_gone("default", "never seen");
    page = read_scrape(metrics.text());
    CHECK(page.value("fairway_channels", {{"project", "default"}, {"state", "in_sync"}}) == 0);
    CHECK_FALSE(page.families.contains("fairway_channel_ready"));
}

TEST_CASE("series that name a channel stop at the cap, and the next one takes the place of one that goes"
) {
    MetricsOptions few = options();
    few.channel_series = 7;  // two channels of three series, and no half one
    PrometheusMetrics metrics(std::move(few));
    for (const char* name : {"c", "b", "a", "d"}) {
        metrics.channel_state("default", name, ChannelState::in_sync, false);
    }
    const auto shown = [&] {
        std::set<std::string> names;
        const Scrape page = read_scrape(metrics.text());
        for (const auto& sample : page.families.at("fairway_channel_ready").samples) {
            names.insert(sample.labels.at("name"));
        }
        return names;
    };
    const auto dropped = [&] {
        return read_scrape(metrics.text()).value("fairway_channel_series_dropped");
    };
    CHECK(shown() == std::set<std::string>{"b", "c"});
    CHECK(dropped() == 6);
    CHECK(
        read_scrape(metrics.text())
            .value("fairway_channels", {{"project", "default"}, {"state", "in_sync"}}) == 4
    );

    metrics.channel_state("default", "d", ChannelState::failed, false);  // told while it waits
    metrics.channel_gone("default", "a");                                // one that was not shown
    CHECK(dropped() == 3);
    metrics.channel_gone("default", "b");
    CHECK(shown() == std::set<std::string>{"c", "d"});
    CHECK(
        read_scrape(metrics.text())
            .value("fairway_channel_ready", {{"project", "default"}, {"name", "d"}}) == 0
    );
    CHECK(dropped() == 0);
}

TEST_CASE("hostile names come out as they went in, or with replacement characters") {
    PrometheusMetrics metrics(options());
    metrics.channel_state("default", "a\"b\\c\nd", ChannelState::in_sync, false);
    metrics.channel_state("default", "x\xff", ChannelState::in_sync, false);
    metrics.source_manifests("channels", "r\n\"\\\xff", 0, 0, 0);
    const Scrape page = read_scrape(metrics.text());
    CHECK(page.has("fairway_channel_ready", {{"project", "default"}, {"name", "a\"b\\c\nd"}}));
    CHECK(page.has("fairway_channel_ready", {{"project", "default"}, {"name", "x\xef\xbf\xbd"}}));
    CHECK(page.has(
        "fairway_source_revision_info", {{"source", "channels"}, {"revision", "r\n\"\\\xef\xbf\xbd"}}
    ));
}

TEST_CASE("a new revision replaces the old one's series") {
    PrometheusMetrics metrics(options());
    metrics.source_manifests("channels", "r1", 1, 0, 0);
    metrics.source_manifests("channels", "r2", 1, 0, 0);
    metrics.source_manifests("channels", "r2", 1, 0, 0);
    const Scrape page = read_scrape(metrics.text());
    CHECK(page.families.at("fairway_source_revision_info").samples.size() == 1);
    CHECK(page.value("fairway_source_revision_info", {{"source", "channels"}, {"revision", "r2"}}) == 1);
}

TEST_CASE("a reload begins series of new projects and ends those of projects that are gone") {
    PrometheusMetrics metrics(options());
    metrics.channel_state("other", "a", ChannelState::in_sync, false);
    metrics.api_called("other", "list", "200", 1ms);
    metrics.configure({"default", "third"}, {"channels", "more"});
    metrics.pass_finished("other", PassResult::noop, 1ms);  // a pass that was still in flight
    metrics.channel_state("other", "b", ChannelState::in_sync, false);
    Scrape page = read_scrape(metrics.text());
    for (const auto& [name, family] : page.families) {
        CAPTURE(name);
        for (const auto& sample : family.samples) {
            const auto project = sample.labels.find("project");
            CHECK((project == sample.labels.end() || project->second != "other"));
        }
    }
    CHECK(page.value("fairway_reconciles_total", {{"project", "third"}, {"result", "noop"}}) == 0);
    CHECK(page.value("fairway_source_fetches_total", {{"source", "more"}, {"result", "error"}}) == 0);

    metrics.configure({"default", "other"}, {"channels"});
    metrics.pass_finished("other", PassResult::noop, 1ms);
    page = read_scrape(metrics.text());
    CHECK(page.value("fairway_reconciles_total", {{"project", "other"}, {"result", "noop"}}) == 1);
    CHECK_FALSE(page.has("fairway_reconciles_total", {{"project", "third"}, {"result", "noop"}}));
}

TEST_CASE("made-up codes and operations do not make series without bound") {
    PrometheusMetrics metrics(options());
    for (int i = 0; i < 1000; ++i) {
        metrics.api_called("default", "op" + std::to_string(i), "code" + std::to_string(i), 1ms);
        metrics.store_operation("op" + std::to_string(i), 1ms, true);
    }
    const Scrape page = read_scrape(metrics.text());
    CHECK(page.families.at("fairway_api_requests_total").samples.size() <= 65);
    CHECK(page.families.at("fairway_api_request_duration_seconds").samples.size() <= 65);
    CHECK(page.families.at("fairway_store_errors_total").samples.size() <= 65);
}

TEST_CASE("the process's own figures are there and plausible") {
    PrometheusMetrics metrics(options());
    const Scrape page = read_scrape(metrics.text());
    CHECK(page.value("process_resident_memory_bytes") > 1e5);
    CHECK(page.value("process_virtual_memory_bytes") >= page.value("process_resident_memory_bytes"));
    CHECK(page.value("process_open_fds") >= 1);
    CHECK(page.value("process_max_fds") >= page.value("process_open_fds"));
    CHECK(page.value("process_threads") >= 1);
    CHECK(page.value("process_cpu_seconds_total") >= 0);
    const double now = static_cast<double>(std::chrono::duration_cast<std::chrono::seconds>(
                                               std::chrono::system_clock::now().time_since_epoch()
    )
                                               .count());
    CHECK(page.value("process_start_time_seconds") > now - 3600.0 * 24 * 30);
    CHECK(page.value("process_start_time_seconds") <= now + 2);
}

TEST_CASE("a scrape from another thread meets whole series") {
    PrometheusMetrics metrics(options());
    std::thread scraper([&] {
        for (int i = 0; i < 20; ++i) read_scrape(metrics.text());
    });
    for (int i = 0; i < 500; ++i) {
        metrics.channel_state(
            "default", "c" + std::to_string(i % 50), ChannelState::in_sync, i % 2 == 0
        );
        metrics.pass_finished("default", PassResult::noop, 1ms);
        if (i % 7 == 0) metrics.channel_gone("default", "c" + std::to_string(i % 50));
    }
    scraper.join();
    CHECK(
        read_scrape(metrics.text())
            .value("fairway_reconciles_total", {{"project", "default"}, {"result", "noop"}}) == 500
    );
}
