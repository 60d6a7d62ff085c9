#include "tests/manifests/git/servers.hpp"

#include <arpa/inet.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/simulator/certificates.hpp"

namespace fairway::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* sshd = "/usr/sbin/sshd";
constexpr const char* nginx = "/usr/sbin/nginx";
constexpr const char* fcgiwrap = "/usr/sbin/fcgiwrap";
constexpr const char* backend = "/usr/lib/git-core/git-http-backend";

std::string contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string our_name() {
    const passwd* us = getpwuid(geteuid());
    if (us == nullptr) throw std::runtime_error("we have no name");
    return us->pw_name;
}

bool listens(int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool connected = connect(socket, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
    close(socket);
    return connected;
}

void run(const std::vector<std::string>& command, const TempDir& folder) {
    Process process(command, folder.path());
    if (process.wait() != 0) throw std::runtime_error(command.front() + ": " + process.err());
}

void make_key(const TempDir& folder, const std::string& name) {
    fs::remove(folder.file(name));
    run({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder.file(name)}, folder);
}

}  // namespace

int free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    const bool bound = bind(socket, reinterpret_cast<sockaddr*>(&at), size) == 0 &&
                       getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size) == 0;
    close(socket);
    if (!bound) throw std::runtime_error("no free port");
    return ntohs(at.sin_port);
}

SshServer::SshServer() : port_(free_port()) {
    if (geteuid() == 0) mkdir("/run/sshd", 0755);  // where it locks itself in; Debian makes it at boot
    for (const char* key : {"host", "newer_host", "identity", "other"}) make_key(folder_, key);
    std::string host = contents(folder_.file("host.pub"));
    folder_.write("known_hosts", "[127.0.0.1]:" + std::to_string(port_) + ' ' + host);
    authorize("");
    write_configuration("host");
    start();
}

SshServer::~SshServer() {
    stop();
}

void SshServer::authorize(const std::string& options) const {
    folder_.write("authorized_keys", options + contents(folder_.file("identity.pub")));
}

void SshServer::force(const std::string& command) {
    authorize(command.empty() ? "" : "command=\"" + command + "\" ");
}

void SshServer::write_configuration(const std::string& host_key) const {
    folder_.write(
        "sshd_config",
        "ListenAddress 127.0.0.1\nPort " + std::to_string(port_) + "\nHostKey " +
            folder_.file(host_key) + "\nAuthorizedKeysFile " + folder_.file("authorized_keys") +
            "\nStrictModes no\nUsePAM no\nPidFile none\nPermitRootLogin prohibit-password\n"
            "PasswordAuthentication yes\nAcceptEnv GIT_PROTOCOL\nLogLevel VERBOSE\n"
            // Nothing that our user's shell reads at its start counts as the server's.
            "SetEnv HOME=" +
            folder_.path() + "\n"
    );
}

void SshServer::start() {
    sshd_.emplace(
        std::vector<std::string>{sshd, "-D", "-e", "-f", folder_.file("sshd_config")}, folder_.path()
    );
    if (!eventually([&] { return listens(port_) || !sshd_->running(); }) || !sshd_->running())
        throw std::runtime_error("sshd: " + sshd_->err());
}

void SshServer::stop() {
    if (!sshd_) return;
    sshd_->signal(SIGTERM);
    sshd_->wait();
    sshd_.reset();
}

void SshServer::change_host_key() {
    stop();
    write_configuration("newer_host");
    start();
}

std::string SshServer::url(const Repository& repository) const {
    return "ssh://" + our_name() + "@127.0.0.1:" + std::to_string(port_) + repository.path();
}

std::string SshServer::log() const {
    return sshd_ ? sshd_->err() : "";
}

HttpsServer::HttpsServer(const Repository& repository)
    : root_(repository.folder.path()), port_(free_port()) {
    const auto made = apic_simulator::make_certificates(apic_simulator::Certificate::good);
    folder_.write("ca.pem", made.ca);
    folder_.write("server.pem", made.server);
    folder_.write("server.key", made.server_key);
    folder_.write("users", std::string(user) + ":{PLAIN}" + password + "\n");
    lines_ = "fastcgi_pass unix:" + folder_.file("fcgi") + ";\nfastcgi_param SCRIPT_FILENAME " +
             backend + ";\nfastcgi_param GIT_PROJECT_ROOT " + root_ +
             ";\nfastcgi_param GIT_HTTP_EXPORT_ALL \"\";\nfastcgi_param PATH_INFO $uri;\n"
             "fastcgi_param REQUEST_METHOD $request_method;\nfastcgi_param QUERY_STRING $query_string;\n"
             "fastcgi_param CONTENT_TYPE $content_type;\nfastcgi_param CONTENT_LENGTH $content_length;\n"
             "fastcgi_param GIT_PROTOCOL $http_git_protocol;\nfastcgi_param REMOTE_USER $remote_user;\n"
             "fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;\n"
             "auth_basic git;\nauth_basic_user_file " +
             folder_.file("users") + ";\n";
    write_configuration(lines_);
    start();
}

HttpsServer::~HttpsServer() {
    stop();
}

void HttpsServer::write_configuration(const std::string& lines) const {
    const auto path = [&](const char* name) { return folder_.file(name); };
    std::string text = geteuid() == 0 ? "user root;\n" : "";
    text += "daemon off;\nworker_processes 1;\npid " + path("nginx.pid") +
            ";\nerror_log stderr info;\nevents { worker_connections 64; }\nhttp {\naccess_log " +
            path("access.log") + ";\n";
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        text += std::string(kind) + "_temp_path " + path(kind) + ";\n";
    text += "client_max_body_size 0;\nserver {\nlisten 127.0.0.1:" + std::to_string(port_) +
            " ssl;\nssl_certificate " + path("server.pem") + ";\nssl_certificate_key " +
            path("server.key") + ";\nlocation / {\n" + lines + "}\n}\n}\n";
    folder_.write("nginx.conf", text);
}

void HttpsServer::start() {
    fs::remove(folder_.file("fcgi"));
    fcgiwrap_.emplace(
        std::vector<std::string>{fcgiwrap, "-f", "-s", "unix:" + folder_.file("fcgi")}, folder_.path()
    );
    nginx_.emplace(
        std::vector<std::string>{
            nginx, "-p", folder_.path(), "-c", folder_.file("nginx.conf"), "-e", "stderr"},
        folder_.path()
    );
    if (!eventually([&] {
            return (listens(port_) && fs::exists(folder_.file("fcgi"))) || !nginx_->running();
        }) ||
        !nginx_->running())
        throw std::runtime_error("nginx: " + nginx_->err() + fcgiwrap_->err());
}

void HttpsServer::stop() {
    for (auto* server : {&nginx_, &fcgiwrap_}) {
        if (!*server) continue;
        (*server)->signal(SIGTERM);
        (*server)->wait();
        server->reset();
    }
}

void HttpsServer::answer(const std::string& lines) {
    stop();
    write_configuration(lines.empty() ? lines_ : lines);
    start();
}

std::string HttpsServer::url() const {
    return "https://127.0.0.1:" + std::to_string(port_) + "/upstream.git";
}

std::string HttpsServer::log() const {
    return contents(folder_.file("access.log")) + (nginx_ ? nginx_->err() : "");
}

}  // namespace fairway::test
