#pragma once

#include <string>

#include "tests/simulator/config.hpp"

namespace apic_simulator {

/// All in PEM.
struct Certificates {
    std::string ca;  ///< what a client is told to trust
    std::string server, server_key;
};

/// A new authority and a server certificate for 127.0.0.1, ::1 and localhost, or one with the fault
/// asked for.
Certificates make_certificates(Certificate kind);

}  // namespace apic_simulator
