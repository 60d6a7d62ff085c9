#include "controller/codec/iam_json.hpp"

#include <utility>

#include "controller/codec/channel_json.hpp"
#include "controller/codec/json_object.hpp"
#include "controller/codec/json_put.hpp"
#include "controller/codec/wiped_buffer.hpp"

namespace fairway {
namespace {

using Json = WipedWriter;

void open(Json& json, std::string_view name) {
    put_key(json, name);
    json.StartObject();
}

/// {"auth":{"identity":{"methods":[METHOD], ...
void begin(Json& json, const char* method) {
    json.StartObject();
    open(json, "auth");
    open(json, "identity");
    put_key(json, "methods");
    json.StartArray();
    json.String(method);
    json.EndArray();
}

void put_scope(Json& json, const TokenScope& scope) {
    open(json, "scope");
    const bool project = !scope.project_id.empty() || !scope.project_name.empty();
    open(json, project ? "project" : "domain");
    if (!scope.project_id.empty()) {
        put(json, "id", scope.project_id);
    } else {
        put(json, "name", project ? scope.project_name : scope.domain);
    }
    json.EndObject();
    json.EndObject();
}

void put_agency(Json& json, const AgencyName& agency) {
    put(json, "agency_name", agency.name);
    if (!agency.domain_id.empty()) {
        put(json, "domain_id", agency.domain_id);
    } else {
        put(json, "domain_name", agency.domain);
    }
}

std::string text_of(const WipedBuffer& buffer) {
    return {buffer.GetString(), buffer.GetSize()};
}

WallTime read_end(const JsonObject& from) {
    const auto expires = parse_time(from.text_or_empty("expires_at"));
    if (!expires) from.refuse("expires_at", "is not a time");
    return expires.value_or(WallTime());
}

/// Reads the object `name`, which an answer must have.
template <class Info, class Read>
Result<Info> read_within(std::string body, const char* name, Read read) {
    return read_document(std::move(body), [&](const JsonObject& answer) {
        Info info{};
        const auto object = answer.object(name);
        if (object) {
            read(*object, info);
        } else {
            answer.refuse(name, "is missing");
        }
        return info;
    });
}

}  // namespace

std::string token_request(
    const std::string& user, const std::string& domain, const Secret& password, const TokenScope& scope
) {
    WipedBuffer buffer;
    Json json(buffer);
    begin(json, "password");
    open(json, "password");
    open(json, "user");
    put(json, "name", user);
    put(json, "password", password.reveal());
    open(json, "domain");
    put(json, "name", domain);
    json.EndObject();
    json.EndObject();
    json.EndObject();
    json.EndObject();  // identity
    put_scope(json, scope);
    json.EndObject();
    json.EndObject();
    return text_of(buffer);
}

std::string agency_token_request(const AgencyName& agency, const TokenScope& scope) {
    WipedBuffer buffer;
    Json json(buffer);
    begin(json, "assume_role");
    open(json, "assume_role");
    put_agency(json, agency);
    json.EndObject();
    json.EndObject();  // identity
    put_scope(json, scope);
    json.EndObject();
    json.EndObject();
    return text_of(buffer);
}

std::string agency_key_request(const AgencyName& agency, std::int64_t seconds) {
    WipedBuffer buffer;
    Json json(buffer);
    begin(json, "assume_role");
    open(json, "assume_role");
    put_agency(json, agency);
    put(json, "duration_seconds", seconds);
    json.EndObject();
    json.EndObject();  // identity
    json.EndObject();
    json.EndObject();
    return text_of(buffer);
}

Result<TokenInfo> parse_token(std::string body) {
    return read_within<TokenInfo>(
        std::move(body), "token",
        [](const JsonObject& token, TokenInfo& info) {
            info.expires_at = read_end(token);
            if (const auto project = token.object("project"))
                info.project_id = project->text_or_empty("id");
        }
    );
}

Result<TemporaryKeyInfo> parse_temporary_key(std::string body) {
    return read_within<TemporaryKeyInfo>(
        std::move(body), "credential",
        [](const JsonObject& key, TemporaryKeyInfo& info) {
            info.access_key = Secret(key.required_text("access"));
            info.secret_key = Secret(key.required_text("secret"));
            info.security_token = Secret(key.required_text("securitytoken"));
            info.expires_at = read_end(key);
        }
    );
}

Result<std::vector<ProjectInfo>> parse_projects(std::string body) {
    return read_document(std::move(body), [](const JsonObject& answer) {
        auto projects = answer.list("projects", [](const JsonObject& row) {
            return ProjectInfo{row.required_text("id"), row.text_or_empty("name")};
        });
        if (!projects) answer.refuse("projects", "is missing");
        return projects.value_or(std::vector<ProjectInfo>());
    });
}

}  // namespace fairway
