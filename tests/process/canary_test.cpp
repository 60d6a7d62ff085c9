// Fourteen secrets of every kind go through all that a user does with the real binary, with servers that
// repeat them in their answers; then everything that was written is searched for them.
#include <doctest/doctest.h>

#include <csignal>
#include <functional>
#include <set>

#include "controller/store/sqlite.hpp"
#include "tests/controller/listener/tls_client.hpp"
#include "tests/process/stage.hpp"

namespace fairway {
namespace {

constexpr const char* mark = "IssuedCanary-0123456789";

/// One way to prove who we are, with the secrets that it rests on.
struct Case {
    std::string name;
    std::string credentials;
    Canaries secrets;
    std::string issued;  ///< what is issued here, if anything; its text holds `mark`
};

const std::string access_key = "CANARYACCESSKEY00001", temporary_key = "CANARYACCESSKEY00002";
const Canary secret_key{"the secret key", "CanarySecretKey-aaaaaaaaaaaaaaaaaaaaaaa1"};
const Canary temporary_secret{"a temporary key's secret", "CanarySecretKey-bbbbbbbbbbbbbbbbbbbbbbb2"};
const Canary security_token{"a security token", "CanarySecurityToken+/cccccccccccccccccc=="};
const Canary password{"the password of IAM", "Canary Password&3"};
const Canary proxy_password{"the password of a proxy", "canary:proxy%4"};
const Canary bearer{"the listener's token", "CanaryBearer/7+%ffffffff"};
const Canary nacos{"a Nacos password", "canary/Nacos\"5+\xC3\xA9"};
const Canary nacos_of_environment{"another Nacos password", "CanaryOfEnvironment6"};

/// A second line of the key: the first ones of two keys may be alike.
std::string telling_line(const std::string& pem) {
    const std::size_t begin = pem.find('\n', pem.find('\n') + 1) + 1;
    return pem.substr(begin, pem.find('\n', begin) - begin);
}

/// Keys in PEM form, each with its certificate.
struct Keys {
    const testing::Made client{testing::Recipe{}}, listener{testing::Recipe{}};
};

std::vector<Case> cases(const Keys& keys) {
    const Canary client_key{"a client's key", telling_line(keys.client.key())},
        listener_key{"the listener's key", telling_line(keys.listener.key())};
    const std::string by_user = "{user: IAMUser, domain: IAMDomain, password: {file: given/password}";
    const std::string by_key =
        "{access_key: {file: given/access_key}, secret_key: {file: given/secret_key}";
    const std::string agency = ", agency: {name: IAMAgency, domain: IAMDomainA}}";
    return {
        {"key",
         by_key + "}",
         {{"the access key", access_key},
          secret_key,
          client_key,
          listener_key,
          bearer,
          proxy_password,
          nacos,
          nacos_of_environment},
         ""},
        {"temporary key",
         "{access_key: {file: given/temporary_key}, secret_key: {file: given/temporary_secret}, "
         "security_token: {file: given/security_token}}",
         {temporary_secret, security_token},
         ""},
        {"user", by_user + "}", {password}, "a user's token"},
        {"user with agency", by_user + agency, {password}, "an agency's token"},
        {"key with agency", by_key + agency, {secret_key}, "an agency's security token"},
    };
}

apic_simulator::Config cloud_config() {
    apic_simulator::Config config;
    config.issued_mark = mark;
    config.token_length = 120;
    config.users = {{"IAMUser", password.value, access_key, secret_key.value}};
    config.users.push_back({"Temporary", "unused", temporary_key, temporary_secret.value, false, {}});
    config.users.back().security_token = security_token.value;
    return config;
}

/// How a server might write it, each time in another way, as a text within its JSON.
std::string repeated(const std::string& value, std::size_t way) {
    switch (way % 5) {
        case 0:
            return for_json(value);
        case 1:
            return to_base64("user:" + value + "!");
        case 2:
            return for_url(value);
        case 3:
            return for_json(for_json(value));
        default:
            return to_hex(value);
    }
}

/// The real program, or that which covers nothing, in the hands of somebody who does everything.
class Round {
public:
    Round(const Case& what, const std::string& binary, const Keys& keys)
        : case_(what), keys_(keys), stage_(cloud_config()) {
        stage_.canaries.clear();  // searched here, where a hit may be what is wanted
        if (!binary.empty()) stage_.binary = binary;
        for (const auto& [name, value] : std::map<std::string, std::string>{
                 {"access_key", access_key},
                 {"secret_key", secret_key.value},
                 {"temporary_key", temporary_key},
                 {"temporary_secret", temporary_secret.value},
                 {"security_token", security_token.value},
                 {"password", password.value},
                 {"proxy_password", proxy_password.value},
                 {"nacos", nacos.value},
                 {"bearer", bearer.value},
                 {"listener_key", keys.listener.key()},
                 {"client_key", keys.client.key()}}) {
            stage_.folder.write("given/" + name, value + "\n");
        }
        stage_.folder.write("client.pem", keys.client.certificate());
        stage_.folder.write("listener.pem", keys.listener.certificate());
        stage_.folder.write("fairway.yaml", configuration());
        stage_.manifest("demo.yaml", Stage::demo());
        for (const char* secret : {"nacos-prod", "nacos-env"})
            stage_.manifest(
                std::string(secret) + ".yaml", Stage::registry("r-" + std::string(secret), secret)
            );
    }

