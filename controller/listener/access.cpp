#include "controller/listener/access.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace fairway {
namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

Digest digest_of(std::string_view text) {
    Digest digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return digest;
}

}  // namespace

bool same_secret(std::string_view given, const Secret& ours) {
    // Of one length, whatever was sent.
    const Digest theirs = digest_of(given), wanted = digest_of(ours.reveal());
    return !ours.empty() && CRYPTO_memcmp(theirs.data(), wanted.data(), wanted.size()) == 0;
}

bool bears(const Secret& authorization, const Secret& token) {
    constexpr std::string_view scheme = "bearer ";
    std::string_view given = authorization.reveal();
    const std::string_view start = given.substr(0, scheme.size());
    const bool is_bearer =
        std::equal(start.begin(), start.end(), scheme.begin(), scheme.end(), [](char is, char wanted) {
            return (is >= 'A' && is <= 'Z' ? is - 'A' + 'a' : is) == wanted;
        });
    if (!is_bearer) return false;
    given.remove_prefix(std::min(given.find_first_not_of(' ', scheme.size()), given.size()));
    return same_secret(given, token);
}

}  // namespace fairway
