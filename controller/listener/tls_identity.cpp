#include "controller/listener/tls_identity.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <new>
#include <utility>

#include "controller/net/openssl_pointers.hpp"
#include "controller/net/wire.hpp"

namespace fairway {
namespace {

using ContextPtr = std::unique_ptr<SSL_CTX, Calls<&SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Calls<&SSL_free>>;

constexpr std::size_t most_authorities = 100;

Error unusable(std::string what) {
    return {ErrorClass::terminal, ErrorReason::validation, std::move(what)};
}

BioPtr reader_of(std::string_view text) {
    BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (!bio) throw std::bad_alloc();
    return bio;
}

/// Whether a loop over PEM blocks ended where no more of them follow.
bool ended_well() {
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    return at_end;
}

int no_passphrase(char*, int, int, void*) {
    return -1;  // OpenSSL would ask at the terminal
}

Result<> show(SSL_CTX* context, const TlsMaterial& material) {
    const BioPtr chain = reader_of(material.certificate);
    ERR_clear_error();
    const CertificatePtr own{PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)};
    ERR_clear_error();
    if (!own) return unusable("the certificate is none in PEM form");
    if (SSL_CTX_use_certificate(context, own.get()) != 1) {
        ERR_clear_error();
        return unusable("the certificate is too weak to be used");
    }
    while (X509* above = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
        if (SSL_CTX_add_extra_chain_cert(context, above) == 1) continue;  // takes it over
        X509_free(above);
        ERR_clear_error();
        return unusable("one of the certificates above it cannot be used");
    }
    if (!ended_well()) return unusable("one of the certificates above it is damaged");
    const BioPtr key_text = reader_of(material.key.reveal());
    const KeyPtr key{PEM_read_bio_PrivateKey(key_text.get(), nullptr, no_passphrase, nullptr)};
    ERR_clear_error();
    if (!key) return unusable("the key is no private key in PEM form without a passphrase");
    const bool fits = SSL_CTX_use_PrivateKey(context, key.get()) == 1;
    ERR_clear_error();
    if (!fits) return unusable("the key does not belong to the certificate");
    return {};
}

Result<> ask_clients(SSL_CTX* context, const std::string& pem) {
    const BioPtr bio = reader_of(pem);
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    std::size_t count = 0;
    ERR_clear_error();
    while (const CertificatePtr authority{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        if (++count > most_authorities) {
            return unusable(
                "client_ca holds more than " + std::to_string(most_authorities) +
                " certificates; it need hold only the authority of your clients"
            );
        }
        X509_STORE_add_cert(store, authority.get());
        SSL_CTX_add_client_CA(context, authority.get());
    }
    if (!ended_well()) return unusable("client_ca holds a damaged certificate");
    if (count == 0) return unusable("client_ca holds no certificate in PEM form");
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    // Who shows none is not sent away here: probes cannot show one.
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    return {};
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned in_size, void*) {
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    const int found = SSL_select_next_proto(&chosen, size, ours, sizeof ours - 1, in, in_size);
    *out = chosen;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

struct TlsIdentity::State {
    ContextPtr context;
    bool asks_clients = false;
};

Result<std::shared_ptr<const TlsIdentity>> TlsIdentity::make(const TlsMaterial& material) {
    auto state = std::make_unique<State>();
    state->context.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX* context = state->context.get();
    if (context == nullptr) throw std::bad_alloc();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_security_level(context, 2);  // whatever the machine's configuration says
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");  // of TLS 1.2
    SSL_CTX_set_options(
        context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                     SSL_OP_CIPHER_SERVER_PREFERENCE
    );
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_mode(
        context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                     SSL_MODE_RELEASE_BUFFERS  // many connections are idle
    );
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    if (auto shown = show(context, material); !shown) return shown.error();
    if (!material.client_ca.empty()) {
        if (auto asked = ask_clients(context, material.client_ca); !asked) return asked.error();
        state->asks_clients = true;
    }
    return std::shared_ptr<const TlsIdentity>(new TlsIdentity(std::move(state)));
}

TlsIdentity::TlsIdentity(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsIdentity::~TlsIdentity() = default;

bool TlsIdentity::asks_clients() const {
    return state_->asks_clients;
}

struct TlsSession::State {
    std::shared_ptr<const TlsIdentity> identity;
    Wire wire;
    SslPtr ssl;
    bool sound = true;  ///< OpenSSL allows no goodbye after a failure

    Step judge(int result) {
        if (result == 1) return Step::done;
        const int why = SSL_get_error(ssl.get(), result);
        ERR_clear_error();
        if (why == SSL_ERROR_WANT_READ) return Step::want_read;
        if (why == SSL_ERROR_WANT_WRITE) return Step::want_write;
        sound = why == SSL_ERROR_ZERO_RETURN;
        return Step::ended;
    }
};

TlsSession::TlsSession(std::shared_ptr<const TlsIdentity> identity, int socket)
    : state_(std::make_unique<State>()) {
    state_->wire.socket = socket;
    state_->ssl.reset(SSL_new(identity->state_->context.get()));
    if (!state_->ssl) throw std::bad_alloc();
    state_->identity = std::move(identity);
    BIO* bio = make_wire_bio(state_->wire);
    SSL_set_bio(state_->ssl.get(), bio, bio);
    SSL_set_accept_state(state_->ssl.get());
}

TlsSession::~TlsSession() = default;

TlsSession::Step TlsSession::handshake() {
    ERR_clear_error();
    return state_->judge(SSL_do_handshake(state_->ssl.get()));
}

TlsSession::Step TlsSession::read(char* room, std::size_t size, std::size_t& got) {
    ERR_clear_error();
    got = 0;
    return state_->judge(SSL_read_ex(state_->ssl.get(), room, size, &got));
}

TlsSession::Step TlsSession::write(std::string_view bytes, std::size_t& written) {
    ERR_clear_error();
    written = 0;
    return state_->judge(SSL_write_ex(state_->ssl.get(), bytes.data(), bytes.size(), &written));
}

bool TlsSession::client_proven() const {
    const SSL* ssl = state_->ssl.get();
    return SSL_get0_peer_certificate(ssl) != nullptr && SSL_get_verify_result(ssl) == X509_V_OK;
}

void TlsSession::say_goodbye() {
    if (!state_->sound || SSL_is_init_finished(state_->ssl.get()) == 0) return;
    ERR_clear_error();
    SSL_shutdown(state_->ssl.get());
    ERR_clear_error();
}

}  // namespace fairway
