#pragma once

#include <memory>

#include "tests/simulator/admin.hpp"
#include "tests/simulator/api.hpp"
#include "tests/simulator/certificates.hpp"

namespace apic_simulator {

/// Both ports on 127.0.0.1, served by one thread from construction to destruction.
class Server {
public:
    Server(Api& api, const Certificates& certificates, unsigned short port, unsigned short admin_port);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    unsigned short port() const;
    unsigned short admin_port() const;
    /// Breaks every connection to the API. From any thread.
    void drop_connections();
    Reply admin(Request& request);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apic_simulator
