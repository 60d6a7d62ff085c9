#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "controller/api/endpoint.hpp"
#include "controller/api/http_message.hpp"
#include "controller/api/session.hpp"
#include "controller/api/signer.hpp"
#include "controller/api/standing.hpp"
#include "controller/codec/iam_json.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// What a project asks of IAM: from the configured credentials to those that its requests carry.
class IamClient {
public:
    /// Sends one request to IAM.
    using Exchange = std::function<Task<Result<HttpReply>>(HttpRequest, std::string_view operation)>;

    /// `login` is what is known of the configured credentials. The clock must outlive the client.
    IamClient(
        const ProjectEndpoint& project, std::string authority, std::shared_ptr<Standing> login,
        const Clock& clock, Exchange exchange
    );
    ~IamClient();

    /// One grant, by as many requests as that takes.
    Task<Result<Grant>> grant();

private:
    struct Asked {
        std::string_view operation;
        HttpRequest request;
        std::string path;
        Query query;
    };
    Task<Result<HttpReply>> ask(Asked asked);
    Task<Result<HttpReply>> ask_as_login(Asked asked);
    Task<Result<Grant>> token();
    Task<Result<Grant>> take_token(HttpReply& reply) const;
    Task<Result<Grant>> key();
    Task<Result<Grant>> temporary_key();
    Task<Result<std::string>> look_up(const AccessKey& key, bool login);
    TokenScope project_scope() const;
    Result<> still_good(const HttpReply& reply, WallTime expires_at) const;

    const std::string project_id_, project_name_, authority_;
    const Credentials credentials_;
    const std::optional<Agency> agency_;
    const std::shared_ptr<Standing> login_;
    const Clock& clock_;
    const Exchange exchange_;
};

}  // namespace fairway
