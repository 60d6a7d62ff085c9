#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fairway::test {

/// A page in the text format 0.0.4, read strictly: what Prometheus would refuse throws.
struct Scrape {
    struct Sample {
        std::map<std::string, std::string> labels;
        double value = 0;
    };
    struct Family {
        std::string type, help;
        std::vector<Sample> samples;  ///< of a histogram: those of _count
    };
    std::map<std::string, Family> families;

    /// The value of that sample; fails the test where there is none.
    double value(const std::string& name, const std::map<std::string, std::string>& labels = {}) const;
    bool has(const std::string& name, const std::map<std::string, std::string>& labels = {}) const;
};

Scrape read_scrape(const std::string& page);

}  // namespace fairway::test
