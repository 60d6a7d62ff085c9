#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "manifests/field_reader.hpp"

namespace fairway {

/// Four decimal numbers, without leading zeros: the one spelling every reader understands alike.
std::optional<std::array<std::uint8_t, 4>> parse_ipv4(std::string_view text);
/// Without brackets and zone.
std::optional<std::array<std::uint8_t, 16>> parse_ipv6(std::string_view text);

/// Letters, digits, - and _ in labels of 1 to 63, no dot at the end, and a last label that no reader
/// could take for a number.
bool is_host_name(std::string_view text);

/// What keeps `host` from being a member a gateway could send traffic to: not an address or name at all,
/// or one that means the gateway itself, its neighbours or its cloud's metadata.
std::optional<Complaint> check_member_host(std::string_view host);

/// One spelling for every way to write the same address.
std::string canonical_host(std::string_view host);

}  // namespace fairway
