#include "controller/app/service_manager.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>

namespace fairway {
namespace {

void tell(const std::string& state) {
    sd_notify(0, state.c_str());
}

}  // namespace

void ServiceManager::ready() {
    tell("READY=1");
}

void ServiceManager::reloading(TimePoint now) {
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.time_since_epoch().count()));
}

void ServiceManager::stopping() {
    tell("STOPPING=1");
}
void ServiceManager::alive() {
    tell("WATCHDOG=1");
}
void ServiceManager::status(const std::string& line) {
    tell("STATUS=" + line);
}

std::optional<Duration> ServiceManager::watchdog_interval() {
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
    return Duration(static_cast<Duration::rep>(microseconds / 3));
}

}  // namespace fairway
