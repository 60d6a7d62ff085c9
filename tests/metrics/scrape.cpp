#include "tests/metrics/scrape.hpp"

#include <doctest/doctest.h>

#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>

namespace fairway::test {
namespace {

std::string take_value(std::string_view& rest) {
    std::string value;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return value;
        }
        if (rest[i] != '\\') {
            value += rest[i];
            continue;
        }
        switch (rest.at(++i)) {
            case 'n':
                value += '\n';
                break;
            case '\\':
            case '"':
                value += rest[i];
                break;
            default:
                throw std::runtime_error("bad escape");
        }
    }
    throw std::runtime_error("label value without end");
}

std::map<std::string, std::string> take_labels(std::string_view& rest) {
    std::map<std::string, std::string> labels;
    if (!rest.starts_with('{')) return labels;
    rest.remove_prefix(1);
    while (!rest.starts_with('}')) {
        const auto equals = rest.find("=\"");
        if (equals == std::string_view::npos) throw std::runtime_error("label without value");
        const std::string name(rest.substr(0, equals));
        if (!std::regex_match(name, std::regex("[a-zA-Z_][a-zA-Z0-9_]*"))) {
            throw std::runtime_error("label name " + name);
        }
        rest.remove_prefix(equals + 2);
        if (!labels.emplace(name, take_value(rest)).second) throw std::runtime_error("label twice");
        if (rest.starts_with(',')) rest.remove_prefix(1);
    }
    rest.remove_prefix(1);
    return labels;
}

}  // namespace

Scrape read_scrape(const std::string& page) {
    Scrape scrape;
    std::set<std::string> series;
    std::istringstream lines(page);
    std::string current;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string hash, what, name;
        if (line.starts_with("# ")) {
            words >> hash >> what >> name;
            std::string rest;
            std::getline(words >> std::ws, rest);
            auto& family = scrape.families[name];
            if (what == "HELP") {
                if (!family.help.empty()) throw std::runtime_error("family in two parts: " + name);
                family.help = rest;
            } else {
                family.type = rest;
            }
            current = name;
            continue;
        }
        std::string_view rest = line;
        const auto name_end = rest.find_first_of("{ ");
        name = rest.substr(0, name_end);
        rest.remove_prefix(name_end);
        auto labels = take_labels(rest);
        if (!series.insert(line.substr(0, line.size() - rest.size())).second) {
            throw std::runtime_error("series twice: " + line);
        }
        if (!rest.starts_with(' ')) throw std::runtime_error("no value: " + line);
        std::size_t used = 0;
        const std::string number(rest.substr(1));
        const double value = std::stod(number, &used);
        if (used != number.size()) throw std::runtime_error("bad value: " + line);

        auto& family = scrape.families.at(current);
        const bool histogram = family.type == "histogram";
        if (!name.starts_with(current)) throw std::runtime_error("outside of its family: " + line);
        if (!histogram && name != current) throw std::runtime_error("outside of its family: " + line);
        if (!histogram || name == current + "_count") family.samples.push_back({labels, value});
    }
    return scrape;
}

double Scrape::value(const std::string& name, const std::map<std::string, std::string>& labels) const {
    CAPTURE(name);
    const auto family = families.find(name);
    REQUIRE(family != families.end());
    for (const auto& sample : family->second.samples) {
        if (sample.labels == labels) return sample.value;
    }
    for (const auto& [label, text] : labels) MESSAGE(label << "=" << text);
    FAIL("no such series");
    return 0;
}

bool Scrape::has(const std::string& name, const std::map<std::string, std::string>& labels) const {
    const auto family = families.find(name);
    if (family == families.end()) return false;
    for (const auto& sample : family->second.samples) {
        if (sample.labels == labels) return true;
    }
    return false;
}

}  // namespace fairway::test
