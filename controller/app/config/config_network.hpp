#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/app/config/config_secrets.hpp"

namespace fairway {

/// The path of a PEM file that holds a block of that kind.
std::optional<std::string> read_pem_file(
    Fields& fields, std::string_view key, ConfigPlace& place, std::string_view block,
    const std::string& what, Need need = Need::optional
);

/// Reads the certificates of a project: whom it trusts, and how it proves itself.
void read_tls(Fields& project, ConfigPlace& place, ProjectEndpoint& out);

/// Reads `proxy`: nothing where there is no such key, and none where it says "off".
std::optional<std::optional<Proxy>> read_proxy(Fields& fields, ConfigPlace& place);

/// The proxy of whatever says nothing of one: that of the top level, else of the environment.
std::optional<Proxy> read_usual_proxy(Fields& top, ConfigPlace& place);

}  // namespace fairway
