#pragma once

#include <memory>

#include "controller/app/config/config.hpp"
#include "controller/listener/tls_identity.hpp"

namespace fairway {

/// What these files hold now, ready for use; or why it cannot be used.
Result<std::shared_ptr<const TlsIdentity>> read_identity(const ServerTls& files);

}  // namespace fairway
