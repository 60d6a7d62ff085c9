#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "tests/simulator/http.hpp"
#include "tests/simulator/world.hpp"

namespace apic_simulator {

/// Who is calling, and for which project.
struct Caller {
    const UserConfig* user = nullptr;
    std::string key;          ///< access key or user name: what throttling counts by
    std::string project;      ///< of a token's scope; empty: every project of the user
    bool has_project = true;  ///< false for a token of domain scope
};

struct Token {
    std::string text;
    const UserConfig* user = nullptr;
    std::string project;  ///< empty: domain scope
    WallTime issued_at, expires_at;
    bool revoked = false;
};

struct TemporaryKey {
    std::string access_key, secret_key, security_token;
    const UserConfig* user = nullptr;
    WallTime expires_at;
};

/// Users, their keys and tokens: checks signatures and tokens, issues tokens and temporary keys.
class Identity {
public:
    Identity(const Config& config, World& world) : config_(config), world_(world) {}

    /// Throws a Refusal of 401 when it cannot tell who is calling.
    Caller authenticate(const Request& request);

    /// Null when name, domain or password are wrong.
    const UserConfig* user(std::string_view name, std::string_view password, std::string_view domain)
        const;
    bool has_agency(std::string_view name, std::string_view domain_name, std::string_view domain_id)
        const;
    Token issue_token(const UserConfig* user, std::string project);
    TemporaryKey issue_key(const UserConfig* user, std::int64_t seconds);
    /// Ends tokens before their time: the one given, or all when it is empty. Returns how many.
    std::size_t revoke(std::string_view token);

private:
    struct Failures {
        int in_a_row = 0;
        std::optional<WallTime> locked_until;
    };

    Caller by_signature(const Request& request, const std::string& authorization);
    Caller by_token(const std::string& text) const;
    void count_failure(Failures& failures);
    void check_signature(
        const Request& request, const std::string& date, const std::string& secret,
        const std::vector<std::string>& signed_headers, const std::string& signature
    );

    const Config& config_;
    World& world_;
    std::unordered_map<std::string, Token> tokens_;
    std::map<std::string, TemporaryKey> temporary_keys_;
    std::map<std::string, Failures> failures_;  // by access key
};

}  // namespace apic_simulator
