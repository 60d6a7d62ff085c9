#pragma once

#include <optional>
#include <string>
#include <variant>

#include "reconciler/model/secret.hpp"
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

/// A project of the cloud, and how it is reached.
struct ProjectEndpoint {
    std::string name;          ///< in our configuration
    std::string project_id;    ///< in the cloud
    std::string endpoint;      ///< https://HOST[:PORT], nothing more; HOST may be an IP literal
    std::string iam_endpoint;  ///< the same for tokens; not used with an access key
    std::string region;
    std::optional<std::string> ca_file;  ///< trusted instead of the system's store
    Credentials credentials;
    LimiterOptions limits;
};

}  // namespace fairway
