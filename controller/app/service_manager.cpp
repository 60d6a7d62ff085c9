#include "controller/app/service_manager.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <cstdlib>

namespace fairway {
namespace {

void tell(const std::string& state) {
    sd_notify(0, state.c_str());
}

/// A line end would begin another message, and what the cloud says may hold one.
std::string status_line(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    }
    return "STATUS=" + text;
}

}  // namespace

bool ServiceManager::listens() {
    return std::getenv("NOTIFY_SOCKET") != nullptr;
}

void ServiceManager::ready(const std::string& status) {
    tell("READY=1\n" + status_line(status));
}

void ServiceManager::reloading(TimePoint now) {
    tell(
        "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.time_since_epoch().count()) +
        "\nSTATUS=reading the configuration anew"
    );
}

void ServiceManager::stopping() {
    tell("STOPPING=1\nSTATUS=stopping; what is in flight is finished or recorded");
}

void ServiceManager::alive() {
    tell("WATCHDOG=1");
}

void ServiceManager::status(const std::string& status) {
    tell(status_line(status));
}

std::optional<Duration> ServiceManager::watchdog_period() {
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
    return Duration(static_cast<Duration::rep>(microseconds));
}

}  // namespace fairway
