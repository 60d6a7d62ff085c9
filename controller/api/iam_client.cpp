#include "controller/api/iam_client.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "controller/api/api_error.hpp"
#include "controller/api/operations.hpp"
#include "controller/api/project_client.hpp"

namespace fairway {
namespace {

HttpRequest post(std::string body) {
    HttpRequest request;
    request.method = "POST";
    request.fields.push_back({"Content-Type", "application/json"});
    request.body = std::move(body);
    return request;
}

AgencyName name_of(const Agency& agency) {
    return {agency.name, agency.domain, agency.domain_id};
}

}  // namespace

IamClient::IamClient(
    const ProjectEndpoint& project, std::string authority, std::shared_ptr<Standing> login,
    const Clock& clock, Exchange exchange
)
    : project_id_(project.project_id),
      project_name_(project.project_name.empty() ? project.region : project.project_name),
      authority_(std::move(authority)),
      credentials_(project.credentials),
      agency_(project.agency),
      login_(std::move(login)),
      clock_(clock),
      exchange_(std::move(exchange)) {}

IamClient::~IamClient() = default;

Task<Result<Grant>> IamClient::grant() {
    if (std::holds_alternative<Password>(credentials_)) co_return co_await token();
    co_return co_await key();
}

TokenScope IamClient::project_scope() const {
    return {project_id_, project_name_, {}};
}

/// One request, whose refusal is an error.
Task<Result<HttpReply>> IamClient::ask(Asked asked) {
    asked.request.target = request_target(asked.path, asked.query);
    auto reply = co_await exchange_(std::move(asked.request), asked.operation);
    if (!reply || is_success(reply->status)) co_return reply;
    const WallTime now = clock_.wall();
    Error error = refusal_of(*reply, "GET", now);  // nothing is lost by asking again
    if (error.cls() == ErrorClass::auth) {
        const std::string skew = clock_skew(reply->field("Date"), now);
        if (!skew.empty()) error = std::move(error).in(skew);
    }
    co_return error;
}

/// The same, in the name of the configured credentials: how it goes says whether they work.
Task<Result<HttpReply>> IamClient::ask_as_login(Asked asked) {
    auto pass = co_await login_->enter();
    if (!pass) co_return pass.error();
    auto reply = co_await ask(std::move(asked));
    if (reply) {
        pass->worked();
    } else if (reply.error().cls() == ErrorClass::auth) {
        pass->refused(reply.error());
        if (auto closed = login_->closed()) co_return *std::move(closed);
    } else if (reply.error().fault().http_status == 0) {
        pass->unheard(reply.error());
    }
    co_return reply;
}

Result<> IamClient::still_good(const HttpReply& reply, WallTime expires_at) const {
    const WallTime now = clock_.wall();
    if (expires_at > now) return {};
    const std::string skew = clock_skew(reply.field("Date"), now);
    return odd_answer(reply, false, "what it gives has ended already; " + skew);
}

Task<Result<Grant>> IamClient::token() {
    const auto& password = std::get<Password>(credentials_);
    TokenScope scope = project_scope();
    if (agency_) scope = {{}, {}, password.domain};  // to assume a role is a right of the whole account
    Asked own;
    own.operation = operations::token;
    own.path = "/v3/auth/tokens";
    own.query = {{"nocatalog", "true"}};
    own.request = post(token_request(password.user, password.domain, password.password, scope));
    auto reply = co_await ask_as_login(std::move(own));
    if (!reply) co_return reply.error();
    const WipedLater reply_wiped(*reply);
    auto grant = co_await take_token(*reply);
    if (!grant || !agency_) co_return grant;

    Asked role;
    role.operation = operations::token;
    role.path = "/v3/auth/tokens";
    role.query = {{"nocatalog", "true"}};
    role.request = post(agency_token_request(name_of(*agency_), project_scope()));
    const auto& proof = std::get<Token>(grant->proof);
    role.request.fields.push_back({"X-Auth-Token", std::string(proof.value.reveal())});
    auto assumed = co_await ask(std::move(role));
    if (!assumed) co_return Error(assumed.error()).in("agency " + agency_->name);
    const WipedLater assumed_wiped(*assumed);
    co_return co_await take_token(*assumed);
}

Task<Result<Grant>> IamClient::take_token(HttpReply& reply) const {
    const std::string_view text = reply.field("X-Subject-Token");
    if (reply.count("X-Subject-Token") != 1 || text.empty()) {
        co_return odd_answer(reply, false, "the answer carries no token, or several");
    }
    // A field that goes on in a further line is read with blanks in it: what we would send is no token.
    if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; }))
        co_return odd_answer(reply, false, "the token has characters that no token has");
    auto info = parse_token(std::move(reply.body));
    if (!info) co_return odd_answer(reply, false, info.error().what());
    const auto good = still_good(reply, info->expires_at);
    if (!good) co_return good.error();
    Grant grant;
    grant.proof = Token{Secret(std::string(text))};
    grant.expires_at = info->expires_at;
    grant.project_id = project_id_.empty() ? std::move(info->project_id) : project_id_;
    co_return grant;
}

