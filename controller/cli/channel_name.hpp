#pragma once

#include <set>
#include <string>

#include "controller/app/config/config.hpp"
#include "controller/cli/setup.hpp"
#include "reconciler/model/channel.hpp"

namespace fairway {

/// The channel that a person names: "PROJECT/NAME", or "NAME" where there is one project. Throws
/// CannotStart where that is not clear.
ChannelKey key_of(const Config& config, const std::string& text);

/// The same among the channels `known`, where a bare NAME may do although there are several projects,
/// and a project need not be one of the configuration. Throws CannotStart, with what was probably meant,
/// where none of them is named so; `what`: what they are, such as "channel of ours".
ChannelKey known_key(
    const Config& config, const std::string& text, const std::set<ChannelKey>& known,
    const std::string& what
);

/// What a person who named none of `known` may have meant, to be added to a message; empty where nothing
/// is near.
std::string advice_for(const ChannelKey& key, const std::set<ChannelKey>& known);

/// The channels that there is something to say of: declared, ours, deleted by us, or suspended.
/// Blocks. Null: there is no store.
std::set<ChannelKey> known_channels(Setup& setup, StateStore* store);

/// "PROJECT/NAME", fit to be printed.
std::string name_of(const ChannelKey& key);

}  // namespace fairway
