#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/simulator/http.hpp"

namespace apic_simulator {

/// What an Authorization header of the algorithm SDK-HMAC-SHA256 says.
struct Authorization {
    std::string access_key, signature;
    std::vector<std::string> signed_headers;  ///< lower case, in the order given
};

/// False when it is of another kind or incomplete.
bool parse_authorization(std::string_view header, Authorization& parsed);

/// The request in the form that is signed.
std::string canonical_request(const Request& request, const std::vector<std::string>& signed_headers);
std::string string_to_sign(std::string_view date, std::string_view canonical_request);
/// Lower-case hex.
std::string sign(std::string_view text, std::string_view secret_key);
std::string sha256_hex(std::string_view data);

}  // namespace apic_simulator
