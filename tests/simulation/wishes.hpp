#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "controller/app/wish_source.hpp"
#include "controller/async/event.hpp"
#include "tests/simulation/life.hpp"

namespace fairway::sim {

using Snapshot = std::shared_ptr<const ManifestSnapshot>;

/// The manifests of a world: who edits them, and what is wrong with the place where they lie.
class Wishes {
public:
    explicit Wishes(Stage& stage);

    /// One edit, drawn: a field, a member, an instance, a lifecycle; a new manifest, one less, a rename.
    void edit();
    enum class Trouble : std::uint8_t { none, unreadable, broken, empty };
    void trouble(Trouble trouble);
    /// As they were some edits ago.
    void revert();
    /// As they are to stay: nothing is wrong with them any more.
    void heal();

    /// What a read gives now; null where nothing can be read.
    const Snapshot& current() const { return current_; }
    /// Told of every change; one listener, the source of the process that lives.
    std::function<void()> on_change;
    const std::string& name(unsigned channel) const { return names_[channel]; }
    ChannelSpec some_spec();
    ChannelSpec changed(ChannelSpec spec);
    const std::vector<std::string>& names() const { return names_; }
    /// Whether a manifest of it ever said that drift is left as it is.
    bool left_drift(const ChannelKey& key) const {
        return std::any_of(made_.begin(), made_.end(), [&](const auto& manifest) {
            return manifest->key == key && manifest->lifecycle.drift == DriftPolicy::warn;
        });
    }
    std::uint64_t edits() const { return edits_; }

private:
    using Tree = std::map<ChannelKey, std::shared_ptr<const Manifest>>;
    void publish();
    void put(const std::string& name, ChannelSpec spec, Lifecycle lifecycle);
    std::vector<InstanceId> some_instances();
    void edit_lifecycle(Lifecycle& lifecycle);

    Stage& stage_;
    Stream random_;
    std::vector<std::string> names_;
    Tree tree_;
    std::vector<Tree> past_;
    std::map<const Manifest*, std::uint64_t> numbers_;  ///< in the order of making, for revisions
    std::vector<std::shared_ptr<const Manifest>> made_;
    Trouble trouble_ = Trouble::none;
    ChannelKey broken_;
    Snapshot current_;
    std::uint64_t edits_ = 0;
    unsigned last_ = 0;  ///< the channel that was edited last
};

/// The source of one process.
class SimSource : public WishSource {
public:
    SimSource(Life& life, Wishes& wishes) : life_(life), wishes_(wishes), news_(life.executor()) {
        wishes_.on_change = [this] { news_.notify(); };
        born_ = life_.clock().now();
    }
    ~SimSource() override { wishes_.on_change = nullptr; }

    Task<Result<Snapshot>> load() override;
    Task<Snapshot> next() override;
    Task<bool> reads_as(std::string revision) override;
    Task<> stop() override;

    /// What the process was given last.
    const Snapshot& given() const { return given_; }
    TimePoint given_at() const { return given_at_; }
    /// When the process was last told that this row is wanted, or cannot be judged; else its start.
    TimePoint wanted_until(const ChannelKey& key, const InstanceId& instance) const;
    /// Whether the last manifest that is gone forbade deletion, for so long.
    bool was_protected(const ChannelKey& key, Duration at_least) const;

private:
    void give(Snapshot snapshot);

    Life& life_;
    Wishes& wishes_;
    Event news_;
    Snapshot given_;
    TimePoint given_at_{}, born_{};
    std::map<std::pair<ChannelKey, InstanceId>, TimePoint> wanted_until_;
    struct Protection {
        TimePoint since, until;
    };
    std::map<ChannelKey, Protection> protected_;
};

}  // namespace fairway::sim
