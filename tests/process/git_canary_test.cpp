// What a Git source proves itself by, in the hands of a server that repeats it: nothing tells it.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "tests/manifests/git/servers.hpp"
#include "tests/process/stage.hpp"

namespace fairway {
namespace {

using test::HttpsServer;
using test::Repository;
using test::SshServer;

const Canary password{"a Git password", "Canary/GitPassword+1"};
const Canary token{"a Git token", "CanaryGitToken_22222222"};
const Canary proxy_password{"the password of Git's proxy", "CanaryGitProxy~3"};

std::string content_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// As Git's servers say what is wrong.
std::string refusal(const std::string& text) {
    const std::string line = "ERR " + text;
    constexpr const char* digits = "0123456789abcdef";
    const std::size_t size = line.size() + 4;
    const char length[] = {'0', digits[size / 256], digits[size / 16 % 16], digits[size % 16], '\0'};
    return length + line;
}

/// Follows with `binary` what refuses everybody with these words, and searches what was said.
class Follower {
public:
    explicit Follower(const std::string& binary) {
        stage_.canaries.clear();
        if (!binary.empty()) stage_.binary = binary;
        for (const Canary& secret : {password, token, proxy_password})
            stage_.folder.write("given/" + secret.name, secret.value + "\n");
        const std::string key = content_of(ssh_.identity());
        stage_.folder.write("given/key", key);
        REQUIRE(chmod(stage_.folder.file("given/key").c_str(), 0600) == 0);
        const std::size_t begin = key.find('\n') + 1;
        const std::size_t second = key.find('\n', begin) + 1;
        ssh_key_ = {"a key for ssh", key.substr(second, key.find('\n', second) - second)};
    }

    std::vector<std::string> hits() {
        const std::string kept = "{file: " + stage_.folder.file("given/");
        const std::string proxy = ", proxy: {url: \"http://127.0.0.1:9\", user: p, password: " + kept +
                                  proxy_password.name + "}, except: [127.0.0.1]}";
        over_https("credentials: {user: u, password: " + kept + password.name + "}}", password.value);
        over_https("credentials: {token: " + kept + token.name + "}}", to_base64("git:" + token.value));
        over_https(
            "credentials: {token: " + kept + token.name + "}}" + proxy, for_url(proxy_password.value)
        );
        over_ssh();
        return hits_in_folder(stage_.folder.path(), secrets());
    }
    Canaries secrets() const { return {password, token, proxy_password, ssh_key_}; }

private:
    void over_https(const std::string& more, const std::string& repeated) {
        web_.answer(
            "default_type application/x-git-upload-pack-advertisement;\nreturn 200 '001e# "
            "service=git-upload-pack\n0000" +
            refusal(repeated) + "';\n"
        );
        follow("url: \"" + web_.url() + "\", branch: main, ca_file: " + web_.ca_file() + ", " + more);
    }
    void over_ssh() {
        ssh_.force("echo " + ssh_key_.value + " >&2; exit 1");
        follow(
            "url: \"" + ssh_.url(upstream_) + "\", branch: main, key_file: " +
            stage_.folder.file("given/key") + ", known_hosts: " + ssh_.known_hosts()
        );
    }
    void follow(const std::string& git) {
        stage_.source = "git: {" + git + "}";
        stage_.extra = "log: {level: debug}\n";
        stage_.configure();
        CHECK(stage_.run({"plan", "-o", "json"}).code == 7);
        CHECK(stage_.run({"check"}).code == 7);
        Process daemon = stage_.start({"run"});
        CHECK(daemon.wait() == 7);
    }

    Stage stage_;
    Repository upstream_;
    HttpsServer web_{upstream_};
    SshServer ssh_;
    Canary ssh_key_;
};

TEST_CASE("no credentials of a Git source are in anything that the program writes") {
    for (const std::string& hit : Follower("").hits()) CHECK_MESSAGE(false, hit);
}

TEST_CASE("with nothing covered, the search finds each of a Git source's credentials") {
    Follower follower(FAIRWAY_UNMASKED);
    std::string found;
    for (const std::string& hit : follower.hits()) found += hit + '\n';
    for (const Canary& secret : follower.secrets())
        CHECK_MESSAGE(contains(found, ": " + secret.name + ", "), found);
}

}  // namespace
}  // namespace fairway
