#pragma once

#include <optional>

#include "controller/app/config/config_secrets.hpp"

namespace fairway {

/// Reads the certificates of a project: whom it trusts, and how it proves itself.
void read_tls(Fields& project, ConfigPlace& place, ProjectEndpoint& out);

/// Reads `proxy`: nothing where there is no such key, and none where it says "off".
std::optional<std::optional<Proxy>> read_proxy(Fields& fields, ConfigPlace& place);

/// The proxy of https_proxy and no_proxy, in small letters or large.
std::optional<Proxy> proxy_of_environment(Fields& top, ConfigPlace& place);

}  // namespace fairway
