#include "controller/api/session.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/async/task_group.hpp"
#include "tests/support/run_task.hpp"

using namespace fairway;
using namespace std::chrono_literals;

namespace {

/// Time that stands still until it is moved.
class StillClock : public Clock {
public:
    TimePoint now() const override { return TimePoint(passed); }
    WallTime wall() const override {
        return WallTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 15)) + passed;
    }
    Task<> sleep_until(TimePoint) override { co_return; }
    Duration passed{1h};
};

AccessKey key() {
    AccessKey made;
    made.access_key = Secret("AK");
    made.secret_key = Secret("SK");
    return made;
}

Error refusal() {
    return {ErrorClass::auth, ErrorReason::auth, "401 APIGW.0301"};
}

/// A session with a scripted IAM.
struct World {
    /// With a key that needs no IAM, or with grants of IAM.
    explicit World(std::optional<AccessKey> given, Standing::Refused refused = Standing::Refused::pauses)
        : session(io.get_executor(), clock, start(std::move(given), refused), [this] {
              return issue();
          }) {}

    ~World() {
        group.cancel();
        settle();
    }

    Session::Start start(std::optional<AccessKey> given, Standing::Refused refused) {
        Session::Start made;
        made.standing = std::make_shared<Standing>(io.get_executor(), clock, refused);
        made.kind = given ? Session::Kind::given : Session::Kind::renewed;
        if (given) made.first.proof = *std::move(given);
        made.first.project_id = "pid";
        return made;
    }
    Task<Result<Grant>> issue() {
        ++issued;
        co_await reach.wait();
        if (failure) co_return *failure;
        Grant grant;
        grant.proof = Token{Secret("token" + std::to_string(issued))};
        grant.expires_at = clock.wall() + life;
        grant.project_id = "pid";
        co_return grant;
    }
    Task<> enter() {
        auto pass = co_await session.enter();
        if (pass) {
            passes.push_back(std::make_unique<Session::Pass>(*std::move(pass)));
        } else {
            errors.push_back(pass.error());
        }
    }
    void callers(int count) {
        for (int i = 0; i < count; ++i) group.spawn(enter());
        settle();
    }
    void settle() {
        io.restart();
        io.poll();
    }
    void iam_answers() {
        reach.notify();
        settle();
    }
    std::string token() {
        HttpRequest request;
        session.authorise(request, "/", {}, "host");
        for (const auto& field : request.fields) {
            if (field.name == "X-Auth-Token") return field.value;
        }
        return {};
    }

    boost::asio::io_context io;
    StillClock clock;
    Event reach{io.get_executor()};
    int issued = 0;
    std::optional<Error> failure;
    Duration life{24h};
    Session session;
    std::vector<std::unique_ptr<Session::Pass>> passes;
    std::vector<Error> errors;
    TaskGroup group{io.get_executor()};
};

}  // namespace

TEST_CASE("until a key is proven only one call is in flight with it") {
    World world(key());
    world.callers(32);
    REQUIRE(world.passes.size() == 1);
    SUBCASE("a success lets everybody through") {
        world.passes[0]->worked();
        world.settle();
        CHECK(world.passes.size() == 32);
        world.callers(5);
        CHECK(world.passes.size() == 37);
    }
    SUBCASE("a refusal is everybody's") {
        CHECK_FALSE(world.passes[0]->refused(refusal()));
        world.passes.clear();
        world.settle();
        CHECK(world.passes.empty());
        CHECK(world.errors.size() == 31);
        CHECK(world.errors[0].cls() == ErrorClass::auth);
        CHECK(world.errors[0].what() == refusal().what());
        CHECK_FALSE(world.errors[0].outcome_unknown());
        CHECK(world.errors[0].retry_after() == Duration(60s));
    }
    SUBCASE("no verdict lets the next one try") {
        world.passes.clear();
        world.settle();
        CHECK(world.passes.size() == 1);
        CHECK(world.errors.empty());
    }
    SUBCASE("no answer is everybody's") {
        const Error lost = Error(ErrorClass::retryable, ErrorReason::timeout, "timed out").unsure();
        world.passes[0]->unheard(lost);
        world.passes.clear();
        world.settle();
        CHECK(world.errors.size() == 31);
        CHECK(world.errors[0].reason() == ErrorReason::timeout);
        CHECK_FALSE(world.errors[0].outcome_unknown());
        world.callers(2);
        CHECK(world.passes.size() == 1);  // and the next may try again
    }
}

