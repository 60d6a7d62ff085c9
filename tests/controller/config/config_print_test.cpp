// What is shown of a configuration: all of it, where it comes from, and nothing that is not so.
#include <algorithm>
#include <regex>
#include <set>

#include "controller/app/config/config_keys.hpp"
#include "controller/app/config/config_settings.hpp"
#include "tests/controller/api/certificates.hpp"
#include "tests/controller/config/desk.hpp"

namespace fairway {
namespace {

constexpr const char* unknown = "zzzzzzzzzz";

/// Every mapping that there is, in two configurations that cannot be one. `?` is replaced in each.
const std::string with_key = R"(projects:
  - name: one
    region: cn-north-4
    project_id: id
    ca_file: ca.pem
    crl_file: crl.pem
    client_certificate: ca.pem
    client_key: {file: keys/tls}
    proxy: {url: "http://[::1]:3128", user: u, password: {env: ACCESS_KEY}, except: [.internal, "10.0.0.0/8"]?}
    credentials:
      access_key: {env: ACCESS_KEY}
      secret_key: {file: keys/secret}
      security_token: {env: ACCESS_KEY}
      agency: {name: a, domain: d, duration: 20m?}
      ?
    limits: {reads_per_second: 0.5, writes_per_second: 7, concurrency: 0x10?}
    ?
proxy: {url: "http://proxy:1", except: []?}
sources:
  - {name: channels, directory: ./manifests?}
  - {name: others, directory: /somewhere?}
  - name: https
    git:
      url: https://git.example.org/x.git
      branch: main
      path: a/b
      interval: 90s
      timeout: 30s
      max_size_mib: 12
      allow_rewind: true
      credentials: {user: ann, password: {file: keys/secret}?}
      ca_file: ca.pem
      verify: {ssh_allowed_signers: ca.pem?}
      proxy: {url: "http://other:2", user: bob, password: {file: keys/secret}, except: [a.example]?}
      webhook: {secret: {file: keys/token}?}
      ?
    ?
  - name: ssh
    git: {url: "ssh://git@git.example.org/x.git", tag: v1, key_file: keys/id, known_hosts: ca.pem?}
secrets:
  - {name: first, file: keys/secret?}
  - {name: second, env: ACCESS_KEY?}
state: {sqlite: state/fairway.db, witness: other/serial?}
server:
  listen: "[::1]:0"
  socket: run/f.sock
  insecure_listen: true
  hosts: [fairway.example]
  tls: {certificate: ca.pem, key: {file: keys/tls}, client_ca: ca.pem?}
  token: {file: keys/token}
  ?
reconcile:
  drift_interval: 90s
  settle: 120s
  prune: "plan"
  allow_empty: True
  delete_adopted: true
  deletion_budget: {percent: 0, at_least: 1, per_pass: 2, per_day_percent: 100, delay: 0s?}
  workers: 1
  ?
log: {level: debug, format: json?}
?
)";
const std::string with_login = R"(projects:
  - name: two
    project_name: cn-north-4_x
    endpoint: https://ROMA.example
    iam_endpoint: https://iam.example
    proxy: "off"
    credentials:
      user: deployer
      domain: acme
      password: {file: keys/secret}
      agency: {name: "007", domain_id: "12"?}
      ?
    ?
server: {?}
?
)";

struct PrintDesk : Desk {
    PrintDesk() {
        const testing::Made made{testing::Recipe{}};
        dir.write("ca.pem", made.certificate());
        dir.write("crl.pem", "-----BEGIN X509 CRL-----\n");
        dir.write("keys/tls", made.key());
        dir.write("keys/id", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
        dir.write("keys/token", "canary-of-a-long-token\n");
        fs::create_directory(dir.file("other"));
    }

    /// `text` with `key` wherever a mapping has room for one more.
    static std::string with(std::string text, const std::string& key) {
        for (std::size_t at = 0; (at = text.find('?', at)) != std::string::npos;) {
            const bool own_line = text[at - 1] == ' ' || text[at - 1] == '\n';
            const bool alone = text[at - 1] == '{';
            const std::string here = key.empty() ? "" : (own_line || alone ? "" : ", ") + key;
            text.replace(at, 1, here);
            at += here.size();
        }
        return text;
    }

    ConfigResult sound(const std::string& text) {
        ConfigResult loaded = load_text(text);
        CHECK(told(loaded) == "");
        REQUIRE(loaded.config);
        return loaded;
    }
    std::string printed(const ConfigResult& loaded, bool effective) const {
        return settings_yaml(settings_of(loaded, effective), loaded, dir.file("fairway.yaml"), "given");
    }
};

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += name + ' ';
    return text;
}

