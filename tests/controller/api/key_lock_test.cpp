// One access key of two projects at two endpoints: what a refusal stops, and what it comes too late for.
#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "controller/api/http_channel_api.hpp"
#include "controller/async/real_clock.hpp"
#include "controller/async/task_group.hpp"
#include "tests/controller/api/project_at.hpp"
#include "tests/controller/api/tls_server.hpp"
#include "tests/support/run_task.hpp"

using namespace fairway;
using namespace fairway::testing;
using namespace std::chrono_literals;

namespace {

constexpr int callers = 32;  // of each project: as many as may be in flight

/// Time that goes on by itself and can be moved on.
class MovedClock : public Clock {
public:
    explicit MovedClock(boost::asio::any_io_executor executor) : real_(std::move(executor)) {}
    TimePoint now() const override { return real_.now() + moved; }
    WallTime wall() const override { return real_.wall() + moved; }
    Task<> sleep_until(TimePoint when) override { return real_.sleep_until(when - moved); }
    Duration moved{};

private:
    RealClock real_;
};

/// What all endpoints know.
struct Key {
    std::mutex mutex;
    std::condition_variable changed;
    int requests = 0, together = 0;
};

/// Refuses the key or not, and may keep requests or connections waiting.
class Endpoint {
public:
    explicit Endpoint(Key& key)
        : key_(key), server(options(), [this](Peer& peer, int) { serve(peer); }) {}

    void revoke() { set(good_, false); }
    /// New connections wait before their handshake.
    void keep_out() { set(open_, false); }
    void let_in() { set(open_, true); }
    int requests() {
        const std::lock_guard lock(key_.mutex);
        return requests_;
    }
    unsigned short port() const { return server.port(); }

private:
    TlsServer::Options options() {
        TlsServer::Options made{authority().issue()};
        made.preface = [this](Peer&) {
            std::unique_lock lock(key_.mutex);
            key_.changed.wait(lock, [this] { return open_; });
        };
        return made;
    }
    template <class T>
    void set(T& what, T value) {
        const std::lock_guard lock(key_.mutex);
        what = value;
        key_.changed.notify_all();
    }
    void serve(Peer& peer) {
        const std::string page = R"({"total":0,"size":0,"project_vpc_channels":[]})";
        const std::string no = R"({"error_code":"APIGW.0301","error_msg":"verify aksk signature fail"})";
        while (!peer.read_request().empty()) {
            bool good = true;
            {
                std::unique_lock lock(key_.mutex);
                ++requests_;
                ++key_.requests;
                key_.changed.notify_all();
                key_.changed.wait_for(lock, 10s, [this] { return key_.requests >= key_.together; });
                good = good_;
            }
            const std::string& body = good ? page : no;
            peer.write(
                std::string("HTTP/1.1 ") + (good ? "200 OK" : "401 Unauthorized") +
                "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body
            );
        }
    }

    Key& key_;
    int requests_ = 0;
    bool good_ = true, open_ = true;
    TlsServer server;
};

struct World {
    World() {
        add("a", a.port());
        add("b", b.port());
    }
    void add(const std::string& name, unsigned short port) {
        ProjectEndpoint project = project_at(port);
        project.name = name;
        project.limits.reads_per_second = project.limits.writes_per_second = 10000;
        projects.push_back(std::move(project));
    }
    Result<std::unique_ptr<HttpChannelApi>> open() {
        return HttpChannelApi::open(
            io.get_executor(), projects, [](std::string_view) { return nullptr; }, clock, entropy,
            metrics
        );
    }
    void start() {
        auto opened = open();
        REQUIRE(opened);
        api = *std::move(opened);
    }
    /// 32 looks of each of these projects at once; gives what failed.
    std::vector<Error> look(const std::vector<std::string>& names) {
        std::vector<Error> errors;
        TaskGroup group(io.get_executor());
        for (const std::string& name : names) {
            for (int i = 0; i < callers; ++i) group.spawn(one(name, errors));
        }
        run_task(io, group.join());
        return errors;
    }
    Task<> one(std::string project, std::vector<Error>& errors) {
        const ChannelKey channel{project, "VPC_demo"};
        const auto seen = co_await api->find(channel);
        if (!seen) errors.push_back(seen.error());
        if (!seen && project == "a") b.let_in();  // a refusal is known
    }
    /// Whatever comes next is answered when so many requests are there, at both endpoints.
    void answer_together(int count) {
        const std::lock_guard lock(key.mutex);
        key.together = count == 0 ? 0 : key.requests + count;
    }
    int requests() { return a.requests() + b.requests(); }

