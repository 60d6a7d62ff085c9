#include "controller/app/config/config_network.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "controller/api/tls.hpp"
#include "controller/app/config/config_files.hpp"
#include "controller/app/config/config_values.hpp"
#include "manifests/text.hpp"

namespace fairway {
namespace {

constexpr std::size_t largest_pem_file = 16 * 1024 * 1024;

void read_client_certificate(Fields& project, ConfigPlace& place, ProjectEndpoint& out) {
    const auto chain = read_pem_file(project, "client_certificate", place, "CERTIFICATE", "certificate");
    const bool has_certificate = project.has("client_certificate"), has_key = project.has("client_key");
    auto key = read_secret(
        project, "client_key", place, has_certificate ? Need::required : Need::optional,
        SecretForm::lines
    );
    if (has_key && !has_certificate) {
        project.error("client_key", "stands without client_certificate", "give both, or neither");
    }
    if (!chain || !key) return;
    const ClientCertificate read{*chain, std::move(*key)};
    const auto usable = check_client_certificate(read);
    if (!usable && project.readable()) {
        project.error(
            "client_key", usable.error().what(),
            "name a certificate in PEM form and the key that it was made for"
        );
    }
    out.client_certificate = read;
}

std::vector<std::string> split_exceptions(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto size = std::min(text.find_first_of(", "), text.size());
        if (size > 0) out.emplace_back(text.substr(0, size));
        text.remove_prefix(std::min(size + 1, text.size()));
    }
    return out;
}

/// A URL's text with its %xx resolved; nothing where one is broken.
std::optional<std::string> unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const auto digit = [&](std::size_t at) -> int {
            if (at >= text.size()) return -1;
            const char c = text[at];
            if (c >= '0' && c <= '9') return c - '0';
            if (c >= 'a' && c <= 'f') return c - 'a' + 10;
            if (c >= 'A' && c <= 'F') return c - 'A' + 10;
            return -1;
        };
        const int high = digit(i + 1), low = digit(i + 2);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

bool is_plain(std::string_view text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
    }
    return true;
}

}  // namespace

std::optional<std::string> read_pem_file(
    Fields& fields, std::string_view key, ConfigPlace& place, std::string_view block,
    const std::string& what, Need need
) {
    const auto file = fields.text(key, rules::path, need);
    if (!file) return std::nullopt;
    const std::string path = resolve_path(place.folder, *file);
    place.files.add(path);
    const auto content = read_config_file(path, largest_pem_file);
    std::string wrong;
    if (!content) wrong = "cannot be read: " + content.error().what();
    if (content &&
        content->bytes.find("-----BEGIN " + std::string(block) + "-----") == std::string::npos)
        wrong = "holds no " + what;
    if (!wrong.empty()) {
        fields.error(key, path + ' ' + wrong, "name a file with " + what + "s in PEM format");
    }
    return path;
}

void read_tls(Fields& project, ConfigPlace& place, ProjectEndpoint& out) {
    out.ca_file = read_pem_file(project, "ca_file", place, "CERTIFICATE", "certificate");
    out.crl_file = read_pem_file(project, "crl_file", place, "X509 CRL", "revocation list");
    read_client_certificate(project, place, out);
}

std::optional<std::optional<Proxy>> read_proxy(Fields& fields, ConfigPlace& place) {
    const YamlNode* node = fields.find("proxy");
    if (!node) return std::nullopt;
    const bool off = node->kind == YamlNode::Kind::scalar && node->text == "off";
    if (off) return std::optional<Proxy>();
    Fields proxy(fields.findings(), *node, fields.path("proxy"));
    Proxy out;
    if (const auto url = proxy.text("url", rules::proxy_url, Need::required)) {
        const ProxyUrl parts = split_proxy_url(*url);
        out.host = parts.host;
        out.port = parts.port;
    }
    const bool has_user = proxy.has("user");
    out.user = proxy.text("user", rules::proxy_user).value_or("");
    auto password = read_secret(proxy, "password", place, has_user ? Need::required : Need::optional);
    if (proxy.has("password") && !has_user && proxy.readable()) {
        proxy.error("password", "stands without user", "give both, or neither");
    }
    if (password) out.password = std::move(*password);
    if (const YamlNode* except = proxy.list("except")) {
        for (std::size_t i = 0; i < except->items.size(); ++i) {
            const std::string path = join_path(proxy.path("except"), i);
            if (auto rule = read_text(proxy.findings(), except->items[i], path, rules::proxy_exception))
                out.except.push_back(std::move(*rule));
        }
    }
    proxy.finish();
    return out;
}

namespace {

/// The proxy of https_proxy and no_proxy, in small letters or large.
std::optional<Proxy> proxy_of_environment(Fields& top, ConfigPlace& place) {
    for (const char* name : {"https_proxy", "HTTPS_PROXY"}) {
        const auto value = place.environment(name);
        if (!value || value->empty()) continue;
        std::string_view rest = *value;
        if (rest.starts_with("http://")) rest.remove_prefix(7);
        Proxy out;
        const auto at = rest.rfind('@');
        bool good = is_plain(rest);
        if (at != std::string_view::npos) {
            place.secret_variables.emplace_back(name);
            const auto colon = std::min(rest.substr(0, at).find(':'), at);
            const auto user = unescaped(rest.substr(0, colon));
            const auto password = unescaped(rest.substr(colon, at - colon).substr(colon == at ? 0 : 1));
            good = good && user && password && is_plain(*user) && is_plain(*password) &&
                   user->find(':') == std::string::npos;
            if (good) out.user = *user;
            if (good) out.password = Secret(*password);
            rest.remove_prefix(at + 1);
        }
        if (rest.ends_with('/')) rest.remove_suffix(1);
        const std::string url = "http://" + std::string(rest);
        if (!good || check_proxy_url(url)) {  // not shown: it may hold a password
            top.findings().error(
                top.node().at, top.path("proxy"),
                std::string("the environment's ") + name + " is no URL of an HTTP proxy",
                "set it to http://HOST:PORT, or write proxy: \"off\""
            );
            return std::nullopt;
        }
        const ProxyUrl parts = split_proxy_url(url);
        out.host = parts.host;
        out.port = parts.port;
        for (const char* exceptions : {"no_proxy", "NO_PROXY"}) {
            const auto list = place.environment(exceptions);
            if (!list || list->empty()) continue;
            out.except = split_exceptions(*list);
            const bool right =
                std::all_of(out.except.begin(), out.except.end(), [](const std::string& host) {
                    return is_plain(host) && host.size() <= 255;
                });
            if (!right) {
                top.findings().error(
                    top.node().at, top.path("proxy"),
                    std::string("the environment's ") + exceptions + " names what is no host",
                    "set it to hosts with commas between them, or write proxy: \"off\""
                );
                return std::nullopt;
            }
            break;
        }
        place.environment_proxy = EnvironmentProxy{name, out};
        return out;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Proxy> read_usual_proxy(Fields& top, ConfigPlace& place) {
    if (auto given = read_proxy(top, place)) return *std::move(given);
    return proxy_of_environment(top, place);
}

}  // namespace fairway