std::string without_comments(const std::string& text) {
    return std::regex_replace(text, std::regex("(^#|  #) [^\n]*"), "");
}

void check_same(const SourceConfig& a, const SourceConfig& b) {
    CHECK(a.name == b.name);
    CHECK(a.directory == b.directory);
    REQUIRE(a.git.has_value() == b.git.has_value());
    if (!a.git) return;
    const GitOptions &one = a.git->options, &two = b.git->options;
    CHECK(one.url == two.url);
    CHECK(one.ref() == two.ref());
    CHECK(one.path == two.path);
    CHECK(one.interval == two.interval);
    CHECK(one.timeout == two.timeout);
    CHECK(one.max_size == two.max_size);
    CHECK(one.allow_rewind == two.allow_rewind);
    CHECK(one.folder == two.folder);
    CHECK(one.login.has_value() == two.login.has_value());
    CHECK(one.ca_file == two.ca_file);
    CHECK(one.key_file == two.key_file);
    CHECK(one.known_hosts == two.known_hosts);
    CHECK(one.ssh_allowed_signers == two.ssh_allowed_signers);
    REQUIRE(a.git->proxy.has_value() == b.git->proxy.has_value());
    if (a.git->proxy) CHECK(a.git->proxy->host == b.git->proxy->host);
}

/// What the engine is told is the same; secrets cannot be compared, but by what they are.
void check_same(const Config& a, const Config& b) {
    CHECK(a.sqlite == b.sqlite);
    CHECK(a.witness == b.witness);
    REQUIRE(a.sources.size() == b.sources.size());
    for (std::size_t i = 0; i < a.sources.size(); ++i) check_same(a.sources[i], b.sources[i]);
    CHECK(a.server.listen == b.server.listen);
    CHECK(a.server.insecure_listen == b.server.insecure_listen);
    CHECK(a.server.hosts == b.server.hosts);
    CHECK((a.server.tls == b.server.tls));
    CHECK(a.server.token.has_value() == b.server.token.has_value());
    CHECK(a.server.socket == b.server.socket);
    CHECK((a.reconcile == b.reconcile));
    CHECK((a.log == b.log));
    CHECK(a.secret_variables == b.secret_variables);
    REQUIRE(a.secrets.size() == b.secrets.size());
    for (const auto& [name, secret] : a.secrets) CHECK(b.secrets.at(name).reveal() == secret.reveal());
    REQUIRE(a.projects.size() == b.projects.size());
    for (std::size_t i = 0; i < a.projects.size(); ++i) {
        const ProjectEndpoint &one = a.projects[i], &two = b.projects[i];
        CHECK(one.name == two.name);
        CHECK(one.project_id == two.project_id);
        CHECK(one.project_name == two.project_name);
        CHECK(one.region == two.region);
        CHECK(one.endpoint == two.endpoint);
        CHECK(one.iam_endpoint == two.iam_endpoint);
        CHECK(one.ca_file == two.ca_file);
        CHECK(one.crl_file == two.crl_file);
        CHECK(one.client_certificate.has_value() == two.client_certificate.has_value());
        CHECK(one.credentials.index() == two.credentials.index());
        CHECK(one.limits.reads_per_second == two.limits.reads_per_second);
        CHECK(one.limits.writes_per_second == two.limits.writes_per_second);
        CHECK(one.limits.concurrency == two.limits.concurrency);
        REQUIRE(one.proxy.has_value() == two.proxy.has_value());
        if (one.proxy) {
            CHECK(one.proxy->host == two.proxy->host);
            CHECK(one.proxy->port == two.proxy->port);
            CHECK(one.proxy->user == two.proxy->user);
            CHECK(one.proxy->except == two.proxy->except);
        }
        REQUIRE(one.agency.has_value() == two.agency.has_value());
        if (one.agency) {
            CHECK(one.agency->name == two.agency->name);
            CHECK(one.agency->domain == two.agency->domain);
            CHECK(one.agency->domain_id == two.agency->domain_id);
            CHECK(one.agency->duration == two.agency->duration);
        }
    }
}

