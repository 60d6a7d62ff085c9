#include "controller/listener/webhook_proof.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <new>

#include "controller/listener/access.hpp"
#include "reconciler/model/hex.hpp"

namespace fairway {
namespace {

constexpr const char *github = "x-hub-signature-256", *gitea = "x-gitea-signature",
                     *gitlab = "x-gitlab-token";
constexpr std::string_view github_prefix = "sha256=";

/// HMAC-SHA256 over pieces.
class Hmac {
public:
    explicit Hmac(std::string_view key) {
        if (!context_) throw std::bad_alloc();
        std::array<char, 7> name{"SHA256"};
        const std::array parameters{
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
            OSSL_PARAM_construct_end()};
        const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
        ready_ = EVP_MAC_init(context_.get(), bytes, key.size(), parameters.data()) == 1;
    }
    void take(std::string_view piece) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(piece.data());
        ready_ = ready_ && EVP_MAC_update(context_.get(), bytes, piece.size()) == 1;
    }
    /// In hex, in lower case; empty where it cannot be told.
    std::string end() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        std::size_t size = 0;
        if (!ready_ || EVP_MAC_final(context_.get(), digest.data(), &size, digest.size()) != 1)
            return {};
        return hex_of(std::span(digest).first(size));
    }

private:
    struct Free {
        void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
        void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
    };
    std::unique_ptr<EVP_MAC, Free> mac_{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
    std::unique_ptr<EVP_MAC_CTX, Free> context_{EVP_MAC_CTX_new(mac_.get())};
    bool ready_ = false;
};

bool is_signature(const Secret& given, std::string_view prefix, const std::string& hex) {
    std::string_view text = given.reveal();
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return !hex.empty() && text.size() == hex.size() &&
           CRYPTO_memcmp(text.data(), hex.data(), hex.size()) == 0;
}

}  // namespace

struct WebhookProof::Impl {
    Secret secret;
    std::map<std::string, Secret> given;
    Hmac hmac;
};

const std::vector<std::string>& WebhookProof::fields() {
    static const std::vector<std::string> names{github, gitea, gitlab};
    return names;
}

WebhookProof::WebhookProof(const Secret& secret, const std::map<std::string, Secret>& given)
    : impl_(std::make_unique<Impl>(Impl{secret, {}, Hmac(secret.reveal())})) {
    for (const std::string& name : fields()) {
        if (const auto it = given.find(name); it != given.end()) impl_->given.insert(*it);
    }
}

WebhookProof::WebhookProof(WebhookProof&&) noexcept = default;
WebhookProof::~WebhookProof() = default;

bool WebhookProof::given() const {
    return !impl_->given.empty();
}

void WebhookProof::take(std::string_view piece) {
    impl_->hmac.take(piece);
}

bool WebhookProof::good() {
    const std::string hex = impl_->hmac.end();
    bool good = given() && !impl_->secret.empty();
    for (const auto& [name, value] : impl_->given) {
        if (name == github) {
            good = is_signature(value, github_prefix, hex) && good;
        } else if (name == gitea) {
            good = is_signature(value, {}, hex) && good;
        } else {
            good = same_secret(value.reveal(), impl_->secret) && good;
        }
    }
    return good;
}

}  // namespace fairway
