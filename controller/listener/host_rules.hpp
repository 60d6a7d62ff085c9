#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/error.hpp"

namespace fairway {

/// "127.0.0.1:9464" or "[::1]:9464": an IP address and a port. "localhost" stands for 127.0.0.1.
struct ListenAddress {
    std::string address;  ///< without brackets
    std::uint16_t port = 0;
    bool operator==(const ListenAddress&) const = default;
};
Result<ListenAddress> parse_listen_address(std::string_view text);

/// Which Host headers are answered. A page in somebody's browser can point a name of its own at our
/// address (DNS rebinding), but it cannot make the browser send another Host: so names must be known.
class HostRules {
public:
    /// `names` are further hosts, with a port or without; `wildcard` is true when we listen on every
    /// address.
    /// `usual_port` is the one that a browser leaves out.
    HostRules(
        std::string address, std::uint16_t port, bool wildcard, const std::vector<std::string>& names,
        std::uint16_t usual_port = 80
    );
    /// `local_address` is the one the connection came in at.
    bool allows(std::string_view host, std::string_view local_address) const;

private:
    std::uint16_t port_, usual_port_;
    bool wildcard_;
    std::vector<std::string> allowed_;  ///< "host:port", in lower case
};

}  // namespace fairway