TEST_CASE("what is printed is a configuration that says the same and prints the same") {
    const std::string least =
        "projects:\n  - name: default\n    region: cn-north-4\n"
        "    credentials: {access_key: {env: ACCESS_KEY}, secret_key: {file: keys/secret}, "
        "agency: {name: a, domain: b}}\n";
    for (const bool proxied : {false, true}) {
        for (const std::string& text : {least, with_key, with_login}) {
            for (const bool effective : {false, true}) {
                PrintDesk desk;
                if (proxied)
                    desk.variables = {
                        {"ACCESS_KEY", "AK"}, {"https_proxy", "http://p:1"}, {"no_proxy", "a b,c"}};
                const ConfigResult first = desk.sound(PrintDesk::with(text, ""));
                const std::string once = desk.printed(first, effective);
                CAPTURE(once);
                const ConfigResult second = desk.sound(once);
                check_same(*first.config, *second.config);
                CHECK(without_comments(desk.printed(second, effective)) == without_comments(once));
                // Wherever it lies, and without the environment that it came from.
                const std::string moved = desk.dir.write("elsewhere/fairway.yaml", once);
                desk.variables.erase("https_proxy");
                const ConfigResult third = load_config(moved, desk.environment());
                REQUIRE(third.config);
                check_same(*first.config, *third.config);
            }
        }
    }
}

TEST_CASE("each way to a secret is printed on one line, and reads the same again") {
    PrintDesk desk;
    desk.variables["CREDENTIALS_DIRECTORY"] = desk.dir.file("keys");
    const ConfigResult loaded = desk.sound(
        "projects:\n"
        "  - name: default\n"
        "    region: cn-north-4\n"
        "    credentials: {access_key: {env: ACCESS_KEY}, secret_key: {credential: secret}}\n"
        "server: {token: {file: keys/token}, tls: {certificate: ca.pem, key: {credential: tls}}}\n"
    );
    const std::string printed = desk.printed(loaded, false);
    CAPTURE(printed);
    for (const char* line :
         {"      access_key: {env: ACCESS_KEY}  # ", "      secret_key: {credential: secret}  # ",
          "  token: {file: ", "    key: {credential: tls}  # "}) {
        CAPTURE(line);
        CHECK(printed.find(line) != std::string::npos);
    }
    CHECK(without_comments(desk.printed(desk.sound(printed), false)) == without_comments(printed));
}

TEST_CASE("every key that is read is known to those who print it, and every other way around") {
    std::set<std::string> read, mappings;
    for (const std::string& text : {with_key, with_login}) {
        PrintDesk desk;
        const ConfigResult refused = desk.load_text(PrintDesk::with(text, std::string(unknown) + ": 1"));
        for (const ManifestProblem& problem : refused.problems) {
            if (!problem.field.ends_with(unknown)) continue;
            std::string mapping = std::regex_replace(problem.field, std::regex("\\[\\d+\\]"), "[]");
            mapping.resize(mapping.size() - std::string(unknown).size());
            mappings.insert(mapping.substr(0, mapping.size() - (mapping.empty() ? 0 : 1)));
            const std::string start = "known here: ";
            REQUIRE(problem.advice.starts_with(start));
            std::string keys =
                std::regex_replace(problem.advice.substr(start.size()), std::regex(", | or "), " ");
            for (std::size_t end = 0; !keys.empty(); keys.erase(0, end + 1)) {
                end = std::min(keys.find(' '), keys.size());
                read.insert(mapping + keys.substr(0, end));
            }
        }
    }
    std::set<std::string> listed;
    for (const ConfigKey& key : config_keys()) {
        listed.insert(std::string(key.path));
        const bool mapping = key.kind == ConfigKey::Kind::section || key.kind == ConfigKey::Kind::choice;
        if (!mapping) continue;
        // Or its keys would be compared with nothing.
        CAPTURE(key.path);
        CHECK(mappings.contains(std::string(key.path)));
    }
    std::vector<std::string> not_listed, not_read;  // by config_keys(), by load_config()
    std::set_difference(
        read.begin(), read.end(), listed.begin(), listed.end(), std::back_inserter(not_listed)
    );
    std::set_difference(
        listed.begin(), listed.end(), read.begin(), read.end(), std::back_inserter(not_read)
    );
    CHECK(joined(not_listed) == "");
    CHECK(joined(not_read) == "");
}

