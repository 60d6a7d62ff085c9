#include "tests/simulator/world.hpp"

#include <algorithm>

namespace apic_simulator {

const Feature* Instance::feature(std::string_view wanted) const {
    const auto found = std::find_if(features.begin(), features.end(), [&](const Feature& one) {
        return one.name == wanted;
    });
    return found == features.end() ? nullptr : &*found;
}

bool Instance::name_modifiable() const {
    const Feature* const set = feature("vpc_name_modifiable");
    return !set || set->config != "off";
}

World::World(const Config& config) : switches(config.switches), config_(config), random_(config.seed) {
    for (const ProjectConfig& project : config.projects) {
        projects_[project.id] = project.name;
        for (const InstanceConfig& one : project.instances) {
            Instance instance;
            instance.id = one.id;
            instance.name = one.name;
            instance.project_id = project.id;
            instance.status = one.status;
            instance.knows_name_modifiable = one.knows_name_modifiable;
            instance.create_time = now();
            if (!one.vpc_name_modifiable.empty()) {
                set_feature(instance, "vpc_name_modifiable", true, one.vpc_name_modifiable, false);
            }
            if (instances_.emplace(one.id, std::move(instance)).second)
                instance_order_.push_back(one.id);
        }
    }
}

WallTime World::now() {
    const auto real =
        config_.clock
            ? config_.clock()
            : std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
    last_now_ = std::max(last_now_ + std::chrono::nanoseconds(1), WallTime(real + offset_));
    return last_now_;
}

std::string World::new_id() {
    static constexpr char digits[] = "0123456789abcdef";
    std::string id(32, '0');
    for (std::size_t half = 0; half < 2; ++half) {
        std::uint64_t bits = random_();
        for (std::size_t i = 0; i < 16; ++i, bits >>= 4) id[half * 16 + i] = digits[bits & 15];
    }
    return id;
}

Instance* World::instance(const std::string& id) {
    const auto found = instances_.find(id);
    return found == instances_.end() ? nullptr : &found->second;
}

const Instance* World::instance(const std::string& id) const {
    const auto found = instances_.find(id);
    return found == instances_.end() ? nullptr : &found->second;
}

void World::set_feature(
    Instance& instance, std::string_view name, bool enable, std::string_view value, bool by_request
) {
    auto feature =
        std::find_if(instance.features.begin(), instance.features.end(), [&](const Feature& one) {
            return one.name == name;
        });
    if (feature == instance.features.end()) {
        feature = instance.features.emplace(feature);
        feature->id = new_id();
        feature->name = name;
    }
    feature->enable = enable;
    feature->config = value;
    feature->update_time = now();
    feature->set_by_request = by_request;
}

const Store& World::shown() {
    if (switches.read_lag_ms == 0) {
        if (lagging_) {
            lagging_ = false;
            past_ = {};
            changes_.clear();
        }
        return live_;
    }
    if (!lagging_) {
        lagging_ = true;
        past_ = live_;
    }
    const WallTime horizon = now() - std::chrono::milliseconds(switches.read_lag_ms);
    for (; !changes_.empty() && changes_.front().at <= horizon; changes_.pop_front()) {
        const Change& change = changes_.front();
        if (change.erased) {
            past_.erase(change.channel);
        } else {
            past_.put(change.channel);
        }
    }
    return past_;
}

void World::put(Channel channel) {
    auto kept = std::make_shared<const Channel>(std::move(channel));
    remember(kept, false);
    live_.put(std::move(kept));
}

void World::erase(const ChannelPtr& channel) {
    remember(channel, true);
    live_.erase(channel);
}

std::vector<Channel> World::channels() const {
    std::vector<Channel> all;
    for (const auto& [project, name] : projects_) {
        for (const ChannelPtr& channel : live_.of_project(project)) all.push_back(*channel);
    }
    return all;
}

void World::remember(ChannelPtr channel, bool erased) {
    if (switches.read_lag_ms == 0) return;
    shown();  // so that the past begins before this change
    changes_.push_back({now(), std::move(channel), erased});
}

}  // namespace apic_simulator
