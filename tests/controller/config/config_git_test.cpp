// The configuration's keys of a Git source.
#include <doctest/doctest.h>

#include "tests/controller/config/desk.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

struct GitDesk : Desk {
    GitDesk() {
        dir.write("id", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
        dir.write("hosts", "git.example.org ssh-ed25519 AAAA\n");
        dir.write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
        dir.write("token", "t0ken\n");
        dir.write("signers", "ann ssh-ed25519 AAAA\n");
    }
    std::string text(const std::string& git) const {
        return "sources:\n  - {name: channels, git: {" + git + "}}\nstate: {sqlite: state/fairway.db}\n";
    }
    std::string wrong(const std::string& git) { return trouble(text(git)); }
    GitSourceConfig read(const std::string& git) {
        rest = text(git);
        const Config config = good(*this);
        REQUIRE(config.sources.size() == 1);
        REQUIRE(config.sources[0].git);
        return *config.sources[0].git;
    }
};

const std::string https = "url: \"https://git.example.org/x.git\", branch: main";
const std::string ssh = "url: \"ssh://git@git.example.org/x.git\", branch: main";
const std::string ssh_files = ", key_file: id, known_hosts: hosts";

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_CASE("a branch over https, with what is usual") {
    GitDesk desk;
    const auto git = desk.read(https).options;
    CHECK(git.url == "https://git.example.org/x.git");
    CHECK(git.ref() == "refs/heads/main");
    CHECK(git.interval == 60s);
    CHECK_FALSE(git.allow_rewind);
    CHECK(git.folder == desk.dir.file("state/git/channels"));
}

TEST_CASE("every key of a Git source is read") {
    GitDesk desk;
    const auto web = desk.read(
        https +
        ", path: clusters/prod/, interval: 5m, timeout: 30s, max_size_mib: 64, allow_rewind: true, "
        "ca_file: "
        "ca.pem, credentials: {user: bot, password: {file: token}}, verify: {ssh_allowed_signers: "
        "signers}, "
        "proxy: {url: \"http://proxy:3128\"}"
    );
    CHECK(web.options.path == "clusters/prod");
    CHECK(web.options.interval == 5min);
    CHECK(web.options.timeout == 30s);
    CHECK(web.options.max_size == 64u * 1024 * 1024);
    CHECK(web.options.allow_rewind);
    CHECK(web.options.ca_file == desk.dir.file("ca.pem"));
    REQUIRE(web.options.login);
    CHECK(web.options.login->user == "bot");
    CHECK(web.options.login->password.reveal() == "t0ken");
    CHECK(web.options.ssh_allowed_signers == desk.dir.file("signers"));
    REQUIRE(web.proxy);
    CHECK(web.proxy->host == "proxy");

    const auto token = desk.read(https + ", credentials: {token: {file: token}}").options;
    REQUIRE(token.login);
    CHECK(token.login->user == "git");

    const auto shell = desk.read(ssh + ssh_files).options;
    CHECK(shell.key_file == desk.dir.file("id"));
    CHECK(shell.known_hosts == desk.dir.file("hosts"));

    const auto commit = desk.read("url: \"https://x.org/y\", commit: " + std::string(40, 'a'));
    CHECK(commit.options.ref() == std::string(40, 'a'));
    CHECK(desk.read("url: \"https://x.org/y\", tag: v1").options.ref() == "refs/tags/v1");
}

TEST_CASE("the secret of a webhook is read from its place, watched, and masked") {
    GitDesk desk;
    desk.dir.write("hook", "canary-of-a-webhook\n");
    const auto read = desk.read(https + ", webhook: {secret: {file: hook}}");
    REQUIRE(read.webhook);
    CHECK(read.webhook->reveal() == "canary-of-a-webhook");
    CHECK_FALSE(desk.read(https).webhook);
    desk.rest = desk.text(https + ", webhook: {secret: {file: hook}}");
    const Config config = good(desk);
    REQUIRE(config.secret_values().size() == 1);
    CHECK(config.secret_values()[0].reveal() == "canary-of-a-webhook");
    desk.dir.write("hook", "another-long-secret\n");
    CHECK(config.files.anew() != config.files);
}

TEST_CASE("a secret of a webhook that will not do is refused, and not repeated") {
    GitDesk desk;
    const auto wrong = [&](const std::string& webhook) {
        return desk.wrong(https + ", webhook: " + webhook);
    };
    CHECK(has(wrong("{}"), "sources[0].git.webhook.secret: is missing"));
    CHECK(has(wrong("{secret: canary-of-a-webhook}"), "is not written into the configuration"));
    CHECK_FALSE(has(wrong("{secret: canary-of-a-webhook}"), "canary"));
    CHECK(has(wrong("{secret: {file: token}}"), "git.webhook.secret: is too short"));
    CHECK_FALSE(has(wrong("{secret: {file: token}}"), "t0ken"));
    desk.dir.write("hook", "several words that are long\n");
    CHECK(has(wrong("{secret: {file: hook}}"), "has characters that no header can bear"));
    CHECK(has(wrong("{secret: {file: hook}, token: x}"), "unknown key"));
}

TEST_CASE("the proxy of the projects holds for Git too, unless the source says otherwise") {
    GitDesk desk;
    desk.variables["https_proxy"] = "http://usual:3128";
    const auto usual = desk.read(https);
    REQUIRE(usual.proxy);
    CHECK(usual.proxy->host == "usual");
    CHECK_FALSE(desk.read(https + ", proxy: \"off\"").proxy);
}

TEST_CASE("what is wrong with a Git source is told at its key") {
    GitDesk desk;
    desk.dir.write("open", "-----BEGIN OPENSSH PRIVATE KEY-----\n", fs::perms(0644));
    desk.dir.write("empty", "");
    const struct {
        std::string git, told;
    } cases[] = {
        {"branch: main", "sources[0].git.url"},
        {"url: \"https://x.org/y\"", "sources[0].git.branch: is missing"},
        {https + ", tag: v1", "sources[0].git.tag: stands beside another"},
        {"url: \"https://x.org/y\", branch: \"a..b\"", "cannot be the name of a branch"},
        {"url: \"https://x.org/y\", commit: abc1234", "is no whole commit id"},
        {https + ", path: ../x", "sources[0].git.path"},
        {https + ", interval: 0s", "sources[0].git.interval"},
        {"url: \"file:///srv/x\", branch: main", "is neither an https nor an ssh URL"},
        {"url: \"ext::sh -c id\", branch: main", "is neither an https nor an ssh URL"},
        {https + ssh_files, "sources[0].git.key_file: is for ssh URLs alone"},
        {ssh, "sources[0].git.key_file"},
        {ssh + ", key_file: id", "sources[0].git.known_hosts"},
        {ssh + ", known_hosts: hosts, key_file: open", "can be read by others"},
        {ssh + ", known_hosts: hosts, key_file: hosts", "holds no private key"},
        {ssh + ", known_hosts: empty, key_file: id", "is empty"},
        {ssh + ssh_files + ", ca_file: ca.pem", "is for https URLs alone"},
        {ssh + ssh_files + ", credentials: {token: {file: token}}", "is for https URLs alone"},
        {https + ", credentials: {user: bot}", "sources[0].git.credentials.password: is missing"},
        {https + ", credentials: {token: abc}", "a secret is not written into the configuration"},
        {https + ", ca_file: hosts", "holds no certificate"},
        {https + ", verify: {}", "names neither, or both"},
        {https + ", verify: {ssh_allowed_signers: nowhere}", "cannot be read"},
        {https + ", depth: 1", "sources[0].git.depth"},
        {https + "}, directory: {x: y", "stands beside directory"},
    };
    for (const auto& one : cases) {
        CAPTURE(one.git);
        const auto told = desk.wrong(one.git);
        CHECK_MESSAGE(has(told, one.told), told);
    }
}

TEST_CASE("a password in a Git URL is refused and shown nowhere") {
    GitDesk desk;
    const auto told = desk.wrong("url: \"https://bot:s3cret@x.org/y\", branch: main");
    CHECK(has(told, "sources[0].git.url: contains a user or a password; write them under credentials"));
    CHECK_FALSE(has(told, "s3cret"));
}

}  // namespace
}  // namespace fairway
