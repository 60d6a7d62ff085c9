#include "tests/simulation/wishes.hpp"

#include <algorithm>

namespace fairway::sim {
namespace {

using namespace std::chrono_literals;

Member some_member(Stream& random) {
    Member member;
    member.host = random.chance(0.8) ? "10.0.0." + std::to_string(1 + random.below(4))
                                     : "fd00::a" + std::to_string(1 + random.below(3));
    if (random.chance(0.7)) member.weight = static_cast<int>(random.below(100));
    if (random.chance(0.2)) member.port = 8000 + static_cast<int>(random.below(3));
    return member;
}

bool has(const std::vector<Member>& members, const Member& one) {
    return std::any_of(members.begin(), members.end(), [&](const Member& other) {
        return other.host == one.host;
    });
}

HealthCheck some_check(Stream& random) {
    HealthCheck check;
    check.protocol = HealthProtocol::tcp;
    check.threshold_normal = 2 + static_cast<int>(random.below(3));
    check.threshold_abnormal = 5;
    check.time_interval = 10;
    check.timeout = 5;
    return check;
}

}  // namespace

Wishes::Wishes(Stage& stage) : stage_(stage), random_(stage.options.seed, "workload") {
    for (const char* name : {"alpha", "alpha2", "Alpha", "beta", "gamma", "delta"}) {
        if (names_.size() < stage.options.channels) names_.emplace_back(name);
    }
    if (stage_.options.one_channel) {
        ChannelSpec spec = some_spec();
        spec.instance_ids.clear();
        for (unsigned i = 1; i <= stage_.options.instances; ++i)
            spec.instance_ids.push_back("i" + std::to_string(i));
        put(names_.front(), std::move(spec), Lifecycle());
        publish();
        return;
    }
    for (const std::string& name : names_) {
        if (random_.chance(0.75)) {
            Lifecycle lifecycle;
            if (random_.chance(0.2)) edit_lifecycle(lifecycle);
            if (stage_.options.takes_over) lifecycle.adopt = AdoptPolicy::if_equal;
            put(name, some_spec(), lifecycle);
        }
    }
    publish();
}

std::vector<InstanceId> Wishes::some_instances() {
    std::vector<InstanceId> instances;
    for (unsigned i = 1; i <= stage_.options.instances; ++i) {
        if (random_.chance(0.7)) instances.push_back("i" + std::to_string(i));
    }
    if (instances.empty()) instances.emplace_back("i1");
    return instances;
}

ChannelSpec Wishes::some_spec() {
    ChannelSpec spec;
    spec.port = 8000 + static_cast<int>(random_.below(3));
    spec.balance_strategy = BalanceStrategy::wrr;
    spec.member_type = MemberType::ip;
    if (random_.chance(0.7)) {
        spec.member_groups.emplace();
        for (const char* name : {"blue", "green"}) {
            if (random_.chance(0.4)) continue;
            MemberGroup group;
            group.member_group_name = name;
            if (random_.chance(0.5)) group.member_group_weight = static_cast<int>(random_.below(50));
            if (random_.chance(0.5)) group.member_group_remark = "remark";
            spec.member_groups->push_back(std::move(group));
        }
    }
    if (random_.chance(0.8)) {
        spec.members.emplace();
        for (unsigned i = random_.below(4); i > 0; --i) {
            Member member = some_member(random_);
            if (has(*spec.members, member)) continue;
            if (spec.member_groups && !spec.member_groups->empty() && random_.chance(0.7))
                member.member_group_name = spec.member_groups->front().member_group_name;
            spec.members->push_back(std::move(member));
        }
    }
    if (random_.chance(0.5)) spec.vpc_health_config = some_check(random_);
    spec.instance_ids = some_instances();
    return spec;
}

ChannelSpec Wishes::changed(ChannelSpec spec) {
    switch (random_.below(6)) {
        case 0:
            spec.port = 8000 + (spec.port + 1) % 5;
            break;
        case 1: {
            if (!spec.members) spec.members.emplace();
            Member member = some_member(random_);
            if (!has(*spec.members, member)) spec.members->push_back(std::move(member));
            break;
        }
        case 2:
            if (spec.members && !spec.members->empty()) spec.members->pop_back();
            break;
        case 3:
            spec.balance_strategy = spec.balance_strategy == BalanceStrategy::wrr ? BalanceStrategy::wlc
                                                                                  : BalanceStrategy::wrr;
            break;
        case 4:
            spec.vpc_health_config = some_check(random_);
            break;
        default:
            if (spec.members && !spec.members->empty())
                spec.members->front().weight = spec.members->front().weight.value_or(0) + 1;
            break;
    }
    return spec;
}

void Wishes::edit_lifecycle(Lifecycle& lifecycle) {
    switch (random_.below(4)) {
        case 0:
            lifecycle.adopt = static_cast<AdoptPolicy>(random_.below(3));
            break;
        case 1:
            lifecycle.deletion = static_cast<DeletionPolicy>(random_.below(3));
            break;
        case 2:
            lifecycle.drift = random_.chance(0.5) ? DriftPolicy::warn : DriftPolicy::correct;
            break;
        default:
            if (lifecycle.suspend) {
                lifecycle.suspend.reset();
            } else {
                lifecycle.suspend = Suspension{std::nullopt, "drawn"};
            }
            break;
    }
}

void Wishes::put(const std::string& name, ChannelSpec spec, Lifecycle lifecycle) {
    auto manifest = std::make_shared<Manifest>();
    manifest->key = {"p", name};
    manifest->spec = std::move(spec);
    manifest->lifecycle = std::move(lifecycle);
    made_.push_back(manifest);
    numbers_[manifest.get()] = made_.size();
    tree_[manifest->key] = std::move(manifest);
}

void Wishes::edit() {
    past_.push_back(tree_);
    ++edits_;
    if (!random_.chance(stage_.options.about_deleting ? 0.6 : 0.4)) last_ = random_.below(names_.size());
    const std::string& name = names_[last_];
    const ChannelKey key{"p", name};
    const auto it = tree_.find(key);
    if (it == tree_.end()) {
        put(name, some_spec(), Lifecycle());
    } else {
        ChannelSpec spec = it->second->spec;
        Lifecycle lifecycle = it->second->lifecycle;
        const unsigned what = random_.below(10);
        if (what < (stage_.options.about_deleting ? 5u : 2u)) {
            tree_.erase(it);
        } else if (what == 2 || what == 5) {  // a rename: the old name goes, another one comes
            const std::string& other = names_[random_.below(names_.size())];
            tree_.erase(it);
            put(other, std::move(spec), std::move(lifecycle));
        } else if (what < 5) {
            spec.instance_ids = some_instances();
            put(name, std::move(spec), std::move(lifecycle));
        } else if (what == 6) {
            edit_lifecycle(lifecycle);
            put(name, std::move(spec), std::move(lifecycle));
        } else {
            put(name, changed(std::move(spec)), std::move(lifecycle));
        }
    }
    publish();
}

void Wishes::trouble(Trouble trouble) {
    trouble_ = trouble;
    broken_ = ChannelKey{"p", names_[random_.below(names_.size())]};
    publish();
}

void Wishes::revert() {
    if (past_.empty()) return;
    tree_ = past_[random_.below(past_.size())];
    publish();
}

void Wishes::heal() {
    trouble_ = Trouble::none;
    publish();
}

void Wishes::publish() {
    if (trouble_ == Trouble::unreadable) {
        current_ = nullptr;
        stage_.note("manifests unreadable");
        if (on_change) on_change();
        return;
    }
    auto snapshot = std::make_shared<ManifestSnapshot>();
    snapshot->source = "sim";
    if (trouble_ != Trouble::empty) snapshot->manifests = tree_;
    if (trouble_ == Trouble::broken) {
        snapshot->manifests.erase(broken_);
        snapshot->unreadable.insert(broken_);
        snapshot->invalid = 1;
        snapshot->revision = "broken " + broken_.name + " ";
    }
    for (const auto& [key, manifest] : snapshot->manifests) {
        snapshot->revision += key.name + ":" + std::to_string(numbers_.at(manifest.get())) + " ";
    }
    stage_.note("manifests", {}, snapshot->revision);
    current_ = std::move(snapshot);
    if (on_change) on_change();
}

void SimSource::give(Snapshot snapshot) {
    const TimePoint now = life_.clock().now();
    if (given_ && !given_->complete()) {  // what it does not show may be wanted
        for (auto& [row, until] : wanted_until_) {
            if (given_->find(row.first) == nullptr) until = now;
        }
    }
    if (given_) {
        for (const auto& [key, manifest] : given_->manifests) {
            const bool forbids = manifest->lifecycle.deletion == DeletionPolicy::forbid;
            const auto known = protected_.find(key);
            if (!forbids) {
                protected_.erase(key);
            } else if (known == protected_.end()) {
                protected_[key] = Protection{given_at_, now};
            } else {
                known->second.until = now;
            }
            for (const InstanceId& instance : manifest->spec.instance_ids)
                wanted_until_[{key, instance}] = now;
        }
    }
    given_ = std::move(snapshot);
    given_at_ = now;
}

bool SimSource::was_protected(const ChannelKey& key, Duration at_least) const {
    const auto known = protected_.find(key);
    return known != protected_.end() && known->second.until - known->second.since >= at_least;
}

TimePoint SimSource::wanted_until(const ChannelKey& key, const InstanceId& instance) const {
    const auto wanted = wanted_until_.find({key, instance});
    return wanted == wanted_until_.end() ? born_ : wanted->second;
}

Task<Result<Snapshot>> SimSource::load() {
    if (life_.dies(Op::source_load, When::before)) co_await life_.hang();
    co_await life_.pause(1ms);
    if (!wishes_.current())
        co_return Error(ErrorClass::retryable, ErrorReason::internal, "cannot be read");
    give(wishes_.current());
    if (life_.dies(Op::source_load, When::effect)) co_await life_.hang();
    co_await life_.pause(1ms);
    if (life_.dies(Op::source_load, When::reply)) co_await life_.hang();
    co_return given_;
}

Task<Snapshot> SimSource::next() {
    for (;;) {
        const Snapshot now = wishes_.current();
        if (now && now->revision != given_->revision) {
            give(now);
            co_return given_;
        }
        co_await news_.wait();
        const TimePoint noticed = life_.clock().now() + Duration(200ms);
        co_await life_.clock().sleep_until(noticed);
    }
}

Task<bool> SimSource::reads_as(std::string revision) {
    if (life_.dies(Op::source_check, When::before)) co_await life_.hang();
    co_await life_.pause(1ms);
    const bool same = wishes_.current() && wishes_.current()->revision == revision;
    if (life_.dies(Op::source_check, When::effect)) co_await life_.hang();
    co_await life_.pause(1ms);
    if (life_.dies(Op::source_check, When::reply)) co_await life_.hang();
    co_return same;
}

Task<> SimSource::stop() {
    co_return;
}

}  // namespace fairway::sim
