#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "metrics/exposition.hpp"
#include "metrics/metric_table.hpp"

namespace fairway {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;

/// A family of the table, registered. Its series are looked up once and kept by reference, for looking
/// up costs ten times as much as counting.
template <class Metric>
class Family {
public:
    Family(prometheus::Registry& registry, std::string_view name)
        : info_(metric_info(name)), family_(enlist(registry, info_)) {}

    /// The values are those of the labels of the table, in its order.
    template <class... Values>
    Metric& add(const Values&... values) {
        const std::array<std::string_view, sizeof...(Values)> texts{std::string_view(values)...};
        prometheus::Labels labels;
        for (std::size_t i = 0; i < texts.size(); ++i) {
            labels.emplace(info_.labels.at(i).name, valid_utf8(texts[i]));
        }
        if constexpr (std::is_same_v<Metric, Histogram>) {
            return family_.Add(labels, info_.buckets);
        } else {
            return family_.Add(labels);
        }
    }
    void remove(Metric* metric) { family_.Remove(metric); }

private:
    static prometheus::Family<Metric>& enlist(prometheus::Registry& registry, const MetricInfo& info) {
        const auto fill = [&](auto builder) -> prometheus::Family<Metric>& {
            return builder.Name(std::string(info.name)).Help(std::string(info.help)).Register(registry);
        };
        if constexpr (std::is_same_v<Metric, Counter>) {
            return fill(prometheus::BuildCounter());
        } else if constexpr (std::is_same_v<Metric, Gauge>) {
            return fill(prometheus::BuildGauge());
        } else {
            return fill(prometheus::BuildHistogram());
        }
    }

    const MetricInfo& info_;
    prometheus::Family<Metric>& family_;
};

/// Series that end together: those of one project or source.
class SeriesOwner {
public:
    SeriesOwner() = default;
    SeriesOwner(const SeriesOwner&) = delete;
    SeriesOwner& operator=(const SeriesOwner&) = delete;
    ~SeriesOwner() {
        std::apply([](auto&... lists) { (remove_all(lists), ...); }, owned_);
    }

    template <class Metric, class... Values>
    Metric* add(Family<Metric>& family, const Values&... values) {
        Metric& metric = family.add(values...);
        std::get<List<Metric>>(owned_).emplace_back(&family, &metric);
        return &metric;
    }
    template <class Metric>
    void drop(Family<Metric>& family, Metric* metric) {
        std::erase(std::get<List<Metric>>(owned_), std::pair(&family, metric));
        family.remove(metric);
    }

private:
    template <class Metric>
    using List = std::vector<std::pair<Family<Metric>*, Metric*>>;
    template <class Metric>
    static void remove_all(List<Metric>& list) {
        for (const auto& [family, metric] : list) family->remove(metric);
    }
    std::tuple<List<Counter>, List<Gauge>, List<Histogram>> owned_;
};

/// One series for each enumerator from 0 to N - 1.
template <class Enum, std::size_t N, class Metric>
class ByEnum {
public:
    /// `make` gives the series for the enumerator's word.
    template <class Make>
    explicit ByEnum(Make make) {
        for (std::size_t i = 0; i < N; ++i) series_[i] = make(to_string(static_cast<Enum>(i)));
    }
    Metric& operator[](Enum value) { return *series_.at(static_cast<std::size_t>(value)); }

private:
    std::array<Metric*, N> series_{};
};

}  // namespace fairway
