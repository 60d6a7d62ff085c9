#include "tests/simulator_test/cloud.hpp"

using namespace simulator_test;

namespace {

std::string token_of(Cloud& cloud) {
    const Response response =
        cloud.client.call("POST", "/v3/auth/tokens", Body::file("iam-token.request.json").str());
    REQUIRE(response.status == 201);
    return *response.header("x-subject-token");
}

Response with_token(
    Cloud& cloud, const std::string& token, const std::string& target = project_channels
) {
    return cloud.client.call("GET", target, "", {{"X-Auth-Token", token}});
}

}  // namespace

TEST_CASE("a request without credentials is refused by the gateway") {
    Cloud cloud;
    const Response response = cloud.client.call("GET", project_channels);
    CHECK(response.status == 401);
    CHECK(response.error_code() == "APIGW.0301");
    CHECK(response.at("/request_id") == *response.header("x-request-id"));
}

TEST_CASE("a signature covers method, path, query, signed headers and body") {
    Cloud cloud;
    const std::string body = Body::create().str();
    const Pairs good = cloud.signed_headers("POST", project_channels + "?a=1", body);
    const auto status = [&](const char* method, const std::string& target, const std::string& sent) {
        return cloud.client.call(method, target, sent, good).status;
    };
    CHECK(status("PUT", project_channels + "?a=1", body) == 401);
    CHECK(status("POST", project_channels + "/syncs?a=1", body) == 401);
    CHECK(status("POST", project_channels + "?a=2", body) == 401);
    CHECK(status("POST", project_channels + "?a=1", body + "\n") == 401);
    CHECK(status("POST", project_channels + "?a=1", body) == 201);
    CHECK(cloud.get(project_channels + "?name=%E9%80%9A%E9%81%93%2Cx&limit=5").status == 200);
}

TEST_CASE("a refused signature shows the server's canonical request") {
    Cloud cloud;
    cloud.secret_key = "wrong";
    const Response response = cloud.get(project_channels);
    CHECK(response.status == 401);
    CHECK(response.error_code() == "APIGW.0301");
    CHECK(
        response.at("/error_msg").find("GET|" + project_channels + "/||host:127.0.0.1|") !=
        std::string::npos
    );
}

TEST_CASE("an unknown key, a bad header and an unsigned date are refused") {
    Cloud cloud;
    cloud.access_key = "NOBODY";
    CHECK(cloud.get(project_channels).at("/error_msg").find("ak not exist") != std::string::npos);
    CHECK(
        cloud.client.call("GET", project_channels, "", {{"Authorization", "Basic eDp5"}}).status == 401
    );
    cloud.access_key = "EXAMPLEACCESSKEY0001";
    Pairs headers = cloud.signed_headers("GET", project_channels, "");
    headers[1].second = "yesterday";
    CHECK(cloud.client.call("GET", project_channels, "", headers).status == 401);
}

TEST_CASE("a clock that is off by more than 15 minutes is refused") {
    Cloud cloud;
    cloud.simulator.advance_clock(std::chrono::minutes(14));
    CHECK(cloud.get(project_channels).status == 200);
    cloud.simulator.advance_clock(std::chrono::minutes(2));
    const Response response = cloud.get(project_channels);
    CHECK(response.status == 401);
    CHECK(response.at("/error_msg").find("signature expired") != std::string::npos);
    cloud.date = "20200101T000000Z";
    CHECK(cloud.get(project_channels).status == 401);
}

TEST_CASE("six failures in a row lock the key for five minutes") {
    Cloud cloud;
    const std::string right = cloud.secret_key;
    const auto fail = [&](int times) {
        cloud.secret_key = "wrong";
        for (int i = 0; i < times; ++i) CHECK(cloud.get(project_channels).status == 401);
        cloud.secret_key = right;
    };
    fail(5);
    CHECK(cloud.get(project_channels).status == 200);  // and the count begins anew
    fail(6);
    const Response locked = cloud.get(project_channels);
    CHECK(locked.status == 401);
    CHECK(locked.at("/error_msg").find("locked") != std::string::npos);
    cloud.simulator.advance_clock(std::chrono::minutes(5));
    CHECK(cloud.get(project_channels).status == 200);

    cloud.simulator.set_switch("auth_lock", "off");
    fail(7);
    CHECK(cloud.get(project_channels).status == 200);
}

TEST_CASE("a token is good until it expires or is revoked") {
    Cloud cloud;
    const std::string token = token_of(cloud);
    CHECK(token.size() == 1600);
    CHECK(with_token(cloud, token).status == 200);
    CHECK(with_token(cloud, "nonsense").error_code() == "APIGW.0301");

    const std::string other = token_of(cloud);
    CHECK(cloud.simulator.revoke_tokens(other) == 1);
    CHECK(with_token(cloud, other).error_code() == "APIGW.0307");
    CHECK(with_token(cloud, token).status == 200);
    cloud.simulator.advance_clock(std::chrono::hours(24));
    const Response expired = with_token(cloud, token);
    CHECK(expired.status == 401);
    CHECK(expired.at("/error_msg").find("token expires") != std::string::npos);
}

TEST_CASE("a token or key opens its own projects only") {
    Config config;
    config.projects.push_back({"aaaa", "cn-north-4_sub", {{"inst-a", "a"}}});
    config.users.push_back({"Reader", "pw", "READERKEY", "readersecret", true, {"aaaa"}});
    Cloud cloud(config);
    const std::string token = token_of(cloud);
    CHECK(with_token(cloud, token, "/v2/aaaa/apic/vpc-channels").error_code() == "APIG.1005");
    CHECK(cloud.get("/v2/aaaa/apic/vpc-channels").status == 200);
    CHECK(cloud.get("/v2/bbbb/apic/vpc-channels").error_code() == "APIG.1005");

    cloud.access_key = "READERKEY";
    cloud.secret_key = "readersecret";
    CHECK(cloud.get("/v2/aaaa/apic/vpc-channels").status == 200);
    CHECK(cloud.get(project_channels).status == 403);
    Body body = Body::small("shop");
    body.set("/instance_ids", "[\"inst-a\"]");
    const Response refused = cloud.post("/v2/aaaa/apic/vpc-channels", body.str());
    CHECK(refused.status == 403);
    CHECK(refused.error_code() == "APIG.1005");
}

TEST_CASE("an instance of another project does not exist") {
    Config config;
    config.projects.push_back({"aaaa", "cn-north-4_sub", {{"inst-a", "a"}}});
    Cloud cloud(config);
    CHECK(cloud.get(on_instance("inst-a")).error_code() == "APIG.3030");
}

TEST_CASE("the instance list refuses tokens in its own family of errors") {
    Cloud cloud;
    const Response response = with_token(cloud, "nonsense", "/v2/" + project + "/instances");
    CHECK(response.status == 401);
    CHECK(response.error_code() == "ROMA.00012000");
    cloud.secret_key = "wrong";
    CHECK(cloud.get("/v2/" + project + "/instances").error_code() == "APIGW.0301");
}
