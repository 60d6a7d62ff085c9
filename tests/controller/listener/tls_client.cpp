#include "tests/controller/listener/tls_client.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "controller/net/openssl_pointers.hpp"
#include "controller/net/wire.hpp"
#include "tests/controller/listener/client.hpp"

namespace fairway::test {
namespace {

CertificatePtr certificate_of(const std::string& pem) {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), -1));
    return CertificatePtr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

KeyPtr key_of(const std::string& pem) {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), -1));
    return KeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

}  // namespace

struct TlsClient::State {
    explicit State(std::uint16_t port) : bare(port) { wire.socket = bare.fd(); }
    Client bare;
    Wire wire;
    std::unique_ptr<SSL_CTX, Calls<&SSL_CTX_free>> context{SSL_CTX_new(TLS_client_method())};
    std::unique_ptr<SSL, Calls<&SSL_free>> ssl;
    bool connected = false, ended_well = false;
};

TlsClient::TlsClient(std::uint16_t port, const Options& options)
    : state_(std::make_unique<State>(port)) {
    SSL_CTX* context = state_->context.get();
    SSL_CTX_set_security_level(context, 0);  // what is too old is for the server to refuse
    if (options.max_version != 0) {
        SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context, options.max_version);
        SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
    }
    if (options.authority != nullptr) {
        const auto authority = certificate_of(options.authority->certificate());
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get());
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    }
    if (options.certificate != nullptr) {
        SSL_CTX_use_certificate(context, certificate_of(options.certificate->certificate()).get());
        SSL_CTX_use_PrivateKey(context, key_of(options.certificate->key()).get());
    }
    if (!options.protocols.empty()) {
        SSL_CTX_set_alpn_protos(
            context, reinterpret_cast<const unsigned char*>(options.protocols.data()),
            static_cast<unsigned>(options.protocols.size())
        );
    }
    state_->ssl.reset(SSL_new(context));
    BIO* bio = make_wire_bio(state_->wire);
    SSL_set_bio(state_->ssl.get(), bio, bio);
    state_->bare.send(options.before);
    state_->connected = SSL_connect(state_->ssl.get()) == 1;
}

TlsClient::~TlsClient() = default;

bool TlsClient::connected() const {
    return state_->connected;
}

std::string TlsClient::version() const {
    return SSL_get_version(state_->ssl.get());
}

std::string TlsClient::protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(state_->ssl.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

std::string TlsClient::server() const {
    const CertificatePtr shown(SSL_get1_peer_certificate(state_->ssl.get()));
    if (!shown) return {};
    char name[200] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name, sizeof name);
    return name;
}

void TlsClient::send(std::string_view bytes) {
    std::size_t written = 0;
    SSL_write_ex(state_->ssl.get(), bytes.data(), bytes.size(), &written);
}

std::string TlsClient::rest() {
    std::string text;
    char chunk[16384];
    int got = 0;
    while ((got = SSL_read(state_->ssl.get(), chunk, sizeof chunk)) > 0)
        text.append(chunk, static_cast<std::size_t>(got));
    state_->ended_well = SSL_get_error(state_->ssl.get(), got) == SSL_ERROR_ZERO_RETURN;
    ERR_clear_error();
    return text;
}

bool TlsClient::ended_well() const {
    return state_->ended_well;
}

}  // namespace fairway::test
