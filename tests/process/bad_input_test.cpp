// Bad input: one clear error with a way out, the right exit code, and nothing lost.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a directory that is not there is a source that cannot be read") {
    Stage stage;
    fs::remove_all(stage.manifests());
    for (const char* command : {"validate", "plan", "apply", "run"}) {
        CAPTURE(command);
        const auto ended = stage.run({command});
        CAPTURE(ended.err);
        CHECK(ended.code == 7);
        CHECK(contains(ended.err, stage.manifests()));
    }
}

TEST_CASE("an empty directory is refused, with 5 where the store owns channels") {
    Stage stage;
    CHECK(stage.run({"validate"}).code == 3);
    CHECK(stage.run({"plan"}).code == 3);
    CHECK(stage.run({"apply", "--yes"}).code == 3);
    stage.manifest("demo.yaml", Stage::demo());
    REQUIRE(stage.run({"apply", "--yes"}).code == 0);
    fs::remove(stage.manifests() + "/demo.yaml");
    CHECK(stage.run({"plan"}).code == 5);
    const auto applied = stage.run({"apply", "--yes"});
    CHECK(applied.code == 5);
    CHECK(contains(applied.err, "no manifests found"));
    CHECK(stage.cloud.channels().size() == 2);
}

TEST_CASE("a manifest of two mebibytes is refused before it is parsed") {
    Stage stage;
    stage.manifest("large.yaml", Stage::demo() + "# " + std::string(2 * 1024 * 1024, 'x') + "\n");
    const auto ended = stage.run({"validate"});
    CHECK(ended.code == 3);
    CHECK(contains(ended.out, "large.yaml"));
}

TEST_CASE("bytes that are no UTF-8 are refused with their place") {
    Stage stage;
    stage.manifest("bytes.yaml", "apiVersion: fairway/v1\nkind: \xff\xfe\n");
    const auto ended = stage.run({"validate"});
    CHECK(ended.code == 3);
    CHECK(contains(ended.out, "bytes.yaml:2:7"));
}

TEST_CASE("a CA file that is missing is a mistake in the configuration") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    stage.ca_file = stage.folder.file("missing.pem");
    stage.configure();
    const auto ended = stage.run({"plan"});
    CHECK(ended.code == 3);
    CHECK(contains(ended.err, "missing.pem"));
}

TEST_CASE("a certificate for another host is never talked to") {
    apic_simulator::Config config;
    config.certificate = apic_simulator::Certificate::wrong_host;
    Stage stage(config);
    stage.manifest("demo.yaml", Stage::demo());
    const auto ended = stage.run({"apply", "--yes"});
    CAPTURE(ended.out);
    CHECK(ended.code == 7);
    CHECK(stage.cloud.audit().empty());
}

TEST_CASE("an answer that is HTML is an error that says so, and nothing is lost") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    apic_simulator::FaultRule rule;
    rule.kind = apic_simulator::FaultKind::html;
    stage.cloud.set_faults({rule});
    const auto ended = stage.run({"plan"});
    CAPTURE(ended.out);
    CHECK(ended.code == 7);
    stage.cloud.clear_faults();
    CHECK(stage.run({"apply", "--yes"}).code == 0);
    CHECK(stage.cloud.channels().size() == 2);
}

TEST_CASE("a configuration key that is not known is refused with the one that may be meant") {
    Stage stage;
    stage.extra = "serverr: {}\n";
    stage.configure();
    const auto ended = stage.run({"plan"});
    CHECK(ended.code == 3);
    CHECK(contains(ended.err, "fairway.yaml:"));
    CHECK(contains(ended.err, "server"));
}

TEST_CASE("a store that is not a store is left as it is") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    stage.folder.write(
        "state/fairway.db", "something else entirely, of some length, that must not be lost"
    );
    const auto ended = stage.run({"apply", "--yes"});
    CHECK(ended.code == 1);
    CHECK(contains(ended.err, "fairway.db"));
    CHECK(stage.writes() == 0);
}

TEST_CASE("a wrong key is tried once, and ends with not permitted") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    stage.folder.write("secret_key", "ExampleSecretKeyForDocsOnly00000000000009\n");
    const auto ended = stage.run({"apply", "--yes"});
    CAPTURE(ended.out);
    CHECK(ended.code == 6);
    CHECK(stage.cloud.audit().size() == 1);
    CHECK_FALSE(contains(ended.out + ended.err, "00000000000009"));
}

TEST_CASE("an API that cannot be reached is told as that") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    stage.endpoint = "https://127.0.0.1:1";
    stage.configure();
    CHECK(stage.run({"plan"}).code == 7);
}

TEST_CASE("flags that do not exist are told with 3") {
    Stage stage;
    CHECK(stage.run({"apply", "--nonsense"}).code == 3);
    CHECK(stage.run({"nonsense"}).code == 3);
    CHECK(stage.run({"apply", "--timeout", "soon"}).code == 3);
    CHECK(stage.run({"--help"}).code == 0);
}

}  // namespace
}  // namespace fairway
