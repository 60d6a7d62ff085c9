#include "tests/controller/api/tls_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#include <csignal>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "controller/net/openssl_pointers.hpp"
#include "tests/controller/api/certificates.hpp"

namespace fairway::testing {

namespace {

Recipe recipe_of_authority() {
    Recipe recipe;
    recipe.common_name = "authority";
    recipe.from_s = -24L * 3600;
    recipe.until_s = 48L * 3600;
    recipe.authority = true;
    return recipe;
}

}  // namespace

Authority::Authority() : made_(std::make_unique<Made>(recipe_of_authority())) {
    static std::atomic<int> count = 0;
    file_ = temporary_file("authority" + std::to_string(count++) + ".pem", pem());
}

Authority::~Authority() = default;

const std::string& Authority::pem() const {
    return made_->certificate();
}

Issued Authority::issue(const CertificateWish& wish) const {
    Recipe recipe;
    recipe.names = wish.names;
    recipe.common_name = wish.common_name;
    recipe.from_s = wish.from_s;
    recipe.until_s = wish.until_s;
    recipe.usage = wish.purpose;
    const Made made(recipe, wish.signed_by_authority ? made_.get() : nullptr);
    return {made.certificate(), made.key()};
}

const Authority& authority() {
    static const Authority one;
    return one;
}

std::string temporary_file(const std::string& name, const std::string& content) {
    struct Folder {
        Folder() {
            std::string path = (std::filesystem::temp_directory_path() / "fairway-api-XXXXXX").string();
            if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary folder");
            at = path;
        }
        ~Folder() {
            std::error_code ignored;
            std::filesystem::remove_all(at, ignored);
        }
        std::filesystem::path at;
    };
    static const Folder folder;
    const auto path = folder.at / name;
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
}

std::string Peer::read_request() {
    std::string text;
    std::size_t wanted = std::string::npos;
    while (text.size() < wanted) {
        char room[16384];
        const int got = ssl_ != nullptr ? SSL_read(static_cast<SSL*>(ssl_), room, sizeof room)
                                        : static_cast<int>(::recv(socket_, room, sizeof room, 0));
        if (got <= 0) return {};
        text.append(room, static_cast<std::size_t>(got));
        const auto end = text.find("\r\n\r\n");
        if (end == std::string::npos) continue;
        wanted = end + 4;
        const auto length = text.find("Content-Length: ");
        if (length < end) wanted += std::stoul(text.substr(length + 16));
    }
    return text;
}

std::string Peer::read_bytes(std::size_t count) {
    std::string text(count, '\0');
    std::size_t have = 0;
    while (have < count) {
        const int got =
            ssl_ != nullptr
                ? SSL_read(static_cast<SSL*>(ssl_), &text[have], static_cast<int>(count - have))
                : static_cast<int>(::recv(socket_, &text[have], count - have, 0));
        if (got <= 0) break;
        have += static_cast<std::size_t>(got);
    }
    text.resize(have);
    return text;
}

bool Peer::renegotiate() {
    auto* ssl = static_cast<SSL*>(ssl_);
    if (SSL_renegotiate(ssl) != 1 || SSL_do_handshake(ssl) != 1) return false;
    char none = 0;
    SSL_peek(ssl, &none, 1);  // the handshake is done while reading
    return SSL_renegotiate_pending(ssl) == 0;
}

void Peer::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto some = bytes.substr(0, 1U << 20);
        const auto sent =
            ssl_ != nullptr
                ? SSL_write(static_cast<SSL*>(ssl_), some.data(), static_cast<int>(some.size()))
                : static_cast<int>(::send(socket_, some.data(), some.size(), MSG_NOSIGNAL));
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void Peer::wait_for_end() {
    char room[4096];
    if (ssl_ != nullptr) {
        while (SSL_read(static_cast<SSL*>(ssl_), room, sizeof room) > 0) {
        }
    } else {
        while (::recv(socket_, room, sizeof room, 0) > 0) {
        }
    }
}

void Peer::wait_for_hangup() {
    pollfd state{socket_, POLLRDHUP, 0};
    ::poll(&state, 1, 10'000);
}

void Peer::say_goodbye() {
    SSL_shutdown(static_cast<SSL*>(ssl_));
}

void Peer::shut_down() {
    ::shutdown(socket_, SHUT_WR);
}

void Peer::reset() {
    const linger hard{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

struct TlsServer::State {
    Options options;
    Script script;
    SSL_CTX* context = nullptr;
    int listener = -1;
    unsigned short port = 0;
    std::atomic<int> connections = 0;
    std::atomic<bool> stopping = false;
    std::mutex mutex;
    std::condition_variable closed;
    std::vector<std::thread> threads;
    std::vector<int> sockets;
    std::thread accepting;

    void serve(int socket, int number) const {
        // What OpenSSL writes to a connection that the client has ended must not end the program.
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        const timeval limit{10, 0};
        ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        SSL* ssl = nullptr;
        if (options.tls) {
            ssl = SSL_new(context);
            SSL_set_fd(ssl, socket);
        }
        Peer bare(socket, nullptr);
        Peer peer(socket, ssl);
        if (options.preface) options.preface(bare);
        if (!options.shake_hands) {
            bare.wait_for_end();
        } else if (ssl == nullptr || SSL_accept(ssl) == 1) {
            script(peer, number);
        } else {
            bare.wait_for_end();  // what the client sent unread would reset it before it reads the alert
        }
        SSL_free(ssl);
    }

    void accept_all() {
        for (;;) {
            const int socket = ::accept(listener, nullptr, nullptr);
            const std::lock_guard lock(mutex);
            if (socket < 0 || stopping) {
                if (socket >= 0) ::close(socket);
                return;
            }
            const int number = ++connections;
            sockets.push_back(socket);
            threads.emplace_back([this, socket, number] {
                serve(socket, number);
                const std::lock_guard done(mutex);
                std::erase(sockets, socket);
                ::close(socket);
                closed.notify_all();
            });
        }
    }
};

TlsServer::TlsServer(Script script) : TlsServer({authority().issue()}, std::move(script)) {}

TlsServer::TlsServer(Options options, Script script) : state_(std::make_unique<State>()) {
    State& at = *state_;
    at.options = std::move(options);
    at.script = std::move(script);
    if (at.options.tls) {
        at.context = SSL_CTX_new(TLS_server_method());
        if (at.options.max_version != 0)
            SSL_CTX_set_max_proto_version(at.context, at.options.max_version);
        SSL_CTX_set_security_level(at.context, 0);  // old versions are for the client to refuse
        SSL_CTX_clear_options(at.context, SSL_OP_NO_RENEGOTIATION);
        SSL_CTX_set_min_proto_version(at.context, at.options.min_version);
        if (!at.options.client_authority.empty()) {
            const BioPtr trusted(BIO_new_mem_buf(at.options.client_authority.data(), -1));
            X509* ca = PEM_read_bio_X509(trusted.get(), nullptr, nullptr, nullptr);
            X509_STORE_add_cert(SSL_CTX_get_cert_store(at.context), ca);
            X509_free(ca);
            SSL_CTX_set_verify(at.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
        }
        const BioPtr certificate(BIO_new_mem_buf(at.options.certificate.certificate.data(), -1));
        const BioPtr key(BIO_new_mem_buf(at.options.certificate.key.data(), -1));
        X509* x509 = PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr);
        while (X509* above = PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr)) {
            SSL_CTX_add_extra_chain_cert(at.context, above);
        }
        EVP_PKEY* pkey = PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr);
        SSL_CTX_use_certificate(at.context, x509);
        SSL_CTX_use_PrivateKey(at.context, pkey);
        X509_free(x509);
        EVP_PKEY_free(pkey);
    }
    at.listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int again = 1;  // a port of a server that has just gone
    ::setsockopt(at.listener, SOL_SOCKET, SO_REUSEADDR, &again, sizeof again);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(at.options.port);
    socklen_t size = sizeof address;
    if (::bind(at.listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(at.listener, 128) != 0) {
        throw std::runtime_error("cannot listen");
    }
    ::getsockname(at.listener, reinterpret_cast<sockaddr*>(&address), &size);
    at.port = ntohs(address.sin_port);
    at.accepting = std::thread([this] { state_->accept_all(); });
}

TlsServer::~TlsServer() {
    State& at = *state_;
    at.stopping = true;
    ::shutdown(at.listener, SHUT_RDWR);
    at.accepting.join();
    ::close(at.listener);
    {
        const std::lock_guard lock(at.mutex);
        for (const int socket : at.sockets) ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& thread : at.threads) thread.join();
    SSL_CTX_free(at.context);
}

unsigned short TlsServer::port() const {
    return state_->port;
}

int TlsServer::connections() const {
    return state_->connections;
}

void TlsServer::wait_until_idle() const {
    std::unique_lock lock(state_->mutex);
    state_->closed.wait(lock, [&] { return state_->sockets.empty(); });
}

std::string answer(int status, std::string_view body, std::string_view more_fields) {
    return "HTTP/1.1 " + std::to_string(status) +
           " Some Reason\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(more_fields) + "\r\n" + std::string(body);
}

}  // namespace fairway::testing
