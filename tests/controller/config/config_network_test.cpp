// The configuration's keys for credentials, certificates and proxies.
#include <doctest/doctest.h>

#include <filesystem>
#include <map>

#include "controller/app/config/config.hpp"
#include "tests/controller/api/certificates.hpp"
#include "tests/support/temp_dir.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// A configuration of one project, of which a test writes the part that it is about.
struct Desk {
    TempDir dir;
    std::map<std::string, std::string> variables{{"AK", "ak"}, {"SK", "sk"}, {"PW", "pw"}};
    std::string key = "access_key: {env: AK}, secret_key: {env: SK}";
    std::string login = "user: u, domain: d, password: {env: PW}";

    ConfigResult load(const std::string& project, const std::string& top = "") {
        const Environment environment = [this](const std::string& name) -> std::optional<std::string> {
            const auto it = variables.find(name);
            return it == variables.end() ? std::nullopt : std::optional(it->second);
        };
        const std::string state = "state: {sqlite: " + dir.file("state/fairway.db") + "}\n";
        fs::create_directory(dir.file("state"));
        fs::permissions(dir.file("state"), fs::perms::owner_all);
        return load_config(
            dir.write("fairway.yaml", "projects:\n  - name: a\n" + project + state + top), environment
        );
    }
    ConfigResult with_credentials(const std::string& credentials, const std::string& more = "") {
        return load(
            "    project_id: p\n    region: r\n" + more + "    credentials: {" + credentials + "}\n"
        );
    }
    ConfigResult with(const std::string& lines, const std::string& top = "") {
        return load("    project_id: p\n    region: r\n    credentials: {" + key + "}\n" + lines, top);
    }
};

std::string told(const ConfigResult& result) {
    std::string out;
    for (const auto& problem : result.problems) {
        const std::string text = to_string(problem);
        out += text.substr(text.find("fairway.yaml")) + '\n';
    }
    return out;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

ProjectEndpoint project_of(const ConfigResult& result) {
    REQUIRE_MESSAGE(result.config, told(result));
    return result.config->projects.at(0);
}

}  // namespace

TEST_CASE("an agency is a name and an account, with a key's or a user's credentials") {
    Desk desk;
    const auto by_key = project_of(
        desk.with_credentials(desk.key + ", agency: {name: role, domain: acme, duration: 30m}")
    );
    REQUIRE(by_key.agency);
    CHECK(by_key.agency->name == "role");
    CHECK(by_key.agency->domain == "acme");
    CHECK(by_key.agency->duration == Duration(30min));
    CHECK(by_key.iam_endpoint == "https://iam.r.myhuaweicloud.com");
    const auto by_user =
        project_of(desk.with_credentials(desk.login + ", agency: {name: role, domain_id: d1}"));
    REQUIRE(by_user.agency);
    CHECK(by_user.agency->domain_id == "d1");

    const auto wrong = [&](const std::string& agency, const std::string& base) {
        return told(desk.with_credentials(base + ", agency: " + agency));
    };
    CHECK(has(wrong("{domain: acme}", desk.key), "credentials.agency.name: is missing"));
    CHECK(has(wrong("{name: role}", desk.key), "credentials.agency.domain: is missing; name the account")
    );
    CHECK(
        has(wrong("{name: role, domain: a, domain_id: b}", desk.key),
            "agency.domain_id: stands beside domain")
    );
    CHECK(has(
        wrong("{name: role, domain: a, duration: 1m}", desk.key), "agency.duration: 1m is out of range"
    ));
    CHECK(
        has(wrong("{name: role, domain: a, duration: 1h}", desk.login),
            "agency.duration: is for temporary keys")
    );
    CHECK(has(
        wrong("{name: role, domian: a}", desk.key), "agency.domian: unknown key; did you mean domain?"
    ));
    CHECK(
        has(told(desk.with_credentials("agency: {name: role, domain: a}")),
            "credentials.access_key: is missing")
    );
}

TEST_CASE("a project is named by its id, or by what that is looked up by") {
    Desk desk;
    const std::string credentials = "    credentials: {" + desk.key + "}\n";
    const auto main = project_of(desk.load("    region: r\n" + credentials));
    CHECK(main.project_id.empty());
    CHECK(main.asks_iam());
    CHECK(main.iam_endpoint == "https://iam.r.myhuaweicloud.com");
    const auto sub = project_of(desk.load("    region: r\n    project_name: r_team\n" + credentials));
    CHECK(sub.project_name == "r_team");
    CHECK_FALSE(project_of(desk.load("    region: r\n    project_id: p\n" + credentials)).asks_iam());
    CHECK(
        has(told(desk.load("    region: r\n    project_id: p\n    project_name: n\n" + credentials)),
            "projects[0].project_name: stands beside project_id; keep one of them")
    );
    CHECK(
        has(told(desk.load("    endpoint: https://a.example\n" + credentials)),
            "projects[0].project_id: is missing, and so is region")
    );
    CHECK(
        has(told(desk.load("    endpoint: https://a.example\n    project_name: n\n" + credentials)),
            "projects[0].iam_endpoint: is missing, and so is region")
    );
}

