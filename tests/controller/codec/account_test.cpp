#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include "controller/codec/channel_json.hpp"
#include "controller/codec/iam_json.hpp"
#include "tests/controller/codec/example.hpp"

namespace fairway {

TEST_CASE("gateway instances are read with their states") {
    const auto page = parse_instances(example("instances-list.response-200"));
    REQUIRE(page);
    CHECK(page->total == 2);
    REQUIRE(page->instances.size() == 2);
    CHECK(page->instances[0].id == "eea73cde015940908ae0117d67bf7330");
    CHECK(page->instances[0].name == "test1");
    CHECK(page->instances[0].status == "RUNNING");
    CHECK(page->instances[1].status == "FROZEN");
}

TEST_CASE("an instance list without its list, or with an instance without an id, is refused") {
    CHECK(parse_instances(R"({"total":0,"instances":null})")->instances.empty());
    CHECK_FALSE(parse_instances("{}"));
    CHECK_FALSE(parse_instances(R"({"instances":{}})"));
    CHECK_FALSE(parse_instances(R"({"instances":[{"name":"test1"}]})"));
    CHECK_FALSE(parse_instances(R"({"instances":["test1"]})"));
}

TEST_CASE("the feature that allows other names is found in its page") {
    const auto body = example("features-list.response-200");
    const auto page = parse_features(body);
    REQUIRE(page);
    CHECK(page->name_modifiable == false);
    CHECK(page->rows == 2);
    CHECK(page->total == 2);
    CHECK(parse_features(with(body, R"("off")", R"("on")"))->name_modifiable == true);
    CHECK(parse_features(with(body, R"("off")", R"("perhaps")"))->name_modifiable == true);
}

TEST_CASE("a page without that feature says nothing about it") {
    const auto page =
        parse_features(with(example("features-list.response-200"), "vpc_name_modifiable", "other"));
    REQUIRE(page);
    CHECK_FALSE(page->name_modifiable);
    CHECK(page->rows == 2);
    CHECK_FALSE(parse_features(R"({"size":0,"total":0,"features":[]})")->name_modifiable);
    CHECK(parse_features(R"({"total":1,"features":[{"name":"other","config":{"new":"shape"}}]})"));
    CHECK_FALSE(parse_features(R"({"size":0,"total":0})"));
}

TEST_CASE("quotas are read, their numbers as numbers or as text") {
    const auto page = parse_quotas(
        R"({"size":4,"total":9,"configs":[{"config_name":"VPC_NUM_LIMIT","config_value":"200","used":3},)"
        R"({"config_name":"VPC_INSTANCE_NUM_LIMIT","config_value":10},)"
        R"({"config_name":"odd","config_value":"many"},{"config_name":"odd","config_value":"-1"}]})"
    );
    REQUIRE(page);
    CHECK(page->rows == 4);
    CHECK(page->total == 9);
    REQUIRE(page->quotas.size() == 2);
    CHECK(page->quotas[0].name == "VPC_NUM_LIMIT");
    CHECK(page->quotas[0].limit == 200);
    CHECK(page->quotas[0].used == 3);
    CHECK(page->quotas[1].limit == 10);
    CHECK_FALSE(page->quotas[1].used);
    CHECK(parse_quotas(R"({"total":0,"configs":[]})")->quotas.empty());
    CHECK_FALSE(parse_quotas(R"({"total":0})"));
    CHECK_FALSE(parse_quotas(R"({"total":1,"configs":["VPC_NUM_LIMIT"]})"));
}

TEST_CASE("errors of the three families are read") {
    auto error = parse_error_body(example("project-create.response-400-name-exists"));
    CHECK(error.error_code == "APIG.3208");
    CHECK_FALSE(error.error_msg.empty());
    CHECK(error.request_id.empty());

    error = parse_error_body(example("gateway.response-429"));
    CHECK(error.error_code == "APIGW.0308");
    CHECK(error.request_id == "6d1a3b5a4f5e4c0b9a1d2e3f40516275");

    error = parse_error_body(example("instances-list.response-401"));
    CHECK(error.error_code == "ROMA.00012000");
    CHECK(error.request_id == "13760c1fe8655e61209b75665e9bef43");

    error = parse_error_body(example("iam-token.response-401"));
    CHECK(error.error_code == "401");
    CHECK(error.error_msg == "The username or password is wrong.");
}

TEST_CASE("anything else is an error without a code") {
    for (const std::string body :
         {"", "null", "[]", "{}", "<html>Bad gateway</html>", R"("APIG.3208")", R"({"error":"no"})",
          R"({"error":null})", R"({"error_code":null})", R"({"error_code":["APIG.1"]})",
          R"({"error_code":"APIG.1","error_code":"APIG.2"})", "{\"error_code\":\"APIG.32"}) {
        CAPTURE(body);
        CHECK(parse_error_body(body).error_code.empty());
    }
    CHECK(parse_error_body(R"({"error_code":3208})").error_code == "3208");
    CHECK(parse_error_body(R"({"error_code":"APIG.1","error_msg":{}})").error_code == "APIG.1");
}

TEST_CASE("what an error says is kept short, and whole characters") {
    const auto error =
        parse_error_body(R"({"error_code":")" + std::string(1 << 20, 'A') + R"(","error_msg":"x)" + [] {
            std::string text;
            for (int i = 0; i < 1000; ++i) text += "渠";
            return text;
        }() + R"("})");
    CHECK(error.error_code == std::string(64, 'A'));
    CHECK(error.error_msg.size() == 1 + 341 * 3);
}