    /// Everything; what is told of secrets is in the folder when it returns.
    void make() {
        well();
        rescued();
        for (std::size_t way = 0; way < case_.secrets.size(); ++way)
            refused(repeated(case_.secrets[way].value, way));
        if (!case_.issued.empty()) refused("{token}", "ListProjectVpcChannelsV2");
        for (std::size_t way = 0; way < case_.secrets.size(); ++way)
            refused_in_a_write(repeated(case_.secrets[way].value, way + 2), way);
        daemon();
        mistaken();
        read();
    }

    std::vector<std::string> hits() const {
        Canaries canaries = case_.secrets;
        if (!case_.issued.empty()) canaries.push_back({case_.issued, mark});
        return hits_in_folder(stage_.folder.path(), canaries);
    }

private:
    std::string configuration() const {
        const std::string file = stage_.folder.file("given/");
        return "projects:\n  - name: default\n    project_id: 73d69ae0cfcf460190522d06b60f05ad\n"
               "    region: cn-north-4\n    endpoint: " +
               stage_.cloud.url() + "\n    iam_endpoint: " + stage_.cloud.url() +
               "\n    ca_file: ca.pem\n    client_certificate: client.pem\n"
               "    client_key: {file: given/client_key}\n"
               "    proxy: {url: \"http://127.0.0.1:9\", user: u, password: {file: "
               "given/proxy_password}, "
               "except: [127.0.0.1]}\n    credentials: " +
               case_.credentials +
               "\nsources:\n  - {name: channels, directory: manifests}\n"
               "secrets:\n  - {name: nacos-prod, credential: nacos}\n"
               "  - {name: nacos-env, env: CANARY_NACOS}\n"
               "state: {sqlite: state/fairway.db}\n"
               "server: {listen: \"127.0.0.1:0\", socket: fairway.sock, token: {file: given/bearer}, "
               "tls: {certificate: listener.pem, key: {file: given/listener_key}}}\n"
               "reconcile: {drift_interval: 1s}\nlog: {level: debug}\n";
    }

    Process start(std::vector<std::string> words, const std::string& config = "fairway.yaml") const {
        words.insert(words.begin(), {stage_.binary, "--config", stage_.folder.file(config)});
        return Process(
            words, stage_.folder.path(),
            {{"CANARY_NACOS", nacos_of_environment.value},
             {"CREDENTIALS_DIRECTORY", stage_.folder.file("given")}}
        );
    }
    /// The exit code; what was said is in the folder.
    int run(std::vector<std::string> words, const std::string& config = "fairway.yaml") const {
        Process process = start(std::move(words), config);
        return process.wait().value_or(-1);
    }

