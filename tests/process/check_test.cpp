// The preflight: every check is made, whatever another one found, and the exit code tells the worst.
#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <csignal>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;

constexpr const char* test1 = "eea73cde015940908ae0117d67bf7330";

/// The result of each check, by "project: what", as the JSON report tells it.
struct Checked {
    int code;
    std::map<std::string, std::string> results, details;
    std::string all;
};

Checked check(const Stage& stage, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"check", "-o", "json"});
    const auto ended = stage.run(more);
    Checked checked{ended.code, {}, {}, ended.out + ended.err};
    rapidjson::Document report;
    report.Parse(ended.out.c_str());
    CAPTURE(checked.all);
    REQUIRE_FALSE(report.HasParseError());
    CHECK(std::string(report["apiVersion"].GetString()) == "fairway.report/v1");
    for (const auto& one : report["checks"].GetArray()) {
        const std::string project = one["project"].GetString();
        const std::string what = (project.empty() ? "" : project + ": ") + one["what"].GetString();
        checked.results[what] = one["result"].GetString();
        checked.details[what] = one["detail"].GetString();
    }
    return checked;
}

std::string feature_of(const std::string& id, const std::string& name) {
    return "default: instance " + id + " (" + name + "): vpc_name_modifiable";
}

TEST_CASE("where all is well every check says so, and nothing is made or written") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    const Checked checked = check(stage);
    CAPTURE(checked.all);
    CHECK(checked.code == 0);
    CHECK(checked.results.size() == 12);
    for (const auto& [what, result] : checked.results) {
        CAPTURE(what);
        CHECK(result == "ok");
    }
    CHECK(checked.details.at("default: endpoint") == stage.cloud.url());
    CHECK(checked.details.at("source channels") == "1 channel in 1 file");
    const std::string quota =
        checked.details.at(std::string("default: instance ") + test1 + " (test1): quota");
    CHECK(contains(quota, "VPC_NUM_LIMIT 0 of 200"));
    CHECK(fs::is_empty(stage.folder.file("state")));
    CHECK(stage.writes() == 0);

    const auto text = stage.run({"check"});
    CHECK(text.code == 0);
    CHECK(contains(text.out, "\nok    default: TLS "));
    CHECK(contains(text.out, "\n12 ok\n"));
    CHECK(stage.run({"check", "--project", "other"}).code == 3);
}

TEST_CASE("an endpoint where nobody listens fails alone, with 7") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    stage.endpoint = "https://127.0.0.1:1";
    stage.configure();
    const Checked checked = check(stage);
    CHECK(checked.code == 7);
    CHECK(checked.results.at("default: endpoint") == "failure");
    CHECK(checked.results.at("default: TLS") == "skipped");
    CHECK(checked.results.at("default: authentication") == "skipped");
    CHECK(checked.results.at("store") == "ok");
    CHECK(checked.results.at("source channels") == "ok");
}

TEST_CASE("a certificate that is not to be trusted is told apart from an endpoint that is not there") {
    apic_simulator::Config config;
    config.certificate = apic_simulator::Certificate::wrong_host;
    Stage stage(config);
    stage.manifest("demo.yaml", Stage::demo());
    const Checked checked = check(stage);
    CHECK(checked.code == 7);
    CHECK(checked.results.at("default: endpoint") == "ok");
    CHECK(checked.results.at("default: TLS") == "failure");
    CHECK(stage.cloud.audit().empty());
}

TEST_CASE("a CA file that is missing is a mistake of the configuration") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    stage.ca_file = stage.folder.file("missing.pem");
    stage.configure();
    const Checked checked = check(stage);
    CHECK(checked.code == 3);
    CHECK(contains(checked.all, "missing.pem"));
}

TEST_CASE("a wrong key is tried once, not shown, and ends with 6 although a manifest is broken too") {
    Stage stage;
    stage.manifest("broken.yaml", Stage::demo("VPC_demo", 70000));
    stage.folder.write("secret_key", "ExampleSecretKeyForDocsOnly00000000000009\n");
    const Checked checked = check(stage);
    CHECK(checked.code == 6);
    CHECK(checked.results.at("default: TLS") == "ok");
    CHECK(checked.results.at("default: authentication") == "failure");
    CHECK(checked.results.at("default: instances") == "skipped");
    CHECK(checked.results.at("source channels") == "failure");
    CHECK(stage.cloud.audit(0, "CheckRomaInstanceListV2").size() == 1);
    CHECK_FALSE(contains(checked.all, "00000000000009"));
}

TEST_CASE("with a password both endpoints are looked at") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    stage.folder.write("password", "IAMPassword\n");
    const auto configure = [&](const std::string& iam) {
        stage.folder.write(
            "fairway.yaml",
            "projects:\n  - name: default\n    project_id: 73d69ae0cfcf460190522d06b60f05ad\n"
            "    region: cn-north-4\n    endpoint: " +
                stage.cloud.url() + "\n    iam_endpoint: " + iam +
                "\n    ca_file: " + stage.folder.file("ca.pem") +
                "\n    credentials: {user: IAMUser, domain: IAMDomain, password: {file: " +
                stage.folder.file("password") +
                "}}\nsources: [{name: channels, directory: " + stage.manifests() +
                "}]\nstate: {sqlite: " + stage.folder.file("state/fairway.db") + "}\n"
        );
    };
    configure(stage.cloud.url());
    Checked checked = check(stage);
    CHECK(checked.code == 0);
    CHECK(checked.results.at("default: IAM TLS") == "ok");
    CHECK(checked.details.at("default: authentication") == "user IAMUser of IAMDomain");
    configure("https://127.0.0.1:1");
    checked = check(stage);
    CHECK(checked.code == 7);
    CHECK(checked.results.at("default: endpoint") == "ok");
    CHECK(checked.results.at("default: IAM endpoint") == "failure");
    CHECK(checked.results.at("default: authentication") == "skipped");
}

