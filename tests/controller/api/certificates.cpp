#include "tests/controller/api/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <stdexcept>

#include "controller/net/openssl_pointers.hpp"

namespace fairway::testing {
namespace {

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (extension == nullptr) throw std::runtime_error("cannot make an extension: " + value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

void name_raw(X509* certificate, const std::string& name) {
    GENERAL_NAMES* names = sk_GENERAL_NAME_new_null();
    GENERAL_NAME* one = GENERAL_NAME_new();
    ASN1_IA5STRING* text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, name.data(), static_cast<int>(name.size()));
    GENERAL_NAME_set0_value(one, GEN_DNS, text);
    sk_GENERAL_NAME_push(names, one);
    X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0);
    GENERAL_NAMES_free(names);
}

template <class Write>
std::string pem_by(Write write) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    write(bio.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

}  // namespace

struct Made::State {
    KeyPtr key;
    CertificatePtr certificate;
};

Made::Made(const Recipe& recipe, const Made* issuer) : state_(std::make_unique<State>()) {
    static std::atomic<long> serial = 1000;
    const auto bits = static_cast<unsigned>(recipe.rsa_bits);
    state_->key.reset(recipe.rsa_bits > 0 ? EVP_RSA_gen(bits) : EVP_EC_gen("P-256"));
    state_->certificate.reset(X509_new());
    X509* made = state_->certificate.get();
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made), recipe.from_s);
    X509_gmtime_adj(X509_getm_notAfter(made), recipe.until_s);
    X509_set_pubkey(made, state_->key.get());
    const std::string name =
        recipe.authority ? recipe.common_name + std::to_string(serial) : recipe.common_name;
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(made), "CN", MBSTRING_ASC,
        reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0
    );
    X509* by = issuer != nullptr ? issuer->state_->certificate.get() : made;
    X509_set_issuer_name(made, X509_get_subject_name(by));
    if (recipe.authority) {
        extend(made, by, NID_basic_constraints, "critical,CA:TRUE");
        extend(made, by, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        extend(made, by, NID_basic_constraints, "critical,CA:FALSE");
        extend(made, by, NID_ext_key_usage, recipe.usage);
        if (!recipe.raw_name.empty()) name_raw(made, recipe.raw_name);
        if (recipe.raw_name.empty() && !recipe.names.empty())
            extend(made, by, NID_subject_alt_name, recipe.names);
    }
    extend(made, by, NID_subject_key_identifier, "hash");
    EVP_PKEY* signing = issuer != nullptr ? issuer->state_->key.get() : state_->key.get();
    if (X509_sign(made, signing, EVP_get_digestbyname(recipe.digest.c_str())) == 0) {
        throw std::runtime_error("cannot sign with " + recipe.digest);
    }
    certificate_ = pem_by([&](BIO* bio) { PEM_write_bio_X509(bio, made); });
    key_ = pem_by([&](BIO* bio) {
        PEM_write_bio_PrivateKey(bio, state_->key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

Made::~Made() = default;

std::string Made::revoke(const std::vector<const Made*>& which, long until_s) const {
    const CrlPtr list(X509_CRL_new());
    X509_CRL_set_version(list.get(), 1);
    X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(state_->certificate.get()));
    ASN1_TIME* time = ASN1_TIME_new();
    X509_gmtime_adj(time, -7200);
    X509_CRL_set1_lastUpdate(list.get(), time);
    X509_gmtime_adj(time, until_s);
    X509_CRL_set1_nextUpdate(list.get(), time);
    X509_gmtime_adj(time, -60);
    for (const Made* one : which) {
        X509_REVOKED* revoked = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(revoked, X509_get_serialNumber(one->state_->certificate.get()));
        X509_REVOKED_set_revocationDate(revoked, time);
        X509_CRL_add0_revoked(list.get(), revoked);
    }
    ASN1_TIME_free(time);
    X509_CRL_sign(list.get(), state_->key.get(), EVP_sha256());
    return pem_by([&](BIO* bio) { PEM_write_bio_X509_CRL(bio, list.get()); });
}

}  // namespace fairway::testing
