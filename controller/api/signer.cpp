#include "controller/api/signer.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <new>

#include "reconciler/model/hex.hpp"

namespace fairway {
namespace {

constexpr std::string_view algorithm = "SDK-HMAC-SHA256";
using Hash = std::array<unsigned char, 32>;

bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

void encode_into(std::string& out, std::string_view text, char keep = '\0') {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_unreserved(c) || (keep != '\0' && c == keep)) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
}

// Fetched once: OpenSSL 3 looks an algorithm up by name at every use of the one-call functions, which
// costs more than the hash.
const EVP_MD* sha256() {
    static EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    if (digest == nullptr) throw std::bad_alloc();
    return digest;
}

Hash sha256_of(std::string_view text) {
    Hash hash;
    if (EVP_Digest(text.data(), text.size(), hash.data(), nullptr, sha256(), nullptr) != 1) {
        throw std::bad_alloc();
    }
    return hash;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::vector<std::pair<std::string, std::string_view>> sorted_fields(const SignedRequest& request) {
    std::vector<std::pair<std::string, std::string_view>> fields;
    fields.reserve(request.fields.size());
    for (const HttpField& field : request.fields)
        fields.emplace_back(lower(field.name), trimmed(field.value));
    std::sort(fields.begin(), fields.end());
    return fields;
}

std::string signed_names(const SignedRequest& request) {
    std::string names;
    for (const auto& [name, value] : sorted_fields(request)) {
        if (!names.empty()) names += ';';
        names += name;
    }
    return names;
}

}  // namespace

std::string percent_encode(std::string_view text) {
    std::string out;
    encode_into(out, text);
    return out;
}

std::string request_target(std::string_view path, const Query& query) {
    std::string target(path);
    char separator = '?';
    for (const auto& [name, value] : query) {
        target += separator;
        separator = '&';
        encode_into(target, name);
        target += '=';
        encode_into(target, value);
    }
    return target;
}

std::string sdk_date(WallTime now) {
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
    std::array<char, 40> text{};
    std::snprintf(
        text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count())
    );
    return text.data();
}

std::string canonical_request(const SignedRequest& request) {
    std::size_t size = 512;
    for (const HttpField& field : request.fields) size += field.name.size() + field.value.size() + 2;
    std::string out;
    out.reserve(size);  // a token is among the fields, and no copy of it is to stay behind
    out += request.method;
    out += '\n';
    encode_into(out, request.path, '/');
    if (out.back() != '/') out += '/';
    out += '\n';

    std::vector<std::pair<std::string, std::string>> query;
    query.reserve(request.query.size());
    for (const auto& [name, value] : request.query) {
        query.emplace_back(percent_encode(name), percent_encode(value));
    }
    std::sort(query.begin(), query.end());
    bool first = true;
    for (const auto& [name, value] : query) {
        if (!first) out += '&';
        first = false;
        out += name;
        out += '=';
        out += value;
    }
    out += '\n';

    const auto fields = sorted_fields(request);
    for (const auto& [name, value] : fields) {
        out += name;
        out += ':';
        out += value;
        out += '\n';
    }
    out += '\n';
    first = true;
    for (const auto& [name, value] : fields) {
        if (!first) out += ';';
        first = false;
        out += name;
    }
    out += '\n';
    out += hex_of(sha256_of(request.body));
    return out;
}

std::string string_to_sign(std::string_view canonical, std::string_view date) {
    std::string out(algorithm);
    out += '\n';
    out += date;
    out += '\n';
    out += hex_of(sha256_of(canonical));
    return out;
}

// The key schedule is kept: a signature then costs two hashes, not a lookup and four.
struct Signer::Mac {
    explicit Mac(std::string_view key) {
        EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
        context = EVP_MAC_CTX_new(hmac);
        EVP_MAC_free(hmac);  // the context holds it
        std::array<char, 7> digest{"SHA256"};
        const std::array<OSSL_PARAM, 2> parameters{
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
            OSSL_PARAM_construct_end()};
        const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
        if (context == nullptr || EVP_MAC_init(context, bytes, key.size(), parameters.data()) != 1) {
            EVP_MAC_CTX_free(context);
            throw std::bad_alloc();
        }
    }
    ~Mac() { EVP_MAC_CTX_free(context); }
    Mac(const Mac&) = delete;
    Mac& operator=(const Mac&) = delete;

    Hash operator()(std::string_view text) const {
        Hash hash;
        std::size_t size = 0;
        const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
        if (EVP_MAC_init(context, nullptr, 0, nullptr) != 1 ||
            EVP_MAC_update(context, bytes, text.size()) != 1 ||
            EVP_MAC_final(context, hash.data(), &size, hash.size()) != 1) {
            throw std::bad_alloc();
        }
        return hash;
    }

    EVP_MAC_CTX* context = nullptr;
};

Signer::Signer(const AccessKey& key)
    : access_key_(key.access_key), mac_(std::make_unique<Mac>(key.secret_key.reveal())) {}
Signer::~Signer() = default;
Signer::Signer(Signer&&) noexcept = default;

std::string Signer::authorization(const SignedRequest& request, std::string_view date) const {
    std::string canonical = canonical_request(request);
    const WipedLater canonical_wiped(canonical);
    std::string out(algorithm);
    out += " Access=";
    out += access_key_.reveal();
    out += ", SignedHeaders=";
    out += signed_names(request);
    out += ", Signature=";
    out += hex_of((*mac_)(string_to_sign(canonical, date)));
    return out;
}

}  // namespace fairway