TEST_CASE("after a refusal nobody calls for a pause that grows") {
    World world(key());
    Duration pause = 60s;
    for (int round = 0; round < 7; ++round) {
        CAPTURE(round);
        world.passes.clear();
        world.errors.clear();
        world.callers(10);
        REQUIRE(world.passes.size() == 1);
        world.passes[0]->refused(refusal());
        world.passes.clear();
        world.settle();
        world.errors.clear();
        world.clock.passed += pause - 1ms;
        world.callers(10);
        CHECK(world.passes.empty());
        CHECK(world.errors.size() == 10);
        world.clock.passed += 1ms;
        pause = std::min<Duration>(2 * pause, 15min);
    }
    SUBCASE("and begins anew after a success") {
        world.callers(1);
        world.passes[0]->worked();
        world.passes.clear();
        world.callers(1);
        world.passes[0]->refused(refusal());
        world.errors.clear();
        world.callers(1);
        REQUIRE(world.errors.size() == 1);
        CHECK(world.errors[0].retry_after() == Duration(60s));
    }
}

TEST_CASE("after the fourth refusal in a row a key is not tried again") {
    World world(key(), Standing::Refused::locks);
    const auto refused_once = [&] {
        world.callers(1);
        REQUIRE(world.passes.size() == 1);
        CHECK_FALSE(world.passes[0]->refused(refusal()));
        world.passes.clear();
        world.clock.passed += 15min;
    };
    for (int i = 0; i < 3; ++i) refused_once();
    SUBCASE("one by one") {
        refused_once();
        world.clock.passed += 24h * 365;
        world.callers(32);
        CHECK(world.passes.empty());
        REQUIRE(world.errors.size() == 32);
        CHECK(world.errors[0].what().find("not tried again before") != std::string::npos);
        CHECK_FALSE(world.errors[0].retry_after());
    }
    SUBCASE("a success between begins a new row") {
        world.callers(1);
        world.passes[0]->worked();
        world.passes.clear();
        for (int i = 0; i < 4; ++i) refused_once();
        world.callers(1);
        CHECK(world.passes.empty());
    }
}

TEST_CASE("every refusal of calls that were in flight together counts, and one try is left") {
    for (const int together : {3, 4, 32}) {
        CAPTURE(together);
        World world(key(), Standing::Refused::locks);
        world.callers(1);
        world.passes[0]->worked();
        world.callers(together - 1);
        REQUIRE(static_cast<int>(world.passes.size()) == together);
        for (const auto& pass : world.passes) CHECK_FALSE(pass->refused(refusal()));
        world.passes.clear();

        // As many as may lock the key are given time until a lock is over.
        const Duration pause = together < 4 ? Duration(1min) : Duration(6min);
        world.clock.passed += pause - 1ms;
        world.callers(2);
        CHECK(world.passes.empty());
        REQUIRE(world.errors.size() == 2);
        CHECK(world.errors[0].retry_after() == Duration(1ms));
        world.clock.passed += 1ms;
        world.callers(2);
        REQUIRE(world.passes.size() == 1);
        world.passes[0]->refused(refusal());
        world.passes.clear();
        world.clock.passed += 24h;
        world.callers(2);
        CHECK(world.passes.empty());
    }
}

TEST_CASE("a cancelled probe makes way") {
    World world(key());
    world.callers(1);
    TaskGroup others(world.io.get_executor());
    others.spawn(world.enter());
    world.settle();
    others.cancel();
    world.settle();
    world.passes.clear();
    world.callers(1);
    CHECK(world.passes.size() == 1);
}

TEST_CASE("one token is fetched for all who wait") {
    World world(std::nullopt);
    world.callers(32);
    CHECK(world.issued == 1);
    CHECK(world.passes.empty());
    world.iam_answers();
    CHECK(world.issued == 1);
    REQUIRE(world.passes.size() == 1);  // the first use is a probe, too
    CHECK(world.token() == "token1");
    world.passes[0]->worked();
    world.settle();
    CHECK(world.passes.size() == 32);
    world.callers(1);
    CHECK(world.issued == 1);
}

