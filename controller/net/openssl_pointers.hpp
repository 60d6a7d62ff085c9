#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

namespace fairway {

/// Gives an object of OpenSSL back by the function that is made for it.
template <auto function>
struct Calls {
    template <class T>
    void operator()(T* object) const {
        function(object);
    }
};
using CertificatePtr = std::unique_ptr<X509, Calls<&X509_free>>;
using CrlPtr = std::unique_ptr<X509_CRL, Calls<&X509_CRL_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Calls<&EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Calls<&BIO_free_all>>;

}  // namespace fairway
