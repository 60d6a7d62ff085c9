// Credentials of every kind before the simulated cloud, and what becomes of them under load.
#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/api/http_channel_api.hpp"
#include "controller/async/real_clock.hpp"
#include "controller/async/task_group.hpp"
#include "tests/controller/api/tls_server.hpp"
#include "tests/simulator/simulator.hpp"
#include "tests/support/run_task.hpp"

using namespace fairway;
using namespace std::chrono_literals;
namespace sim = apic_simulator;

namespace {

struct Ends : NoMetrics {
    void token_refreshed(std::string_view, bool ok, WallTime ends) override {
        if (ok) expires = ends;
        ++(ok ? renewed : failed);
    }
    WallTime expires{};
    int renewed = 0, failed = 0;
};

/// The simulated cloud, and projects of it under different credentials.
struct World {
    explicit World(sim::Config config = {}) : cloud(std::move(config)) {
        static int count = 0;
        ca = fairway::testing::temporary_file(
            "credentials" + std::to_string(++count) + ".pem", cloud.ca_pem()
        );
    }
    const sim::UserConfig& user() const { return cloud.config().users.at(0); }
    Credentials key() const {
        AccessKey made;
        made.access_key = Secret(user().access_key);
        made.secret_key = Secret(user().secret_key);
        return made;
    }
    Credentials password(const std::string& text) const {
        return Password{user().name, cloud.config().domain_name, Secret(text)};
    }
    static Agency agency() {
        Agency made;
        made.name = "IAMAgency";
        made.domain = "IAMDomainA";
        return made;
    }
    ProjectEndpoint& add(const std::string& name, Credentials credentials) {
        ProjectEndpoint project;
        project.name = name;
        project.project_id = cloud.config().projects.at(0).id;
        project.endpoint = project.iam_endpoint = cloud.url();
        project.region = cloud.config().region;
        project.ca_file = ca;
        project.credentials = std::move(credentials);
        project.limits.reads_per_second = project.limits.writes_per_second = 5000;
        projects.push_back(std::move(project));
        return projects.back();
    }
    ChannelApi& open() {
        if (api) return *api;
        HttpChannelApiOptions options;
        options.identified = [this](std::string, std::string id) -> Task<Result<>> {
            known.push_back(std::move(id));
            if (!refuse_identity) co_return Result<>();
            co_return Error(ErrorClass::terminal, ErrorReason::validation, "another project");
        };
        auto opened = HttpChannelApi::open(
            io.get_executor(), projects, [](std::string_view) { return nullptr; }, clock, entropy,
            metrics, options
        );
        REQUIRE(opened);
        api = *std::move(opened);
        return *api;
    }
    Result<ObservedChannel> find(const std::string& project = "one") {
        const ChannelKey channel{project, "VPC_demo"};
        return run_task(io, open().find(channel));
    }
    std::size_t asked(const std::string& operation) const { return cloud.audit(0, operation).size(); }
    /// `callers` look again and again for so long; gives what failed.
    std::vector<std::string> load(int callers, std::chrono::milliseconds span, int* calls = nullptr) {
        std::vector<std::string> failures;
        const auto until = std::chrono::steady_clock::now() + span;
        auto caller = [&]() -> Task<> {
            while (std::chrono::steady_clock::now() < until) {
                const ChannelKey channel{"one", "VPC_demo"};
                const auto seen = co_await open().find(channel);
                if (calls != nullptr) ++*calls;
                if (!seen) failures.push_back(seen.error().what());
            }
        };
        TaskGroup group(io.get_executor());
        for (int i = 0; i < callers; ++i) group.spawn(caller());
        run_task(io, group.join());
        return failures;
    }

