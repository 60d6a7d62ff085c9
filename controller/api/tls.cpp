#include "controller/api/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <new>
#include <system_error>
#include <utility>

#include "controller/api/api_error.hpp"
#include "controller/net/openssl_pointers.hpp"
#include "controller/net/wire.hpp"

namespace fairway {
namespace {

using ContextPtr = std::unique_ptr<SSL_CTX, Calls<&SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Calls<&SSL_free>>;
using TicketPtr = std::unique_ptr<SSL_SESSION, Calls<&SSL_SESSION_free>>;

constexpr std::size_t tickets_kept = 16;
// A resumed connection does not look at the certificate again: not for too long.
constexpr std::time_t ticket_age = 3600;

template <class T>
T* must(T* object) {
    if (object == nullptr) throw std::bad_alloc();
    return object;
}

bool is_ip_literal(const std::string& host) {
    ASN1_OCTET_STRING* address = a2i_IPADDRESS(host.c_str());
    ASN1_OCTET_STRING_free(address);
    return address != nullptr;
}

Error unusable(const std::string& what, const std::string& why) {
    return {ErrorClass::terminal, ErrorReason::validation, what + " " + why};
}

/// The content of a file; `what` names it.
Result<std::string> read_file(const std::string& what, const std::string& file) {
    namespace fs = std::filesystem;
    constexpr std::uintmax_t sane = 64U << 20;
    std::error_code ec;
    const auto status = fs::status(file, ec);
    if (!fs::exists(status)) return unusable(what, "does not exist");
    if (!fs::is_regular_file(status)) return unusable(what, "is not a file");
    if (fs::file_size(file, ec) > sane) return unusable(what, "is too large");
    std::ifstream in(file, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (!in) return unusable(what, "cannot be read");
    return text;
}

BioPtr reader_of(std::string_view text) {
    return BioPtr(must(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))));
}

/// Whether a loop over PEM blocks ended where no more of them follow.
bool ended_well() {
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    return at_end;
}

Result<> trust_file(SSL_CTX* context, const std::string& file) {
    const std::string what = "CA file " + file;
    // OpenSSL looks for each among all before it: ten thousand take it ten seconds.
    constexpr std::size_t most_certificates = 1000;
    const auto text = read_file(what, file);
    if (!text) return text.error();
    const BioPtr bio = reader_of(*text);
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    std::size_t count = 0;
    ERR_clear_error();
    while (const CertificatePtr certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        if (++count > most_certificates) {
            return unusable(
                what, "holds more than " + std::to_string(most_certificates) +
                          " certificates; it need hold only the authority of the API's certificate"
            );
        }
        X509_STORE_add_cert(store, certificate.get());
    }
    if (!ended_well()) return unusable(what, "holds a damaged certificate");
    if (count == 0) return unusable(what, "holds no certificate in PEM form");
    // Whoever names an intermediate authority means that one, whether or not its root is there too.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    return {};
}

/// The names that a certificate is for, for people.
std::string names_of(X509* certificate) {
    using Names = std::unique_ptr<GENERAL_NAMES, Calls<&GENERAL_NAMES_free>>;
    const Names names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)
    ));
    if (!names || sk_GENERAL_NAME_num(names.get()) == 0) {
        return "it has no alternative names, and its common name does not count";
    }
    std::string text = "it is for";
    constexpr int most = 5;
    const int count = sk_GENERAL_NAME_num(names.get());
    for (int i = 0; i < count && i < most; ++i) {
        const BioPtr bio(must(BIO_new(BIO_s_mem())));
        GENERAL_NAME_print(bio.get(), sk_GENERAL_NAME_value(names.get(), i));
        char* data = nullptr;
        const long size = BIO_get_mem_data(bio.get(), &data);
        text += (i == 0 ? " " : ", ") + shown({data, static_cast<std::size_t>(size)}, 100);
    }
    return count > most ? text + " and others" : text;
}

/// Looks on while a certificate is verified.
int judge_certificate(int good, X509_STORE_CTX* at) {
    if (good == 1) return 1;
    const int error = X509_STORE_CTX_get_error(at);
    if (error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        // Afterwards the certificate is gone.
        auto* ssl =
            static_cast<SSL*>(X509_STORE_CTX_get_ex_data(at, SSL_get_ex_data_X509_STORE_CTX_idx()));
        *static_cast<std::string*>(SSL_get_app_data(ssl)) = names_of(X509_STORE_CTX_get0_cert(at));
        return 0;
    }
    if (error != X509_V_ERR_UNABLE_TO_GET_CRL) return 0;
    // An authority that we trust by name is not looked up in a list: who would revoke it?
    const int depth = X509_STORE_CTX_get_error_depth(at);
    if (depth == 0 || depth + 1 != sk_X509_num(X509_STORE_CTX_get0_chain(at))) return 0;
    X509_STORE_CTX_set_error(at, X509_V_OK);
    return 1;
}

