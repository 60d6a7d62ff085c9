#pragma once

#include "controller/app/config/config_secrets.hpp"

namespace fairway {

/// Reads a project's `credentials`: one kind of them, perhaps with an agency.
void read_credentials(Fields& project, ConfigPlace& place, ProjectEndpoint& out);

}  // namespace fairway
