#include "controller/app/config/config.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/controller/config/desk.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

TEST_CASE("a project is enough, and everything else has a default") {
    Desk desk;
    const Config config = good(desk);
    REQUIRE(config.projects.size() == 1);
    const auto& project = config.projects[0];
    CHECK(project.name == "default");
    CHECK(project.endpoint == "https://roma.cn-north-4.myhuaweicloud.com");
    CHECK(project.iam_endpoint == "https://iam.cn-north-4.myhuaweicloud.com");
    CHECK_FALSE(project.limits.reads_per_second);
    const auto* key = std::get_if<AccessKey>(&project.credentials);
    REQUIRE(key);
    CHECK(key->access_key.reveal() == "AK");
    CHECK(key->secret_key.reveal() == "SK");
    CHECK_FALSE(key->security_token);
    CHECK(config.sources.empty());
    CHECK(config.sqlite == "/var/lib/fairway/fairway.db");
    CHECK(config.server.listen == "127.0.0.1:9464");
    CHECK(config.reconcile.settle == 60s);
    CHECK(config.reconcile.drift_interval == 5min);
    CHECK(config.reconcile.workers == 64);
    CHECK(config.log.level == LogLevel::info);
    CHECK(config.secret_variables == std::vector<std::string>{"ACCESS_KEY"});
}

