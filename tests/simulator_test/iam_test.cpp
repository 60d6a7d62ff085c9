#include "tests/simulator_test/cloud.hpp"

using namespace simulator_test;

namespace {

Response ask(Cloud& cloud, const std::string& body, const Pairs& headers = {}) {
    return cloud.client.call("POST", "/v3/auth/tokens", body, headers);
}

}  // namespace

TEST_CASE("a password gives a token for the project named by the region") {
    Cloud cloud;
    const Response response = ask(cloud, Body::file("iam-token.request.json").str());
    CHECK(response.status == 201);
    CHECK(response.header("x-subject-token") != nullptr);
    CHECK(response.header("x-iam-trace-id") != nullptr);
    CHECK(response.header("x-request-id") == nullptr);
    CHECK(response.at("/token/project/id") == project);
    CHECK(response.at("/token/methods/0") == "password");
    CHECK(response.at("/token/expires_at").size() == 27);
    Body by_id = Body::file("iam-token.request.json");
    by_id.set("/auth/scope/project", R"({"id":")" + project + "\"}");
    CHECK(ask(cloud, by_id.str()).status == 201);
}

TEST_CASE("a token of the domain opens no project") {
    Cloud cloud;
    Body body = Body::file("iam-token.request.json");
    body.set("/auth/scope", R"({"domain":{"name":"IAMDomain"}})");
    const Response response = ask(cloud, body.str());
    CHECK(response.status == 201);
    const Pairs headers{{"X-Auth-Token", *response.header("x-subject-token")}};
    CHECK(cloud.client.call("GET", project_channels, "", headers).error_code() == "APIG.1007");
    CHECK(cloud.client.call("GET", "/v3/projects", "", headers).status == 200);
}

TEST_CASE("a wrong user, password or domain is unauthorized, in IAM's form") {
    Cloud cloud;
    for (const char* const pointer :
         {"/auth/identity/password/user/name", "/auth/identity/password/user/password",
          "/auth/identity/password/user/domain/name"}) {
        const Response response =
            ask(cloud, Body::file("iam-token.request.json").text(pointer, "x").str());
        CHECK(response.status == 401);
        CHECK(response.at("/error/code") == "401");
        CHECK(response.at("/error/title") == "Unauthorized");
    }
}

TEST_CASE("a token request is checked") {
    Cloud cloud;
    const auto status = [&](const std::string& pointer, const char* json) {
        Body body = Body::file("iam-token.request.json");
        return ask(cloud, (*json == '\0' ? body.drop(pointer) : body.set(pointer, json)).str()).status;
    };
    CHECK(ask(cloud, "{").status == 400);
    CHECK(status("/auth/identity/methods", "[]") == 400);
    CHECK(status("/auth/identity/methods", R"(["token"])") == 400);
    CHECK(status("/auth/identity/password", "") == 400);
    CHECK(status("/auth/scope", "") == 400);
    CHECK(status("/auth/scope", R"({"project":{"name":"cn-north-4"},"domain":{"name":"x"}})") == 400);
    CHECK(status("/auth/scope/project", R"({"name":"mars-1"})") == 404);
}

TEST_CASE("an agency gives a token to whoever shows one") {
    Cloud cloud;
    const std::string own =
        *ask(cloud, Body::file("iam-token.request.json").str()).header("x-subject-token");
    const std::string body = Body::file("iam-agency-token.request.json").str();
    CHECK(ask(cloud, body).status == 401);
    const Response response = ask(cloud, body, {{"X-Auth-Token", own}});
    CHECK(response.status == 201);
    CHECK(response.at("/token/methods/0") == "assume_role");
    const std::string unknown = Body::file("iam-agency-token.request.json")
                                    .text("/auth/identity/assume_role/agency_name", "x")
                                    .str();
    CHECK(ask(cloud, unknown, {{"X-Auth-Token", own}}).status == 403);
}

TEST_CASE("the project of a region is found by its name") {
    Cloud cloud;
    const Response response = cloud.get("/v3/projects?name=cn-north-4");
    CHECK(response.status == 200);
    CHECK(response.at("/projects/0/id") == project);
    CHECK(cloud.get("/v3/projects?name=mars-1").at("/projects") == "[]");
    const Response refused = cloud.client.call("GET", "/v3/projects");
    CHECK(refused.status == 401);
    CHECK(refused.at("/error/code") == "401");
}

TEST_CASE("a temporary key signs together with its security token, until it expires") {
    Cloud cloud;
    const Response key = cloud.post(
        "/v3.0/OS-CREDENTIAL/securitytokens", Body::file("iam-temporary-key.request.json").str()
    );
    CHECK(key.status == 201);
    cloud.access_key = key.at("/credential/access");
    cloud.secret_key = key.at("/credential/secret");
    CHECK(cloud.get(project_channels).status == 401);
    cloud.security_token = key.at("/credential/securitytoken");
    CHECK(cloud.get(project_channels).status == 200);
    cloud.simulator.advance_clock(std::chrono::hours(1));
    CHECK(
        cloud.get(project_channels).at("/error_msg").find("security token expires") != std::string::npos
    );
}

TEST_CASE("a temporary key lives 15 minutes to 24 hours") {
    Cloud cloud;
    for (const char* const seconds : {"899", "86401", "\"900\""}) {
        Body body = Body::file("iam-temporary-key.request.json");
        body.set("/auth/identity/assume_role/duration_seconds", seconds);
        CHECK(cloud.post("/v3.0/OS-CREDENTIAL/securitytokens", body.str()).status == 400);
    }
}
