#pragma once

#include <deque>
#include <string>
#include <vector>

#include "controller/api/endpoint.hpp"
#include "controller/api/http_message.hpp"
#include "reconciler/model/secret.hpp"

namespace fairway {

/// Keeps secrets out of what others say: a server may repeat a request in its answer, and the answer is
/// told to people, logged and stored.
class Mask {
public:
    /// What is configured for the project, and `others`.
    Mask(const ProjectEndpoint& project, std::vector<Secret> others);

    /// A secret that was issued for a time: the newest few are remembered.
    void hide(Secret issued);
    /// The answer without any of these, nor what `sent` proved itself by, however they are written.
    void cover(HttpReply& reply, const std::vector<Secret>& sent) const;

private:
    std::vector<Secret> configured_;
    std::deque<Secret> issued_;
};

/// The secrets in a request's header fields.
std::vector<Secret> secrets_sent(const HttpRequest& request);

/// Replaces every form of `secret` in `text`: as it is, escaped for JSON or a URL, in hex, in base64.
void cover(std::string& text, const Secret& secret);

}  // namespace fairway
