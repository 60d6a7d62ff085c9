#pragma once

#include <string>
#include <string_view>

#include "metrics/metric_table.hpp"

namespace fairway {

// The text format 0.0.4 of Prometheus, as far as prometheus-cpp is not asked to write it.

/// The text with U+FFFD in place of what is not UTF-8: a scrape is refused as a whole because of one
/// byte.
std::string valid_utf8(std::string_view text);
/// `name="value"`, escaped.
void append_label(std::string& page, std::string_view name, std::string_view value);
/// The HELP and TYPE lines.
void append_head(std::string& page, const MetricInfo& metric);
/// Head and the one sample of a metric without labels.
void append_single(std::string& page, std::string_view name, double value);

}  // namespace fairway
