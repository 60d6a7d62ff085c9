#include "tests/simulator/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace apic_simulator {
namespace {

template <auto free>
struct Free {
    void operator()(auto* object) const { free(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Free<X509_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;

constexpr long one_day = 24L * 60 * 60;

void require(bool fine, const char* what) {
    if (!fine) throw std::runtime_error(std::string("OpenSSL failed to ") + what);
}

Key new_key() {
    Key key(EVP_EC_gen("P-256"));
    require(key != nullptr, "make a key");
    return key;
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    require(extension != nullptr, "make an extension");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

Cert new_certificate(EVP_PKEY* key, const char* name, X509* issuer, long from_s, long until_s) {
    Cert certificate(X509_new());
    require(certificate != nullptr, "make a certificate");
    X509_set_version(certificate.get(), 2);
    unsigned char serial[8];
    require(RAND_bytes(serial, sizeof serial) == 1, "make a serial number");
    serial[0] &= 0x7f;
    BIGNUM* const number = BN_bin2bn(serial, sizeof serial, nullptr);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
    BN_free(number);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), until_s);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME* const subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(
        subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1, 0
    );
    X509* const by = issuer ? issuer : certificate.get();
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(by));
    add_extension(certificate.get(), by, NID_subject_key_identifier, "hash");
    return certificate;
}

void sign(X509* certificate, EVP_PKEY* key) {
    require(X509_sign(certificate, key, EVP_sha256()) > 0, "sign a certificate");
}

template <class Write>
std::string pem(Write write) {
    const Bio bio(BIO_new(BIO_s_mem()));
    require(bio && write(bio.get()) == 1, "write PEM");
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
    return pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

}  // namespace

Certificates make_certificates(Certificate kind) {
    const Key ca_key = new_key();
    const Cert ca = new_certificate(ca_key.get(), "apic-simulator CA", nullptr, -one_day, 365 * one_day);
    add_extension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    sign(ca.get(), ca_key.get());

    const Key key = new_key();
    const bool self_signed = kind == Certificate::self_signed;
    const long until = kind == Certificate::expired ? -60 * 60 : 90 * one_day;
    X509* const issuer = self_signed ? nullptr : ca.get();
    const Cert server = new_certificate(key.get(), "apic-simulator", issuer, -one_day, until);
    X509* const by = issuer ? issuer : server.get();
    add_extension(server.get(), by, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(server.get(), by, NID_key_usage, "critical,digitalSignature");
    add_extension(server.get(), by, NID_ext_key_usage, "serverAuth");
    const char* const names =
        kind == Certificate::wrong_host ? "DNS:elsewhere.example" : "DNS:localhost,IP:127.0.0.1,IP:::1";
    add_extension(server.get(), by, NID_subject_alt_name, names);
    if (!self_signed) add_extension(server.get(), by, NID_authority_key_identifier, "keyid");
    sign(server.get(), self_signed ? key.get() : ca_key.get());

    Certificates made;
    made.ca = pem_of(ca.get());
    made.server = pem_of(server.get());
    made.server_key = pem([&](BIO* bio) {
        return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    return made;
}

}  // namespace apic_simulator
