// A store that is not the one it was, and plans that are not for it.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "controller/report/plan_file.hpp"
#include "tests/process/owner.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a store that is lost is begun anew, and owns nothing of what is in the cloud") {
    Owner stage;
    stage.own(3);
    for (const bool witness : {true, false}) {
        for (const auto& entry : fs::directory_iterator(stage.folder.file("state"))) {
            if (witness && entry.path().extension() == ".serial") continue;
            fs::remove(entry.path());
        }
        stage.declare("channel_0", 8080);
        stage.remove("channel_2");
        const std::size_t writes = stage.writes();
        const auto refused = stage.prune();
        CAPTURE(refused.out);
        CHECK(refused.code == 5);
        CHECK(contains(refused.out, "not ours"));
        CHECK(stage.writes() == writes);
        CHECK(stage.live().contains("channel_2"));
        CHECK(stage.cloud.channels_named("channel_0").front().port == 22);
    }
    // Its own it may make, change and delete; what was lost is taken over by hand.
    stage.declare("fresh");
    stage.run({"apply", "--yes"});
    CHECK(stage.live().contains("fresh"));
    REQUIRE(stage.run({"adopt", "channel_0", "--yes"}).code == 0);
    CHECK(stage.run({"apply", "--yes", "channel_0"}).code == 0);
    CHECK(stage.cloud.channels_named("channel_0").front().port == 8080);
}

TEST_CASE("a plan that is older than a day is refused as stale, and nothing is written") {
    Owner stage;
    stage.own(1);
    stage.declare("channel_0", 8080);
    const std::string file = stage.folder.file("plan.json");
    REQUIRE(stage.run({"plan", "--out", file}).code == 0);
    auto plan = read_plan(file);
    REQUIRE(plan);
    const WallTime end = plan->until;
    const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    CHECK(end > now + plan_lifetime - std::chrono::minutes(5));
    CHECK(end <= now + plan_lifetime);

    plan->until = now - std::chrono::seconds(1);
    REQUIRE(write_plan(file, *plan));
    const std::size_t writes = stage.writes();
    const auto refused = stage.run({"apply", "--plan", file});
    CHECK(refused.code == 5);
    CHECK(contains(refused.err, "the plan is stale"));
    CHECK(stage.writes() == writes);
    plan->until = end;
    REQUIRE(write_plan(file, *plan));
    CHECK(stage.run({"apply", "--plan", file}).code == 0);
}

TEST_CASE("a plan that was edited is refused with 3, and nothing is written") {
    Owner stage;
    stage.own(2);
    stage.remove("channel_1");
    stage.declare("channel_0", 8080);
    const std::string file = stage.folder.file("plan.json");
    REQUIRE(stage.run({"plan", "--out", file}).code == 0);
    std::ifstream in(file);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const std::string mild = "\"prune\": false";
    REQUIRE(contains(text, mild));
    stage.folder.write("plan.json", text.replace(text.find(mild), mild.size(), "\"prune\": true"));
    const std::size_t writes = stage.writes();
    const auto refused = stage.run({"apply", "--plan", file});
    CHECK(refused.code == 3);
    CHECK(contains(refused.err, "was changed after it was made"));
    CHECK(stage.writes() == writes);
}

}  // namespace
}  // namespace fairway
