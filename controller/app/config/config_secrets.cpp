#include "controller/app/config/config_secrets.hpp"

#include <unistd.h>

#include <array>

#include "controller/app/config/config_files.hpp"
#include "controller/app/config/config_values.hpp"
#include "manifests/text.hpp"

namespace fairway {
namespace {

constexpr std::size_t largest_secret = 64 * 1024;

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
    Fields& reference, std::string_view key, std::string value, const std::string& what, SecretForm form
) {
    const std::string wrong = strip(value, form);
    Secret secret(std::move(value));
    if (wrong.empty()) return secret;
    reference.findings().error(
        reference.node().find(key)->at, reference.path(key), what + ' ' + wrong,
        form == SecretForm::line ? "it must hold the secret on one line" : "it must hold the secret"
    );
    return std::nullopt;
}

std::optional<Secret> read_variable(
    Fields& reference, const std::string& name, ConfigPlace& place, SecretForm form
) {
    const auto value = place.environment(name);
    if (!value) {
        reference.findings().error(
            reference.node().find("env")->at, reference.path("env"),
            "the variable " + name + " is not set", "set it, or name a file"
        );
        return std::nullopt;
    }
    place.secret_variables.push_back(name);
    return accept(reference, "env", *value, "the variable " + name, form);
}

std::optional<Secret> read_secret_file(
    Fields& reference, const std::string& name, ConfigPlace& place, SecretForm form
) {
    const std::string path = resolve_path(place.folder, name);
    const auto refuse = [&](std::string wrong, std::string advice) {
        reference.findings().error(
            reference.node().find("file")->at, reference.path("file"), path + ' ' + wrong,
            std::move(advice)
        );
        return std::nullopt;
    };
    auto content = read_config_file(path, largest_secret);
    if (!content)
        return refuse("cannot be read: " + content.error().what(), "name a file that holds the secret");
    if (auto trouble = secret_file_trouble(content->mode, content->owner, geteuid()))
        return refuse(std::move(trouble->wrong), std::move(trouble->advice));
    return accept(reference, "file", std::move(content->bytes), path, form);
}

}  // namespace

std::optional<Complaint> secret_file_trouble(mode_t mode, uid_t owner, uid_t us) {
    if (owner != us && owner != 0)
        return Complaint{"belongs to another user", "make it belong to the user Fairway runs as"};
    if ((mode & 077) != 0) return Complaint{"can be read by others", "chmod 600 it"};
    return std::nullopt;
}

std::optional<Secret> read_secret_from(Fields& reference, ConfigPlace& place, SecretForm form) {
    const auto variable = reference.text("env", rules::variable);
    const auto file = reference.text("file", rules::path);
    const bool has_variable = reference.has("env"), has_file = reference.has("file");
    if (has_variable == has_file) {
        reference.findings().error(
            reference.node().at, reference.path(has_file ? "file" : "env"),
            has_file ? "stands beside env" : "is missing", "write {env: NAME} or {file: PATH}"
        );
        return std::nullopt;
    }
    if (variable) return read_variable(reference, *variable, place, form);
    if (file) return read_secret_file(reference, *file, place, form);
    return std::nullopt;
}

std::optional<Secret> read_secret(
    Fields& fields, std::string_view key, ConfigPlace& place, Need need, SecretForm form
) {
    const std::string right = "write {env: NAME} or {file: PATH}";
    const YamlNode* node = fields.find(key, need, right);
    if (!node || node->kind == YamlNode::Kind::refused) return std::nullopt;
    if (node->kind != YamlNode::Kind::mapping) {
        fields.findings().error(
            node->at, fields.path(key), "a secret is not written into the configuration", right
        );
        return std::nullopt;
    }
    static constexpr std::array<KeyHint, 2> hints{{
        {"value", "a secret is not written into the configuration", "write {env: NAME} or {file: PATH}"},
        {"secret", "unknown key", "write {env: NAME} or {file: PATH}"},
    }};
    Fields reference(fields.findings(), *node, fields.path(key));
    auto secret = read_secret_from(reference, place, form);
    reference.finish(hints);
    return secret;
}

}  // namespace fairway
