#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "tests/convergence/cloud_world.hpp"
#include "tests/convergence/live_state.hpp"
#include "tests/convergence/manifest_maker.hpp"
#include "tests/convergence/switch_values.hpp"

namespace fairway {
namespace {

namespace sim = apic_simulator;
using Documents = std::map<std::string, std::string>;

#ifdef FAIRWAY_FEWER_MANIFESTS
constexpr int default_batches = 1, default_size = 40, switch_size = 6;
#else
constexpr int default_batches = 4, default_size = 200, switch_size = 24;
#endif

bool is_one_of(std::string_view path, std::initializer_list<std::string_view> paths) {
    return std::find(paths.begin(), paths.end(), path) != paths.end();
}

/// Whether a plan has to tell that this field of a live channel changed: `spec` manages it, and no
/// server has a say over it. There are others that may be told.
bool has_to_be_told(const ChannelSpec& spec, std::string_view path) {
    const auto element = [&](std::string_view list) {
        return path.starts_with(list) && path.find('/', list.size()) == std::string_view::npos;
    };
    if (path == "/port") return true;
    if (path == "/balance_strategy") return spec.balance_strategy.has_value();
    if (element("/member_groups/")) return spec.member_groups.has_value();
    if (element("/members/"))
        return spec.members.has_value() && channel_type(spec) == ChannelType::builtin;
    if (is_one_of(
            path, {"/vpc_health_config/protocol", "/vpc_health_config/threshold_normal",
                   "/vpc_health_config/threshold_abnormal", "/vpc_health_config/time_interval",
                   "/vpc_health_config/timeout"}
        ))
        return spec.vpc_health_config.has_value();
    return channel_type(spec) == ChannelType::microservice && spec.microservice_info &&
           is_one_of(
               path, {"/microservice_info/service_type", "/microservice_info/cse_info/engine_id",
                      "/microservice_info/cce_info/cluster_id",
                      "/microservice_info/cce_service_info/service_name"}
           );
}

/// One cloud and what is wished of it, through a first apply, edits and drift.
class Trial {
public:
    Trial(std::uint64_t seed, std::string_view name, std::string_view value)
        : seed_(seed),
          name_(name),
          value_(value),
          world_(std::string(name), std::string(value)),
          maker_(seed, around()) {}

    void run(int size, int edits) {
        for (int i = 0; i < size; ++i)
            documents_["VPC" + std::string(i % 7 == 0 ? "." : "_") + std::to_string(i)] = maker_.make();
        converge("the first apply");
        for (int round = 1; round <= edits; ++round) {
            edit();
            converge("edit " + std::to_string(round));
            drift();
            converge("drift after edit " + std::to_string(round));
        }
    }
    std::size_t manifests() const { return manifests_; }
    /// Channels whose drift a plan had to tell, and did.
    std::size_t noticed() const { return noticed_; }

private:
    /// Channels that others may refer to are there before.
    ManifestMaker::Surroundings around() {
        ManifestMaker::Surroundings around;
        around.instances = world_.instances;
        for (const InstanceId& instance : {world_.instances.at(0), world_.instances.at(5)}) {
            for (int i = 1; i <= 2; ++i) {
                sim::Channel channel;
                channel.name = "target-" + std::to_string(i);
                channel.instance_id = instance;
                channel.port = 80;
                around.targets[instance].push_back(world_.cloud.plant(channel));
            }
        }
        around.distinct_hosts = name_ == "member_key";
        return around;
    }

    bool refused(const std::string& channel, const Wish& wish) const {
        return has_to_refuse(
            name_, value_, channel, wish->find({"default", channel})->spec,
            world_.cloud.channels_named(channel)
        );
    }

    void edit() {
        const Wish before = wish_of(documents_);
        for (auto it = documents_.begin(); it != documents_.end();) {
            if (refused(it->first, before)) {
                it = documents_.erase(it);
                continue;
            }
            const auto live = world_.cloud.channels_named(it->first);
            if (live.empty())
                FAIL_CHECK("not there: ", it->first);
            else
                it->second = maker_.edit(before->find({"default", it->first})->spec, live);
            ++it;
        }
    }

