#pragma once

#include <map>
#include <string>

#include "controller/app/daemon_session.hpp"

namespace fairway {

/// How the daemon is, for those who ask over HTTP.
struct Health {
    bool ending = false;
    bool sources_loaded = false;
    std::map<std::string, ProjectHealth> projects;

    /// Sources are loaded, and every project was listed in full once, which needs its credentials to
    /// work.
    bool ready() const;
    /// One line for each part.
    std::string explained() const;
};

}  // namespace fairway
