// Measures, never judges: from a webhook of a push to the first write that it makes, over real Git
// servers. Run by hand: build/release/bin/webhook_latency, where others are at work by `chrt -r 1`.
// FAIRWAY_PUSHES says how many, 51 by default.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "tests/controller/listener/client.hpp"
#include "tests/manifests/git/servers.hpp"
#include "tests/process/owner.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

struct Bench : DaemonOwner {
    Bench() {
        for (int i = 0; i < channels; ++i) push(i, 22);
        folder.write("hook", "0123456789abcdef\n");
        folder.write("password", std::string(test::HttpsServer::password) + "\n");
    }
    void push(int channel, int port) {
        const std::string name = "channel_" + std::to_string(channel);
        upstream.push({{"channels/" + name + ".yaml", demo(name, port)}});
    }
    void follow(const std::string& git) {
        source = "git: {" + git +
                 ", branch: main, path: channels, interval: 24h, webhook: {secret: {file: " +
                 folder.file("hook") + "}}}";
        configure();
        start();
        REQUIRE(eventually([&] { return live().size() == std::size_t{channels}; }));
    }
    static std::int64_t now() {
        return std::chrono::duration_cast<std::chrono::microseconds>(
                   std::chrono::system_clock::now().time_since_epoch()
        )
            .count();
    }
    /// Milliseconds from the webhook's first byte to the arrival of the write.
    double one_push(int round) {
        std::this_thread::sleep_for(1200ms);  // a server is asked at most once a second
        push(round % channels, 1000 + round);
        const auto seen = cloud.audit();
        const std::uint64_t since = seen.empty() ? 0 : seen.back().sequence;
        const auto port = address.substr(address.rfind(':') + 1);
        test::Client client(static_cast<std::uint16_t>(std::stoi(port)));
        const std::int64_t began = now();
        client.send(
            "POST /webhook/channels HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: 0123456789abcdef\r\n"
            "Content-Length: 2\r\n\r\n{}"
        );
        REQUIRE(test::status(client.reply()) == "202");
        std::int64_t arrived = 0;
        REQUIRE(eventually([&] {
            for (const auto& entry : cloud.audit(since)) {
                if (arrived == 0 && entry.committed) arrived = entry.wall_us;
            }
            return arrived != 0;
        }));
        return static_cast<double>(arrived - began) / 1000;
    }
    void measure(const char* over) {
        const char* given = std::getenv("FAIRWAY_PUSHES");
        const int pushes = given == nullptr ? 51 : std::max(1, std::atoi(given));
        std::vector<double> took;
        for (int round = 0; round < pushes; ++round) took.push_back(one_push(round));
        std::sort(took.begin(), took.end());
        std::printf(
            "webhook to first write over %-5s, %d pushes: median %.0f ms, best %.0f, worst %.0f\n", over,
            pushes, took[took.size() / 2], took.front(), took.back()
        );
        std::fflush(stdout);
    }

    static constexpr int channels = 20;
    test::Repository upstream;
};

TEST_CASE("https") {
    Bench bench;
    const test::HttpsServer server(bench.upstream);
    bench.follow(
        "url: \"" + server.url() + "\", ca_file: " + server.ca_file() + ", credentials: {user: " +
        test::HttpsServer::user + ", password: {file: " + bench.folder.file("password") + "}}"
    );
    bench.measure("https");
}

TEST_CASE("ssh") {
    Bench bench;
    const test::SshServer server;
    bench.follow(
        "url: \"" + server.url(bench.upstream) + "\", key_file: " + server.identity() +
        ", known_hosts: " + server.known_hosts()
    );
    bench.measure("ssh");
}

}  // namespace
}  // namespace fairway
