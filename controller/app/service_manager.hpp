#pragma once

#include <optional>
#include <string>

#include "reconciler/model/time.hpp"

namespace fairway {

/// Tells systemd how we are; where nothing listens, it does nothing. A status is one line for people.
class ServiceManager {
public:
    static bool listens();
    static void ready(const std::string& status);
    /// The configuration is being read anew; ready() ends it, also where it was refused.
    static void reloading(TimePoint now);
    static void stopping();
    static void alive();
    static void status(const std::string& status);
    /// How long it waits at most for the next alive(); nothing where no watchdog is set.
    static std::optional<Duration> watchdog_period();
};

}  // namespace fairway
