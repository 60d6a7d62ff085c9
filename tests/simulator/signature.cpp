#include "tests/simulator/signature.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "tests/simulator/text.hpp"

namespace apic_simulator {
namespace {

constexpr std::string_view algorithm = "SDK-HMAC-SHA256";

std::string hex(const unsigned char* bytes, std::size_t size) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(size * 2);
    for (std::size_t i = 0; i < size; ++i) text += {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
    return text;
}

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// The part of `text` behind `key` and before the next comma.
bool part(std::string_view text, std::string_view key, std::string_view& value) {
    const std::size_t at = text.find(key);
    if (at == std::string_view::npos) return false;
    value = text.substr(at + key.size());
    value = value.substr(0, value.find(','));
    return !value.empty();
}

}  // namespace

bool parse_authorization(std::string_view header, Authorization& parsed) {
    if (!header.starts_with(algorithm)) return false;
    std::string_view access, names, signature;
    if (!part(header, "Access=", access) || !part(header, "SignedHeaders=", names) ||
        !part(header, "Signature=", signature)) {
        return false;
    }
    parsed = {std::string(access), std::string(signature), {}};
    for (std::size_t begin = 0; begin <= names.size();) {
        const std::size_t end = std::min(names.find(';', begin), names.size());
        parsed.signed_headers.push_back(lower_case(names.substr(begin, end - begin)));
        begin = end + 1;
    }
    return true;
}

std::string canonical_request(const Request& request, const std::vector<std::string>& signed_headers) {
    std::string text = request.method + "\n/";
    for (const std::string& segment : request.path) text += escape(segment) + '/';
    text += '\n';

    Pairs query;
    for (const auto& [name, value] : request.query) query.emplace_back(escape(name), escape(value));
    std::sort(query.begin(), query.end());
    for (std::size_t i = 0; i < query.size(); ++i) {
        text += (i == 0 ? "" : "&") + query[i].first + '=' + query[i].second;
    }
    text += '\n';

    std::vector<std::string> names = signed_headers;
    std::sort(names.begin(), names.end());
    std::string joined;
    for (const std::string& name : names) {
        const std::string* const value = request.header(name);
        text += name + ':' + (value ? *value : "") + '\n';
        joined += (joined.empty() ? "" : ";") + name;
    }
    text += '\n' + joined + '\n';
    const std::string* const given_hash = request.header("x-sdk-content-sha256");
    return text +=
           given_hash && *given_hash == "UNSIGNED-PAYLOAD" ? *given_hash : sha256_hex(request.body);
}

std::string string_to_sign(std::string_view date, std::string_view canonical_request) {
    return std::string(algorithm) + '\n' + std::string(date) + '\n' + sha256_hex(canonical_request);
}

std::string sign(std::string_view text, std::string_view secret_key) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned int size = 0;
    HMAC(
        EVP_sha256(), secret_key.data(), static_cast<int>(secret_key.size()), bytes(text), text.size(),
        digest.data(), &size
    );
    return hex(digest.data(), size);
}

std::string sha256_hex(std::string_view data) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    SHA256(bytes(data), data.size(), digest.data());
    return hex(digest.data(), digest.size());
}

}  // namespace apic_simulator