Task<Result<Grant>> IamClient::key() {
    Grant grant;
    grant.proof = std::get<AccessKey>(credentials_);
    if (agency_) {
        auto temporary = co_await temporary_key();
        if (!temporary) co_return Error(temporary.error()).in("agency " + agency_->name);
        grant = *std::move(temporary);
    }
    grant.project_id = project_id_;
    if (!project_id_.empty()) co_return grant;
    auto found = co_await look_up(std::get<AccessKey>(grant.proof), !agency_);
    if (!found) co_return found.error();
    grant.project_id = *std::move(found);
    co_return grant;
}

Task<Result<Grant>> IamClient::temporary_key() {
    const auto& own = std::get<AccessKey>(credentials_);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(agency_->duration).count();
    Asked role;
    role.operation = operations::temporary_key;
    role.path = "/v3.0/OS-CREDENTIAL/securitytokens";
    role.request = post(agency_key_request(name_of(*agency_), seconds));
    const Signer signer(own);
    sign(role.request, own, signer, {}, role.path, role.query, authority_, clock_.wall());
    auto reply = co_await ask_as_login(std::move(role));
    if (!reply) co_return reply.error();
    const WipedLater reply_wiped(*reply);
    auto info = parse_temporary_key(std::move(reply->body));
    if (!info) co_return odd_answer(*reply, false, info.error().what());
    const auto good = still_good(*reply, info->expires_at);
    if (!good) co_return good.error();
    AccessKey key;
    key.access_key = std::move(info->access_key);
    key.secret_key = std::move(info->secret_key);
    key.security_token = std::move(info->security_token);
    Grant grant;
    grant.proof = std::move(key);
    grant.expires_at = info->expires_at;
    co_return grant;
}

Task<Result<std::string>> IamClient::look_up(const AccessKey& key, bool login) {
    Asked list;
    list.operation = operations::projects;
    list.path = "/v3/projects";
    list.query = {{"name", project_name_}};
    list.request.method = "GET";
    const Signer signer(key);
    sign(list.request, key, signer, {}, list.path, list.query, authority_, clock_.wall());
    Result<HttpReply> reply(HttpReply{});
    if (login) {
        reply = co_await ask_as_login(std::move(list));
    } else {
        reply = co_await ask(std::move(list));
    }
    if (!reply) co_return reply.error();
    const auto projects = parse_projects(std::move(reply->body));
    if (!projects) co_return odd_answer(*reply, false, projects.error().what());
    std::string id;
    std::size_t hits = 0;
    for (const ProjectInfo& project : *projects) {
        if (project.name != project_name_) continue;
        ++hits;
        id = project.id;
    }
    if (hits == 1) co_return id;
    co_return Error(
        ErrorClass::terminal, ErrorReason::validation,
        (hits == 0 ? "the account has no project named " : "the account has several projects named ") +
            project_name_ + "; write its project_id into the configuration"
    );
}

}  // namespace fairway
