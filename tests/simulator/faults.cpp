#include "tests/simulator/faults.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include "tests/simulator/text.hpp"

namespace apic_simulator {
namespace {

constexpr std::array<std::pair<FaultKind, std::string_view>, 13> names{{
    {FaultKind::status, "status"},
    {FaultKind::throttle, "throttle"},
    {FaultKind::reset_before_commit, "reset_before_commit"},
    {FaultKind::reset_after_commit, "reset_after_commit"},
    {FaultKind::status_after_commit, "status_after_commit"},
    {FaultKind::fail_midway, "fail_midway"},
    {FaultKind::truncate_body, "truncate_body"},
    {FaultKind::delay, "delay"},
    {FaultKind::hang, "hang"},
    {FaultKind::hang_after_commit, "hang_after_commit"},
    {FaultKind::garbage, "garbage"},
    {FaultKind::html, "html"},
    {FaultKind::oversized_body, "oversized_body"},
}};

}  // namespace

std::string_view name_of(FaultKind kind) {
    for (const auto& [one, name] : names) {
        if (one == kind) return name;
    }
    return "";
}

FaultKind fault_kind_named(std::string_view name) {
    for (const auto& [kind, one] : names) {
        if (one == name) return kind;
    }
    throw std::invalid_argument("no such fault: " + std::string(name));
}

void Faults::set(std::vector<FaultRule> rules, std::uint64_t seed) {
    rules_ = std::move(rules);
    counts_.assign(rules_.size(), {});
    random_.seed(seed);
}

FaultDraw Faults::draw(std::string_view operation, std::string_view channel) {
    FaultDraw drawn;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        const FaultRule& rule = rules_[i];
        Count& count = counts_[i];
        if (rule.operation != "*" && rule.operation != operation) continue;
        if (!rule.channel.empty() && (channel.empty() || !matches_glob(rule.channel, channel))) continue;
        if (drawn.rule && rule.kind != FaultKind::delay) continue;
        if (count.matched++ < rule.skip) continue;
        if (rule.first != 0 && count.fired >= rule.first) continue;
        if (rule.probability < 1 && std::generate_canonical<double, 53>(random_) >= rule.probability)
            continue;
        ++count.fired;
        drawn.delay_ms += rule.delay_ms;
        if (rule.kind != FaultKind::delay) drawn.rule = rule;
        if (!drawn.name.empty()) drawn.name += '+';
        drawn.name += name_of(rule.kind);
    }
    return drawn;
}

}  // namespace apic_simulator