TEST_CASE("a client certificate and its key come together, the key as a secret of several lines") {
    Desk desk;
    const testing::Made made{testing::Recipe{}}, other{testing::Recipe{}};
    desk.dir.write("client.pem", made.certificate());
    desk.dir.write("client.key", made.key(), fs::perms::owner_read);
    desk.dir.write("other.key", other.key(), fs::perms::owner_read);
    desk.dir.write("open.key", "x", fs::perms::owner_read | fs::perms::group_read);
    const auto project =
        project_of(desk.with("    client_certificate: client.pem\n    client_key: {file: client.key}\n")
        );
    REQUIRE(project.client_certificate);
    CHECK(project.client_certificate->chain_file == desk.dir.file("client.pem"));
    CHECK(std::string(project.client_certificate->key.reveal()) + "\n" == made.key());
    CHECK(
        has(told(desk.with("    client_certificate: client.pem\n    client_key: {file: other.key}\n")),
            "projects[0].client_key: client key does not belong to client certificate ")
    );
    CHECK(has(
        told(desk.with("    client_certificate: client.pem\n")), "projects[0].client_key: is missing"
    ));
    CHECK(
        has(told(desk.with("    client_key: {file: client.key}\n")),
            "projects[0].client_key: stands without client_certificate; give both, or neither")
    );
    CHECK(
        has(told(desk.with("    client_certificate: client.key\n    client_key: {file: open.key}\n")),
            "client.key holds no certificate")
    );
    CHECK(
        has(told(desk.with("    client_certificate: client.pem\n    client_key: {file: open.key}\n")),
            "open.key can be read by others; chmod 600 it")
    );
    CHECK(
        has(told(desk.with("    client_certificate: client.pem\n    client_key: client.key\n")),
            "client_key: a secret is not written into the configuration")
    );
    CHECK(has(told(desk.with("    crl_file: client.pem\n")), "client.pem holds no revocation list"));
}

TEST_CASE("a proxy is one for all, one of a project, or none") {
    Desk desk;
    const std::string proxy =
        "proxy: {url: \"http://proxy.example:3128\", user: u, password: {env: PW}, except: [.local, "
        "10.0.0.0/8]}\n";
    const auto all = project_of(desk.with("", proxy));
    REQUIRE(all.proxy);
    CHECK(all.proxy->host == "proxy.example");
    CHECK(all.proxy->port == 3128);
    CHECK(all.proxy->user == "u");
    CHECK(all.proxy->password.reveal() == "pw");
    CHECK(all.proxy->except == std::vector<std::string>{".local", "10.0.0.0/8"});
    const auto own = project_of(desk.with("    proxy: {url: \"http://[::1]:1\"}\n", proxy));
    REQUIRE(own.proxy);
    CHECK(own.proxy->host == "::1");
    CHECK_FALSE(project_of(desk.with("    proxy: \"off\"\n", proxy)).proxy);
    for (const auto& [wrong, why] : std::map<std::string, std::string>{
             {"{}", "proxy.url: is missing"},
             {"{url: \"https://p:1\"}", "does not start with http://"},
             {"{url: \"http://p\"}", "has no port from 1 to 65535"},
             {"{url: \"http://u:hunter2@p:1\"}",
              "proxy.url: contains a user; write user and password beside the url"},
             {"{url: \"http://p:1/x\"}", "proxy.url"},
             {"{url: \"http://p:1\", user: u}", "proxy.password: is missing"},
             {"{url: \"http://p:1\", password: {env: PW}}", "proxy.password: stands without user"},
             {"{url: \"http://p:1\", user: \"a:b\", password: {env: PW}}", "proxy.user"},
             {"{url: \"http://p:1\", user: u, password: hunter2}",
              "proxy.password: a secret is not written"},
             {"{url: \"http://p:1\", except: [\"a b\"]}", "proxy.except[0]"},
             {"{url: \"http://p:1\", exept: []}", "proxy.exept: unknown key; did you mean except?"},
             {"on", "proxy"}}) {
        CAPTURE(wrong);
        const std::string found = told(desk.with("", "proxy: " + wrong + "\n"));
        CHECK(has(found, why));
        CHECK_FALSE(has(found, "hunter2"));
    }
}

TEST_CASE("without a key the environment's proxy is taken, with its exceptions") {
    Desk desk;
    desk.variables["HTTPS_PROXY"] = "http://us%40er:p%3Aw@proxy.example:8080/";
    desk.variables["NO_PROXY"] = "localhost, .internal,192.168.0.0/16";
    const auto result = desk.with("");
    const auto project = project_of(result);
    REQUIRE(project.proxy);
    CHECK(project.proxy->host == "proxy.example");
    CHECK(project.proxy->port == 8080);
    CHECK(project.proxy->user == "us@er");
    CHECK(project.proxy->password.reveal() == "p:w");
    CHECK(project.proxy->except == std::vector<std::string>{"localhost", ".internal", "192.168.0.0/16"});
    const auto& secret = result.config->secret_variables;
    CHECK(std::find(secret.begin(), secret.end(), "HTTPS_PROXY") != secret.end());

    desk.variables["https_proxy"] = "small.example:1";  // goes before
    CHECK(project_of(desk.with("")).proxy->host == "small.example");
    CHECK_FALSE(project_of(desk.with("", "proxy: \"off\"\n")).proxy);
    for (const char* wrong :
         {"https://p:1", "socks5://p:1", "http://p", "http://u:hunter2%zz@p:1", "p:1\r\nX: hunter2"}) {
        CAPTURE(wrong);
        desk.variables["https_proxy"] = wrong;
        const std::string found = told(desk.with(""));
        CHECK(has(found, "the environment's https_proxy is no URL of an HTTP proxy"));
        CHECK_FALSE(has(found, "hunter2"));
        CHECK(desk.with("", "proxy: \"off\"\n").config);
    }
    desk.variables["https_proxy"] = "p:1";
    for (const std::string& wrong :
         {std::string("a,b\x1b[2J"), std::string("a\nb"), std::string(300, 'a')}) {
        desk.variables["no_proxy"] = wrong;
        CHECK(has(told(desk.with("")), "the environment's no_proxy names what is no host"));
    }
}

}  // namespace fairway