Result<> obey_revocations(SSL_CTX* context, const std::string& file) {
    const std::string what = "revocation list " + file;
    const auto text = read_file(what, file);
    if (!text) return text.error();
    const BioPtr bio = reader_of(*text);
    std::size_t count = 0;
    ERR_clear_error();
    while (const CrlPtr list{PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)}) {
        X509_STORE_add_crl(SSL_CTX_get_cert_store(context), list.get());
        ++count;
    }
    if (!ended_well()) return unusable(what, "is damaged");
    if (count == 0) return unusable(what, "holds no list in PEM form");
    X509_VERIFY_PARAM_set_flags(
        SSL_CTX_get0_param(context), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL
    );
    return {};
}

int no_passphrase(char*, int, int, void*) {
    return -1;  // OpenSSL would ask at the terminal
}

Result<> prove_by(SSL_CTX* context, const ClientCertificate& ours) {
    const std::string what = "client certificate " + ours.chain_file;
    const auto text = read_file(what, ours.chain_file);
    if (!text) return text.error();
    const BioPtr chain = reader_of(*text);
    ERR_clear_error();
    const CertificatePtr own{PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)};
    if (!own) return unusable(what, "holds no certificate in PEM form");
    if (SSL_CTX_use_certificate(context, own.get()) != 1) {
        ERR_clear_error();
        return unusable(what, "is too weak to be used");
    }
    while (X509* above = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
        SSL_CTX_add_extra_chain_cert(context, above);  // takes it over
    }
    if (!ended_well()) return unusable(what, "holds a damaged certificate");
    const BioPtr key_text = reader_of(ours.key.reveal());
    const KeyPtr key{PEM_read_bio_PrivateKey(key_text.get(), nullptr, no_passphrase, nullptr)};
    ERR_clear_error();
    if (!key) return unusable("client key", "is no private key in PEM form without a passphrase");
    const bool fits = SSL_CTX_use_PrivateKey(context, key.get()) == 1;
    ERR_clear_error();
    if (!fits) return unusable("client key", "does not belong to " + what);
    return {};
}

/// Why a certificate was not accepted, and what to look at.
std::string verdict_of(SSL* ssl, const std::string& names) {
    const long verdict = SSL_get_verify_result(ssl);
    std::string text = X509_verify_cert_error_string(verdict);
    switch (verdict) {
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            text += ": " + names;
            break;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            text +=
                ": its authority is not known here, or the server does not send the certificates "
                "between";
            break;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            text += ": check the clock of this machine, too";
            break;
        case X509_V_ERR_UNABLE_TO_GET_CRL:
            text += ": crl_file has no list of this authority";
            break;
        default:
            break;
    }
    return text;
}

}  // namespace

struct TlsContext::State {
    ContextPtr context;
    std::string host;
    bool host_is_ip = false;
    std::deque<TicketPtr> tickets;  // the newest last

    static int keep_ticket(SSL* ssl, SSL_SESSION* session) {
        auto& state = *static_cast<State*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
        if (SSL_SESSION_is_resumable(session) == 0) return 0;
        state.tickets.emplace_back(session);
        if (state.tickets.size() > tickets_kept) state.tickets.pop_front();
        return 1;
    }

    void resume(SSL* ssl) {
        while (!tickets.empty()) {
            TicketPtr ticket = std::move(tickets.back());
            tickets.pop_back();
            const auto age =
                std::time(nullptr) - static_cast<std::time_t>(SSL_SESSION_get_time(ticket.get()));
            if (age < 0 || age > ticket_age) continue;
            SSL_set_session(ssl, ticket.get());
            // A ticket of TLS 1.3 should be used once; a session of TLS 1.2 stays good.
            if (SSL_SESSION_get_protocol_version(ticket.get()) < TLS1_3_VERSION) {
                tickets.push_back(std::move(ticket));
            }
            return;
        }
    }
};

Result<> check_client_certificate(const ClientCertificate& ours) {
    const ContextPtr context(must(SSL_CTX_new(TLS_client_method())));
    return prove_by(context.get(), ours);
}

Result<std::unique_ptr<TlsContext>> TlsContext::open(const std::string& host, const TlsFiles& files) {
    auto state = std::make_unique<State>();
    state->host = host;
    state->host_is_ip = is_ip_literal(host);
    state->context.reset(must(SSL_CTX_new(TLS_client_method())));
    SSL_CTX* context = state->context.get();
    SSL_CTX_set_app_data(context, state.get());
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_security_level(context, 2);  // whatever the machine's configuration says
    // And what was read is wiped once it was handed on: IAM's answers hold keys.
    SSL_CTX_set_options(
        context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT
    );
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);  // one system call for a record's head and body
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, judge_certificate);
    constexpr std::string_view alpn = "\x08http/1.1";
    SSL_CTX_set_alpn_protos(
        context, reinterpret_cast<const unsigned char*>(alpn.data()), static_cast<unsigned>(alpn.size())
    );
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, &State::keep_ticket);
    if (files.ca_file) {
        if (auto trusted = trust_file(context, *files.ca_file); !trusted) return trusted.error();
    } else if (SSL_CTX_set_default_verify_paths(context) != 1) {
        return Error(
            ErrorClass::terminal, ErrorReason::validation, "the system's CA store cannot be used"
        );
    }
    if (files.crl_file) {
        if (auto obeyed = obey_revocations(context, *files.crl_file); !obeyed) return obeyed.error();
    }
    if (files.client_certificate) {
        if (auto proven = prove_by(context, *files.client_certificate); !proven) return proven.error();
    }
    return std::unique_ptr<TlsContext>(new TlsContext(std::move(state)));
}