    /// Somebody gives some instances of every other channel what its neighbour has.
    void drift() {
        const Wish wish = wish_of(documents_);
        std::size_t count = 0;
        std::set<std::string> drifting;
        std::map<std::string, std::string> unnoticed;  ///< a field that has to be told, by the name
        const sim::Channel* neighbour = nullptr;
        std::vector<sim::Channel> all = world_.cloud.channels();
        std::sort(all.begin(), all.end(), [](const sim::Channel& a, const sim::Channel& b) {
            return std::tie(a.name, a.instance_id) < std::tie(b.name, b.instance_id);
        });
        for (const sim::Channel& channel : all) {
            const Manifest* manifest = wish->find({"default", channel.name});
            if (manifest == nullptr || refused(channel.name, wish)) continue;
            if (neighbour != nullptr && neighbour->type == channel.type && ++count % 2 == 0) {
                drifting.insert(channel.name);
                const sim::Channel other = *neighbour;
                const LiveState before = live_state(channel);
                LiveState after;
                world_.cloud.change(channel.id, [&](sim::Channel& live) {
                    take_over(live, other);
                    after = live_state(live);
                });
                for (const std::string& path : changed_fields(before, after)) {
                    if (has_to_be_told(manifest->spec, path)) unnoticed[channel.name] = path;
                }
            }
            neighbour = &channel;
        }
        for (const ReportedChange& change : world_.plan(wish).changes) {
            if (!drifting.contains(change.key.name)) continue;  // an edit was refused
            if (!change.fields.empty()) noticed_ += unnoticed.erase(change.key.name);
            for (const ReportedField& field : change.fields)
                CHECK_MESSAGE(field.reason == "the live channel drifted", change.key.name, field.path);
        }
        INFO("seed ", seed_, ", switch ", name_, "=", value_);
        if (name_ == "read_lag_ms" && value_ != "0") unnoticed.clear();  // the list may be from before
        for (const auto& [name, path] : unnoticed)
            FAIL_CHECK(name, " drifted at ", path, ", and the plan does not tell\n", documents_[name]);
    }
    /// All that a manifest could have written there.
    static void take_over(sim::Channel& live, const sim::Channel& other) {
        live.port = other.port;
        live.balance_strategy = other.balance_strategy;
        live.health = other.health;
        live.microservice = other.microservice;
        if (live.type == sim::ChannelType::reference) return;  // it may refer to its own instance only
        if (live.type != sim::ChannelType::builtin || live.member_type != other.member_type) return;
        live.groups = other.groups;
        live.members = other.members;
    }

    void converge(const std::string& step) {
        INFO("seed ", seed_, ", switch ", name_, "=", value_, ", ", step);
        const Wish wish = wish_of(documents_);
        manifests_ += documents_.size();
        std::set<std::string> refusals;
        for (const auto& [name, document] : documents_) {
            if (refused(name, wish)) refusals.insert(name);
        }
        world_.writes();
        const Outcome first = world_.apply(wish);
        std::set<std::string> told_of;
        for (const ReportedError& error : first.report.errors) {
            const std::string& name = error.key.name;
            CHECK_MESSAGE(refusals.contains(name), name, ": ", error.message, "\n", documents_[name]);
            CHECK_MESSAGE(told_of.insert(name).second, "told twice: ", name);
        }
        CHECK(told_of == refusals);
        for (const auto& [name, count] : world_.writes()) {
            if (refusals.contains(name))
                CHECK_MESSAGE(count == 1, "a refusal met ", count, " times: ", name);
        }

        Report left = world_.plan(wish);
        std::erase_if(left.changes, [&](const ReportedChange& change) {
            return refusals.contains(change.key.name);
        });
        CHECK_MESSAGE(left.changes.empty(), told(left), details(left));

        world_.apply(wish);
        for (const auto& [name, count] : world_.writes())
            CHECK_MESSAGE(refusals.contains(name), "written again: ", name, "\n", documents_[name]);
    }

    std::string details(const Report& report) {
        std::string text;
        for (const ReportedChange& change : report.changes) text += documents_[change.key.name] + "\n";
        return text;
    }

    const std::uint64_t seed_;
    const std::string name_, value_;
    CloudWorld world_;
    ManifestMaker maker_;
    Documents documents_;
    std::size_t manifests_ = 0, noticed_ = 0;
};

TEST_CASE("after an apply the plan is empty and a second apply writes nothing, for any valid manifest") {
    std::size_t manifests = 0;
    for (int batch = 1; batch <= default_batches; ++batch) {
        Trial trial(static_cast<std::uint64_t>(batch), {}, {});
        trial.run(default_size, 2);
        manifests += trial.manifests();
        CHECK(trial.noticed() > static_cast<std::size_t>(default_size) / 10);
    }
    MESSAGE(manifests, " manifests");
}

TEST_CASE("diffs converge, or are refused once, whatever the undocumented server does") {
    std::size_t manifests = 0;
    std::uint64_t seed = 1000;
    for (const SwitchValues& one : all_switches()) {
        for (const std::string_view value : one.values) {
            Trial trial(++seed, one.name, value);
            trial.run(switch_size, 1);
            manifests += trial.manifests();
        }
    }
    MESSAGE(manifests, " manifests");
}

TEST_CASE("every switch of the simulated cloud is tried, with every value") {
    std::set<std::string_view> tried;
    for (const SwitchValues& one : all_switches()) tried.insert(one.name);
    const std::set<std::string_view> not_about_channels{
        "channel_limit", "throttle_requests", "throttle_window_ms"};
    sim::Switches switches;
    for (const std::string_view name : sim::switch_names()) {
        if (not_about_channels.contains(name)) continue;
        CHECK_MESSAGE(tried.contains(name), name);
    }
    for (const SwitchValues& one : all_switches()) {
        CHECK_MESSAGE(sim::switch_value(switches, one.name) == one.values.front(), one.name);
        if (one.values.front().find_first_not_of("0123456789") == std::string_view::npos) continue;
        // The simulator tells all values of a switch when it is given a wrong one.
        try {
            sim::set_switch(switches, one.name, "no such value");
            FAIL_CHECK(one.name);
        } catch (const std::invalid_argument& error) {
            const std::string all = error.what();
            for (const std::string_view value : one.values) CHECK(all.find(value) != std::string::npos);
            const auto commas = std::count(all.begin(), all.end(), ',');
            CHECK_MESSAGE(commas == static_cast<long>(one.values.size()), all);
        }
    }
}

}  // namespace
}  // namespace fairway