    void well() const {
        CHECK(run({"validate"}) == 0);
        CHECK(run({"check"}) == 0);
        for (const char* format : {"text", "json", "yaml", "markdown", "name"})
            CHECK(run({"plan", "-o", format}) == 0);
        CHECK(run({"plan", "--out", stage_.folder.file("plan.json")}) == 0);
        CHECK(run({"apply", "--plan", stage_.folder.file("plan.json"), "-o", "json"}) == 0);
        CHECK(run({"run", "--once"}) == 0);
    }

    /// Every call is refused by an answer that repeats a secret.
    void refused(const std::string& text, const std::string& operation = "*") {
        fault(operation, text);
        CHECK(run({"plan", "-o", "json"}) != 0);
        run({"check", "-o", "json"});  // which may not ask what is refused
        stage_.cloud.clear_faults();
    }

    /// The refusal of a write gets into the log, the report and the history.
    void refused_in_a_write(const std::string& text, std::size_t number) {
        const std::string name = "refused" + std::to_string(number);
        stage_.manifest(name + ".yaml", Stage::demo(name));
        fault("CreateProjectVpcChannel", text);
        CHECK(run({"apply", "--yes"}) != 0);
        stage_.cloud.clear_faults();
    }

    void fault(const std::string& operation, const std::string& text) {
        apic_simulator::FaultRule rule;
        rule.operation = operation;
        rule.status = 400;
        rule.body =
            R"({"error_code":"APIG.2012","error_msg":"Refused: )" + text + R"(","request_id":"1"})";
        stage_.cloud.set_faults({rule});
    }

    /// A channel is made, and the store takes no word of it: its ids go into the file beside it.
    void rescued() {
        stage_.manifest("rescued.yaml", Stage::registry("rescued", "nacos-prod"));
        const std::string store = stage_.folder.file("state/fairway.db");
        const auto tell_store = [&](const char* statement) {
            Database(store, Database::Mode::read_write).execute(statement);
        };
        tell_store(
            "CREATE TRIGGER full BEFORE UPDATE ON channels WHEN NEW.phase = 'created' "
            "BEGIN SELECT RAISE(ABORT, 'full'); END"
        );
        CHECK(run({"apply", "--yes"}) != 0);
        REQUIRE(std::filesystem::exists(store + ".rescue"));
        std::filesystem::copy(store + ".rescue", stage_.folder.file("rescued"));
        tell_store("DROP TRIGGER full");
    }

    std::string page(const std::string& address, const std::string& path) const {
        const auto port = std::stoi(address.substr(address.rfind(':') + 1));
        test::TlsClient client(static_cast<std::uint16_t>(port), {&keys_.listener});
        client.send(
            "GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\nAuthorization: Bearer " +
            bearer.value + "\r\nConnection: close\r\n\r\n"
        );
        return client.rest();
    }

    void daemon() {
        fault("CreateProjectVpcChannel", repeated(case_.secrets.front().value, 0));
        Process process = start({"run"});
        std::string address;
        REQUIRE(eventually([&] {
            const std::string log = process.err();
            const std::size_t at = log.find("address=");
            if (at == std::string::npos || log.find('\n', at) == std::string::npos) return false;
            address = log.substr(at + 8, log.find_first_of(" \n", at + 8) - at - 8);
            std::erase(address, '"');
            return true;
        }));
        REQUIRE(eventually([&] { return contains(process.err(), "channel failed"); }));
        std::string said;
        for (const char* path : {"/metrics", "/readyz?verbose", "/livez?verbose", "/"})
            said += page(address, path);
        CHECK(contains(said, "\nfairway_build_info"));
        stage_.folder.write("pages", said);
        CHECK(run({"get"}) == 0);
        CHECK(run({"reconcile", "VPC_demo"}) == 0);
        CHECK(run({"describe", "refused0"}) == 0);
        process.signal(SIGKILL);
        process.wait();
        stage_.cloud.clear_faults();
    }

