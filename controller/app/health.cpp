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

}  // namespace fairway