    boost::asio::io_context io;
    RealClock clock{io.get_executor()};
    RealEntropy entropy;
    Ends metrics;
    sim::Simulator cloud;
    std::string ca;
    std::vector<ProjectEndpoint> projects;
    std::vector<std::string> known;
    bool refuse_identity = false;
    std::unique_ptr<HttpChannelApi> api;
};

bool mentions(const Error& error, const std::string& part) {
    return error.what().find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a key assumes an agency by a temporary key, a user by a token") {
    World world;
    world.add("one", world.key()).agency = World::agency();
    world.add("two", world.password(world.user().password)).agency = World::agency();
    CHECK(world.find("one"));
    CHECK(world.asked("CreateTemporaryAccessKeyByAgency") == 1);
    CHECK(world.metrics.expires > world.clock.wall() + 59min);
    CHECK(world.metrics.expires < world.clock.wall() + 61min);
    CHECK(world.asked("CreateToken") == 0);
    CHECK(world.find("two"));
    CHECK(world.asked("CreateToken") == 2);  // its own, and the agency's
    CHECK(world.find("one"));
    CHECK(world.asked("CreateTemporaryAccessKeyByAgency") == 1);
}

TEST_CASE("an agency that may not be assumed is told by its name") {
    for (const bool by_key : {true, false}) {
        CAPTURE(by_key);
        World world;
        auto& project = world.add("one", by_key ? world.key() : world.password(world.user().password));
        project.agency = World::agency();
        project.agency->name = "Another";
        const auto seen = world.find();
        REQUIRE_FALSE(seen);
        CHECK(mentions(seen.error(), "agency Another"));
        CHECK(seen.error().fault().http_status == 403);
    }
}

TEST_CASE("a project's id is looked up by the region's name, for every kind of credentials") {
    for (int kind = 0; kind < 4; ++kind) {
        CAPTURE(kind);
        World world;
        auto& project = world.add("one", kind < 2 ? world.key() : world.password(world.user().password));
        project.project_id.clear();
        if (kind % 2 == 1) project.agency = World::agency();
        const auto seen = world.find();
        REQUIRE_MESSAGE(seen, seen.error().what());
        CHECK(world.find());
        CHECK(world.known == std::vector<std::string>{world.cloud.config().projects.at(0).id});
        CHECK(world.asked("KeystoneListProjects") == (kind < 2 ? 1 : 0));  // a token says it itself
    }
}

TEST_CASE("a project that is not there, or is another than before, is not used") {
    World world;
    world.add("one", world.key()).project_id.clear();
    SUBCASE("not there") {
        world.projects[0].project_name = "cn-north-4_none";
        const auto seen = world.find();
        REQUIRE_FALSE(seen);
        CHECK(mentions(seen.error(), "the account has no project named cn-north-4_none"));
        CHECK(seen.error().cls() == ErrorClass::terminal);
    }
    SUBCASE("another") {
        world.refuse_identity = true;
        const auto seen = world.find();
        REQUIRE_FALSE(seen);
        CHECK(mentions(seen.error(), "another project"));
    }
    CHECK(world.asked("ListProjectVpcChannelsV2") == 0);
}

TEST_CASE("tokens that live for a second fail no call, and are renewed one at a time") {
    sim::Config config;
    config.token_lifetime_s = 1;
    sim::lift_limits(config.switches);
    World world(std::move(config));
    world.add("one", world.password(world.user().password));
    int calls = 0;
    const auto failures = world.load(16, 3500ms, &calls);
    CHECK_MESSAGE(failures.empty(), failures.size(), " of ", calls, ", such as ", failures.front());
    CHECK(calls > 100);
    // A life of a second is used for at least four fifths of it.
    CHECK(world.metrics.renewed >= 3);
    CHECK(world.metrics.renewed <= 6);
    CHECK(world.asked("CreateToken") == static_cast<std::size_t>(world.metrics.renewed));
}

TEST_CASE("when all tokens are revoked at once one is fetched, and no call fails") {
    sim::Config config;
    sim::lift_limits(config.switches);
    World world(std::move(config));
    world.add("one", world.password(world.user().password));
    REQUIRE(world.find());
    for (int round = 1; round <= 5; ++round) {
        world.cloud.revoke_tokens();
        CHECK(world.load(32, 50ms).empty());
        CHECK(world.asked("CreateToken") == 1U + static_cast<unsigned>(round));
    }
}

TEST_CASE("a wrong password is tried once for all projects that share it, and the others go on") {
    World world;
    world.add("one", world.password("not this one"));
    world.add("two", world.password("not this one"));
    world.add("three", world.password(world.user().password));
    world.add("four", world.key());
    for (int round = 0; round < 3; ++round) {
        for (const char* project : {"one", "two"}) {
            const auto seen = world.find(project);
            REQUIRE_FALSE(seen);
            CHECK(seen.error().cls() == ErrorClass::auth);
            CHECK(mentions(seen.error(), "The username or password is wrong"));
            CHECK(mentions(seen.error(), "not tried again before the configuration is loaded anew"));
        }
        CHECK(world.find("three"));
        CHECK(world.find("four"));
    }
    CHECK(world.asked("CreateToken") == 2);  // the wrong one, and the right one
}

TEST_CASE("a wrong key of many projects does not lock itself out") {
    World world;
    AccessKey wrong = std::get<AccessKey>(world.key());
    wrong.secret_key = Secret("WrongSecret");
    for (int i = 0; i < 20; ++i) world.add("p" + std::to_string(i), wrong);
    for (int i = 0; i < 20; ++i) {
        const auto seen = world.find("p" + std::to_string(i));
        REQUIRE_FALSE(seen);
        CHECK(seen.error().cls() == ErrorClass::auth);
    }
    CHECK(world.cloud.audit().size() == 1);
}

TEST_CASE("a clock that is off is named in the refusal, at the gateway and at IAM") {
    World world;
    world.add("one", world.key());
    world.add("two", world.key()).agency = World::agency();
    world.cloud.advance_clock(std::chrono::minutes(20));
    SUBCASE("gateway") {
        const auto seen = world.find("one");
        REQUIRE_FALSE(seen);
        CHECK(seen.error().cls() == ErrorClass::auth);
        CHECK(mentions(seen.error(), "this machine's clock is 20 min behind the server's"));
    }
    SUBCASE("IAM") {
        const auto seen = world.find("two");
        REQUIRE_FALSE(seen);
        CHECK(seen.error().cls() == ErrorClass::auth);
        CHECK(mentions(seen.error(), "this machine's clock is 20 min behind the server's"));
    }
}
