// Replays worlds, one or many.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/simulation/mutants.hpp"
#include "tests/simulation/report.hpp"

namespace {

using namespace fairway::sim;

int usage() {
    std::cerr
        << "fairway-simulate [--seed N] [--worlds N] [--events] [--only-faults a,b] [--channels N]\n"
           "                 [--edits N] [--crashes N] [--wire] [--store] [--mutant NAME] [--shrink]\n"
           "                 [--counts]\n";
    return 3;
}

std::string text_of(const std::vector<std::uint64_t>& seeds) {
    std::string text;
    for (std::size_t i = 0; i < seeds.size() && i < 8; ++i) text += std::to_string(seeds[i]) + " ";
    return text;
}

bool read_faults(const std::string& text, std::set<Fault>& only) {
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        const std::string name = text.substr(at, end - at);
        at = end + 1;
        bool found = name == "none";
        for (std::size_t i = 0; i < fault_count; ++i) {
            if (to_string(static_cast<Fault>(i)) != name) continue;
            only.insert(static_cast<Fault>(i));
            found = true;
        }
        if (!found) return false;
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    std::uint64_t seed = 1, worlds = 1;
    bool events = false, shrink = false, counts = false;
    Overrides overrides;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const bool more = i + 1 < argc;
        if (word == "--events") {
            events = true;
        } else if (word == "--shrink") {
            shrink = true;
        } else if (word == "--counts") {
            counts = true;
        } else if (word == "--wire") {
            overrides.wire = true;
        } else if (word == "--store") {
            overrides.store = true;
        } else if (!more) {
            return usage();
        } else if (word == "--seed") {
            seed = std::strtoull(argv[++i], nullptr, 10);
        } else if (word == "--worlds") {
            worlds = std::strtoull(argv[++i], nullptr, 10);
        } else if (word == "--channels") {
            overrides.channels = static_cast<unsigned>(std::atoi(argv[++i]));
        } else if (word == "--edits") {
            overrides.edits = std::atoi(argv[++i]);
        } else if (word == "--crashes") {
            overrides.crashes = std::atoi(argv[++i]);
        } else if (word == "--mutant") {
            const std::string name = argv[++i];
            for (unsigned m = 0; m < static_cast<unsigned>(fairway::Mutant::count); ++m) {
                if (to_string(static_cast<fairway::Mutant>(m)) == name)
                    fairway::planted = static_cast<fairway::Mutant>(m);
            }
            if (fairway::planted == fairway::Mutant::none) return usage();
        } else if (word == "--only-faults") {
            overrides.some_faults = true;
            if (!read_faults(argv[++i], overrides.only)) return usage();
        } else {
            return usage();
        }
    }
    const auto began = std::chrono::steady_clock::now();
    Counts sum;
    std::map<std::string, std::vector<std::uint64_t>> broken;
    for (std::uint64_t i = 0; i < worlds; ++i) {
        const Verdict verdict = run_world(seed + i, overrides, events);
        sum += verdict.counts;
        if (!verdict.failure.empty()) broken[verdict.invariant].push_back(seed + i);
        if (worlds > 1) continue;
        std::cout << verdict.options << "\nhash " << verdict.hash << ", healed in "
                  << verdict.healed_in.count() / 1000000 << " s\n";
        for (const std::string& event : verdict.events) std::cout << event << "\n";
        if (!verdict.failure.empty()) std::cout << verdict.failure << "\n";
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::cout << worlds << " worlds in " << took.count() << " s, "
              << took.count() * 1000 / static_cast<double>(worlds) << " ms each; " << sum.calls / worlds
              << " calls, " << sum.events / worlds << " events, "
              << static_cast<double>(sum.lives) / static_cast<double>(worlds) << " lives each\n";
    if (counts) std::cout << text_of(sum);
    for (const auto& [invariant, seeds] : broken) {
        std::cout << invariant << ": " << seeds.size() << " worlds, seeds " << text_of(seeds) << "\n";
    }
    if (shrink && !broken.empty()) {
        std::cout << report_of(broken.begin()->second.front(), overrides) << "\n";
    }
    return broken.empty() ? 0 : 1;
}
