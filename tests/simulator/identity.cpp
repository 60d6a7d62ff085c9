#include "tests/simulator/identity.hpp"

#include <openssl/crypto.h>

#include <algorithm>

#include "tests/simulator/signature.hpp"
#include "tests/simulator/text.hpp"

namespace apic_simulator {
namespace {

constexpr int failures_before_lock = 6;
constexpr std::chrono::minutes lock_time{5};
constexpr std::chrono::minutes clock_tolerance{15};

Refusal not_authentic(const std::string& why) {
    return Refusal(401, "APIGW.0301", "Incorrect IAM authentication information: " + why, true);
}

}  // namespace

Caller Identity::authenticate(const Request& request) {
    const std::string* const authorization = request.header("authorization");
    if (authorization) return by_signature(request, *authorization);
    const std::string* const token = request.header("x-auth-token");
    if (token) return by_token(*token);
    throw not_authentic("x-auth-token not found");
}

Caller Identity::by_signature(const Request& request, const std::string& authorization) {
    Authorization parsed;
    if (!parse_authorization(authorization, parsed))
        throw not_authentic("authorization header is malformed");
    const std::string& access_key = parsed.access_key;

    const auto user =
        std::find_if(config_.users.begin(), config_.users.end(), [&](const UserConfig& one) {
            return one.access_key == access_key;
        });
    const auto temporary = temporary_keys_.find(access_key);
    if (user == config_.users.end() && temporary == temporary_keys_.end()) {
        throw not_authentic("Get secretKey failed,ak:" + access_key + ",err:ak not exist");
    }

    Failures& failures = failures_[access_key];
    if (failures.locked_until && world_.switches.auth_lock == OnOff::on) {
        if (world_.now() < *failures.locked_until) {
            throw not_authentic("too many failures, ak is locked,ak:" + access_key);
        }
        failures = {};
    }

    Caller caller;
    caller.key = access_key;
    std::string secret;
    try {
        if (temporary != temporary_keys_.end()) {
            const std::string* const token = request.header("x-security-token");
            if (!token || *token != temporary->second.security_token) {
                throw not_authentic("verify security token fail");
            }
            if (world_.now() >= temporary->second.expires_at)
                throw not_authentic("security token expires");
            secret = temporary->second.secret_key;
            caller.user = temporary->second.user;
        } else {
            const std::string* const token = request.header("x-security-token");
            if (!user->security_token.empty() && (!token || *token != user->security_token))
                throw not_authentic("verify security token fail");
            secret = user->secret_key;
            caller.user = &*user;
        }
        const std::string* const date = request.header("x-sdk-date");
        check_signature(request, date ? *date : "", secret, parsed.signed_headers, parsed.signature);
    } catch (const Refusal&) {
        count_failure(failures);
        throw;
    }
    failures = {};
    return caller;
}

void Identity::check_signature(
    const Request& request, const std::string& date, const std::string& secret,
    const std::vector<std::string>& signed_headers, const std::string& signature
) {
    WallTime signed_at;
    if (!parse_basic_time(date, signed_at)) throw not_authentic("x-sdk-date is missing or malformed");
    const auto skew = world_.now() - signed_at;
    if (skew > clock_tolerance || -skew > clock_tolerance) {
        throw not_authentic("verify aksk signature fail, signature expired");
    }
    if (std::find(signed_headers.begin(), signed_headers.end(), "x-sdk-date") == signed_headers.end()) {
        throw not_authentic("x-sdk-date is not signed");
    }
    const std::string canonical = canonical_request(request, signed_headers);
    const std::string expected = sign(string_to_sign(date, canonical), secret);
    if (expected.size() == signature.size() &&
        CRYPTO_memcmp(expected.data(), signature.data(), expected.size()) == 0) {
        return;
    }
    std::string shown = canonical;
    std::replace(shown.begin(), shown.end(), '\n', '|');
    throw not_authentic("verify aksk signature fail, canonicalRequest:" + shown);
}

Caller Identity::by_token(const std::string& text) const {
    const auto found = tokens_.find(text);
    if (found == tokens_.end()) throw not_authentic("decrypt token fail");
    const Token& token = found->second;
    if (token.revoked) throw Refusal(401, "APIGW.0307", "The token must be updated", true);
    if (world_.now() >= token.expires_at) {
        throw not_authentic("token expires, expires_at:" + iam_time(token.expires_at));
    }
    Caller caller;
    caller.user = token.user;
    caller.key = token.user->name;
    caller.project = token.project;
    caller.has_project = !token.project.empty();
    return caller;
}

void Identity::count_failure(Failures& failures) {
    if (++failures.in_a_row >= failures_before_lock && world_.switches.auth_lock == OnOff::on) {
        failures.locked_until = world_.now() + lock_time;
    }
}

const UserConfig* Identity::user(
    std::string_view name, std::string_view password, std::string_view domain
) const {
    const auto found =
        std::find_if(config_.users.begin(), config_.users.end(), [&](const UserConfig& one) {
            return one.name == name && one.password == password;
        });
    return found != config_.users.end() && domain == config_.domain_name ? &*found : nullptr;
}

bool Identity::has_agency(
    std::string_view name, std::string_view domain_name, std::string_view domain_id
) const {
    return std::any_of(config_.agencies.begin(), config_.agencies.end(), [&](const AgencyConfig& one) {
        return one.name == name && (domain_name.empty() || one.domain_name == domain_name) &&
               (domain_id.empty() || one.domain_id == domain_id) &&
               !(domain_name.empty() && domain_id.empty());
    });
}

Token Identity::issue_token(const UserConfig* user, std::string project) {
    Token token;
    token.text = "MII" + config_.issued_mark;
    while (token.text.size() < config_.token_length) token.text += world_.new_id();
    token.text.resize(config_.token_length);
    token.user = user;
    token.project = std::move(project);
    token.issued_at = world_.now();
    token.expires_at = token.issued_at + std::chrono::seconds(config_.token_lifetime_s);
    tokens_[token.text] = token;
    return token;
}

TemporaryKey Identity::issue_key(const UserConfig* user, std::int64_t seconds) {
    TemporaryKey key;
    key.access_key = upper_case(world_.new_id()).substr(0, 20);
    key.secret_key = config_.issued_mark + world_.new_id() + world_.new_id().substr(0, 8);
    key.security_token = config_.issued_mark;
    while (key.security_token.size() < config_.token_length) key.security_token += world_.new_id();
    key.user = user;
    key.expires_at = world_.now() + std::chrono::seconds(seconds);
    temporary_keys_[key.access_key] = key;
    return key;
}

std::size_t Identity::revoke(std::string_view token) {
    std::size_t count = 0;
    for (auto& [text, one] : tokens_) {
        if ((token.empty() || text == token) && !one.revoked) {
            one.revoked = true;
            ++count;
        }
    }
    return count;
}

}  // namespace apic_simulator