TEST_CASE("all that is given is shown with its place, and only with the defaults what is not") {
    PrintDesk desk;
    desk.variables["https_proxy"] = "http://proxy.example:3128";
    const ConfigResult loaded = desk.sound(
        "log: {level: warn}\n"
        "projects:\n"
        "  - name: default\n"
        "    region: cn-north-4\n"
        "    credentials: {access_key: {env: ACCESS_KEY}, secret_key: {file: keys/secret}}\n"
        "reconcile: {workers: 7}\n"
    );
    const std::string file = desk.dir.file("fairway.yaml");
    const auto shown = [&](bool effective) {
        std::string text = desk.printed(loaded, effective);
        for (std::size_t at = 0; (at = text.find(desk.dir.path() + '/')) != std::string::npos;)
            text.erase(at, desk.dir.path().size() + 1);
        return text;
    };
    CHECK(
        shown(false) ==
        "# fairway.yaml (given)\n"
        "projects:\n"
        "  - name: default  # fairway.yaml:3:11\n"
        "    region: cn-north-4  # fairway.yaml:4:13\n"
        "    credentials:\n"
        "      access_key: {env: ACCESS_KEY}  # fairway.yaml:5:31\n"
        "      secret_key: {file: keys/secret}  # fairway.yaml:5:62\n"
        "proxy:\n"
        "  url: \"http://proxy.example:3128\"  # environment variable https_proxy\n"
        "reconcile:\n"
        "  workers: 7  # fairway.yaml:6:22\n"
        "log:\n"
        "  level: warn  # fairway.yaml:1:14\n"
    );
    const std::string all = shown(true);
    CAPTURE(all);
    for (const char* line :
         {"    endpoint: \"https://roma.cn-north-4.myhuaweicloud.com\"  # default, from region\n",
          "sources: []  # default\n", "  sqlite: /var/lib/fairway/fairway.db  # default\n",
          "  workers: 7  # fairway.yaml:6:22\n", "  format: logfmt  # default\n",
          "    percent: 30  # default\n"}) {
        CAPTURE(line);
        CHECK(all.find(line) != std::string::npos);
    }
    CHECK(all.find("witness") == std::string::npos);  // absent, it is none
    const std::vector<Setting> rows = flat(settings_of(loaded, true));
    CHECK(static_cast<std::size_t>(std::count(all.begin(), all.end(), '#')) == rows.size() + 1);
}

TEST_CASE("nothing that is printed holds a secret") {
    PrintDesk desk;
    desk.dir.write("keys/secret", "canary-of-a-file\n");
    desk.variables["ACCESS_KEY"] = "canary-of-a-variable";
    desk.variables["https_proxy"] = "http://user:canary-of-a-proxy@proxy.example:3128";
    std::string key = PrintDesk::with(with_key, "");
    key.erase(
        key.find("proxy: {url: \"http://proxy:1\""),
        key.find("sources:") - key.find("proxy: {url: \"http://proxy:1\"")
    );
    for (const std::string& text : {key, PrintDesk::with(with_login, "")}) {
        const ConfigResult loaded = desk.sound(text);
        std::string said = desk.printed(loaded, true);
        CHECK(
            said.find("# A proxy with a password, http://proxy.example:3128, comes from the environment "
                      "variable https_proxy") != std::string::npos
        );
        said += settings_json({"f", "g", flat(settings_of(loaded, true))});
        CAPTURE(said);
        CHECK(said.find("canary") == std::string::npos);
    }
}

}  // namespace
}  // namespace fairway
