#include "tests/simulation/checks.hpp"

#include <algorithm>

#include "reconciler/plan/normalise.hpp"

namespace fairway::sim {
namespace {

/// How old a look may be when what rests on it has arrived.
constexpr Duration oldest_look = std::chrono::seconds(7);

/// A pass goes on with the manifests that it began with.
constexpr Duration longest_pass = std::chrono::minutes(2);

bool names(const ChannelSpec& spec, const InstanceId& instance) {
    return std::find(spec.instance_ids.begin(), spec.instance_ids.end(), instance) !=
           spec.instance_ids.end();
}

}  // namespace

void Checks::new_life() {
    in_flight_.clear();
    seen_.clear();
}

void Checks::sent(Request& request) {
    request.sent_at = stage_.timeline.wall();
    ++writes_;
    const ChannelKey& key = request.key;
    stage_.note("sent", key.name, std::string(to_string(request.op)) + " " + request.id);
    if (!in_flight_.insert(key).second) stage_.broken("I6", "two writes in flight for " + key.name);
    const auto found = disk_.rows.find(key);
    if (found == disk_.rows.end()) {
        const char* rule = request.op == Op::create ? "I5" : request.op == Op::put ? "I4" : "I3";
        stage_.broken(rule, std::string(to_string(request.op)) + " of " + key.name + " without a row");
        return;
    }
    const Record& record = found->second;
    request.managed = record.pending;
    check_intent(request, record);
    for (const auto& [instance, id] : told_[key]) {
        if (meddled_with(key.name)) continue;
        const bool there =
            std::any_of(cloud_->now().begin(), cloud_->now().end(), [&, &wanted = id](const auto& row) {
                return row->live.id == wanted;
            });
        if (there) stage_.broken("I2", "the id " + id + " of " + key.name + " is not in the store");
    }
    told_.erase(key);
}

std::string Checks::known_as(const InstanceId& instance, const std::string& id) const {
    std::string found;
    for (const auto& [key, record] : disk_.rows) {
        const auto known = record.ids.find(instance);
        if (known == record.ids.end() || known->second != id) continue;
        if (found.empty() || record.phase != Phase::ready) found = key.name;
    }
    return found;
}

void Checks::check_intent(const Request& request, const Record& record) {
    const std::string& name = request.key.name;
    switch (request.op) {
        case Op::create:
            if (record.phase != Phase::intent || !record.pending || *record.pending != request.spec ||
                !record.intent_at)
                stage_.broken("I5", "no intent describes the create of " + name);
            return;
        case Op::put: {
            if (record.phase != Phase::updating || !record.pending) {
                stage_.broken("I5", "no intent describes the update of " + name);
                return;
            }
            const auto& asked = request.spec.instance_ids;
            const bool inside = std::all_of(asked.begin(), asked.end(), [&](const InstanceId& one) {
                return names(*record.pending, one);
            });
            // What drifted and is left so is sent as it is live, and not as the manifest has it.
            const bool same =
                wishes_.left_drift(request.key) || differences(*record.pending, request.spec).empty();
            if (!inside || !same)
                stage_.broken("I5", "the update of " + name + " is not the one of the intent");
            return;
        }
        case Op::put_members: {
            const auto id = record.ids.find(request.instance);
            if (id == record.ids.end() || id->second != request.id)
                stage_.broken("I3", "the members of a row that is not ours: " + request.id);
            if (record.phase != Phase::updating || !record.pending)
                stage_.broken("I5", "no intent describes the members of " + name);
            return;
        }
        default: {
            const auto id = record.ids.find(request.instance);
            if (id == record.ids.end() || id->second != request.id)
                stage_.broken("I3", "a delete of a row that is not ours: " + request.id);
            if (record.phase != Phase::deleting || !record.pending)
                stage_.broken("I5", "no intent describes the delete of " + name);
            if (source_ != nullptr && source_->given() && !source_->given()->complete() &&
                stage_.timeline.now() - source_->given_at() > longest_pass)
                stage_.broken("I8", "a delete of " + name + " while not every manifest can be read");
            const Manifest* wish =
                source_ != nullptr && source_->given() ? source_->given()->find(request.key) : nullptr;
            // A shrink is allowed; its manifest may go while our limiter holds the delete back.
            const bool long_gone = source_ != nullptr && source_->given() && wish == nullptr &&
                                   stage_.timeline.now() - source_->given_at() > longest_pass;
            const bool told = source_ != nullptr && source_->was_protected(request.key, longest_pass) &&
                              !stage_.options.store_refuses();
            if ((record.deletion == DeletionPolicy::forbid || told) && long_gone)
                stage_.broken("I9", "a delete of the protected " + name);
            if (stage_.options.prune != PruneMode::on)
                stage_.broken("I7", "a delete of " + name + " although nothing may be deleted");
            if (record.origin == Origin::adopted && !stage_.options.delete_adopted)
                stage_.broken("I9", "a delete of " + name + ", which was adopted");
            check_patience(request);
            return;
        }
    }
}

/// What is allowed by nobody must be missing for a while, from manifests that say something.
void Checks::check_patience(const Request& request) {
    const Options& options = stage_.options;
    if (exempt_.contains(request.id) || source_ == nullptr || !source_->given()) return;
    const Duration missing =
        stage_.timeline.now() - source_->wanted_until(request.key, request.instance);
    if (missing < options.budget.delay)
        stage_.broken("I7", "a delete of " + request.key.name + " that did not wait");
    const bool empty = source_->given()->manifests.empty();
    if (empty && !options.allow_empty && stage_.timeline.now() - source_->given_at() > longest_pass)
        stage_.broken("I8", "a delete of " + request.key.name + " though there is no manifest at all");
}

void Checks::check_budget(const std::string& gone) {
    deleted_.insert(gone);
    std::size_t ours = 0;
    for (const auto& [key, record] : disk_.rows) ours += record.ids.size();
    most_owned_ = std::max(most_owned_, ours + deleted_.size());
    std::size_t unapproved = 0;
    for (const std::string& id : deleted_) unapproved += exempt_.contains(id) ? 0 : 1;
    const DeletionBudget& budget = stage_.options.budget;
    const std::size_t share = most_owned_ * static_cast<std::size_t>(budget.per_day_percent) / 100;
    const std::size_t most = std::max<std::size_t>(2, share);
    // A list that is further behind than any wait may hide that a row went.
    const bool hidden = !stage_.options.within_bounds() && stage_.options.rate(Fault::stale_read) > 0;
    if (unapproved > most + (hidden ? 1 : 0)) {
        stage_.broken(
            "I7", std::to_string(unapproved) + " deletions where " + std::to_string(most) + " may be"
        );
    }
}

void Checks::approve_wanted_deletions() {
    const Snapshot& wish = source_ == nullptr ? nullptr : source_->given();
    for (const auto& [key, record] : disk_.rows) {
        const Manifest* wanted = wish ? wish->find(key) : nullptr;
        for (const auto& [instance, id] : record.ids) {
            if (wanted == nullptr || !names(wanted->spec, instance)) exempt_.insert(id);
        }
    }
}

void Checks::ended(const Request& request) {
    in_flight_.erase(request.key);
}

void Checks::answered(const Request& request, const std::vector<InstanceChannel>& rows) {
    if (request.op != Op::create) return;
    for (const InstanceChannel& row : rows) {
        if (!row.id.empty()) told_[request.key][row.instance] = row.id;
    }
}

void Checks::unheard(const ChannelKey& key) {
    told_.erase(key);
}

void Checks::saw(const ChannelKey& key, const State& rows) {
    auto& seen = seen_[key];
    seen.clear();
    for (const auto& row : rows) seen[row->live.id] = row->version;
}

void Checks::showed(const ChannelKey& key, const Row& row) {
    seen_[key][row.live.id] = row.version;
}

void Checks::listed(const State& rows) {
    seen_.clear();
    for (const auto& row : rows) seen_[ChannelKey{"p", row->live.name}][row->live.id] = row->version;
}

bool Checks::owned(const ChannelKey& key, const InstanceChannel& row) const {
    const auto record = disk_.rows.find(key);
    if (record == disk_.rows.end()) return false;
    const auto id = record->second.ids.find(row.instance);
    return id != record->second.ids.end() && id->second == row.id;
}

void Checks::overwritten(const Request& request, const Row& before, const Row& after) {
    const auto seen = request.seen.find(before.live.id);
    const bool was_seen = seen != request.seen.end();
    const bool as_it_is = was_seen && seen->second == before.version;
    if (!before.ours && !owned(request.key, before.live)) {
        // What came between our look and our write is nobody's mistake: the cloud knows no condition.
        // A list that another survey asked for meanwhile is not what the write rests on.
        const WallTime there = request.sent_at + stage_.options.temper.clock_off;
        const bool new_born = before.live.create_time && there - *before.live.create_time <= oldest_look;
        if (!was_seen || new_born) {
            ++stage_.trace.counts.races;
            raced_.insert(before.live.id);
        } else {
            stage_.broken("I10", "a foreign channel was overwritten: " + before.live.id);
        }
        return;
    }
    // Under stale lists what a pass rested on is not what was seen last: there only tests by hand tell.
    if (!as_it_is || request.op != Op::put || stage_.options.rate(Fault::stale_read) > 0) return;
    if (!request.managed) return;
    const ChannelSpec& managed = *request.managed;
    const ChannelSpec &was = before.live.spec, &is = after.live.spec;
    std::string lost;
    if (!managed.vpc_health_config && was.vpc_health_config && !is.vpc_health_config) lost += " health";
    if (!managed.members && was.members && is.members->size() < was.members->size()) lost += " members";
    if (!managed.member_groups && was.member_groups &&
        is.member_groups->size() < was.member_groups->size())
        lost += " groups";
    if (!lost.empty())
        stage_.broken(
            "I17", "an update of " + request.key.name + " took away what it does not manage:" + lost
        );
}

void Checks::removed(const Request& request, const Row& before) {
    check_budget(before.live.id);
    if (!before.ours && !owned(request.key, before.live))
        stage_.broken("I3", "a foreign channel was deleted: " + before.live.id);
}

/// Of an update whose end is not known only what looks like it may become ours.
void Checks::check_claims(const ChannelKey& key, const Record& before, const Record& record) const {
    if (before.phase != Phase::updating || !before.pending || robbed_.contains(key.name)) return;
    const Snapshot wish = source_ != nullptr ? source_->given() : nullptr;
    const Manifest* manifest = wish ? wish->find(key) : nullptr;
    if (manifest == nullptr || manifest->lifecycle.adopt != AdoptPolicy::never) return;
    for (const auto& row : cloud_->named(key.name)) {
        const auto claimed = record.ids.find(row->live.instance);
        const auto known = before.ids.find(row->live.instance);
        const bool news = claimed != record.ids.end() && claimed->second == row->live.id &&
                          (known == before.ids.end() || known->second != row->live.id);
        if (!news || row->ours || raced_.contains(row->live.id)) continue;
        if (!differences(*before.pending, row->live).empty() &&
            !differences(manifest->spec, row->live).empty())
            stage_.broken("I10", "a foreign channel passes for what we made: " + row->live.id);
    }
}

void Checks::saves(const ChannelKey& key, const Record& record) {
    std::size_t ours = deleted_.size();
    for (const auto& [other, row] : disk_.rows) ours += row.ids.size();
    most_owned_ = std::max(most_owned_, ours);
    const auto before = disk_.rows.find(key);
    if (before != disk_.rows.end()) check_claims(key, before->second, record);
    const bool nobodys = before == disk_.rows.end() ||
                         (before->second.phase == Phase::conflict && before->second.ids.empty());
    const Snapshot wish = source_ != nullptr ? source_->given() : nullptr;
    const Manifest* manifest = wish ? wish->find(key) : nullptr;
    const bool settled =
        source_ != nullptr && stage_.timeline.now() - source_->given_at() > longest_pass;
    if (nobodys && settled && manifest != nullptr && manifest->lifecycle.adopt == AdoptPolicy::never) {
        for (const auto& row : cloud_->now()) {
            const auto id = record.ids.find(row->live.instance);
            if (!row->ours && id != record.ids.end() && id->second == row->live.id)
                stage_.broken("I10", "a foreign channel was taken over unasked: " + row->live.id);
        }
    }
    if (record.phase == Phase::conflict) disputed_.insert(key.name);
    const auto told = told_.find(key);
    if (told == told_.end()) return;
    std::erase_if(told->second, [&](const auto& one) {
        const auto id = record.ids.find(one.first);
        return id != record.ids.end() && id->second == one.second;
    });
}

void Checks::forgets(const Record& record) {
    if (record.deletion != DeletionPolicy::orphan) return;
    for (const auto& [instance, id] : record.ids) orphaned_.insert(id);
}

void Checks::at_every_moment() {
    if (cloud_->version() == checked_version_) return;
    checked_version_ = cloud_->version();
    std::set<std::pair<InstanceId, std::string>> made;
    for (const auto& row : cloud_->now()) {
        if (!row->ours || row->renamed) continue;
        if (!made.emplace(row->live.instance, row->live.name).second)
            stage_.broken("I1", "two of ours named " + row->live.name + " on " + row->live.instance);
    }
}

void Checks::rows_are_legal() const {
    for (const auto& [key, record] : disk_.rows) {
        const bool sent = record.phase == Phase::intent || record.phase == Phase::ambiguous;
        bool legal = true;
        if (sent) legal = record.pending && record.intent_at;
        if (record.phase == Phase::created) legal = record.pending.has_value();
        if (record.phase == Phase::ready) legal = !record.ids.empty() && record.applied;
        if (record.phase == Phase::updating) legal = record.pending.has_value();
        if (record.phase == Phase::deleting) legal = record.pending.has_value();
        if (!legal)
            stage_.broken(
                "I16",
                key.name + " is " + std::string(to_string(record.phase)) + " without what it needs"
            );
    }
}

/// Whether rows of ours are on instances that the manifest no longer names: they may have to wait.
bool Checks::has_surplus(const Manifest& manifest) const {
    const auto record = disk_.rows.find(manifest.key);
    if (record == disk_.rows.end()) return false;
    for (const auto& [instance, id] : record->second.ids) {
        if (!names(manifest.spec, instance)) return true;
    }
    return false;
}

/// Why a manifest is not in effect, or is not said to be, without a good reason; empty where all is
/// well.
std::string Checks::trouble_with(const Manifest& manifest, const ChannelCondition* condition) const {
    const std::string& name = manifest.key.name;
    if (condition == nullptr) return name + " has no condition";
    if (manifest.lifecycle.suspend)
        return condition->state == ChannelState::suspended ? "" : name + " is not said to be suspended";
    const bool meddled = meddled_with(name);
    const auto told = [&] {
        return name + " is " + std::string(to_string(condition->state)) + " (" + condition->why + ")";
    };
    if (condition->state != ChannelState::in_sync) {
        const auto there = cloud_->named(name);
        const bool let_go = std::any_of(there.begin(), there.end(), [&](const auto& row) {
            return orphaned_.contains(row->live.id);
        });
        // A list that is behind shows a row that we deleted: updating it makes another, for a person to
        // see.
        const bool remade = stage_.options.rate(Fault::stale_read) > 0 &&
                            condition->why.find("made another") != std::string::npos;
        if (condition->conflict && (meddled || remade || let_go || !stage_.options.within_bounds()))
            return {};
        const bool kept_back = condition->why.find("change at once") != std::string::npos;
        if (condition->state == ChannelState::out_of_sync && kept_back) return {};
        const bool warned = manifest.lifecycle.drift == DriftPolicy::warn && condition->drifted;
        if (condition->state == ChannelState::out_of_sync && warned) return {};
        if (condition->state != ChannelState::out_of_sync || !has_surplus(manifest)) return told();
    }
    const auto record = disk_.rows.find(manifest.key);
    if (record == disk_.rows.end()) return name + " is said to be in sync, and is not ours";
    for (const InstanceId& instance : manifest.spec.instance_ids) {
        const Row* row = nullptr;
        for (const auto& one : cloud_->named(name)) {
            if (one->live.instance != instance) continue;
            if (row != nullptr) return name + " is there twice on " + instance;
            row = one.get();
        }
        if (row == nullptr) return name + " is missing on " + instance;
        if (!owned(manifest.key, row->live)) return name + " on " + instance + " is not ours";
        const auto fields = differences(manifest.spec, row->live);
        if (!fields.empty()) return name + " differs at " + fields.front().path;
    }
    return {};
}

bool Checks::settled(
    const std::map<ChannelKey, ChannelCondition>& conditions, std::size_t deletions_blocked, bool tell
) const {
    bool all = true;
    const auto complain = [&](std::string_view rule, const std::string& what) {
        all = false;
        if (tell) stage_.broken(rule, what);
    };
    const Snapshot& wish = wishes_.current();
    for (const auto& [key, manifest] : wish->manifests) {
        const auto condition = conditions.find(key);
        const std::string trouble =
            trouble_with(*manifest, condition == conditions.end() ? nullptr : &condition->second);
        if (!trouble.empty()) complain("I10", trouble);
    }
    std::size_t unwanted = 0;
    for (const auto& [key, record] : disk_.rows) {
        if (record.phase == Phase::intent || record.phase == Phase::ambiguous ||
            record.phase == Phase::updating) {
            const auto condition = conditions.find(key);
            const bool explained =
                condition != conditions.end() && condition->second.state != ChannelState::in_sync;
            if (!explained)
                complain("I10", key.name + " is left " + std::string(to_string(record.phase)));
        }
        if (wish->find(key) == nullptr) ++unwanted;
    }
    for (const auto& [key, condition] : conditions) {
        if (wish->find(key) == nullptr && !disk_.rows.contains(key))
            complain(
                "I10", key.name + " is neither wanted nor ours, and said to be " +
                           std::string(to_string(condition.state))
            );
    }
    const bool may_delete = stage_.options.prune == PruneMode::on;
    if (may_delete && unwanted > deletions_blocked)
        complain("I10", std::to_string(unwanted) + " rows are left that nobody wants");
    // What comes later than any wait is beyond the protocol.
    if (!stage_.options.within_bounds()) return all;
    for (const auto& row : cloud_->now()) {
        const ChannelKey key{"p", row->live.name};
        if (!row->ours || row->renamed || meddled_with(key.name) || orphaned_.contains(row->live.id))
            continue;
        const auto record = disk_.rows.find(key);
        const bool to_come =
            record != disk_.rows.end() &&
            (record->second.phase == Phase::intent || record->second.phase == Phase::ambiguous ||
             record->second.phase == Phase::created || record->second.phase == Phase::updating);
        // A list that was behind showed a row that we had deleted, the update made another, and a person
        // was told, who may take the manifest away as well.
        const bool disputed = disputed_.contains(key.name) && stage_.options.rate(Fault::stale_read) > 0;
        if (owned(key, row->live) || to_come || disputed) continue;
        complain("I10", row->live.id + " of " + key.name + " is lost: we made it, and no row knows it");
    }
    return all;
}

}  // namespace fairway::sim
