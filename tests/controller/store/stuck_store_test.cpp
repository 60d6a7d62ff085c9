// What can be scraped while the disk does not come back.
#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <thread>

#include "controller/listener/listener.hpp"
#include "controller/store/sqlite.hpp"
#include "metrics/prometheus_metrics.hpp"
#include "tests/controller/listener/client.hpp"
#include "tests/controller/store/store_world.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

TEST_CASE("metrics are scraped while a write to the store is stuck") {
    StoreWorld world;
    world.open();
    PrometheusMetrics metrics{MetricsOptions()};
    ListenerRoutes routes;
    routes["/metrics"].handler = [&](const ListenerRequest&) { return ListenerReply{200, metrics.text()}; };
    auto opened = Listener::on_port(world.loop.get_executor(), "127.0.0.1:0", std::move(routes));
    REQUIRE(opened);
    Listener& listener = **opened;
    const std::string host = "127.0.0.1:" + std::to_string(listener.port());

    Database other(world.path, Database::Mode::read_write);
    other.execute("BEGIN IMMEDIATE");  // and does not let go
    bool saved = false;
    const auto save = [&]() -> Task<> {
        const ChannelKey key{"default", "VPC_demo"};
        const Result<std::uint64_t> done = co_await world.store->save(key, Record());
        saved = bool(done);
        listener.stop();
    };
    boost::asio::co_spawn(world.loop, listener.serve(), boost::asio::detached);
    boost::asio::co_spawn(world.loop, save(), boost::asio::detached);
    world.loop.restart();
    std::thread serving([&] { world.loop.run(); });

    std::string reply;
    {
        test::Client client(listener.port());
        client.send("GET /metrics HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        reply = client.reply();
    }
    CHECK_FALSE(saved);
    other.execute("ROLLBACK");
    serving.join();
    CHECK(saved);
    CHECK(test::status(reply) == "200");
    CHECK(reply.find("fairway_build_info") != std::string::npos);
}

}  // namespace
}  // namespace fairway
