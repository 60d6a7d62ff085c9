// A server repeats what it was told, or what it knows: none of it comes through.
#include "controller/api/mask.hpp"

#include <doctest/doctest.h>

#include "controller/api/base64.hpp"
#include "controller/api/json_escapes.hpp"

namespace fairway {
namespace {

std::string covered(std::string text, const std::string& secret) {
    cover(text, Secret(secret));
    return text;
}

TEST_CASE("a secret is covered as it is, and the text around it stays") {
    CHECK(covered("weak: hunter2-hunter2, twice hunter2", "hunter2") == "weak: ***-***, twice ***");
    CHECK(covered("nothing of it", "hunter2") == "nothing of it");
    CHECK(covered("", "hunter2").empty());
    CHECK(covered("a short one stands in words by chance: cat", "cat").ends_with("cat"));
}

TEST_CASE("a secret is covered in every form that an answer may give it") {
    const std::string secret = "p/w\"d\\ \xC3\xA4+~1";
    CHECK(covered("{\"m\":\"p/w\\\"d\\\\ \xC3\xA4+~1\"}", secret) == R"({"m":"***"})");
    CHECK(covered("{\"m\":\"p\\/w\\\"d\\\\ \xC3\xA4+~1\"}", secret) == R"({"m":"***"})");
    CHECK(covered("?p=p%2Fw%22d%5C%20%C3%A4%2B~1&q", secret) == "?p=***&q");
    CHECK(covered("?p=p%2fw%22d%5c%20%c3%a4%2b~1&q", secret) == "?p=***&q");
    CHECK(covered("?p=p/w%22d%5C%20%C3%A4%2B~1&q", secret) == "?p=***&q");
    CHECK(covered("0x702f7722645c20c3a42b7e31", secret) == "0x***");
    CHECK(covered("0x702F7722645C20C3A42B7E31", secret) == "0x***");
}

TEST_CASE("a secret is covered in an answer that repeats JSON within JSON, or escapes more than it must"
) {
    const std::string secret = "a&<\"\\b/\xC3\xA4\xF0\x9F\x94\x91";
    const Mask mask(ProjectEndpoint{}, {Secret(secret)});
    for (const char* text :
         {R"("a\u0026\u003c\"\\b\/\u00e4\uD83D\udd11")",
          R"("a\u0026\u003C\u0022\u005cb\u002F\u00E4\ud83d\uDD11")",
          "\"{\\\"m\\\":\\\"a&<\\\\\\\"\\\\\\\\b/\xC3\xA4\\uD83D\\udd11\\\"}\""}) {
        CAPTURE(text);
        HttpReply reply;
        reply.body = text;
        mask.cover(reply, {});
        CHECK(reply.body.find("***") != std::string::npos);
        CHECK(reply.body.find('b') == std::string::npos);
    }
}

TEST_CASE("escapes are resolved where the text stays what it was") {
    const auto resolved = [](std::string text) {
        resolve_escapes(text);
        return text;
    };
    CHECK(resolved(R"(\u0041\/\n\t\\u0041\"\\)") == R"(A/\n\t\\u0041\"\\)");
    CHECK(resolved(R"(\u0022\u005C\u000a\u0000)") == R"(\"\\\u000a\u0000)");
    CHECK(resolved(R"(\ud83d\ud83d\udd11\udd11)") == "\\ud83d\xF0\x9F\x94\x91\\udd11");
    CHECK(resolved(R"(\u00zz\u123)") == R"(\u00zz\u123)");
    CHECK(resolved("\\") == "\\");
    CHECK(resolved("") == "");
}

TEST_CASE("a secret is covered amid any base64 text, at each of its places") {
    const std::string secret = "SomeSecretKey0001";
    for (const std::string before : {"", "u", "us", "user:"}) {
        for (const std::string after : {"", "!", "!!", "!!!"}) {
            CAPTURE(before + "_" + after);
            const std::string text = base64(before + secret + after);
            const std::string left = covered(text, secret);
            REQUIRE(left.find("***") != std::string::npos);
            // At both ends a character stays in which other bytes have a part.
            const std::size_t covered_size = text.size() - (left.size() - 3);
            CHECK(covered_size >= 4 * secret.size() / 3 - 1);
        }
    }
}

TEST_CASE("a key of several lines is covered line by line, but for what every key begins with") {
    const std::string key =
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n"
        "-----END PRIVATE KEY-----\n";
    CHECK(covered("got " + key, key) == "got ***");
    CHECK(covered("got AQEFAASCBKcwggSjAgEAAoIB", key) == "got ***");
    CHECK(covered("no -----BEGIN PRIVATE KEY----- found", key).find("***") == std::string::npos);
}

TEST_CASE("an answer is covered in its body and its fields, of what is configured, issued and sent") {
    ProjectEndpoint project;
    project.credentials = Password{"user", "domain", Secret("password-1")};
    project.proxy = Proxy{"proxy", 3128, "user", Secret("password-2"), {}};
    project.client_certificate = ClientCertificate{"chain", Secret("password-3")};
    Mask mask(project, {Secret("password-4")});
    mask.hide(Secret("password-5"));
    HttpRequest request;
    request.fields = {
        {"X-Auth-Token", "password-6"}, {"X-Language", "en-us"}, {"X-Security-Token", "password-7"}};
    HttpReply reply;
    reply.body = "password-1 password-2 password-3 password-4 en-us";
    reply.add("X-Request-Id", "id-password-5");
    reply.add("Retry-After", "5");
    reply.add("X-Echo", "password-6, password-7");
    mask.cover(reply, secrets_sent(request));
    CHECK(reply.body == "*** *** *** *** en-us");
    CHECK(reply.field("x-request-id") == "id-***");
    CHECK(reply.field("Retry-After") == "5");
    CHECK(reply.field("X-Echo") == "***, ***");
}

TEST_CASE("of what is issued again and again, the newest are remembered") {
    Mask mask(ProjectEndpoint{}, {});
    for (int i = 10; i < 30; ++i) mask.hide(Secret("token-" + std::to_string(i)));
    HttpReply reply;
    reply.body = "token-29 token-28 token-10";
    mask.cover(reply, {});
    CHECK(reply.body == "*** *** token-10");
}

}  // namespace
}  // namespace fairway
