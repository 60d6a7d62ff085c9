#pragma once

#include <map>
#include <set>
#include <string>

#include "reconciler/engine/dispatcher.hpp"
#include "tests/simulation/cloud_port.hpp"
#include "tests/simulation/store.hpp"
#include "tests/simulation/wishes.hpp"

namespace fairway::sim {

/// Watches what is sent and what it does, and tells the first rule that is broken.
class Checks : public Witness, public Auditor {
public:
    Checks(Stage& stage, const Disk& disk, const Wishes& wishes)
        : stage_(stage), disk_(disk), wishes_(wishes) {}
    void watch(const Cloud& cloud) { cloud_ = &cloud; }

    void decided(Request& request) override { request.seen = seen_[request.key]; }
    void sent(Request& request) override;
    void ended(const Request& request) override;
    void answered(const Request& request, const std::vector<InstanceChannel>& rows) override;
    void unheard(const ChannelKey& key) override;
    void saw(const ChannelKey& key, const State& rows) override;
    void showed(const ChannelKey& key, const Row& row) override;
    void listed(const State& rows) override;
    std::string known_as(const InstanceId& instance, const std::string& id) const override;
    void overwritten(const Request& request, const Row& before, const Row& after) override;
    void removed(const Request& request, const Row& before) override;

    /// A process came or went: nothing of it is in flight, and it has seen nothing.
    void new_life();
    void given(const SimSource* source) { source_ = source; }
    /// Somebody else meddled with that name.
    void meddled(const std::string& name) { meddled_.insert(name); }
    /// Somebody took away a row of that name, or its name.
    void robbed(const std::string& name) { robbed_.insert(name); }
    bool meddled_with(const std::string& name) const { return meddled_.contains(name); }
    /// A person approved something: what is wanted gone now may go, whatever the budget says.
    void approve_wanted_deletions();

    /// What must hold at every moment (I1).
    void at_every_moment();
    /// What the store of a process that ended must hold (I16).
    void rows_are_legal() const;
    /// After healing: what is ours is as the manifests say, and the process says so (I10, I14). With
    /// `tell`, what does not hold is told; true where all does.
    bool settled(
        const std::map<ChannelKey, ChannelCondition>& conditions, std::size_t deletions_blocked,
        bool tell
    ) const;

    /// The store drops a row: what it leaves behind on purpose is not lost.
    void forgets(const Record& record);
    void saves(const ChannelKey& key, const Record& record);

    std::size_t writes() const { return writes_; }

private:
    void check_intent(const Request& request, const Record& record);
    void check_patience(const Request& request);
    void check_claims(const ChannelKey& key, const Record& before, const Record& record) const;
    void check_budget(const std::string& id);
    bool owned(const ChannelKey& key, const InstanceChannel& row) const;
    bool has_surplus(const Manifest& manifest) const;
    std::string trouble_with(const Manifest& manifest, const ChannelCondition* condition) const;

    Stage& stage_;
    const Disk& disk_;
    const Wishes& wishes_;
    const Cloud* cloud_ = nullptr;
    const SimSource* source_ = nullptr;
    std::size_t writes_ = 0;
    std::set<ChannelKey> in_flight_;
    std::map<ChannelKey, std::map<std::string, std::uint64_t>>
        seen_;                                                      ///< id -> version, of the last look
    std::map<ChannelKey, std::map<InstanceId, std::string>> told_;  ///< ids of complete answers
    std::set<std::string> meddled_;
    std::set<std::string> disputed_;  ///< names that were left to a person for a while
    std::set<std::string> robbed_;    ///< names of which somebody took a row: another may pass for it
    std::set<std::string> raced_;     ///< foreign rows that a write of ours overwrote unseen
    std::set<std::string> orphaned_;  ///< ids of rows that were let go as their manifest said
    std::set<std::string> deleted_, exempt_;  ///< ids of rows that we asked to be deleted; that may be
    std::size_t most_owned_ = 0;
    std::uint64_t checked_version_ = 0;
};

}  // namespace fairway::sim
