#include "tests/simulation/report.hpp"

#include <sstream>

namespace fairway::sim {

std::string text_of(const Counts& counts) {
    std::ostringstream text;
    for (std::size_t i = 0; i < fault_count; ++i)
        text << to_string(static_cast<Fault>(i)) << " " << counts.faults[i] << "\n";
    for (std::size_t i = 0; i < point_count; ++i)
        text << point_name(i) << " " << counts.points[i] << "\n";
    text << "accepted races " << counts.races << "\n";
    return text.str();
}

Overrides shrink(std::uint64_t seed, const Overrides& from) {
    const std::string wanted = run_world(seed, from, false).invariant;
    Overrides best = from;
    const auto still = [&](const Overrides& smaller) {
        if (run_world(seed, smaller, false).invariant != wanted) return false;
        best = smaller;
        return true;
    };
    if (!best.some_faults) {
        Overrides all = best;
        all.some_faults = true;
        for (std::size_t i = 0; i < fault_count; ++i) all.only.insert(static_cast<Fault>(i));
        if (!still(all)) return best;
    }
    const Options drawn = draw(seed, from);
    for (bool smaller = true; smaller;) {
        smaller = false;
        for (const Fault fault : std::set<Fault>(best.only)) {
            Overrides fewer = best;
            fewer.only.erase(fault);
            smaller = still(fewer) || smaller;
        }
        for (const int crashes : {0, 1, 2}) {
            Overrides fewer = best;
            fewer.crashes = crashes;
            const int now = best.crashes < 0 ? static_cast<int>(drawn.crashes.size()) : best.crashes;
            if (crashes < now && still(fewer)) {
                smaller = true;
                break;
            }
        }
        for (int edits = 0; edits < (best.edits < 0 ? static_cast<int>(drawn.edits) : best.edits);
             ++edits) {
            Overrides fewer = best;
            fewer.edits = edits;
            if (still(fewer)) smaller = true;
        }
        for (unsigned channels = 1; channels < (best.channels == 0 ? drawn.channels : best.channels);
             ++channels) {
            Overrides fewer = best;
            fewer.channels = channels;
            if (still(fewer)) smaller = true;
        }
    }
    return best;
}

std::string report_of(std::uint64_t seed, const Overrides& overrides) {
    const Overrides smallest = shrink(seed, overrides);
    const Verdict verdict = run_world(seed, smallest, true);
    std::ostringstream text;
    text << "tier "
         << (overrides.store  ? "T3"
             : overrides.wire ? "T2"
                              : "T1")
         << ", seed " << seed << ": " << verdict.failure << "\n"
         << verdict.options << "\n";
    for (const std::string& event : verdict.events) text << "  " << event << "\n";
    text << verdict.failure << "\nsee it again: fairway-simulate --seed " << seed << to_string(smallest)
         << " --events\n";
    return text.str();
}

}  // namespace fairway::sim