TlsContext::TlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsContext::~TlsContext() = default;

struct TlsStream::State {
    Wire wire;
    SslPtr ssl;
    std::string names;  // that an unfit certificate is for
    std::string failure;

    TlsStep judge(int result) {
        const int why = SSL_get_error(ssl.get(), result);
        switch (why) {
            case SSL_ERROR_WANT_READ:
                return TlsStep::want_read;
            case SSL_ERROR_WANT_WRITE:
                return TlsStep::want_write;
            case SSL_ERROR_ZERO_RETURN:
                failure = "the peer closed the connection";
                return TlsStep::closed;
            default:
                failure = tell();
                ERR_clear_error();
                return TlsStep::failed;
        }
    }

    std::string tell() const {
        const unsigned long error = ERR_peek_last_error();
        const int reason = ERR_GET_REASON(error);
        if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
            return "the certificate was not accepted: " + verdict_of(ssl.get(), names);
        }
        if (wire.ended || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
            return "the connection was cut off";
        }
        if (error == 0) return std::system_category().message(wire.error);
        std::string text = "TLS: ";
        const char* named = ERR_reason_error_string(error);
        text += named != nullptr ? named : "protocol error";
        if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST) {
            text += " (the port does not speak TLS)";
        } else if (reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION) {
            text += " (the server knows nothing newer than TLS 1.1)";
        } else if (reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED) {
            text += " (the server asks for a client certificate)";
        }
        return text;
    }
};

TlsStream::TlsStream(TlsContext& context, int socket) : state_(std::make_unique<State>()) {
    TlsContext::State& shared = *context.state_;
    state_->wire.socket = socket;
    state_->ssl.reset(must(SSL_new(shared.context.get())));
    SSL* ssl = state_->ssl.get();
    SSL_set_app_data(ssl, &state_->names);
    BIO* bio = make_wire_bio(state_->wire);
    SSL_set_bio(ssl, bio, bio);

    X509_VERIFY_PARAM* checks = SSL_get0_param(ssl);
    // Only names among the alternative names count, and * stands for one whole label.
    X509_VERIFY_PARAM_set_hostflags(
        checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
    );
    int good = 0;
    if (shared.host_is_ip) {
        good = X509_VERIFY_PARAM_set1_ip_asc(checks, shared.host.c_str());
    } else {
        good = X509_VERIFY_PARAM_set1_host(checks, shared.host.c_str(), shared.host.size());
        SSL_set_tlsext_host_name(ssl, shared.host.c_str());
    }
    if (good != 1) throw std::bad_alloc();
    SSL_set_connect_state(ssl);
    shared.resume(ssl);
}

TlsStream::~TlsStream() {
    // Without this, OpenSSL takes the session for damaged and never resumes it.
    SSL_set_shutdown(state_->ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

TlsStep TlsStream::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(state_->ssl.get());
    return result == 1 ? TlsStep::done : state_->judge(result);
}

TlsStep TlsStream::write(std::string_view bytes, std::size_t& written) {
    ERR_clear_error();
    written = 0;
    const int result = SSL_write_ex(state_->ssl.get(), bytes.data(), bytes.size(), &written);
    return result == 1 ? TlsStep::done : state_->judge(result);
}

TlsStep TlsStream::read(char* room, std::size_t size, std::size_t& got) {
    ERR_clear_error();
    got = 0;
    const int result = SSL_read_ex(state_->ssl.get(), room, size, &got);
    return result == 1 ? TlsStep::done : state_->judge(result);
}

bool TlsStream::quiet() {
    char byte = 0;
    const auto count = ::recv(state_->wire.socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count == 0) return false;
    if (count < 0 && errno == EAGAIN && !buffered()) return true;
    // Not necessarily data: a session ticket may come late.
    std::size_t got = 0;
    return read(&byte, 1, got) == TlsStep::want_read;
}

bool TlsStream::buffered() const {
    return SSL_has_pending(state_->ssl.get()) == 1;
}

void TlsStream::say_goodbye() {
    ERR_clear_error();
    SSL_shutdown(state_->ssl.get());
    ERR_clear_error();
}

std::uint64_t TlsStream::bytes_sent() const {
    return state_->wire.sent;
}

bool TlsStream::resumed() const {
    return SSL_session_reused(state_->ssl.get()) == 1;
}

std::string TlsStream::failure() const {
    return state_->failure;
}

}  // namespace fairway
