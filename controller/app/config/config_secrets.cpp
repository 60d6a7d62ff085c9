#include "controller/app/config/config_secrets.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "controller/app/config/config_files.hpp"
#include "controller/app/config/config_values.hpp"
#include "manifests/text.hpp"

namespace fairway {
namespace {

constexpr std::size_t largest_secret = 64 * 1024, shortest_token = 16;
constexpr const char* right = "write {file: PATH}, {credential: NAME} or {env: NAME}";
constexpr const char* credentials_folder = "CREDENTIALS_DIRECTORY";  // set by systemd

/// Takes one line end off, and says what else is wrong with the value.
std::string strip(std::string& value, SecretForm form) {
    const bool lines = form == SecretForm::lines;
    if (value.ends_with('\n')) value.pop_back();
    if (value.ends_with('\r')) value.pop_back();
    if (value.empty()) return "is empty";
    if (!lines && value.find_first_of("\r\n") != std::string::npos) return "has several lines";
    for (std::string_view rest = value; !rest.empty();) {
        const auto c = take_code_point(rest);
        if (lines && c && (*c == U'\r' || *c == U'\n')) continue;
        if (!c || is_control(*c)) return "contains bytes that are no text";
    }
    return {};
}

std::optional<Secret> accept(
    Fields& reference, std::string_view key, std::string&& value, const std::string& what,
    SecretForm form
) {
    const std::string wrong = strip(value, form);
    Secret secret(std::move(value));  // wipes it
    if (wrong.empty()) return secret;
    reference.error(
        key, what + ' ' + wrong,
        form == SecretForm::line ? "it must hold the secret on one line" : "it must hold the secret"
    );
    return std::nullopt;
}

std::optional<Secret> read_variable(
    Fields& reference, const std::string& name, ConfigPlace& place, SecretForm form
) {
    auto value = place.environment(name);
    if (!value) {
        reference.error("env", "the variable " + name + " is not set", "set it, or name a file");
        return std::nullopt;
    }
    place.secret_variables.push_back(name);
    return accept(reference, "env", *std::move(value), "the variable " + name, form);
}

std::optional<Secret> read_secret_file(
    Fields& reference, std::string_view key, const std::string& path, ConfigPlace& place, SecretForm form
) {
    const auto refuse = [&](std::string wrong, std::string advice) {
        reference.error(key, path + ' ' + wrong, std::move(advice));
        return std::nullopt;
    };
    place.files.add(path);
    auto content = read_config_file(path, largest_secret);
    if (!content)
        return refuse("cannot be read: " + content.error().what(), "name a file that holds the secret");
    const WipedLater wiped(content->bytes);
    if (auto trouble =
            secret_file_trouble(content->mode, content->owner, geteuid(), keeper_of(path, place)))
        return refuse(std::move(trouble->wrong), std::move(trouble->advice));
    return accept(reference, key, std::move(content->bytes), path, form);
}

std::optional<Secret> read_credential(
    Fields& reference, const std::string& name, ConfigPlace& place, SecretForm form
) {
    const auto folder = place.environment(credentials_folder);
    if (folder && folder->starts_with('/')) {
        return read_secret_file(reference, "credential", resolve_path(*folder, name), place, form);
    }
    reference.error(
        "credential", "no credentials were given to this process",
        "start it by systemd with LoadCredential=" + name + ":PATH, or name a file"
    );
    return std::nullopt;
}

}  // namespace

SecretKeeper keeper_of(const std::string& path, const ConfigPlace& place) {
    const auto folder = place.environment(credentials_folder);
    const bool given = (folder && folder->starts_with('/') && is_within(path, *folder)) ||
                       is_within(path, "/run/credentials");
    return given ? SecretKeeper::systemd : SecretKeeper::people;
}

std::string secret_path(const YamlNode& reference, const ConfigPlace& place) {
    if (const YamlNode* file = reference.find("file")) return resolve_path(place.folder, file->text);
    const YamlNode* name = reference.find("credential");
    const auto folder = place.environment(credentials_folder);
    return name != nullptr && folder ? resolve_path(*folder, name->text) : std::string();
}

std::optional<Complaint> secret_file_trouble(mode_t mode, uid_t owner, uid_t us, SecretKeeper keeper) {
    if (owner != us && owner != 0)
        return Complaint{"belongs to another user", "make it belong to the user Fairway runs as"};
    const mode_t others = keeper == SecretKeeper::systemd ? 037 : 077;
    if ((mode & others) != 0) return Complaint{"can be read by others", "chmod 600 it"};
    return std::nullopt;
}

std::optional<Secret> read_secret_from(Fields& reference, ConfigPlace& place, SecretForm form) {
    const auto variable = reference.text("env", rules::variable);
    const auto file = reference.text("file", rules::path);
    const auto credential = reference.text("credential", rules::credential);
    std::vector<std::string_view> given;
    for (const std::string_view one : {"env", "file", "credential"}) {
        if (reference.has(one)) given.push_back(one);
    }
    if (given.size() != 1) {
        reference.findings().error(
            reference.node().at, reference.path(given.empty() ? "file" : given.back()),
            given.empty() ? "is missing" : "stands beside " + std::string(given.front()), right
        );
        return std::nullopt;
    }
    if (variable) return read_variable(reference, *variable, place, form);
    if (file) return read_secret_file(reference, "file", resolve_path(place.folder, *file), place, form);
    if (credential) return read_credential(reference, *credential, place, form);
    return std::nullopt;
}

std::optional<Secret> read_secret(
    Fields& fields, std::string_view key, ConfigPlace& place, Need need, SecretForm form
) {
    const YamlNode* node = fields.find(key, need, right);
    if (!node || node->kind == YamlNode::Kind::refused) return std::nullopt;
    if (node->kind != YamlNode::Kind::mapping) {
        fields.findings().error(
            node->at, fields.path(key), "a secret is not written into the configuration", right
        );
        return std::nullopt;
    }
    static constexpr std::array<KeyHint, 2> hints{{
        {"value", "a secret is not written into the configuration", right},
        {"secret", "unknown key", right},
    }};
    Fields reference(fields.findings(), *node, fields.path(key));
    auto secret = read_secret_from(reference, place, form);
    reference.finish(hints);
    return secret;
}

std::optional<Secret> read_token(Fields& fields, std::string_view key, ConfigPlace& place, Need need) {
    auto token = read_secret(fields, key, place, need);
    if (!token) return token;
    const std::string_view text = token->reveal();
    const std::string wanted = "write one of " + std::to_string(shortest_token) +
                               " characters or more, such as `openssl rand -hex 32` gives";
    if (text.size() < shortest_token) fields.error(key, "is too short to be a token", wanted);
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
    if (!plain) fields.error(key, "has characters that no header can bear", wanted);
    return token;
}

}  // namespace fairway