    boost::asio::io_context io;
    MovedClock clock{io.get_executor()};
    RealEntropy entropy;
    NoMetrics metrics;
    Key key;
    Endpoint a{key}, b{key};
    std::vector<ProjectEndpoint> projects;
    std::unique_ptr<HttpChannelApi> api;
};

bool mentions(const Error& error, std::string_view text) {
    return error.what().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a key that never worked is refused four times, at all endpoints together") {
    World world;
    world.a.revoke();
    world.b.revoke();
    world.start();
    for (int failures = 1; failures <= 8; ++failures) {
        CAPTURE(failures);
        const auto errors = world.look({"a", "b"});
        CHECK(errors.size() == 2 * callers);
        CHECK(world.requests() == std::min(failures, 4));
        for (const Error& error : errors) CHECK(error.cls() == ErrorClass::auth);
        const bool over = mentions(errors.back(), "not tried again before the configuration is loaded");
        CHECK(over == (failures >= 4));
        world.clock.moved += 24h;
    }
}

TEST_CASE("one success anywhere lets a key be used everywhere") {
    World world;
    world.start();
    CHECK(world.look({"a", "b"}).empty());
    CHECK(world.requests() == 2 * callers);
}

TEST_CASE("requests that have not left when a key is refused stay here, at every endpoint") {
    World world;
    world.start();
    CHECK(world.look({"a"}).empty());  // opens the connections there
    const int before = world.requests();
    world.a.revoke();
    world.b.revoke();
    world.b.keep_out();
    const auto errors = world.look({"a", "b"});
    CHECK(errors.size() == 2 * callers);
    CHECK(world.b.requests() == 0);
    CHECK(world.requests() - before <= callers);
    for (const Error& error : errors) {
        CHECK(error.cls() == ErrorClass::auth);
        CHECK_FALSE(error.outcome_unknown());
    }
}

TEST_CASE("requests that have left cannot be called back, and nothing follows them while a lock lasts") {
    World world;
    world.start();
    CHECK(world.look({"a", "b"}).empty());
    const int before = world.requests();
    world.a.revoke();
    world.b.revoke();
    world.answer_together(2 * callers);
    CHECK(world.look({"a", "b"}).size() == 2 * callers);
    CHECK(world.requests() == before + 2 * callers);

    const int after = world.requests();
    world.answer_together(0);
    world.clock.moved += 5min;
    CHECK(world.look({"a", "b"}).size() == 2 * callers);
    CHECK(world.requests() == after);
    world.clock.moved += 1min;
    for (int round = 0; round < 3; ++round) {  // the one try that is left
        const auto errors = world.look({"a", "b"});
        CHECK(errors.size() == 2 * callers);
        CHECK(mentions(errors.back(), "not tried again before the configuration is loaded anew"));
        CHECK(world.requests() == after + 1);
        world.clock.moved += 24h;
    }
}

TEST_CASE("two secrets of one key are refused before either is tried") {
    World world;
    std::get<AccessKey>(world.projects[1].credentials).secret_key = Secret("another");
    const auto opened = world.open();
    REQUIRE_FALSE(opened);
    CHECK(opened.error().cls() == ErrorClass::terminal);
    CHECK(mentions(opened.error(), "project b: its secret_key is another than that of project a"));
    CHECK_FALSE(mentions(opened.error(), "SECRETKEY"));
    CHECK_FALSE(mentions(opened.error(), "ACCESSKEY"));
}
