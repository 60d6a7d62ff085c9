#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>

#include "controller/api/signer.hpp"

using namespace fairway;

namespace {

rapidjson::Document vectors() {
    std::ifstream in(FAIRWAY_TEST_DATA "/signing.json");
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    rapidjson::Document document;
    document.Parse(text.c_str());
    REQUIRE_FALSE(document.HasParseError());
    return document;
}

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

}  // namespace

TEST_CASE("every published signing vector is met") {
    const auto document = vectors();
    std::size_t count = 0;
    for (const auto& vector : document["cases"].GetArray()) {
        ++count;
        CAPTURE(vector["name"].GetString());
        AccessKey key;
        key.access_key = Secret(vector["access_key"].GetString());
        key.secret_key = Secret(vector["secret_key"].GetString());
        Query query;
        for (const auto& pair : vector["query"].GetArray()) {
            query.emplace_back(pair[0].GetString(), pair[1].GetString());
        }
        std::vector<HttpField> fields;
        std::string date;
        for (const auto& field : vector["headers"].GetObject()) {
            const std::string name = field.name.GetString();
            if (lower(name) == "x-sdk-date") date = field.value.GetString();
            for (const auto& wanted : vector["signed_headers"].GetArray()) {
                if (lower(name) == wanted.GetString()) fields.push_back({name, field.value.GetString()});
            }
        }
        const std::string method = vector["method"].GetString(), path = vector["path"].GetString();
        const std::string body(vector["body"].GetString(), vector["body"].GetStringLength());
        const SignedRequest request{method, path, query, fields, body};

        const std::string canonical = canonical_request(request);
        CHECK(canonical == vector["canonical_request"].GetString());
        CHECK(string_to_sign(canonical, date) == vector["string_to_sign"].GetString());
        const Signer signer(key);
        CHECK(signer.authorization(request, date) == vector["authorization"].GetString());
        CHECK(signer.authorization(request, date) == vector["authorization"].GetString());  // and again
    }
    CHECK(count >= 8);
}

TEST_CASE("the order of fields and query does not change a signature") {
    AccessKey key;
    key.access_key = Secret("AK");
    key.secret_key = Secret("SK");
    const Signer signer(key);
    const Query one{{"b", "2"}, {"a", "2"}, {"a", "1"}}, other{{"a", "1"}, {"a", "2"}, {"b", "2"}};
    const std::vector<HttpField> fields{{"Host", "h"}, {"X-Sdk-Date", "d"}};
    const std::vector<HttpField> reversed{{"x-sdk-date", " d\t"}, {"HOST", "h "}};
    CHECK(
        signer.authorization({"GET", "/p", one, fields, ""}, "d") ==
        signer.authorization({"GET", "/p/", other, reversed, ""}, "d")
    );
}

TEST_CASE("a target is escaped byte by byte") {
    CHECK(percent_encode("aZ09-_.~") == "aZ09-_.~");
    CHECK(percent_encode("a b/c?d&e=f%") == "a%20b%2Fc%3Fd%26e%3Df%25");
    CHECK(percent_encode("通") == "%E9%80%9A");
    CHECK(request_target("/p", {}) == "/p");
    CHECK(request_target("/p", {{"name", "a&b"}, {"limit", "1"}}) == "/p?name=a%26b&limit=1");
}

TEST_CASE("a signing date is UTC to the second") {
    using namespace std::chrono;
    const WallTime time = sys_days(2026y / January / 5) + 8h + 3min + 9s + 999ms;
    CHECK(sdk_date(time) == "20260105T080309Z");
}
