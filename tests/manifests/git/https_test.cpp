// The Git source over a real HTTPS server.
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "tests/manifests/git/followed.hpp"

using namespace fairway;
using namespace std::chrono_literals;
using test::Followed;
using test::has;
using test::HttpsServer;
using test::manifest;
using test::names;
using test::Repository;
using Names = std::vector<std::string>;
namespace fs = std::filesystem;

namespace {

struct Stage : Followed {
    Stage() : server(upstream) {
        first = upstream.push({{"a.yaml", manifest("VPC_a")}}, "Add a");
        options.url = server.url();
        options.ca_file = server.ca_file();
        options.login = GitLogin{HttpsServer::user, Secret(HttpsServer::password)};
    }

    HttpsServer server;
};

TEST_CASE("what is pushed comes over https, with a password") {
    Stage stage;
    CHECK(stage.good()->version == stage.first);
    const auto second = stage.upstream.push({{"b.yaml", manifest("VPC_b")}});
    CHECK(stage.good()->version == second);
    CHECK(names(*stage.good()) == Names{"VPC_a", "VPC_b"});
}

TEST_CASE("a wrong password, or none, is refused at once, without a prompt") {
    Stage stage;
    stage.options.login->password = Secret("wrong-horse");
    const auto began = std::chrono::steady_clock::now();
    const auto wrong = stage.trouble();
    CHECK_MESSAGE(has(wrong, "the server refused our credentials"), wrong);
    CHECK_FALSE(has(wrong, "horse"));
    stage.options.login.reset();
    stage.restart();
    const auto none = stage.trouble();
    CHECK_MESSAGE(has(none, "the server refused our credentials, or wants some"), none);
    CHECK(std::chrono::steady_clock::now() - began < 20s);
}

TEST_CASE("a certificate of an authority that is not named is not trusted") {
    Stage stage;
    stage.options.ca_file.clear();
    const auto trouble = stage.trouble();
    CHECK_MESSAGE(has(trouble, "certificate is not trusted"), trouble);
    CHECK_FALSE(has(stage.server.log(), "git-upload-pack"));
}

TEST_CASE("a redirect is not followed") {
    Stage stage;
    const Repository other;
    other.push({{"x.yaml", manifest("VPC_x")}});
    const HttpsServer elsewhere(other);
    stage.server.answer("return 302 " + elsewhere.url() + "$is_args$args;");
    const auto trouble = stage.trouble();
    CHECK_MESSAGE(has(trouble, "redirects are not followed"), trouble);
    CHECK_FALSE(has(elsewhere.log(), "upstream.git"));
}

TEST_CASE("a server that answers with something else is an error") {
    Stage stage;
    for (const char* lines :
         {"return 500;", "return 404;", "return 200 '<html>sign in</html>';", "return 204;",
          "return 444;"}) {
        CAPTURE(lines);
        stage.server.answer(lines);
        CHECK_FALSE(stage.read());
    }
    stage.server.answer("");
    CHECK(stage.good()->version == stage.first);
}

TEST_CASE("a server that is down is an error, and is used again when it is back") {
    Stage stage;
    stage.good();
    stage.server.stop();
    CHECK_FALSE(stage.read());
    stage.server.start();
    CHECK(stage.good()->version == stage.first);
}

TEST_CASE("an object that is missing at the server is an error") {
    Stage stage;
    stage.good();
    const auto blob = stage.upstream.blob("only here");
    stage.upstream.push({{"c.txt", "only here"}, {"b.yaml", manifest("VPC_b")}});
    const std::string file =
        stage.upstream.path() + "/objects/" + blob.substr(0, 2) + "/" + blob.substr(2);
    fs::rename(file, file + ".away");
    CHECK_FALSE(stage.read());
    fs::rename(file + ".away", file);
    CHECK(names(*stage.good()) == Names{"VPC_a", "VPC_b"});
}

/// A file of /proc, whose process may end while it is read: empty then.
std::string text_of_process(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text(1 << 16, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
    return text;
}

TEST_CASE("neither the command lines nor the surroundings of git show the password") {
    Stage stage;
    stage.server.answer(
        "auth_basic git;\nauth_basic_user_file " +
        fs::path(stage.server.ca_file()).parent_path().string() +
        "/users;\nfastcgi_pass unix:" + fs::path(stage.server.ca_file()).parent_path().string() +
        "/nobody-answers;\nfastcgi_connect_timeout 5s;"
    );
    std::string seen;
    std::atomic<bool> done{false};
    std::thread watcher([&] {
        while (!done) {
            for (const auto& entry : fs::directory_iterator("/proc")) {
                const std::string pid = entry.path().filename();
                if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
                for (const char* part : {"/cmdline", "/environ"}) {
                    const std::string text = text_of_process(entry.path().string() + part);
                    if (has(text, "git") && has(text, stage.here.path())) seen += text;
                }
            }
        }
    });
    for (int i = 0; i < 10; ++i) static_cast<void>(stage.read());
    done = true;
    watcher.join();
    CHECK(has(seen, "fetch"));
    CHECK(has(seen, "GIT_TERMINAL_PROMPT=0"));
    CHECK_FALSE(has(seen, HttpsServer::password));
    for (const auto& entry : fs::recursive_directory_iterator(stage.here.path())) {
        if (!entry.is_regular_file()) continue;
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        CHECK_FALSE(has(text, HttpsServer::password));
    }
}

}  // namespace
