#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "controller/api/endpoint.hpp"
#include "reconciler/model/error.hpp"

namespace fairway {

/// Whether `host` is one of those that are reached without the proxy. An exception is a host's name,
/// which takes its subdomains along, an address, a network such as 10.0.0.0/8, or * for all; a name or
/// an address may be followed by a port.
bool is_direct(const Proxy& proxy, std::string_view host, std::uint16_t port);
/// What is sent to the proxy, to be connected with `target`, a host and a port.
std::string connect_request(const Proxy& proxy, const std::string& target);
/// Judges what the proxy has answered so far: whether the tunnel is open, not yet, or an error.
Result<bool> judge_connect(const Proxy& proxy, const std::string& target, std::string_view head);

}  // namespace fairway
