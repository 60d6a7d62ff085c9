#include "controller/app/health.hpp"

#include <algorithm>

namespace fairway {

bool Health::ready() const {
    return !ending && sources_loaded && !projects.empty() &&
           std::all_of(projects.begin(), projects.end(), [](const auto& project) {
               return project.second.listed;
           });
}

std::string Health::explained() const {
    std::string text;
    if (ending) text += "- stopping\n";
    text += sources_loaded ? "+ sources loaded\n" : "- sources not loaded yet\n";
    for (const auto& [name, project] : projects) {
        text += std::string(project.listed ? "+" : "-") + " project " + name;
        text += project.listed ? " was listed" : " was not listed yet";
        if (!project.trouble.empty()) text += "; last time: " + project.trouble;
        text += "\n";
    }
    return text + (ready() ? "ready\n" : "not ready\n");
}

std::string Health::status(const std::map<ChannelState, std::size_t>& channels) const {
    if (ending) return "stopping";
    std::string text = config_refused ? "the new configuration is refused, the old one at work; " : "";
    if (!sources_loaded) return text + "loading the manifests";
    std::string states;
    std::size_t sum = 0;
    for (const auto& [state, count] : channels) {
        if (count == 0) continue;
        sum += count;
        states +=
            (states.empty() ? ": " : ", ") + std::to_string(count) + ' ' + std::string(to_string(state));
    }
    text += std::to_string(sum) + (sum == 1 ? " channel" : " channels") + states;
    for (const auto& [name, project] : projects) {
        if (!project.trouble.empty()) {
            text += "; project " + name + ": " + project.trouble;
        } else if (!project.listed) {
            text += "; project " + name + " is being listed";
        }
    }
    return text;
}

}  // namespace fairway
