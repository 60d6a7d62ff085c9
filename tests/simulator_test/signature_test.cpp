#include "tests/simulator/signature.hpp"

#include "tests/simulator_test/cloud.hpp"

using namespace simulator_test;

namespace {

Request request_of(const JsonValue& one) {
    Request request;
    request.method = text_at(one, "method");
    request.target = text_at(one, "path");
    char separator = '?';
    for (const JsonValue& pair : find(one, "query")->GetArray()) {
        request.target += separator + escape(pair[0].GetString()) + '=' + escape(pair[1].GetString());
        separator = '&';
    }
    for (const auto& header : find(one, "headers")->GetObject()) {
        std::string name;
        for (const char c : std::string_view(header.name.GetString()))
            name += static_cast<char>(std::tolower(c));
        request.headers.emplace_back(name, header.value.GetString());
    }
    request.body = text_at(one, "body");
    split_target(request);
    return request;
}

}  // namespace

TEST_CASE("signatures equal those of the vendor's signers") {
    JsonDocument vectors;
    REQUIRE(parse_json(vectors, read_data("signing.json")));
    const JsonValue& cases = *find(vectors, "cases");
    REQUIRE(cases.Size() >= 5);
    for (const JsonValue& one : cases.GetArray()) {
        CAPTURE(one["name"].GetString());
        std::vector<std::string> names;
        for (const JsonValue& name : find(one, "signed_headers")->GetArray())
            names.emplace_back(name.GetString());
        const Request request = request_of(one);
        const std::string canonical = canonical_request(request, names);
        CHECK(canonical == text_at(one, "canonical_request"));
        const std::string text = string_to_sign(*request.header("x-sdk-date"), canonical);
        CHECK(text == text_at(one, "string_to_sign"));
        CHECK(sign(text, text_at(one, "secret_key")) == text_at(one, "signature"));

        Authorization parsed;
        REQUIRE(parse_authorization(text_at(one, "authorization"), parsed));
        CHECK(parsed.access_key == text_at(one, "access_key"));
        CHECK(parsed.signature == text_at(one, "signature"));
        CHECK(parsed.signed_headers == names);
    }
}

TEST_CASE("an authorization of another kind, or an incomplete one, is no signature") {
    Authorization parsed;
    CHECK_FALSE(parse_authorization("Bearer abc", parsed));
    CHECK_FALSE(parse_authorization("SDK-HMAC-SHA256 Access=A, SignedHeaders=x-sdk-date", parsed));
    CHECK_FALSE(
        parse_authorization("SDK-HMAC-SHA256 Access=, SignedHeaders=x-sdk-date, Signature=00", parsed)
    );
}