TEST_CASE("everything that is set arrives, and paths are told from the file's folder") {
    Desk desk;
    desk.dir.write("ca.pem", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
    desk.dir.write("keys/password", "pass word\r\n");
    desk.project =
        "name: prod\n"
        "    project_id: a-b\n"
        "    endpoint: https://127.0.0.1:8443\n"
        "    iam_endpoint: https://[::1]:8444\n"
        "    ca_file: ca.pem\n"
        "    credentials: {user: deployer, domain: acme, password: {file: keys/password}}\n"
        "    limits: {reads_per_second: 50, writes_per_second: 0.5, concurrency: 8}\n";
    desk.rest =
        "sources: [{name: channels, directory: ./manifests}]\n"
        "secrets: [{name: nacos-prod, env: ACCESS_KEY}]\n"
        "state: {sqlite: state/fairway.db}\n"
        "server: {listen: \"[::1]:0\", socket: run/f.sock}\n"
        "reconcile:\n"
        "  drift_interval: 90s\n"
        "  settle: 2m\n"
        "  prune: off\n"
        "  allow_empty: true\n"
        "  delete_adopted: true\n"
        "  deletion_budget: {percent: 0, at_least: 1, per_pass: 2, per_day_percent: 100, delay: 0s}\n"
        "  workers: 1\n"
        "log: {level: debug, format: json}\n";
    const Config config = good(desk);
    CHECK(config.projects[0].endpoint == "https://127.0.0.1:8443");
    CHECK(config.projects[0].ca_file == desk.dir.file("ca.pem"));
    const auto* login = std::get_if<Password>(&config.projects[0].credentials);
    REQUIRE(login);
    CHECK(login->user == "deployer");
    CHECK(login->password.reveal() == "pass word");
    CHECK(config.projects[0].limits.writes_per_second == 0.5);
    CHECK(config.projects[0].limits.concurrency == 8);
    CHECK(config.sources[0].directory == desk.dir.file("manifests"));
    CHECK(config.secrets.at("nacos-prod").reveal() == "AK");
    CHECK(config.sqlite == desk.dir.file("state/fairway.db"));
    CHECK(config.server.listen == "[::1]:0");
    CHECK(config.server.socket == desk.dir.file("run/f.sock"));
    CHECK(config.reconcile.drift_interval == 90s);
    CHECK(config.reconcile.settle == 2min);
    CHECK(config.reconcile.allow_empty);
    CHECK(config.reconcile.deletion_budget.percent == 0);
    CHECK(config.reconcile.deletion_budget.delay == 0s);
    CHECK(config.reconcile.workers == 1);
    CHECK(config.log.level == LogLevel::debug);
    CHECK(config.log.format == LogFormat::json);
}

TEST_CASE("a file that is not there is told with the ways to give one") {
    Desk desk;
    CHECK(
        desk.told(load_config(desk.dir.file("none.yaml"), desk.environment())) ==
        "none.yaml: cannot be read: No such file or directory; name a configuration file with --config "
        "or "
        "FAIRWAY_CONFIG, or put one at /etc/fairway/fairway.yaml\n"
    );
}

TEST_CASE("only a regular file of moderate size, with one document, is a configuration") {
    Desk desk;
    const auto told_of = [&](const std::string& name) {
        return desk.told(load_config(desk.dir.file(name), desk.environment()));
    };
    CHECK(told_of("keys").find("is a directory") != std::string::npos);
    REQUIRE(mkfifo(desk.dir.file("pipe").c_str(), 0600) == 0);
    CHECK(told_of("pipe").find("is no regular file") != std::string::npos);
    desk.dir.write("large.yaml", "x");
    fs::resize_file(desk.dir.file("large.yaml"), 1024 * 1024 * 1024);
    CHECK(told_of("large.yaml").find("is larger than 1048576 bytes") != std::string::npos);
    CHECK(desk.told(desk.load_text("")) == "fairway.yaml: is empty; declare a project at least\n");
    CHECK(
        desk.told(desk.load_text("a: 1\n---\nb: 2\n")).find("holds several documents") !=
        std::string::npos
    );
    CHECK(desk.told(desk.load_text("- a\n")).find("is a list") != std::string::npos);
    CHECK(
        desk.told(desk.load_text("projects: [\n")).find("this list is not closed") != std::string::npos
    );
}

TEST_CASE("all errors are told at once, with place, path and advice") {
    Desk desk;
    desk.project =
        "name: default\n"
        "    projectid: a\n"
        "    region: CN\n"
        "    credentials: {access_key: {env: NONE}, access_key: {env: ACCESS_KEY}}\n";
    CHECK(
        desk.trouble("server: {listn: \"0.0.0.0:80\"}\nlog: {level: loud}\nlogs: {}\n") ==
        "fairway.yaml:3:5: projects[0].projectid: unknown key; did you mean project_id?\n"
        "fairway.yaml:4:13: projects[0].region: \"CN\" is not a region; write a region such as "
        "cn-north-4\n"
        "fairway.yaml:5:18: projects[0].credentials.secret_key: is missing; write {file: PATH}, "
        "{credential: NAME} or {env: NAME}\n"
        "fairway.yaml:5:37: projects[0].credentials.access_key.env: the variable NONE is not set; set "
        "it, or name "
        "a file\n"
        "fairway.yaml:5:44: projects[0].credentials.access_key: the key is given twice, first at line "
        "5, column "
        "19; keep one of them\n"
        "fairway.yaml:6:10: server.listn: unknown key; did you mean listen?\n"
        "fairway.yaml:7:14: log.level: \"loud\" is not known here; write debug, info, warn, error or "
        "off\n"
        "fairway.yaml:8:1: logs: unknown key; did you mean log?\n"
    );
}

TEST_CASE("a secret written into the file is refused and never repeated") {
    Desk desk;
    desk.project =
        "name: default\n    project_id: a\n    region: r\n"
        "    credentials: {access_key: hunter2, secret_key: {value: hunter2}, security_token: "
        "[hunter2]}\n";
    const std::string told = desk.trouble("secrets: [{name: nacos, value: hunter2}]\n");
    CHECK(told.find("hunter2") == std::string::npos);
    CHECK(
        told.find("credentials.access_key: a secret is not written into the configuration") !=
        std::string::npos
    );
    CHECK(told.find("credentials.secret_key.value: a secret is not written") != std::string::npos);
    CHECK(told.find("credentials.security_token: a secret is not written") != std::string::npos);
    CHECK(told.find("secrets[0].value: a secret is not written") != std::string::npos);
}

TEST_CASE("a variable that holds a secret must be one line too") {
    Desk desk;
    desk.variables["EMPTY"] = "";
    desk.variables["LINES"] = "a\nb";
    CHECK(
        desk.trouble("secrets: [{name: nacos, env: EMPTY}]\n").find("the variable EMPTY is empty") !=
        std::string::npos
    );
    CHECK(
        desk.trouble("secrets: [{name: nacos, env: LINES}]\n")
            .find("the variable LINES has several lines") != std::string::npos
    );
    CHECK(
        desk.trouble("secrets: [{name: nacos, env: A B}]\n").find("is not a variable's name") !=
        std::string::npos
    );
}

TEST_CASE("a secret comes from one place, and has a name of its own") {
    Desk desk;
    CHECK(
        desk.trouble("secrets: [{name: nacos}]\n")
            .find("secrets[0].file: is missing; write {file: PATH}, {credential: NAME} or {env: NAME}"
            ) != std::string::npos
    );
    CHECK(
        desk.trouble("secrets: [{name: nacos, env: ACCESS_KEY, file: keys/secret}]\n")
            .find("secrets[0].file: stands beside env") != std::string::npos
    );
    CHECK(
        desk.trouble("secrets: [{name: nacos, env: ACCESS_KEY}, {name: nacos, env: ACCESS_KEY}]\n")
            .find("secrets[1].name: \"nacos\" is used before") != std::string::npos
    );
    CHECK(
        desk.trouble("secrets: [{name: a b, env: ACCESS_KEY}]\n").find("is not a name") !=
        std::string::npos
    );
}

TEST_CASE("credentials are a whole key or a whole login, not both and not half") {
    Desk desk;
    const auto with = [&](const std::string& credentials) {
        desk.project =
            "name: default\n    project_id: a\n    region: r\n    credentials: " + credentials + '\n';
        return desk.trouble("");
    };
    const std::string secret = "{env: ACCESS_KEY}";
    CHECK(
        with(
            "{access_key: " + secret + ", secret_key: " + secret + ", security_token: " + secret + "}"
        ) == ""
    );
    CHECK(with("{user: u, domain: d, password: " + secret + "}") == "");
    CHECK(
        with("{access_key: " + secret + "}").find("credentials.secret_key: is missing") !=
        std::string::npos
    );
    CHECK(with("{user: u}").find("credentials.domain: is missing") != std::string::npos);
    CHECK(with("{user: u}").find("credentials.password: is missing") != std::string::npos);
    CHECK(with("{}").find("credentials.access_key: is missing") != std::string::npos);
    CHECK(
        with(
            "{access_key: " + secret + ", secret_key: " + secret +
            ", user: u, domain: d, password: " + secret + "}"
        )
            .find("credentials: hold an access key and a password") != std::string::npos
    );
}

TEST_CASE("an endpoint follows from the region, or is given") {
    Desk desk;
    const std::string credentials =
        "    credentials: {user: u, domain: d, password: {env: ACCESS_KEY}}\n";
    desk.project = "name: a\n    project_id: a\n" + credentials;
    CHECK(
        desk.trouble("") ==
        "fairway.yaml:2:5: projects[0].endpoint: is missing, and so is region; give the region or the "
        "endpoint\n"
        "fairway.yaml:2:5: projects[0].iam_endpoint: is missing, and so is region; give the region or "
        "the endpoint\n"
    );
    desk.project =
        "name: a\n    project_id: a\n    region: r\n    endpoint: https://Example.COM\n" + credentials;
    CHECK(good(desk).projects[0].endpoint == "https://example.com");
    CHECK(good(desk).projects[0].iam_endpoint == "https://iam.r.myhuaweicloud.com");
    desk.project =
        "name: a\n    project_id: a\n    endpoint: https://a.example\n"
        "    credentials: {access_key: {env: ACCESS_KEY}, secret_key: {env: ACCESS_KEY}}\n";
    CHECK(good(desk).projects[0].iam_endpoint == "");
}

TEST_CASE("a certificate file must hold certificates") {
    Desk desk;
    const auto with = [&](const std::string& file) {
        desk.project += "    ca_file: " + file + '\n';
        return desk.trouble("");
    };
    CHECK(
        with("none.pem").find("projects[0].ca_file: none.pem cannot be read: No such file") !=
        std::string::npos
    );
    desk.dir.write("empty.pem", "");
    Desk other;
    other.dir.write("empty.pem", "");
    other.project += "    ca_file: empty.pem\n";
    CHECK(other.trouble("").find("empty.pem holds no certificate") != std::string::npos);
}

TEST_CASE("projects and sources have names of their own") {
    Desk desk;
    desk.project += "  - " + desk.project;
    CHECK(
        desk.trouble("").find("projects[1].name: \"default\" is used before, at line 2") !=
        std::string::npos
    );
    Desk other;
    CHECK(
        other.trouble("sources: [{name: a, directory: a}, {name: a, directory: b}]\n")
            .find("sources[1].name: \"a\" is used before") != std::string::npos
    );
    CHECK(desk.told(desk.load_text("projects: []\n")).find("projects: is empty") != std::string::npos);
    CHECK(desk.told(desk.load_text("log: {}\n")).find("projects: is missing") != std::string::npos);
}

TEST_CASE("a source names where its manifests are") {
    Desk desk;
    CHECK(
        desk.trouble("sources: [{name: a}]\n").find("sources[0].directory: is missing") !=
        std::string::npos
    );
}

TEST_CASE("the prune modes are three words, and \"on\" is no boolean") {
    Desk desk;
    for (const std::string mode : {"off", "plan", "on", "\"off\"", "\"on\""})
        CHECK(desk.trouble("reconcile: {prune: " + mode + "}\n") == "");
    for (const std::string mode : {"never", "true", "1", "ON"})
        CHECK(desk.trouble("reconcile: {prune: " + mode + "}\n") != "");
}

TEST_CASE("durations have a unit and bounds") {
    Desk desk;
    for (const std::string bad :
         {"0", "0s", "-1s", "1ns", "10y", "90", "1.5s", "999999999h", "99999999999999999999s", "1 s",
          "\"\"", "[1s]", "~"}) {
        CAPTURE(bad);
        CHECK(
            desk.trouble("reconcile: {drift_interval: " + bad + "}\n")
                .find("reconcile.drift_interval: ") != std::string::npos
        );
    }
    for (const std::string fine : {"1s", "1000ms", "24h", "1440m"}) {
        CAPTURE(fine);
        CHECK(desk.trouble("reconcile: {drift_interval: " + fine + "}\n") == "");
    }
}

TEST_CASE("a settle time shorter than two calls needs a flag") {
    Desk desk;
    CHECK(desk.trouble("reconcile: {settle: 60s}\n") == "");
    CHECK(
        desk.trouble("reconcile: {settle: 59s}\n") ==
        "fairway.yaml:6:21: reconcile.settle: 59s is less than two calls may take: a create that is "
        "still on its way "
        "could be made twice; write 60s or more, or run with --unsafe-settle for a test\n"
    );
    const auto allowed = desk.load(true);
    REQUIRE(allowed.config);
    CHECK(allowed.config->reconcile.settle == 59s);
}

TEST_CASE("a deletion budget is whole numbers within bounds") {
    Desk desk;
    for (const std::string bad :
         {"percent: 101", "percent: -1", "percent: .nan", "percent: 30%", "per_day_percent: 101",
          "at_least: 1.5", "per_pass: ~", "delay: 8d", "percents: 1"}) {
        CAPTURE(bad);
        CHECK(
            desk.trouble("reconcile: {deletion_budget: {" + bad + "}}\n")
                .find("reconcile.deletion_budget.") != std::string::npos
        );
    }
    CHECK(desk.trouble("reconcile: {deletion_budget: {percent: 100, at_least: 0}}\n") == "");
    CHECK(desk.trouble("reconcile: {deletion_budget: {percent: 0}}\n") == "");
}

TEST_CASE("limits are numbers above zero") {
    for (const std::string bad :
         {"reads_per_second: 0", "reads_per_second: .nan", "writes_per_second: -1",
          "writes_per_second: \"5\"", "reads_per_second: 1,5", "concurrency: 0", "concurrency: 1.5",
          "rate: 1"}) {
        CAPTURE(bad);
        Desk desk;
        desk.project += "    limits: {" + bad + "}\n";
        CHECK(desk.trouble("").find("projects[0].limits.") != std::string::npos);
    }
}

TEST_CASE("what is not JSON-like YAML is refused here too") {
    Desk desk;
    CHECK(
        desk.trouble("log: &log {level: info}\n").find("anchors are not supported") != std::string::npos
    );
    CHECK(desk.trouble("log: ~\n").find("log: is null") != std::string::npos);
    CHECK(desk.trouble("reconcile: {workers: 010}\n").find("leading zero") != std::string::npos);
    CHECK(
        desk.trouble("reconcile: {allow_empty: yes}\n").find("is not a truth value") != std::string::npos
    );
}

}  // namespace
}  // namespace fairway
