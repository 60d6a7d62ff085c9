// What a running daemon still has in its memory of secrets that it needs no longer, as root can read it.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>

#include "tests/controller/listener/tls_client.hpp"
#include "tests/process/stage.hpp"

namespace fairway {
namespace {

using testing::Made;
using testing::Recipe;

/// What stands around `text`, wherever the memory that the process can write to holds it; nothing where
/// we may not look.
std::optional<std::vector<std::string>> found_in_memory(
    const Process& process, const std::string& text
) {
    const std::string of_it = "/proc/" + std::to_string(process.pid());
    const int memory = open((of_it + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
    if (memory < 0) return std::nullopt;
    std::vector<std::string> found;
    std::ifstream maps(of_it + "/maps");
    for (std::string line; std::getline(maps, line);) {
        std::istringstream fields(line);
        std::uint64_t begin = 0, end = 0;
        char dash = 0;
        std::string rights;
        fields >> std::hex >> begin >> dash >> end >> rights;
        if (!rights.starts_with("rw")) continue;
        std::string bytes(end - begin, '\0');
        const ssize_t got = pread(memory, bytes.data(), bytes.size(), static_cast<off_t>(begin));
        if (got > 0) bytes.resize(static_cast<std::size_t>(got));
        for (std::size_t at = 0; (at = bytes.find(text, at)) != std::string::npos; ++at) {
            std::string around = bytes.substr(at - std::min<std::size_t>(at, 64), text.size() + 128);
            std::replace_if(
                around.begin(), around.end(), [](char c) { return c < ' '; }, '.'
            );
            found.push_back(std::move(around));
        }
    }
    close(memory);
    return found;
}

constexpr const char *old_nacos = "leftover-of-a-registry-1", *old_token = "leftover-of-a-listener-2",
                     *old_key = "LeftoverOfASecretKey0000000000000000003",
                     *old_password = "Leftover-Of-A-Login4", *issued = "LeftoverOfAnIssuedToken5";
constexpr const char* new_key = "ExampleSecretKeyForDocsOnly00000000000002";

apic_simulator::Config users() {
    apic_simulator::Config config;
    config.issued_mark = issued;
    config.token_length = 3000;
    config.users = {{"IAMUser", old_password, "EXAMPLEACCESSKEY0001", old_key, false, {}}};
    config.users.push_back({"Second", "SecondPassword", "EXAMPLEACCESSKEY0002", new_key, false, {}});
    return config;
}

/// A daemon that has used a key or a login, a password of a registry and a token of its listener.
struct Rotated : Stage {
    Rotated() : Stage(users()) {
        canaries.clear();
        folder.write("nacos", std::string(old_nacos) + '\n');
        folder.write("token", std::string(old_token) + '\n');
        folder.write("secret_key", std::string(old_key) + '\n');
        folder.write("password", std::string(old_password) + '\n');
        const Made made{Recipe{}};
        folder.write("tls.pem", made.certificate());
        folder.write("tls.key", made.key());
        server =
            "listen: \"127.0.0.1:0\", tls: {certificate: tls.pem, key: {file: tls.key}}, token: "
            "{file: token}";
        reconcile = "{drift_interval: 1s}";
        configure();
        manifest("one.yaml", registry("one", "nacos-prod"));
    }
    void log_in() {
        std::string text = read("fairway.yaml");
        const std::size_t begin = text.find("access_key:"), end = text.find("sources:");
        text.replace(
            begin, end - begin,
            "user: IAMUser\n      domain: IAMDomain\n      password: {file: password}\n"
        );
        folder.write("fairway.yaml", text);
    }
    std::string read(const std::string& name) const {
        std::ifstream in(folder.file(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    std::string metrics(const std::string& address, const std::string& bearer) const {
        const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
        test::TlsClient client(port, {});
        client.send(
            "GET /metrics HTTP/1.1\r\nHost: " + address + "\r\nAuthorization: Bearer " + bearer +
            "\r\nConnection: close\r\n\r\n"
        );
        return client.rest();
    }
    bool settled(const std::string& address, const std::string& bearer) const {
        const std::size_t lists = cloud.audit(0, "ListProjectVpcChannelsV2").size();
        return eventually([&] {
            return contains(
                       metrics(address, bearer),
                       "fairway_channels{project=\"default\",state=\"in_sync\"} 1\n"
                   ) &&
                   cloud.audit(0, "ListProjectVpcChannelsV2").size() > lists + 2;
        });
    }
    /// All are replaced at once; what was a login becomes a key.
    void rotate() const {
        folder.write("nacos", "another-value-of-it\n");
        folder.write("token", "another-token-of-some-length\n");
        folder.write("access_key", "EXAMPLEACCESSKEY0002\n");
        folder.write("secret_key", std::string(new_key) + '\n');
        configure();
    }
};

void check_rotation(Rotated& stage, const std::vector<std::string>& used) {
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(stage.settled(address, old_token));
    if (!found_in_memory(daemon, old_nacos)) {
        MESSAGE("this user may not read another process's memory: nothing was shown");
        return;
    }
    for (const std::string& secret : used)
        CHECK_MESSAGE(!found_in_memory(daemon, secret)->empty(), secret);
    stage.rotate();
    REQUIRE(stage.settled(address, "another-token-of-some-length"));
    REQUIRE(stage.settled(address, "another-token-of-some-length"));
    for (const std::string& secret : used) {
        CAPTURE(secret);
        const auto left = found_in_memory(daemon, secret);
        REQUIRE(left);
        for (const std::string& place : *left) CHECK_MESSAGE(false, place);
    }
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
}

TEST_CASE("nothing is left in memory of a key, a password and a token that were replaced") {
    Rotated stage;
    check_rotation(stage, {old_nacos, old_token, old_key});
}

TEST_CASE("nothing is left in memory of a login that is no longer used, nor of what it was issued") {
    Rotated stage;
    stage.log_in();
    check_rotation(stage, {old_nacos, old_token, old_password, issued});
}

}  // namespace
}  // namespace fairway
