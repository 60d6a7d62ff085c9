#include "tests/process/owner.hpp"

#include <fstream>
#include <stdexcept>

namespace fairway {

void Owner::declare(const std::string& name, int port) const {
    manifest(name + ".yaml", demo(name, port));
}

void Owner::declare_on(const std::string& name, const std::string& instance, int port) const {
    std::string text = demo(name, port);
    const auto at = text.find("  instance_ids: ");
    text.replace(at, std::string::npos, "  instance_ids: [" + instance + "]\n");
    manifest(name + ".yaml", text);
}

void Owner::remove(const std::string& name) const {
    std::filesystem::remove(file_of(name));
}

void Owner::own(int count) const {
    for (int i = 0; i < count; ++i) declare("channel_" + std::to_string(i));
    const Ended applied = run({"apply", "--yes"});
    if (applied.code != 0) throw std::runtime_error(applied.out + applied.err);
}

void Owner::clear() const {
    for (const auto& entry : std::filesystem::directory_iterator(manifests()))
        std::filesystem::remove_all(entry.path());
}

void Owner::swing(const std::string& generation, const std::set<std::string>& names) const {
    const std::string made = manifests() + "/" + generation;
    std::filesystem::create_directory(made);
    for (const std::string& name : names) std::ofstream(made + "/" + name + ".yaml") << demo(name);
    std::filesystem::create_directory_symlink(generation, manifests() + "/..data_tmp");
    std::filesystem::rename(manifests() + "/..data_tmp", manifests() + "/..data");
}

void Owner::as_volume() const {
    const std::set<std::string> names{"channel_0", "channel_1", "channel_2", "channel_3"};
    clear();
    swing("..one", names);
    for (const std::string& name : names)
        std::filesystem::create_symlink("..data/" + name + ".yaml", file_of(name));
}

Stage::Ended Owner::prune(std::vector<std::string> more) const {
    more.insert(more.begin(), {"apply", "--prune", "--yes"});
    return run(std::move(more));
}

std::size_t Owner::deletes() const {
    std::size_t count = 0;
    for (const auto& entry : cloud.audit()) {
        if (entry.method == "DELETE") ++count;
    }
    return count;
}

std::set<std::string> Owner::live() const {
    std::set<std::string> names;
    for (const auto& channel : cloud.channels()) names.insert(channel.name);
    return names;
}

std::set<std::string> Owner::instances_of(const std::string& name) const {
    std::set<std::string> instances;
    for (const auto& channel : cloud.channels_named(name)) instances.insert(channel.instance_id);
    return instances;
}

std::string approval_in(const std::string& text) {
    const std::string command = "fairway approve ";
    const auto at = text.find(command);
    if (at == std::string::npos) return {};
    const auto from = at + command.size();
    return text.substr(from, text.find_first_not_of("0123456789abcdef", from) - from);
}

void DaemonOwner::start() {
    running.emplace(daemon(address));
}

double DaemonOwner::in_state(const std::string& state) const {
    return metric(address, "fairway_channels{project=\"default\",state=\"" + state + "\"}").value_or(-1);
}

double DaemonOwner::lists() const {
    return metric(address, "fairway_list_passes_total{project=\"default\",result=\"complete\"}")
        .value_or(0);
}

}  // namespace fairway
