// Secrets at run time: they are never shown, change while calls are in flight, and go to no child.
#include <doctest/doctest.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

constexpr const char* usual_key = "ExampleSecretKeyForDocsOnly00000000000001";
constexpr const char* second_key = "ExampleSecretKeyForDocsOnly00000000000002";

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void edit(const Stage& stage, const std::string& from, const std::string& to) {
    const std::string file = stage.folder.file("fairway.yaml");
    std::string text = bytes_of(file);
    REQUIRE(contains(text, from));
    stage.folder.write("fairway.yaml", text.replace(text.find(from), from.size(), to));
}

bool in_sync(const std::string& address, double count) {
    return Stage::metric(address, "fairway_channels{project=\"default\",state=\"in_sync\"}") == count;
}

/// Some of the documentation's channels, among them one with a password.
void declare_examples(const Stage& stage) {
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(FAIRWAY_SOURCE_DIR) + "/manifests/examples")) {
        std::filesystem::copy(entry.path(), stage.manifests());
    }
}

TEST_CASE("no secret is in any output, at the level debug too") {
    for (const bool login : {false, true}) {
        CAPTURE(login);
        Stage stage;
        const std::string password = "IAMPassword", nacos = "canary-of-nacos";
        stage.folder.write("password", password);
        stage.folder.write("nacos", nacos);
        stage.extra = "log: {level: debug}\n";
        stage.configure();
        if (login) {
            edit(
                stage,
                "access_key: {file: " + stage.folder.file("access_key") +
                    "}\n      secret_key: {file: " + stage.folder.file("secret_key") + "}",
                "{user: IAMUser, domain: IAMDomain, password: {file: " + stage.folder.file("password") +
                    "}}"
            );
        }
        declare_examples(stage);
        std::string said;
        const auto run = [&](std::vector<std::string> words) {
            const auto ended = stage.run(std::move(words));
            CAPTURE(ended.out);
            CAPTURE(ended.err);
            CHECK(ended.code == 0);
            said += ended.out + ended.err;
        };
        for (const char* format : {"text", "json", "yaml", "markdown", "name"})
            run({"plan", "-o", format});
        run({"plan", "--out", stage.folder.file("plan.json")});
        run({"apply", "--yes"});
        std::string address;
        {
            Process daemon = stage.daemon(address);
            REQUIRE(eventually([&] { return contains(Stage::get(address, "/readyz"), "200 OK"); }));
            said += Stage::get(address, "/metrics") + Stage::get(address, "/readyz?verbose");
            daemon.signal(SIGTERM);
            CHECK(daemon.wait() == 0);
            said += daemon.out() + daemon.err();
        }
        CHECK(contains(said, "level=debug"));
        run({"export"});
        run({"check"});
        for (const char* file : {"plan.json", "state/fairway.db", "state/fairway.db-wal"})
            said += bytes_of(stage.folder.file(file));
        CHECK(contains(said, "nacos-prod"));  // the reference is told, and shows that it was looked at
        for (const std::string& secret : {std::string(usual_key), password, nacos}) {
            CAPTURE(secret);
            CHECK_FALSE(contains(said, secret));
        }
    }
}

TEST_CASE("a reload amid a call changes the key, and the call is neither lost nor repeated") {
    apic_simulator::Config cloud;
    cloud.users.push_back({"Second", "SecondPassword", "EXAMPLEACCESSKEY0002", second_key, false, {}});
    Stage stage(cloud);
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return contains(Stage::get(address, "/readyz"), "200 OK"); }));
    stage.cloud.set_latency({{"CreateProjectVpcChannel", 1000}});
    stage.manifest("demo.yaml", Stage::demo());
    REQUIRE(eventually([&] {
        return Stage::metric(address, "fairway_api_requests_in_flight{project=\"default\"}") > 0.0;
    }));

    stage.folder.write("access_key", "EXAMPLEACCESSKEY0002\n");
    stage.folder.write("secret_key", std::string(second_key) + "\n");
    daemon.signal(SIGHUP);
    REQUIRE(eventually([&] { return contains(daemon.err(), "msg=\"reloading\""); }));
    CHECK(eventually([&] { return in_sync(address, 1); }));
    stage.cloud.set_latency({});
    stage.manifest("second.yaml", Stage::demo("second"));
    CHECK(eventually([&] { return in_sync(address, 2); }));
    CHECK(stage.writes() == 2);
    CHECK(stage.cloud.channels().size() == 4);

    // The new key is the one in use: where it alone is wrong, nothing goes through any more.
    stage.folder.write("secret_key", "ExampleSecretKeyForDocsOnly00000000000009\n");
    daemon.signal(SIGHUP);
    REQUIRE(eventually([&] {
        return stage.cloud.audit_summary().by_status["ListProjectVpcChannelsV2"][401] > 0;
    }));
    stage.manifest("third.yaml", Stage::demo("third"));
    stage.folder.write("secret_key", std::string(second_key) + "\n");
    daemon.signal(SIGHUP);
    CHECK(eventually([&] { return in_sync(address, 3); }));
    CHECK(stage.writes() == 3);
}

TEST_CASE("a secret from the environment is warned of and taken out of it, for a reload too") {
    Stage stage;
    edit(stage, "{file: " + stage.folder.file("secret_key") + "}", "{env: FAIRWAY_TEST_KEY}");
    stage.manifest("demo.yaml", Stage::demo());
    Process daemon(
        {FAIRWAY_BINARY, "--config", stage.folder.file("fairway.yaml"), "run"}, stage.folder.path(),
        {{"FAIRWAY_TEST_KEY", usual_key}, {"FAIRWAY_TEST_OTHER", "stays"}}
    );
    REQUIRE(eventually([&] { return stage.cloud.channels_named("VPC_demo").size() == 2; }));
    CHECK(contains(daemon.err(), "level=warn"));
    CHECK(contains(daemon.err(), "variables=FAIRWAY_TEST_KEY"));
    CHECK_FALSE(contains(daemon.err(), usual_key));
    const std::string environment = bytes_of("/proc/" + std::to_string(daemon.pid()) + "/environ");
    CHECK(contains(environment, "FAIRWAY_TEST_OTHER=stays"));
    CHECK_FALSE(contains(environment, usual_key));

    daemon.signal(SIGHUP);
    REQUIRE(eventually([&] { return contains(daemon.err(), "msg=\"reloading\""); }));
    stage.manifest("second.yaml", Stage::demo("second"));
    CHECK(eventually([&] { return stage.cloud.channels_named("second").size() == 2; }));
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
}

}  // namespace
}  // namespace fairway