TEST_CASE("a token is asked for as documented, by the project's name or its id") {
    const auto body =
        token_request("IAMUser", "IAMDomain", Secret("IAMPassword"), {"", "cn-north-4", ""});
    rapidjson::Document ours, documented;
    ours.Parse(body.data(), body.size());
    const auto wanted = example("iam-token.request");
    documented.Parse(wanted.data(), wanted.size());
    REQUIRE_FALSE(ours.HasParseError());
    CHECK(ours == documented);

    const auto by_id = token_request("a \"b\"", "d", Secret("p\\w"), {"0123", "cn-north-4", "d"});
    CHECK(by_id.find(R"("scope":{"project":{"id":"0123"}})") != std::string::npos);
    CHECK(
        token_request("u", "d", Secret("p"), {"", "", "d"}).find(R"("scope":{"domain":{"name":"d"}})") !=
        std::string::npos
    );
    CHECK(by_id.find(R"("name":"a \"b\"","password":"p\\w")") != std::string::npos);
}

TEST_CASE("a token's end is read, and must be there") {
    const auto info = parse_token(example("iam-token.response-201"));
    REQUIRE(info);
    CHECK(format_time(info->expires_at) == "2020-01-04T09:05:22.701000Z");
    CHECK(info->project_id == "aa2d97d7e62c4b7da3ffdfc11551f878");
    CHECK_FALSE(parse_token("{}"));
    CHECK_FALSE(parse_token(R"({"token":{}})"));
    CHECK_FALSE(parse_token(R"({"token":{"expires_at":""}})"));
    CHECK_FALSE(parse_token(R"({"token":{"expires_at":"tomorrow"}})"));
}

TEST_CASE("an agency is assumed as documented, its account by name or by id") {
    CHECK(
        agency_token_request({"role", "acme", ""}, {"", "cn-north-4", ""}) ==
        R"({"auth":{"identity":{"methods":["assume_role"],"assume_role":{"agency_name":"role","domain_name":"acme"}},)"
        R"("scope":{"project":{"name":"cn-north-4"}}}})"
    );
    CHECK(
        agency_key_request({"role", "", "d1"}, 900) ==
        R"({"auth":{"identity":{"methods":["assume_role"],"assume_role":{"agency_name":"role","domain_id":"d1",)"
        R"("duration_seconds":900}}}})"
    );
}

TEST_CASE("a temporary key is whole, or an error that shows nothing of it") {
    const std::string whole =
        R"({"credential":{"access":"AK","secret":"SK","securitytoken":"ST","expires_at":"2020-01-04T09:05:22.701000Z"}})";
    const auto key = parse_temporary_key(whole);
    REQUIRE(key);
    CHECK(key->access_key.reveal() == "AK");
    CHECK(key->secret_key.reveal() == "SK");
    CHECK(key->security_token.reveal() == "ST");
    CHECK(format_time(key->expires_at) == "2020-01-04T09:05:22.701000Z");
    for (const std::string& part : {"access", "secret", "securitytoken", "expires_at", "credential"}) {
        CAPTURE(part);
        std::string other = whole;
        other.replace(other.find('"' + part + '"'), part.size() + 2, R"("another")");
        const auto lacking = parse_temporary_key(other);
        REQUIRE_FALSE(lacking);
        CHECK(lacking.error().what().find("SK") == std::string::npos);
        CHECK(lacking.error().what().find("ST") == std::string::npos);
    }
}

TEST_CASE("projects are listed by id and name") {
    const auto projects =
        parse_projects(R"({"projects":[{"id":"p1","name":"cn-north-4"},{"id":"p2"}]})");
    REQUIRE(projects);
    REQUIRE(projects->size() == 2);
    CHECK(projects->at(0).id == "p1");
    CHECK(projects->at(0).name == "cn-north-4");
    CHECK(parse_projects(R"({"projects":[]})")->empty());
    CHECK_FALSE(parse_projects("{}"));
    CHECK_FALSE(parse_projects(R"({"projects":[{"name":"x"}]})"));
}

}  // namespace fairway
