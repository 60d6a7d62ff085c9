#include "controller/app/config/config_server.hpp"

#include <sys/un.h>

#include <string>
#include <utility>

#include "controller/app/config/config_files.hpp"
#include "controller/app/config/config_network.hpp"
#include "controller/app/config/config_values.hpp"
#include "controller/app/config/server_identity.hpp"

namespace fairway {
namespace {

void read_socket(Fields& server, ConfigPlace& place, ServerConfig& out) {
    const auto socket = server.text("socket", rules::path);
    if (!socket) return;
    out.socket = resolve_path(place.folder, *socket);
    constexpr std::size_t longest = sizeof(sockaddr_un{}.sun_path) - 1;
    if (out.socket.size() <= longest) return;
    server.error(
        "socket", "is longer than the " + std::to_string(longest) + " bytes a socket's path can have",
        "choose a shorter path"
    );
}

void read_hosts(Fields& server, ServerConfig& out) {
    const YamlNode* hosts = server.list("hosts");
    for (std::size_t i = 0; hosts != nullptr && i < hosts->items.size(); ++i) {
        const std::string path = join_path(server.path("hosts"), i);
        if (auto host = read_text(server.findings(), hosts->items[i], path, rules::server_host))
            out.hosts.push_back(std::move(*host));
    }
}

/// The key, which is checked here and read again when it is renewed, and where it is.
std::optional<Secret> read_key(Fields& tls, ConfigPlace& place, ServerTls& out) {
    const YamlNode* node = tls.node().find("key");
    const YamlNode* variable = node != nullptr ? node->find("env") : nullptr;
    if (variable != nullptr) {
        tls.know("key");
        tls.findings().error(
            variable->at, join_path(tls.path("key"), "env"),
            "a key is read again when it is renewed, and a variable cannot be", "write {file: PATH}"
        );
        return std::nullopt;
    }
    auto key = read_secret(tls, "key", place, Need::required, SecretForm::lines);
    if (!key) return std::nullopt;
    out.key = secret_path(*node, place);
    out.key_from_systemd = keeper_of(out.key, place) == SecretKeeper::systemd;
    return key;
}

/// What only the files together tell, such as a key of another certificate.
void check_identity(Fields& tls, const ServerTls& files) {
    if (files.certificate.empty() || files.key.empty()) return;
    const auto identity = read_identity(files);
    if (identity) return;
    tls.findings().error(
        tls.node().at, tls.path("key"), identity.error().what(),
        "name a certificate in PEM form and the key that it was made for"
    );
}

void read_server_tls(Fields& server, ConfigPlace& place, ServerConfig& out) {
    auto tls = server.mapping("tls");
    if (!tls) return;
    ServerTls read;
    const auto certificate =
        read_pem_file(*tls, "certificate", place, "CERTIFICATE", "certificate", Need::required);
    read.certificate = certificate.value_or("");
    out.tls_key = read_key(*tls, place, read);
    read.client_ca = read_pem_file(*tls, "client_ca", place, "CERTIFICATE", "certificate").value_or("");
    tls->finish();
    if (tls->readable()) check_identity(*tls, read);
    out.tls = std::move(read);
}

/// Whoever can be reached from elsewhere speaks TLS, and knows whom to.
void check_exposure(Fields& server, const ServerConfig& out) {
    if (!server.has("listen") || is_loopback(out.listen)) return;
    const bool knows_clients = out.token || (out.tls && !out.tls->client_ca.empty()) ||
                               server.has("token");  // one that is wrong is told elsewhere
    std::string missing;
    if (!server.has("tls")) missing = "server.tls";
    if (!knows_clients) missing += std::string(missing.empty() ? "" : " and ") + "server.token";
    if (missing.empty()) return;
    const std::string wrong =
        '"' + out.listen + "\" can be reached by other machines, without " + missing;
    if (out.insecure_listen) {
        server.findings().warn(
            server.node().find("listen")->at, server.path("listen"), wrong,
            "anybody there can read what the daemon shows"
        );
        return;
    }
    server.error(
        "listen", wrong,
        "set that, or write 127.0.0.1:9464, or insecure_listen: true where you trust that network"
    );
}

}  // namespace

void read_server(Fields& top, ConfigPlace& place, ServerConfig& out) {
    auto server = top.mapping("server");
    if (!server) return;
    bool sound = true;
    if (auto listen = server->text("listen", rules::listen)) {
        out.listen = std::move(*listen);
    } else {
        sound = !server->has("listen");
    }
    read_socket(*server, place, out);
    read_hosts(*server, out);
    read_server_tls(*server, place, out);
    out.token = read_token(*server, "token", place, Need::optional);
    out.insecure_listen = server->boolean("insecure_listen").value_or(false);
    if (sound) check_exposure(*server, out);
    server->finish();
}

}  // namespace fairway
