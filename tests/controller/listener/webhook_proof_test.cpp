// Who may have a source fetched: GitHub, Gitea, Forgejo and GitLab prove it in their own ways.
#include "controller/listener/webhook_proof.hpp"

#include <doctest/doctest.h>

using namespace fairway;

namespace {

using Fields = std::map<std::string, Secret>;

// The example of GitHub's documentation.
const Secret secret("It's a Secret to Everybody");
constexpr const char *body = "Hello, World!",
                     *hex = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

bool good(const Fields& fields, std::string_view text = body, const Secret& ours = secret) {
    WebhookProof proof(ours, fields);
    while (!text.empty()) {  // in pieces of different sizes
        const std::size_t piece = text.size() / 2 + 1;
        proof.take(text.substr(0, piece));
        text.remove_prefix(piece);
    }
    return proof.good();
}

Fields of(const std::string& name, const std::string& value) {
    return {{name, Secret(value)}};
}

TEST_CASE("a signature over the body is good, as GitHub and as Gitea write it") {
    CHECK(good(of("x-hub-signature-256", std::string("sha256=") + hex)));
    CHECK(good(of("x-gitea-signature", hex)));
    CHECK_FALSE(good(of("x-hub-signature-256", hex)));
    CHECK_FALSE(good(of("x-gitea-signature", std::string("sha256=") + hex)));
    for (const char* name : {"x-hub-signature-256", "x-gitea-signature"}) {
        CAPTURE(name);
        const std::string right = (name[2] == 'h' ? "sha256=" : "") + std::string(hex);
        CHECK_FALSE(good(of(name, right), "Hello, World?"));
        CHECK_FALSE(good(of(name, right), ""));
        CHECK_FALSE(good(of(name, right), body, Secret("It's a secret to everybody")));
        CHECK_FALSE(good(of(name, right), body, Secret()));
        CHECK_FALSE(good(of(name, right + "0")));
        CHECK_FALSE(good(of(name, right.substr(0, right.size() - 1))));
        CHECK_FALSE(good(of(name, std::string(right.size(), '0'))));
        CHECK_FALSE(good(of(name, "sha256=")));
        CHECK_FALSE(good(of(name, "")));
        for (std::size_t i = 0; i < right.size(); ++i) {
            std::string wrong = right;
            wrong[i] = wrong[i] == '1' ? '2' : '1';
            REQUIRE_FALSE(good(of(name, wrong)));
        }
    }
}

TEST_CASE("the token of GitLab is the secret, whole") {
    const std::string name = "x-gitlab-token", right(secret.reveal());
    CHECK(good(of(name, right)));
    CHECK(good(of(name, right), ""));
    CHECK_FALSE(good(of(name, right + "x")));
    CHECK_FALSE(good(of(name, right.substr(1))));
    CHECK_FALSE(good(of(name, "")));
    CHECK_FALSE(good(of(name, ""), body, Secret()));
    CHECK_FALSE(good(of(name, hex)));
}

TEST_CASE("what is there must be right, all of it, and something must be there") {
    const Secret github(std::string("sha256=") + hex), gitea(hex);
    CHECK(good({{"x-hub-signature-256", github}, {"x-gitea-signature", gitea}}));  // as Gitea sends it
    CHECK_FALSE(good({{"x-hub-signature-256", github}, {"x-gitea-signature", github}}));
    CHECK_FALSE(good({{"x-hub-signature-256", github}, {"x-gitlab-token", gitea}}));
    CHECK_FALSE(good({{"x-hub-signature-256", gitea}, {"x-gitlab-token", secret}}));
    CHECK_FALSE(good({}));
    CHECK_FALSE(good(of("x-hub-signature", hex)));
    CHECK(WebhookProof(secret, of("x-gitlab-token", "wrong")).given());
    CHECK_FALSE(WebhookProof(secret, of("authorization", "x")).given());
}

}  // namespace
