// What the outside sees of the daemon: beside its loop, and only for those who may see it.
#include "controller/app/status_server.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <sstream>
#include <thread>

#include "controller/app/renewed_identity.hpp"
#include "tests/controller/listener/client.hpp"
#include "tests/controller/listener/tls_client.hpp"
#include "tests/support/temp_dir.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::status;
using test::TlsClient;
using testing::Made;
using testing::Recipe;
namespace asio = boost::asio;

/// A loop on a thread of its own, and a server beside it.
struct World {
    explicit World(ServerConfig config_given, HealthMirror::Limits limits = {})
        : config(std::move(config_given)) {
        config.listen = "127.0.0.1:0";
        health.sources_loaded = true;
        health.projects["default"].listed = true;
        health.projects["default"].trouble = "a detail";
        auto opened = StatusServer::open(
            loop.get_executor(), config,
            {metrics, log,
             [this] {
                 ++looks;
                 return health;
             },
             limits}
        );
        REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what()));
        server = *opened;
        asio::co_spawn(loop, StatusServer::serve(server), asio::detached);
        thread = std::thread([this] { loop.run(); });
    }
    ~World() {
        asio::post(loop, [this] {
            server->stop();
            idle.reset();
        });
        thread.join();
    }
    void on_loop(const std::function<void()>& act) {
        std::promise<void> done;
        asio::post(loop, [&] {
            act();
            done.set_value();
        });
        done.get_future().get();
    }
    std::uint16_t port() const {
        const std::string address = server->address();
        return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    }
    std::string request(const std::string& path, const std::string& fields) const {
        return "GET " + path + " HTTP/1.1\r\nHost: " + server->address() + "\r\n" + fields +
               "Connection: close\r\n\r\n";
    }
    std::string get(const std::string& path, const std::string& fields = {}) const {
        Client client(port());
        client.send(request(path, fields));
        return client.rest();
    }

    ServerConfig config;
    Health health;
    int looks = 0;
    std::ostringstream lines;
    Log log{{}, lines};
    PrometheusMetrics metrics{{}};
    asio::io_context loop;
    asio::executor_work_guard<asio::io_context::executor_type> idle{loop.get_executor()};
    std::shared_ptr<StatusServer> server;
    std::thread thread;
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_CASE("metrics, liveness and readiness are shown") {
    World world({});
    const std::string metrics = world.get("/metrics");
    CHECK(status(metrics) == "200");
    CHECK(has(metrics, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    CHECK(has(metrics, "fairway_build_info"));
    CHECK(world.get("/livez").ends_with("\r\n\r\nok\n"));
    CHECK(world.get("/readyz").ends_with("\r\n\r\nready\n"));
    CHECK(has(world.get("/readyz?verbose"), "a detail"));
    CHECK(status(world.get("/")) == "404");
}

TEST_CASE("readiness follows the daemon") {
    World world({});
    CHECK(status(world.get("/readyz")) == "200");
    world.on_loop([&] { world.health.ending = true; });
    std::string seen = "200";
    while (seen == "200") seen = status(world.get("/readyz"));  // what is shown is a little old
    CHECK(seen == "503");
}

TEST_CASE("with a token the probes stay open, without a word too many") {
    ServerConfig config;
    config.token = Secret("0123456789abcdef");
    World world(std::move(config));
    const std::string bearer = "Authorization: Bearer 0123456789abcdef\r\n";
    CHECK(status(world.get("/metrics")) == "401");
    CHECK(status(world.get("/metrics", bearer)) == "200");
    CHECK(status(world.get("/livez")) == "200");
    CHECK(world.get("/readyz?verbose").ends_with("\r\n\r\nready\n"));
    CHECK(has(world.get("/readyz?verbose", bearer), "a detail"));
}

TEST_CASE("many who ask cost the loop few looks") {
    World world({});
    Client client(world.port());
    std::string requests;
    for (int i = 0; i < 500; ++i)
        requests += "GET /readyz HTTP/1.1\r\nHost: " + world.server->address() + "\r\n\r\n";
    const auto began = std::chrono::steady_clock::now();
    client.send(requests);
    for (int i = 0; i < 500; ++i) REQUIRE(status(client.reply()) == "200");
    const auto took = std::chrono::steady_clock::now() - began;
    int looks = 0;
    world.on_loop([&] { looks = world.looks; });
    CHECK(looks <= 2 + took / 100ms);
}

TEST_CASE("while the loop is stuck metrics are served, and probes tell it") {
    World world({}, {20ms, 100ms});
    CHECK(status(world.get("/livez")) == "200");
    std::promise<void> release;
    asio::post(world.loop, [&] { release.get_future().wait(); });
    CHECK(status(world.get("/metrics")) == "200");
    std::string live = "200", ready = "200";
    while (live == "200") live = status(world.get("/livez"));
    while (ready == "200") ready = status(world.get("/readyz"));
    CHECK(live == "503");
    CHECK(ready == "503");
    release.set_value();
    while (live == "503") live = status(world.get("/livez"));
    while (ready == "503") ready = status(world.get("/readyz"));
    CHECK(live == "200");
    CHECK(ready == "200");
}

struct Files {
    Files() {
        Recipe recipe;
        recipe.common_name = "authority";
        recipe.authority = true;
        authority = std::make_unique<Made>(recipe);
        show("first");
    }
    void show(const std::string& name) {
        Recipe recipe;
        recipe.common_name = name;
        const Made made(recipe, authority.get());
        write("tls.pem", made.certificate());
        write("tls.key", made.key());
    }
    /// As renewing tools do: a new file in the place of the old one.
    void write(const std::string& name, const std::string& text) {
        folder.write(name + ".new", text);
        REQUIRE(chmod(folder.file(name + ".new").c_str(), 0600) == 0);
        REQUIRE(rename(folder.file(name + ".new").c_str(), folder.file(name).c_str()) == 0);
    }
    ServerTls tls() const { return {folder.file("tls.pem"), folder.file("tls.key"), ""}; }

    TempDir folder;
    std::unique_ptr<Made> authority;
};

TEST_CASE("a renewed certificate is shown without a restart, a broken one is not") {
    Files files;
    std::ostringstream lines;
    Log log({}, lines);
    auto opened = RenewedIdentity::open(files.tls(), log, 0ms);
    REQUIRE(opened);
    RenewedIdentity& shown = **opened;
    const auto first = shown.current();
    REQUIRE(first);
    CHECK(shown.current() == first);

    files.show("second");
    const auto second = shown.current();
    CHECK(second != first);
    CHECK(has(lines.str(), "another certificate is shown"));

    SUBCASE("half of it is there") {
        files.write("tls.pem", files.authority->certificate());
        CHECK(shown.current() == second);
        CHECK(has(lines.str(), "the key does not belong to the certificate"));
        const std::size_t told = lines.str().size();
        CHECK(shown.current() == second);
        CHECK(lines.str().size() == told);
        files.show("third");
        CHECK(shown.current() != second);
    }
    SUBCASE("others can read the key") {
        files.show("third");
        REQUIRE(chmod(files.tls().key.c_str(), 0644) == 0);
        CHECK(shown.current() == second);
        CHECK(has(lines.str(), "can be read by others"));
    }
    SUBCASE("it is gone") {
        std::filesystem::remove(files.tls().certificate);
        CHECK(shown.current() == second);
        CHECK(has(lines.str(), "No such file or directory"));
    }
}

TEST_CASE("an empty list of authorities does not mean that clients need no certificate") {
    Files files;
    files.write("clients.pem", "");
    Log log = Log::mute();
    ServerTls tls = files.tls();
    tls.client_ca = files.folder.file("clients.pem");
    const auto opened = RenewedIdentity::open(tls, log);
    REQUIRE_FALSE(opened);
    CHECK(has(opened.error().what(), "clients.pem is empty"));
}

TEST_CASE("what a new configuration says of TLS and tokens holds without another port") {
    Files files;
    World world({});
    const std::uint16_t port = world.port();
    CHECK(status(world.get("/metrics")) == "200");
    ServerConfig config = world.config;
    config.tls = files.tls();
    config.token = Secret("0123456789abcdef");
    Result<> admitted;
    world.on_loop([&] { admitted = world.server->admit(config); });
    REQUIRE(admitted);
    CHECK(world.port() == port);
    CHECK(world.get("/metrics").empty());
    const auto ask = [&](const std::string& fields) {
        TlsClient client(port, {files.authority.get()});
        client.send(world.request("/metrics", fields));
        return status(client.rest());
    };
    CHECK(ask("") == "401");
    CHECK(ask("Authorization: Bearer 0123456789abcdef\r\n") == "200");

    files.write("tls.key", "nothing");
    config.hosts = {"fairway.example"};
    world.on_loop([&] { admitted = world.server->admit(config); });
    CHECK_FALSE(admitted);
    CHECK(ask("Authorization: Bearer 0123456789abcdef\r\n") == "200");
}

}  // namespace
}  // namespace fairway
