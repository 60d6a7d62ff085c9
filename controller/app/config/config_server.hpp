#pragma once

#include "controller/app/config/config_secrets.hpp"

namespace fairway {

/// Reads `server`: where the daemon listens, and who is let in.
void read_server(Fields& top, ConfigPlace& place, ServerConfig& out);

}  // namespace fairway
