#include "controller/api/http_channel_api.hpp"

#include <utility>
#include <variant>

#include "controller/api/api_error.hpp"
#include "controller/api/https_client.hpp"
#include "controller/api/project_client.hpp"

namespace fairway {
namespace {

Connect over_tls(boost::asio::any_io_executor executor) {
    return [executor = std::move(executor)](const std::string& url, const ProjectEndpoint& project) {
        using Opened = Result<std::unique_ptr<HttpTransport>>;
        auto where = options_for(url, project);
        if (!where) return Opened(where.error());
        auto client = HttpsClient::open(executor, *std::move(where));
        return client ? Opened(*std::move(client)) : Opened(client.error());
    };
}

/// Tells apart whose failures count together: the credentials, wherever they are tried.
Secret login_of(const ProjectEndpoint& project) {
    std::vector<std::string_view> parts;
    if (const auto* login = std::get_if<Password>(&project.credentials)) {
        parts = {login->user, login->domain, login->password.reveal()};
    } else {
        const auto& key = std::get<AccessKey>(project.credentials);
        parts = {key.access_key.reveal(), key.secret_key.reveal()};
        if (key.security_token) parts.push_back(key.security_token->reveal());
    }
    std::size_t size = 0;
    for (const std::string_view part : parts) size += part.size() + 1;
    std::string text;
    text.reserve(size);
    for (const std::string_view part : parts) text.append(part).append("\n");
    return Secret(std::move(text));
}

struct ByBytes {
    bool operator()(const Secret& a, const Secret& b) const { return a.reveal() < b.reveal(); }
};

/// The secret of every key that is in use, and who uses it.
using KeysInUse = std::map<Secret, std::pair<Secret, std::string>, ByBytes>;

/// A key has one secret: of two one is wrong, and what is refused for it locks the key for all.
Result<> one_secret_each(const ProjectEndpoint& project, KeysInUse& keys) {
    const auto* key = std::get_if<AccessKey>(&project.credentials);
    if (key == nullptr) return {};
    const auto [at, first] = keys.try_emplace(key->access_key, key->secret_key, project.name);
    if (first || at->second.first.reveal() == key->secret_key.reveal()) return {};
    return Error(
        ErrorClass::terminal, ErrorReason::validation,
        "its secret_key is another than that of project " + at->second.second +
            ", which has the same access_key; correct the wrong one"
    );
}

}  // namespace

HttpChannelApi::HttpChannelApi(SecretLookup secrets) : secrets_(std::move(secrets)) {}
HttpChannelApi::~HttpChannelApi() = default;

Result<std::unique_ptr<HttpChannelApi>> HttpChannelApi::open(
    boost::asio::any_io_executor executor, std::vector<ProjectEndpoint> projects, SecretLookup secrets,
    Clock& clock, Entropy& entropy, Metrics& metrics, Options options
) {
    std::unique_ptr<HttpChannelApi> api(new HttpChannelApi(std::move(secrets)));
    const Connect connect = options.connect ? options.connect : over_tls(executor);
    std::map<Secret, std::shared_ptr<Standing>, ByBytes> logins;
    KeysInUse keys;
    for (ProjectEndpoint& project : projects) {
        const std::string name = project.name;
        const auto clear = one_secret_each(project, keys);
        if (!clear) return Error(clear.error()).in("project " + name);
        auto gateway = connect(project.endpoint, project);
        if (!gateway) return Error(gateway.error()).in("project " + name);
        std::unique_ptr<HttpTransport> iam;
        if (project.asks_iam()) {
            auto opened = connect(project.iam_endpoint, project);
            if (!opened) return Error(opened.error()).in("project " + name + ", IAM");
            iam = *std::move(opened);
            iam->limit(1);
        }
        std::shared_ptr<Standing>& login = logins[login_of(project)];
        if (!login) {
            // A wrong password is not repeated: it locks the user out. A key's trouble may be the clock.
            const bool password = std::holds_alternative<Password>(project.credentials);
            const auto refused = password ? Standing::Refused::stops : Standing::Refused::locks;
            login = std::make_shared<Standing>(executor, clock, refused);
        }
        api->projects_[name] = std::make_shared<Project>(
            executor, std::move(project), Project::World{clock, entropy, metrics}, options,
            *std::move(gateway), std::move(iam), login
        );
    }
    return api;
}

Result<std::shared_ptr<HttpChannelApi::Project>> HttpChannelApi::project(const std::string& name) const {
    const auto found = projects_.find(name);
    if (found != projects_.end()) return found->second;
    return Error(
        ErrorClass::terminal, ErrorReason::validation,
        "no project named \"" + shown(name, 64) + "\" is configured"
    );
}

Task<Result<ObservedChannel>> HttpChannelApi::find(ChannelKey key) {
    const auto found = project(key.project);
    if (!found) co_return found.error();
    const auto& at = *found;
    co_return co_await at->find(at, key.name);
}

Task<Result<std::vector<InstanceChannel>>> HttpChannelApi::list(std::string name) {
    const auto found = project(name);
    if (!found) co_return found.error();
    const auto& at = *found;
    Project::Lists all;
    all.repeat = true;
    co_return co_await at->rows(at, all);
}

Task<Result<InstanceChannel>> HttpChannelApi::show(ChannelKey key, InstanceId instance, std::string id) {
    const auto found = project(key.project);
    if (!found) co_return found.error();
    const auto& at = *found;
    co_return co_await at->show(at, key.name, instance, id);
}

Task<Result<std::vector<InstanceChannel>>> HttpChannelApi::create(
    ChannelKey key, ChannelSpec spec, MaySend may_send
) {
    const auto found = project(key.project);
    if (!found) co_return found.error();
    const auto& at = *found;
    auto body = project_channel_body(key.name, spec, secrets_);
    if (!body) co_return body.error();
    co_return co_await at->write(
        at, true, std::move(key.name), std::move(spec.instance_ids), *std::move(body),
        std::move(may_send)
    );
}

Task<Result<>> HttpChannelApi::put(ChannelKey key, ChannelSpec spec, MaySend may_send) {
    const auto found = project(key.project);
    if (!found) co_return found.error();
    const auto& at = *found;
    auto body = project_channel_body(key.name, spec, secrets_);
    if (!body) co_return body.error();
    const auto done = co_await at->write(
        at, false, std::move(key.name), std::move(spec.instance_ids), *std::move(body),
        std::move(may_send)
    );
    if (!done) co_return done.error();
    co_return Result<>();
}

Task<Result<>> HttpChannelApi::remove(
    ChannelKey key, InstanceId instance, std::string id, MaySend may_send
) {
    const auto found = project(key.project);
    if (!found) co_return found.error();
    const auto& at = *found;
    co_return co_await at->remove(at, std::move(instance), std::move(id), std::move(may_send));
}

Task<Result<>> HttpChannelApi::put_members(
    ChannelKey key, InstanceId instance, std::string id, ChannelSpec spec
) {
    const auto found = project(key.project);
    if (!found) co_return found.error();
    const auto& at = *found;
    std::string body = members_body(spec);
    co_return co_await at->put_members(at, instance, id, std::move(body));
}

Task<Result<std::vector<GatewayInstance>>> HttpChannelApi::instances(std::string name) {
    const auto found = project(name);
    if (!found) co_return found.error();
    const auto& at = *found;
    co_return co_await at->instances(at);
}

Task<Result<bool>> HttpChannelApi::name_modifiable(std::string name, InstanceId instance) {
    const auto found = project(name);
    if (!found) co_return found.error();
    const auto& at = *found;
    co_return co_await at->name_modifiable(at, instance);
}

Task<Result<std::vector<Quota>>> HttpChannelApi::quotas(std::string name, InstanceId instance) {
    const auto found = project(name);
    if (!found) co_return found.error();
    const auto& at = *found;
    co_return co_await at->quotas(at, instance);
}

}  // namespace fairway
