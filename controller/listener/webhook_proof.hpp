#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/secret.hpp"

namespace fairway {

/// Whether a webhook comes from somebody who knows the secret, as GitHub, Gitea and Forgejo prove it, by
/// a signature over the body, and GitLab, which sends the secret itself. Nobody is asked which of them
/// it is: each takes the secret. What is there of these must be right, all of it.
class WebhookProof {
public:
    /// The header fields that it is in, by their names in lower case.
    static const std::vector<std::string>& fields();

    /// `given` are those that came.
    WebhookProof(const Secret& secret, const std::map<std::string, Secret>& given);
    WebhookProof(WebhookProof&&) noexcept;
    ~WebhookProof();

    /// Whether any came.
    bool given() const;
    /// The next piece of the body, as it came.
    void take(std::string_view piece);
    /// After the last piece, once.
    bool good();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace fairway
