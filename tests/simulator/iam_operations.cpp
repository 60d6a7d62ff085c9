#include <algorithm>

#include "tests/simulator/operations.hpp"
#include "tests/simulator/text.hpp"

namespace apic_simulator {
namespace {

Refusal bad_request(const std::string& what) {
    return Refusal(400, "IAM.0011", "Request body is invalid: " + what);
}

/// The object at `key`, which has to be there.
const JsonValue& object_at(const JsonValue& parent, std::string_view key) {
    const JsonValue* const value = find(parent, key);
    if (!value || !value->IsObject()) throw bad_request(std::string(key));
    return *value;
}

const JsonValue& auth_of(Call& call) {
    if (!call.body || !call.body->IsObject()) throw bad_request("not a JSON object");
    return object_at(*call.body, "auth");
}

std::string method_of(const JsonValue& identity) {
    const JsonValue* const methods = find(identity, "methods");
    if (!methods || !methods->IsArray() || methods->Size() != 1 || !(*methods)[0].IsString()) {
        throw bad_request("methods");
    }
    return (*methods)[0].GetString();
}

/// The project that a token's scope names; empty for a domain.
std::string project_of_scope(const Config& config, const JsonValue& auth) {
    const JsonValue& scope = object_at(auth, "scope");
    const JsonValue* const project = find(scope, "project");
    const JsonValue* const domain = find(scope, "domain");
    if ((project != nullptr) == (domain != nullptr)) throw bad_request("scope");
    if (domain) return "";
    const std::string_view id = text_at(*project, "id");
    const std::string_view name = text_at(*project, "name");
    for (const ProjectConfig& one : config.projects) {
        if (id.empty() ? one.name == name : one.id == id) return one.id;
    }
    throw Refusal(404, "IAM.0004", "Could not find project.");
}

bool may_use(const UserConfig& user, const std::string& project) {
    return user.projects.empty() || user.projects.contains(project);
}

void check_agency(Call& call, const JsonValue& role) {
    const std::string_view domain_name = text_at(role, "domain_name");
    const std::string_view domain_id = text_at(role, "domain_id");
    if (text_at(role, "agency_name").empty() || (domain_name.empty() && domain_id.empty())) {
        throw bad_request("assume_role");
    }
    if (!call.identity.has_agency(text_at(role, "agency_name"), domain_name, domain_id)) {
        throw Refusal(403, "IAM.0002", "You are not authorized to perform the requested action.");
    }
}

void write_domain(JsonWriter& out, const Config& config) {
    out.key("domain")
        .begin_object()
        .field("id", config.domain_id)
        .field("name", config.domain_name)
        .end_object();
}

Reply token_reply(const Config& config, const Token& token, const std::string& method) {
    JsonWriter out;
    out.begin_object().key("token").begin_object();
    out.field("expires_at", iam_time(token.expires_at)).field("issued_at", iam_time(token.issued_at));
    out.key("methods").begin_array().value(method).end_array().key("catalog").begin_array().end_array();
    for (const ProjectConfig& project : config.projects) {
        if (project.id != token.project) continue;
        out.key("project").begin_object().field("id", project.id).field("name", project.name);
        write_domain(out, config);
        out.end_object();
    }
    if (token.project.empty()) write_domain(out, config);
    out.key("roles")
        .begin_array()
        .begin_object()
        .field("id", "0")
        .field("name", "te_admin")
        .end_object();
    out.end_array().key("user").begin_object().field("id", "7116d09f88fa41908676fdd4b039e95b");
    out.field("name", token.user->name).field("password_expires_at", "");
    write_domain(out, config);
    out.end_object().end_object().end_object();
    Reply reply = json_reply(201, out);
    reply.headers.emplace_back("X-Subject-Token", token.text);
    return reply;
}

}  // namespace

Reply create_token(Call& call) {
    const Config& config = call.world.config();
    const JsonValue& auth = auth_of(call);
    const JsonValue& identity = object_at(auth, "identity");
    const std::string method = method_of(identity);
    const UserConfig* user = nullptr;
    if (method == "password") {
        const JsonValue& named = object_at(object_at(identity, "password"), "user");
        const std::string_view domain = text_at(object_at(named, "domain"), "name");
        user = call.identity.user(text_at(named, "name"), text_at(named, "password"), domain);
        if (!user) throw Refusal(401, "IAM.0001", "The username or password is wrong.");
    } else if (method == "assume_role") {
        const JsonValue& role = object_at(identity, "assume_role");
        if (!call.request.header("x-auth-token")) {
            throw Refusal(401, "IAM.0001", "The request you have made requires authentication.");
        }
        user = call.identity.authenticate(call.request).user;
        check_agency(call, role);
    } else {
        throw bad_request("methods");
    }
    const std::string project = project_of_scope(config, auth);
    if (!project.empty() && !may_use(*user, project)) {
        throw Refusal(403, "IAM.0002", "You are not authorized to perform the requested action.");
    }
    return token_reply(config, call.identity.issue_token(user, project), method);
}

Reply list_projects(Call& call) {
    const Config& config = call.world.config();
    const std::string* const name = call.request.parameter("name");
    JsonWriter out;
    out.begin_object().key("projects").begin_array();
    for (const ProjectConfig& project : config.projects) {
        if ((name && project.name != *name) || !may_use(*call.caller.user, project.id)) continue;
        out.begin_object().field("id", project.id).field("name", project.name);
        out.field("domain_id", config.domain_id).field("parent_id", config.domain_id);
        out.field("enabled", true).field("is_domain", false).end_object();
    }
    out.end_array().key("links").begin_object();
    out.field("self", "https://iam." + config.region + ".myhuaweicloud.com/v3/projects");
    out.key("next").null().key("previous").null().end_object().end_object();
    return json_reply(200, out);
}

Reply create_temporary_key(Call& call) {
    const JsonValue& identity = object_at(auth_of(call), "identity");
    if (method_of(identity) != "assume_role") throw bad_request("methods");
    const JsonValue& role = object_at(identity, "assume_role");
    std::int64_t seconds = 900;
    if (const JsonValue* const given = find(role, "duration_seconds")) {
        if (!given->IsInt64() || given->GetInt64() < 900 || given->GetInt64() > 86400) {
            throw bad_request("duration_seconds");
        }
        seconds = given->GetInt64();
    }
    check_agency(call, role);
    const TemporaryKey key = call.identity.issue_key(call.caller.user, seconds);
    JsonWriter out;
    out.begin_object().key("credential").begin_object().field("access", key.access_key);
    out.field("secret", key.secret_key).field("securitytoken", key.security_token);
    out.field("expires_at", iam_time(key.expires_at)).end_object().end_object();
    return json_reply(201, out);
}

}  // namespace apic_simulator
