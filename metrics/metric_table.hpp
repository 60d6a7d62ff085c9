#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fairway {

enum class MetricKind { counter, gauge, histogram };
std::string_view to_string(MetricKind kind);

/// One label of a metric.
struct MetricLabel {
    std::string_view name;
    std::string_view values;  ///< such as "changed, unchanged, error"; empty where it is open
};

/// One metric of ours, as documented, registered and tested.
struct MetricInfo {
    std::string_view name;  ///< in full
    MetricKind kind;
    std::vector<MetricLabel> labels;
    std::string_view help;
    std::vector<double> buckets = {};  ///< upper bounds, of histograms
};

/// Every metric there is, in the order of the documentation.
std::span<const MetricInfo> metric_table();
/// The row of that name; asking for one that is not there is a bug.
const MetricInfo& metric_info(std::string_view name);

}  // namespace fairway
