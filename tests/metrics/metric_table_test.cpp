#include "metrics/metric_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

using namespace fairway;

TEST_CASE("help texts need no escaping, for prometheus-cpp does not escape them") {
    for (const auto& metric : metric_table()) {
        CAPTURE(metric.name);
        CHECK_FALSE(metric.help.empty());
        CHECK(metric.help.find_first_of("\n\\") == std::string_view::npos);
        CHECK(metric.help.back() == '.');
    }
}

TEST_CASE("names are unique, and counters alone end in _total") {
    std::set<std::string_view> names;
    for (const auto& metric : metric_table()) {
        CAPTURE(metric.name);
        CHECK(names.insert(metric.name).second);
        CHECK((metric.kind == MetricKind::counter) == metric.name.ends_with("_total"));
        CHECK((metric.name.starts_with("fairway_") || metric.name.starts_with("process_")));
    }
}

TEST_CASE("histograms have growing buckets, never name an object, and others have no buckets") {
    for (const auto& metric : metric_table()) {
        CAPTURE(metric.name);
        CHECK((metric.kind == MetricKind::histogram) == !metric.buckets.empty());
        CHECK(std::is_sorted(metric.buckets.begin(), metric.buckets.end()));
        CHECK(std::adjacent_find(metric.buckets.begin(), metric.buckets.end()) == metric.buckets.end());
        if (metric.kind != MetricKind::histogram) continue;
        for (const auto& label : metric.labels) CHECK(label.name != "name");
    }
}

TEST_CASE("asking for a metric that is not in the table is a bug") {
    CHECK_THROWS(metric_info("fairway_no_such_thing"));
}
