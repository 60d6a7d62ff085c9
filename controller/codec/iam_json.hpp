#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/error.hpp"
#include "reconciler/model/secret.hpp"
#include "reconciler/model/time.hpp"

namespace fairway {

/// What a token is good for: the first of these that is given.
struct TokenScope {
    std::string project_id, project_name, domain;
};

/// A role of another account; its account by name or by id.
struct AgencyName {
    std::string name, domain, domain_id;
};

/// The body of a request for a user's token.
std::string token_request(
    const std::string& user, const std::string& domain, const Secret& password, const TokenScope& scope
);
/// The same for the token of an agency.
std::string agency_token_request(const AgencyName& agency, const TokenScope& scope);
/// The body of a request for an agency's temporary key.
std::string agency_key_request(const AgencyName& agency, std::int64_t seconds);

struct TokenInfo {
    WallTime expires_at;
    std::string project_id;  ///< empty where the token is for no project
};
/// The body's part of a token answer; the token itself is in a header.
Result<TokenInfo> parse_token(std::string body);

struct TemporaryKeyInfo {
    Secret access_key, secret_key, security_token;
    WallTime expires_at;
};
Result<TemporaryKeyInfo> parse_temporary_key(std::string body);

struct ProjectInfo {
    std::string id, name;
};
Result<std::vector<ProjectInfo>> parse_projects(std::string body);

}  // namespace fairway
