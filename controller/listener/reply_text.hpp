#pragma once

#include <string>

#include "controller/listener/listener.hpp"

namespace fairway {

/// The head of a reply, its empty line included; `allow` names the methods, for a 405.
std::string reply_head(const ListenerReply& reply, const std::string& allow, bool keep_alive);

}  // namespace fairway
