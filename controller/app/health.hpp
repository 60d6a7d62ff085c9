#pragma once

#include <map>
#include <string>

#include "controller/app/daemon_session.hpp"

namespace fairway {

/// How the daemon is, for those who ask over HTTP.
struct Health {
    bool ending = false;
    bool config_refused = false;  ///< the last reload was, and an older configuration is at work
    bool sources_loaded = false;
    std::map<std::string, ProjectHealth> projects;

    /// Sources are loaded, and every project was listed in full once, which needs its credentials to
    /// work.
    bool ready() const;
    /// One line for each part.
    std::string explained() const;
    /// All of it on one line, with how many channels are in which state.
    std::string status(const std::map<ChannelState, std::size_t>& channels) const;
};

}  // namespace fairway
