#pragma once

#include <functional>

#include "tests/simulator/api.hpp"

namespace apic_simulator {

/// The admin port: looks at the simulator and changes it. README.md lists its paths.
class Admin {
public:
    /// `drop_connections` breaks every connection to the API.
    Admin(Api& api, std::function<void()> drop_connections)
        : api_(api), drop_connections_(std::move(drop_connections)) {}

    Reply answer(Request& request);

private:
    Reply dispatch(const Request& request);
    Reply audit(const Request& request);
    Reply summary();
    Reply faults(const Request& request);
    Reply latency(const Request& request);
    Reply switches(const Request& request);
    Reply channels(const Request& request);
    Reply instances(const Request& request);

    Api& api_;
    std::function<void()> drop_connections_;
};

}  // namespace apic_simulator
