#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/random.hpp"

namespace fairway::sim {

/// Twelve that the client of the API has to keep: the first is its secret key, the second its security
/// token. All have the same mark within.
const std::vector<std::string>& planted_secrets();

/// One of them, in a way that a server may repeat it: as it is, escaped for JSON or a URL, in base64 or
/// in hex; amid other text, which tells them apart from what base64 has around it.
std::string repeated_secret(Stream& random);

/// Whether the mark of a planted secret is in `text`, in any of these ways (I13).
bool shows_secret(std::string_view text);

}  // namespace fairway::sim