TEST_CASE("a clock that is off is told, and fails where signatures would") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    stage.cloud.advance_clock(std::chrono::minutes(6));
    Checked checked = check(stage);
    CHECK(checked.code == 0);
    CHECK(checked.results.at("default: clock") == "warning");
    CHECK(contains(checked.details.at("default: clock"), "behind the API's"));
    stage.cloud.advance_clock(std::chrono::minutes(10));
    checked = check(stage);
    CHECK(checked.code == 6);
    CHECK(checked.results.at("default: clock") == "failure");
}

TEST_CASE("an instance outside project mode fails where a manifest names it, and is a note elsewhere") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    stage.cloud.set_name_modifiable(test1, "on");
    Checked checked = check(stage);
    CHECK(checked.code == 5);
    CHECK(checked.results.at(feature_of(test1, "test1")) == "failure");
    CHECK(contains(checked.details.at(feature_of(test1, "test1")), "\"off\""));
    CHECK(checked.results.at(feature_of("ddd73cde017890908ae0117d67bf7330", "test2")) == "ok");
    std::string elsewhere = Stage::demo();
    elsewhere.replace(elsewhere.find(test1), std::string(test1).size() + 2, "");
    stage.manifest("demo.yaml", elsewhere);
    checked = check(stage);
    CHECK(checked.code == 0);
    CHECK(checked.results.at(feature_of(test1, "test1")) == "note");
}

TEST_CASE("an instance that only manifests know is told") {
    Stage stage;
    std::string strange = Stage::demo();
    strange.replace(strange.find(test1), std::string(test1).size(), "strange");
    stage.manifest("demo.yaml", strange);
    const Checked checked = check(stage);
    CHECK(checked.code == 3);
    CHECK(contains(checked.details.at("default: instances"), "strange"));
}

TEST_CASE("a store that is held is a note, one that is not a store a failure that is left as it is") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    {
        std::string address;
        const Process daemon = stage.daemon(address);
        // It listens before it makes its store, and is killed below.
        REQUIRE(eventually([&] { return contains(Stage::get(address, "/readyz"), "200 OK"); }));
        const Checked checked = check(stage);
        CHECK(checked.code == 0);
        CHECK(checked.results.at("store") == "note");
        CHECK(contains(checked.details.at("store"), "process " + std::to_string(daemon.pid())));
    }
    const Checked left = check(stage);
    CAPTURE(left.details.at("store"));
    CHECK(left.results.at("store") == "ok");
    const std::string text = "something else entirely, of some length, that must not be lost";
    stage.folder.write("state/fairway.db", text);
    const Checked checked = check(stage);
    CHECK(checked.code == 1);
    CHECK(checked.results.at("store") == "failure");
    CHECK(checked.results.at("default: authentication") == "ok");
    CHECK(fs::file_size(stage.folder.file("state/fairway.db")) == text.size());
}

TEST_CASE("sources that cannot be read, are broken or empty are told as such") {
    Stage stage;
    CHECK(check(stage).results.at("source channels") == "warning");
    stage.manifest("broken.yaml", Stage::demo("VPC_demo", 70000));
    Checked checked = check(stage);
    CHECK(checked.code == 3);
    CHECK(contains(checked.details.at("source channels"), "broken.yaml:5:9: spec.port: "));
    fs::remove_all(stage.manifests());
    checked = check(stage);
    CHECK(checked.code == 7);
    CHECK(checked.results.at("source channels") == "failure");
    CHECK(checked.results.at("default: authentication") == "ok");
}

TEST_CASE("a refused configuration is the one check there can be") {
    Stage stage;
    stage.extra = "serverr: {}\n";
    stage.configure();
    const auto ended = stage.run({"check", "-o", "json"});
    CHECK(ended.code == 3);
    CHECK(contains(ended.err, "serverr"));
    CHECK(contains(ended.out, R"("what":"configuration","result":"failure")"));
}

TEST_CASE("validate --online asks the API what validate alone cannot know") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    const auto fine = stage.run({"validate", "--online"});
    CAPTURE(fine.out);
    CHECK(fine.code == 0);
    CHECK(fine.out == "1 channel valid, in 1 file\n");
    CHECK(stage.writes() == 0);

    stage.cloud.set_name_modifiable(test1, "on");
    CHECK(stage.run({"validate"}).code == 0);
    const auto refused = stage.run({"validate", "--online"});
    CAPTURE(refused.out);
    CHECK(refused.code == 5);
    CHECK(contains(refused.out, std::string("error: default: instance ") + test1));
    CHECK(contains(refused.out, "vpc_name_modifiable: on"));
    stage.cloud.set_name_modifiable(test1, "off");

    std::string elsewhere = Stage::demo();
    elsewhere.replace(elsewhere.find(test1), 3, "abc");
    stage.manifest("demo.yaml", elsewhere);
    const auto unknown = stage.run({"validate", "--online", "-o", "json"});
    CHECK(unknown.code == 3);
    rapidjson::Document report;
    report.Parse(unknown.out.c_str());
    REQUIRE_FALSE(report.HasParseError());
    REQUIRE(report["errors"].Size() == 1);
    CHECK(contains(report["errors"][0]["message"].GetString(), "the project does not have"));

    stage.endpoint = "https://127.0.0.1:1";
    stage.configure();
    CHECK(stage.run({"validate"}).code == 0);
    CHECK(stage.run({"validate", "--online"}).code == 7);
}

}  // namespace
}  // namespace fairway
