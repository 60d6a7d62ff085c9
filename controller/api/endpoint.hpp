#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "reconciler/model/secret.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/schedule/limiter.hpp"

namespace fairway {

/// A permanent key, or with `security_token` a temporary one.
struct AccessKey {
    Secret access_key, secret_key;
    std::optional<Secret> security_token;
};

/// A user of an account, for whom tokens are fetched from IAM.
struct Password {
    std::string user, domain;
    Secret password;
};

using Credentials = std::variant<AccessKey, Password>;

/// A role of another account, which the user or the key assumes. A key gets a temporary key, a user a
/// token.
struct Agency {
    std::string name;
    std::string domain, domain_id;             ///< of the other account: one of them
    Duration duration{std::chrono::hours(1)};  ///< of a temporary key
};

/// A certificate by which we prove to a server who we are, and its key, both in PEM.
struct ClientCertificate {
    std::string chain_file;
    Secret key;
};

/// A proxy that is asked to CONNECT.
struct Proxy {
    std::string host;  ///< a name or an IP literal, without brackets
    std::uint16_t port = 3128;
    std::string user;
    Secret password;
    /// Hosts that are reached without it, as NO_PROXY names them.
    std::vector<std::string> except;

    /// `HOST:PORT`, an IPv6 literal in brackets.
    std::string authority() const {
        const bool v6 = host.find(':') != std::string::npos;
        return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
    }
    /// `http://HOST:PORT`, without user and password.
    std::string url() const { return "http://" + authority(); }
};

/// A project of the cloud, and how it is reached.
struct ProjectEndpoint {
    std::string name;          ///< in our configuration
    std::string project_id;    ///< in the cloud; empty: that of the name
    std::string project_name;  ///< in the cloud, where project_id is empty
    std::string endpoint;      ///< https://HOST[:PORT], nothing more; HOST may be an IP literal
    std::string iam_endpoint;  ///< the same for IAM; see asks_iam()
    std::string region;
    std::optional<std::string> ca_file;   ///< trusted instead of the system's store
    std::optional<std::string> crl_file;  ///< revocation lists, one of every authority in the chain
    std::optional<ClientCertificate> client_certificate;
    std::optional<Proxy> proxy;
    Credentials credentials;
    std::optional<Agency> agency;
    LimiterOptions limits;

    /// Whether its credentials need IAM.
    bool asks_iam() const {
        return agency || project_id.empty() || std::holds_alternative<Password>(credentials);
    }
};

}  // namespace fairway
