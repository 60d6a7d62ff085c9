#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "reconciler/model/channel.hpp"
#include "reconciler/model/directive.hpp"

namespace fairway {

// What the command line and the daemon say to each other over the daemon's socket.

inline constexpr const char* control_directives = "/v1/directives";
inline constexpr const char* control_reconcile = "/v1/reconcile";

/// A person's word to the daemon.
struct Instruction {
    Directive directive;
    bool take_back = false;
};
std::string to_json(const Instruction& instruction);
/// Nothing where it cannot be understood.
std::optional<Instruction> parse_instruction(std::string_view json);

/// Which channel to look at now; all of them where both are empty.
std::string to_json(const ChannelKey& key);
std::optional<ChannelKey> parse_channel_key(std::string_view json);

}  // namespace fairway
