// Secrets that change while the daemon runs, and while it does not.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

constexpr const char* second_key = "ExampleSecretKeyForDocsOnly00000000000002";
constexpr const char* no_key = "ExampleSecretKeyForDocsOnly00000000000009";

/// A stage with two channels of one secret, one of another, and one of none.
struct Registries : Stage {
    explicit Registries(apic_simulator::Config config = {}) : Stage(std::move(config)) {
        for (const std::string& value : {"first-value", "second-value", "other-value"})
            canaries.push_back({"a Nacos password", value});
        folder.write("nacos", "first-value\n");
        folder.write("other", "other-value\n");
        reconcile = "{drift_interval: 1s}";
        configure();
        const std::string file = folder.file("fairway.yaml");
        std::ifstream in(file);
        std::string text{std::istreambuf_iterator<char>(in), {}};
        text.replace(
            text.find("secrets:\n"), 9,
            "secrets:\n  - {name: other, file: " + folder.file("other") + "}\n"
        );
        folder.write("fairway.yaml", text);
        manifest("one.yaml", registry("one", "nacos-prod"));
        manifest("two.yaml", registry("two", "nacos-prod"));
        manifest("other.yaml", registry("other", "other"));
        manifest("demo.yaml", demo());
    }
    std::string password_of(const std::string& channel) const {
        const auto rows = cloud.channels_named(channel);
        return rows.size() == 1 && rows[0].microservice ? rows[0].microservice->password : "";
    }
    bool has(const std::string& one_and_two) const {
        return password_of("one") == one_and_two && password_of("two") == one_and_two &&
               password_of("other") == "other-value";
    }
    std::size_t lists() const { return cloud.audit(0, "ListProjectVpcChannelsV2").size(); }
    bool listed_again() const {
        const std::size_t before = lists();
        return eventually([&] { return lists() >= before + 3; });
    }
};

bool in_sync(const std::string& address, double count) {
    return Stage::metric(address, "fairway_channels{project=\"default\",state=\"in_sync\"}") == count;
}

double failed(const std::string& address) {
    return Stage::metric(address, R"(fairway_reconciles_total{project="default",result="failed"})")
        .value_or(-1);
}

TEST_CASE("a changed Nacos password reaches the channels that name it, once, without a restart") {
    const Registries stage;
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return in_sync(address, 4); }));
    REQUIRE(stage.has("first-value"));
    const std::size_t writes = stage.writes();

    stage.folder.write("nacos", "second-value\n");
    CHECK(eventually([&] { return stage.has("second-value"); }));
    CHECK(eventually([&] { return in_sync(address, 4); }));
    REQUIRE(stage.listed_again());
    CHECK(stage.writes() == writes + 2);
    CHECK(contains(daemon.err(), "password"));

    // Written anew with the same value: read again, and nothing follows from it.
    stage.folder.write("nacos", "second-value\n");
    REQUIRE(eventually([&] { return daemon.err().rfind("msg=\"reloading\"") != std::string::npos; }));
    REQUIRE(stage.listed_again());
    CHECK(stage.writes() == writes + 2);
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
}

TEST_CASE("a Nacos password of a hundred channels is changed in all of them, without a question") {
    const Registries stage;
    for (int i = 0; i < 100; ++i)
        stage.manifest(
            "many" + std::to_string(i) + ".yaml",
            Stage::registry("many" + std::to_string(i), "nacos-prod")
        );
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return in_sync(address, 104); }));
    const std::size_t writes = stage.writes();
    stage.folder.write("nacos", "second-value\n");
    CHECK(eventually([&] { return stage.has("second-value"); }));
    CHECK(eventually([&] { return stage.writes() == writes + 102; }));
    CHECK(eventually([&] { return in_sync(address, 104); }));
    REQUIRE(stage.listed_again());
    CHECK(stage.writes() == writes + 102);
    for (int i = 0; i < 100; ++i) CHECK(stage.password_of("many" + std::to_string(i)) == "second-value");
    CHECK_FALSE(contains(daemon.err(), "refused"));
    CHECK(failed(address) == 0);
}

TEST_CASE("a Nacos password that changed while nothing ran is written once, by the next start") {
    const Registries stage;
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    REQUIRE(stage.has("first-value"));
    const std::size_t writes = stage.writes();
    REQUIRE(stage.run({"plan", "--detailed-exitcode"}).code == 0);

    stage.folder.write("nacos", "second-value\n");
    const auto plan = stage.run({"plan", "--detailed-exitcode"});
    CHECK(plan.code == 2);
    CHECK(contains(plan.out, "its value changed"));
    for (int start = 0; start < 2; ++start) {
        std::string address;
        Process daemon = stage.daemon(address);
        REQUIRE(eventually([&] { return in_sync(address, 4); }));
        CHECK(eventually([&] { return stage.has("second-value"); }));
        REQUIRE(stage.listed_again());
        CHECK(stage.writes() == writes + 2);
        daemon.signal(SIGTERM);
        CHECK(daemon.wait() == 0);
    }
    CHECK(stage.run({"plan", "--detailed-exitcode"}).code == 0);
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    CHECK(stage.writes() == writes + 2);
}

TEST_CASE("changed credentials are taken without a signal, and no pass fails for it") {
    apic_simulator::Config cloud;
    cloud.users.push_back({"Second", "SecondPassword", "EXAMPLEACCESSKEY0002", second_key, false, {}});
    Stage stage(cloud);
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return contains(Stage::get(address, "/readyz"), "200 OK"); }));
    stage.folder.write("access_key", "EXAMPLEACCESSKEY0002\n");
    stage.folder.write("secret_key", std::string(second_key) + "\n");
    for (int i = 0; i < 5; ++i)
        stage.manifest(std::to_string(i) + ".yaml", Stage::demo("chan" + std::to_string(i)));
    REQUIRE(eventually([&] { return contains(daemon.err(), "msg=\"reloading\""); }));
    CHECK(eventually([&] { return in_sync(address, 5); }));
    CHECK(failed(address) == 0);
    CHECK(stage.cloud.audit_summary().by_status["ListProjectVpcChannelsV2"][401] == 0);

    // It is the new key that is in use: one that is wrong is noticed, and one that is right again, too.
    stage.folder.write("secret_key", std::string(no_key) + "\n");
    REQUIRE(eventually([&] {
        return stage.cloud.audit_summary().by_status["ListProjectVpcChannelsV2"][401] > 0;
    }));
    stage.folder.write("secret_key", std::string(second_key) + "\n");
    stage.manifest("more.yaml", Stage::demo("more"));
    CHECK(eventually([&] { return in_sync(address, 6); }));
    CHECK(stage.writes() == 6);
}

TEST_CASE("a secret file that others can read is refused, and taken once its mode is right") {
    const Registries stage;
    std::string address;
    const Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return in_sync(address, 4); }));
    namespace fs = std::filesystem;
    stage.folder.write("nacos", "second-value\n", fs::perms::owner_read | fs::perms::others_read);
    REQUIRE(eventually([&] { return contains(daemon.err(), "the old one stays"); }));
    CHECK(contains(daemon.err(), "can be read by others; chmod 600 it"));
    REQUIRE(stage.listed_again());
    CHECK(stage.has("first-value"));
    CHECK(Stage::metric(address, "fairway_config_last_reload_success") == 0);

    fs::permissions(stage.folder.file("nacos"), fs::perms::owner_read);
    CHECK(eventually([&] { return stage.has("second-value"); }));
    CHECK(eventually([&] { return Stage::metric(address, "fairway_config_last_reload_success") == 1; }));
}

}  // namespace
}  // namespace fairway