TEST_CASE("a wrong password is tried once") {
    World world(std::nullopt);
    world.failure =
        Error(ErrorClass::auth, ErrorReason::auth, "token: 401 401: The username or password is wrong.");
    world.callers(32);
    world.iam_answers();
    world.callers(32);
    CHECK(world.issued == 1);
    CHECK(world.errors.size() == 64);
    CHECK(world.errors.back().cls() == ErrorClass::auth);
    world.clock.passed += 60s;
    world.callers(1);
    CHECK(world.issued == 2);
}

TEST_CASE("an IAM that cannot be reached fails those who wait, and is asked again by the next") {
    World world(std::nullopt);
    world.failure = Error(ErrorClass::retryable, ErrorReason::timeout, "token: timed out");
    world.callers(32);
    world.iam_answers();
    CHECK(world.issued == 1);
    CHECK(world.errors.size() == 32);
    world.failure.reset();
    world.callers(1);
    world.iam_answers();
    CHECK(world.issued == 2);
    CHECK(world.passes.size() == 1);
}

TEST_CASE("a token is renewed well ahead of its end, while the others go on with the old one") {
    World world(std::nullopt);
    world.callers(1);
    world.iam_answers();
    world.passes[0]->worked();
    world.clock.passed += 24h - 41min;
    world.callers(1);
    CHECK(world.issued == 1);
    world.clock.passed += 2min;
    world.callers(3);
    CHECK(world.issued == 2);
    CHECK(world.passes.size() == 4);  // two of three did not wait
    SUBCASE("and is used from then on") {
        world.iam_answers();
        CHECK(world.token() == "token2");
    }
    SUBCASE("a failure is no trouble yet") {
        world.failure = Error(ErrorClass::retryable, ErrorReason::network, "down");
        world.iam_answers();
        CHECK(world.errors.empty());
        world.callers(2);
        CHECK(world.issued == 2);  // not at once again
        world.clock.passed += 30s;
        world.callers(2);
        CHECK(world.issued == 3);
        CHECK(world.errors.empty());
    }
}

TEST_CASE("a short token is renewed after four fifths of its life") {
    World world(std::nullopt);
    world.life = 10min;
    world.callers(1);
    world.iam_answers();
    world.passes[0]->worked();
    world.clock.passed += 7min + 59s;
    world.callers(1);
    CHECK(world.issued == 1);
    world.clock.passed += 2s;
    world.callers(1);
    CHECK(world.issued == 2);
}

TEST_CASE("a token that died early is replaced once for all") {
    World world(std::nullopt);
    world.callers(1);
    world.iam_answers();
    world.passes[0]->worked();
    world.callers(7);
    for (const auto& pass : world.passes) CHECK(pass->refused(refusal()));
    world.passes.clear();
    world.callers(8);
    CHECK(world.issued == 2);
    world.iam_answers();
    REQUIRE(world.passes.size() == 1);
    SUBCASE("and the new one works") {
        world.passes[0]->worked();
        world.settle();
        CHECK(world.passes.size() == 8);
    }
    SUBCASE("and when the new one is refused as well, that is all") {
        CHECK_FALSE(world.passes[0]->refused(refusal()));
        world.passes.clear();
        world.settle();
        CHECK(world.errors.size() == 7);
        CHECK(world.issued == 2);
    }
}

TEST_CASE("when the caller that fetches a token is cancelled another takes over") {
    World world(std::nullopt);
    TaskGroup first(world.io.get_executor());
    first.spawn(world.enter());
    world.settle();
    world.callers(3);
    CHECK(world.issued == 1);
    first.cancel();
    world.settle();
    CHECK(world.issued == 2);
    world.iam_answers();
    CHECK(world.errors.empty());
    CHECK(world.passes.size() == 1);
}

TEST_CASE("a request is signed, with the security token of temporary keys") {
    AccessKey temporary = key();
    temporary.security_token = Secret("st");
    World world(temporary);
    HttpRequest request;
    request.method = "GET";
    world.session.authorise(request, "/v2/pid/x", {{"limit", "1"}}, "host:1");
    std::string names;
    for (const auto& field : request.fields) names += field.name + ";";
    CHECK(names == "X-Project-Id;X-Sdk-Date;X-Security-Token;Authorization;");
    CHECK(
        request.fields.back().value.find("SignedHeaders=host;x-project-id;x-sdk-date;x-security-token,"
        ) != std::string::npos
    );
}
