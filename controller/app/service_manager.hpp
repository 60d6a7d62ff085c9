#pragma once

#include <optional>
#include <string>

#include "reconciler/model/time.hpp"

namespace fairway {

/// Tells systemd how we are; where nothing listens, it does nothing.
class ServiceManager {
public:
    static void ready();
    static void reloading(TimePoint now);
    static void stopping();
    static void alive();
    static void status(const std::string& line);
    /// How often alive() must be called; nothing where no watchdog is set.
    static std::optional<Duration> watchdog_interval();
};

}  // namespace fairway
