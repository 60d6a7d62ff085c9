#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "reconciler/model/channel.hpp"
#include "reconciler/model/directive.hpp"

namespace fairway {

// What the command line and the daemon say to each other over the daemon's socket.

inline constexpr const char* control_directives = "/v1/directives";
inline constexpr const char* control_reconcile = "/v1/reconcile";
inline constexpr const char* control_standing = "/v1/standing";

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

/// How a daemon at work sees one channel: what no store holds.
struct ChannelStanding {
    std::string state;           ///< in the words of the metric `channels`
    std::string why;             ///< of a stall, a failure, a wait
    std::string flapping;        ///< that somebody else keeps changing it; empty: nobody does
    std::uint64_t failures = 0;  ///< in a row
};
std::string to_json(const ChannelStanding& standing);
std::optional<ChannelStanding> parse_standing(std::string_view json);

}  // namespace fairway