    /// A secret where its name belongs.
    void mistaken() const {
        stage_.folder.write(
            "given/bad.yaml", "projects:\n  - name: a\n    credentials: {access_key: " + access_key +
                                  ", secret_key: {value: \"" + secret_key.value + "\"}}\n"
        );
        std::string literal = Stage::registry("r-nacos-prod", "nacos-prod");
        const std::string reference = "{secret: nacos-prod}";
        literal.replace(literal.find(reference), reference.size(), password.value);
        stage_.folder.write("given/literal.yaml", literal);
        CHECK(run({"plan"}, "given/bad.yaml") == 3);
        CHECK(run({"validate", "-f", stage_.folder.file("given/literal.yaml")}) == 3);
        CHECK(run({"export", "--nacos-secret", password.value}) == 3);
    }

    void read() const {
        CHECK(run({"history", "-o", "json"}) == 0);
        CHECK(run({"history"}) == 0);
        CHECK(run({"get", "-o", "json"}) == 0);
        CHECK(run({"describe", "r-nacos-prod", "-o", "json"}) == 0);
        CHECK(run({"export"}) == 0);
        CHECK(run({"export", "--dir", stage_.folder.file("exported")}) == 0);
    }

    Case case_;
    const Keys& keys_;
    Stage stage_;
};

std::set<std::string> names_in(const std::vector<std::string>& hits) {
    std::set<std::string> names;
    for (const std::string& hit : hits) {
        const std::size_t begin = hit.find(": ") + 2;
        names.insert(hit.substr(begin, hit.rfind(", ") - begin));
    }
    return names;
}

}  // namespace

TEST_CASE("none of fourteen secrets is in anything that the program writes") {
    const Keys keys;
    for (const Case& one : cases(keys)) {
        CAPTURE(one.name);
        Round round(one, "", keys);
        round.make();
        for (const std::string& hit : round.hits()) CHECK_MESSAGE(false, hit);
    }
}

TEST_CASE("with nothing covered, the search finds all fourteen") {
    const Keys keys;
    std::set<std::string> planted, found;
    for (const Case& one : cases(keys)) {
        CAPTURE(one.name);
        Round round(one, FAIRWAY_UNMASKED, keys);
        round.make();
        found.merge(names_in(round.hits()));
        for (const Canary& secret : one.secrets) planted.insert(secret.name);
        if (!one.issued.empty()) planted.insert(one.issued);
    }
    CHECK(planted.size() == 14);
    for (const std::string& name : planted) CHECK_MESSAGE(found.contains(name), name);
}

TEST_CASE("the search finds a secret however it is written, and wherever it stands") {
    const Canaries planted{{"it", "se/cr\"et+~1 \xC3\xA9"}};
    const std::string& value = planted[0].value;
    const std::vector<std::string> forms{
        value,
        for_json(value),
        for_url(value),
        to_hex(value),
        to_base64(value),
        to_base64("a" + value),
        to_base64("ab" + value),
        to_base64("abc" + value + "d")};
    for (const std::string& form : forms) {
        CAPTURE(form);
        CHECK(hits_in("before " + form + " behind", planted).size() == 1);
    }
    CHECK(hits_in("se/cr et", planted).empty());
    const TempDir folder;
    folder.write("kept", value + "\n");
    folder.write("given/file", "x" + value);
    CHECK(hits_in_folder(folder.path(), planted).empty());
    folder.write("deep/down.db-wal", std::string("\0\1", 2) + value + "x");
    CHECK(
        hits_in_folder(folder.path(), planted) == std::vector<std::string>{"deep/down.db-wal: it, raw"}
    );
}

}  // namespace fairway
