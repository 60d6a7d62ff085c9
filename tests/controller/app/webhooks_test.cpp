// What Git servers may tell us: that there is news, if they can prove themselves, and nothing else.
#include "controller/app/webhooks.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <sstream>

#include "controller/app/status_server.hpp"
#include "tests/controller/listener/client.hpp"

namespace fairway {
namespace {

using test::Client;
using test::status;
namespace asio = boost::asio;

const std::string secret = "canary-of-a-webhook";

/// A loop that turns when it is told to, and a server beside it that has two webhooks.
struct World {
    explicit World(std::optional<Secret> token = {}) {
        ServerConfig config;
        config.listen = "127.0.0.1:0";
        config.token = std::move(token);
        auto opened = StatusServer::open(
            loop.get_executor(), config,
            {metrics,
             log,
             [] { return Health{}; },
             {},
             [this](const std::string& source) { news.push_back(source); }}
        );
        REQUIRE(opened);
        server = *opened;
        hear({{"channels", secret}, {"other", "another-long-secret"}});
        asio::co_spawn(loop, StatusServer::serve(server), asio::detached);
        turn();
    }
    ~World() {
        server->stop();
        loop.restart();
        loop.run();
    }
    void hear(const std::map<std::string, std::string>& secrets) const {
        Webhooks::Secrets given;
        for (const auto& [source, value] : secrets) given.emplace(source, Secret(value));
        server->hear(std::move(given));
    }
    void turn() {
        loop.restart();
        loop.poll();
    }
    std::string said(const std::string& request) const {
        const std::string address = server->address();
        Client client(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
        client.send(request);
        return client.reply();
    }
    std::string post(
        const std::string& source, const std::string& fields, const std::string& body = "{}"
    ) const {
        return said(
            "POST /webhook/" + source + " HTTP/1.1\r\nHost: fairway.example.org\r\n" + fields +
            "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body
        );
    }
    static MetricsOptions with_sources() {
        MetricsOptions options;
        options.sources = {"channels", "other", "silent"};
        return options;
    }
    double counted(const std::string& source, const std::string& result) {
        const std::string page = metrics.text();
        const std::string name =
            "fairway_webhook_requests_total{result=\"" + result + "\",source=\"" + source + "\"} ";
        const auto at = page.find(name);
        return at == std::string::npos ? -1 : std::stod(page.substr(at + name.size()));
    }

    std::vector<std::string> news;
    std::ostringstream lines;
    Log log{{}, lines};
    PrometheusMetrics metrics{with_sources()};
    asio::io_context loop;
    std::shared_ptr<StatusServer> server;
};

const std::string gitlab = "X-Gitlab-Token: " + secret + "\r\n";
// Of "{}" under `secret`, by `openssl dgst -sha256 -hmac`.
const std::string digest = "8de572b1b9cd923079f952f5195d39a62bfb577e989957c03383cabb0f5f3c12";

TEST_CASE("whoever proves that it knows the secret has that source fetched") {
    World world;
    CHECK(world.counted("channels", "accepted") == 0);
    CHECK(world.counted("silent", "refused") == 0);
    for (const std::string& fields :
         {gitlab, "X-Hub-Signature-256: sha256=" + digest + "\r\n",
          "X-Gitea-Signature: " + digest + "\r\nX-Hub-Signature-256: sha256=" + digest + "\r\n",
          "X-GitHub-Event: ping\r\nContent-Type: "
          "application/x-www-form-urlencoded\r\nX-Hub-Signature-256: sha256=" +
              digest + "\r\n"}) {
        CAPTURE(fields);
        world.news.clear();
        const std::string reply = world.post("channels", fields);
        CHECK(status(reply) == "202");
        world.turn();
        CHECK(world.news == std::vector<std::string>{"channels"});
    }
    CHECK(world.counted("channels", "accepted") == 4);
    CHECK(world.counted("other", "accepted") == 0);
}

TEST_CASE("whoever does not is told nothing, and counted") {
    World world;
    const std::string wrong[] = {
        "", "X-Gitlab-Token: another-long-secret\r\n", "X-Hub-Signature: sha1=" + digest + "\r\n",
        "X-Gitea-Signature: " + digest.substr(1) + "0\r\n", "Authorization: Bearer " + secret + "\r\n"};
    for (const std::string& fields : wrong) {
        CAPTURE(fields);
        CHECK(world.post("channels", fields).ends_with("\r\n\r\nnot proven\n"));
    }
    CHECK(status(world.post("channels", wrong[0])) == "403");
    CHECK(status(world.post("channels", "X-Gitea-Signature: " + digest + "\r\n", "{ }")) == "403");
    world.turn();
    CHECK(world.news.empty());
    CHECK(world.counted("channels", "refused") == 7);
    const std::string lines = world.lines.str();
    CHECK(lines.find("webhook refused") != std::string::npos);
    CHECK(lines.find("webhook refused") == lines.rfind("webhook refused"));  // once a minute
    CHECK(lines.find(secret) == std::string::npos);
}

TEST_CASE("a source without a webhook is as unknown as one that does not exist") {
    World world;
    const auto without_date = [](std::string reply) {
        const auto at = reply.find("Date:");
        return reply.erase(at, reply.find("\r\n", at) - at);
    };
    const std::string unknown = world.post("nothing", gitlab);
    CHECK(status(unknown) == "404");
    CHECK(without_date(world.post("silent", gitlab)) == without_date(unknown));
    CHECK(status(world.post("", gitlab)) == "404");
    world.hear({{"silent", secret}});
    CHECK(status(world.post("silent", gitlab)) == "202");
    CHECK(status(world.post("channels", gitlab)) == "404");
    world.hear({{"silent", "a-rotated-secret"}});
    CHECK(status(world.post("silent", gitlab)) == "403");
}

TEST_CASE("a webhook is for POST, and for that alone") {
    World world;
    for (const std::string path : {"/webhook/channels", "/webhook/nothing"}) {
        const std::string got = world.said("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        CHECK(status(got) == "405");
        CHECK(got.find("\r\nAllow: POST\r\n") != std::string::npos);
    }
    CHECK(
        status(world.said(
            "POST /webhook/channels HTTP/1.1\r\nHost: x\r\n" + gitlab + "Content-Length: 4194305\r\n\r\n"
        )) == "413"
    );
    CHECK(
        status(world.said(
            "POST /metrics HTTP/1.1\r\nHost: " + world.server->address() + "\r\n" + gitlab +
            "Content-Length: 2\r\n\r\n{}"
        )) == "405"
    );
}

TEST_CASE("neither the token of the other routes nor Host is asked for at a webhook") {
    World world(Secret("0123456789abcdef"));
    CHECK(status(world.post("channels", gitlab)) == "202");
    CHECK(status(world.post("channels", "Authorization: Bearer 0123456789abcdef\r\n")) == "403");
    CHECK(
        status(world.said("GET /metrics HTTP/1.1\r\nHost: " + world.server->address() + "\r\n\r\n")) ==
        "401"
    );
}

TEST_CASE("a flood is limited, and costs the loop one note") {
    World world;
    int accepted = 0, limited = 0;
    for (int i = 0; i < 100; ++i) {
        const std::string reply = world.post("channels", gitlab);
        if (status(reply) == "202") ++accepted;
        if (status(reply) != "429") continue;
        ++limited;
        CHECK(reply.find("\r\nRetry-After: 1\r\n") != std::string::npos);
    }
    CHECK(accepted >= 10);
    CHECK(limited > 0);
    CHECK(accepted + limited == 100);
    world.turn();
    CHECK(world.news == std::vector<std::string>{"channels"});
    CHECK(world.counted("channels", "accepted") == accepted);
    CHECK(world.counted("channels", "limited") == limited);
}

}  // namespace
}  // namespace fairway
