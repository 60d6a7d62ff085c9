// Credentials before the real binary: what is refused, and what goes on beside it.
#include <doctest/doctest.h>

#include <string>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

/// A stage whose configuration has a second project of the same cloud, under a user's password.
struct TwoProjects : Stage {
    explicit TwoProjects(const std::string& password) {
        folder.write("password", password + "\n");
        const std::string common =
            "    project_id: 73d69ae0cfcf460190522d06b60f05ad\n    region: cn-north-4\n    endpoint: " +
            cloud.url() + "\n    iam_endpoint: " + cloud.url() + "\n    ca_file: ca.pem\n";
        folder.write(
            "fairway.yaml", "projects:\n  - name: by_user\n" + common +
                                "    credentials: {user: IAMUser, domain: IAMDomain, password: {file: "
                                "password}}\n"
                                "  - name: by_key\n" +
                                common +
                                "    credentials: {access_key: {file: access_key}, secret_key: {file: "
                                "secret_key}}\n"
                                "sources:\n  - {name: channels, directory: ./manifests}\n"
                                "state: {sqlite: ./state/fairway.db}\n"
                                "server: {listen: \"127.0.0.1:0\", socket: ./fairway.sock}\n"
        );
    }
    void declare(const std::string& name, const std::string& project) const {
        std::string text = demo(name);
        const std::string from = "{name: " + name + "}";
        text.replace(text.find(from), from.size(), "{name: " + name + ", project: " + project + "}");
        manifest(name + ".yaml", text);
    }
    std::size_t logins() const { return cloud.audit(0, "CreateToken").size(); }
};

}  // namespace

TEST_CASE("with a wrong password a command tries once, says why, and ends with 6") {
    TwoProjects stage("not this one");
    stage.declare("one", "by_user");
    for (const char* command : {"apply", "plan"}) {
        CAPTURE(std::string(command));
        const std::size_t before = stage.logins();
        std::vector<std::string> arguments{command};
        if (arguments[0] == "apply") arguments.emplace_back("--yes");
        const auto ended = stage.run(arguments);
        CAPTURE(ended.out);
        CAPTURE(ended.err);
        CHECK(ended.code == 6);
        CHECK(contains(ended.out + ended.err, "The username or password is wrong"));
        CHECK_FALSE(contains(ended.out + ended.err, "not this one"));
        CHECK(stage.logins() == before + 1);
    }
}

TEST_CASE("a project that is refused does not stop another, and is tried once by the daemon") {
    TwoProjects stage("not this one");
    stage.declare("one", "by_user");
    stage.declare("two", "by_key");
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] {
        return Stage::metric(address, R"(fairway_channels{project="by_key",state="in_sync"})") == 1;
    }));
    REQUIRE(eventually([&] {
        return Stage::metric(
                   address, R"(fairway_auth_token_refreshes_total{project="by_user",result="error"})"
               ) >= 1;
    }));
    REQUIRE(eventually([&] { return contains(daemon.err(), "The username or password is wrong"); }));
    CHECK(contains(daemon.err(), "not tried again before the configuration is loaded anew"));
    CHECK(stage.logins() == 1);
    CHECK_FALSE(contains(daemon.err(), "not this one"));
}

TEST_CASE("with the right password both projects come into sync, and the token's end is told") {
    TwoProjects stage("IAMPassword");
    stage.declare("one", "by_user");
    stage.declare("two", "by_key");
    std::string address;
    const Process daemon = stage.daemon(address);
    for (const std::string& project : {"by_user", "by_key"}) {
        REQUIRE(eventually([&] {
            return Stage::metric(
                       address, "fairway_channels{project=\"" + project + "\",state=\"in_sync\"}"
                   ) == 1;
        }));
    }
    const auto ends =
        Stage::metric(address, R"(fairway_auth_token_expiry_timestamp_seconds{project="by_user"})");
    REQUIRE(ends);
    CHECK(*ends > 1.7e9);
    CHECK(stage.logins() == 1);
}

}  // namespace fairway
