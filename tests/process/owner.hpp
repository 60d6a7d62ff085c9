#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/process/stage.hpp"

namespace fairway {

/// A stage whose store is to own channels, and which counts what is deleted.
class Owner : public Stage {
public:
    using Stage::Stage;

    /// For `reconcile`: nothing but the completeness of the wish stands between a fault and a deletion.
    static constexpr const char* generous =
        "{drift_interval: 1s, prune: \"on\", deletion_budget: {percent: 100, at_least: 1, per_pass: "
        "1000, per_day_percent: 100, delay: 0s}}";

    /// Writes the manifest of a channel, on two instances, into a file of that name.
    void declare(const std::string& name, int port = 22) const;
    /// The same on one instance only.
    void declare_on(const std::string& name, const std::string& instance, int port = 22) const;
    void remove(const std::string& name) const;
    std::string file_of(const std::string& name) const { return manifests() + "/" + name + ".yaml"; }
    /// Declares `count` channels, "channel_0" and so on, and applies them; throws where that fails.
    void own(int count) const;

    /// Empties the directory of the manifests.
    void clear() const;
    /// A generation of a ConfigMap's volume, and `..data` swung over to it.
    void swing(const std::string& generation, const std::set<std::string>& names) const;
    /// "channel_0" to "channel_3" as such a volume.
    void as_volume() const;

    Ended prune(std::vector<std::string> more = {}) const;
    /// Deletes that were sent, whatever became of them.
    std::size_t deletes() const;
    /// The names of the live channels, each once.
    std::set<std::string> live() const;
    /// The instances that a live channel is on.
    std::set<std::string> instances_of(const std::string& name) const;
};

/// The same with a daemon at work.
class DaemonOwner : public Owner {
public:
    using Owner::Owner;

    void start();
    /// How many channels the metrics show in this state; -1 where they show none of it.
    double in_state(const std::string& state) const;
    /// Complete list passes so far.
    double lists() const;

    std::string address;
    std::optional<Process> running;
};

/// The id in the command `fairway approve ID` that `text` shows; empty where it shows none.
std::string approval_in(const std::string& text);

}  // namespace fairway
