#include <doctest/doctest.h>

#include <algorithm>

#include "reconciler/plan/guard.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

Candidate candidate(int number, std::size_t rows = 1) {
    Candidate made;
    made.key = {"default", "channel_" + std::to_string(number)};
    made.revision = 1;
    Delete step;
    for (std::size_t i = 0; i < rows; ++i) {
        step.rows.emplace_back("i" + std::to_string(i), "id" + std::to_string(number));
    }
    made.action = step;
    return made;
}

GuardInput pass_over(std::size_t owned, std::size_t going) {
    GuardInput input;
    input.rules.mode = PruneMode::on;
    input.lineage = "lineage";
    input.whole = true;
    input.owned = owned;
    for (std::size_t i = 0; i < going; ++i) input.candidates.push_back(candidate(static_cast<int>(i)));
    return input;
}

std::size_t allowed(const Judgement& judgement) {
    std::size_t count = 0;
    for (const auto& [key, verdict] : judgement.verdicts) count += verdict.allowed ? 1 : 0;
    return count;
}

TEST_CASE("so many may go at once, of so many that are ours, after so many on the same day") {
    struct Shape {
        std::size_t owned, going, gone_today;
        bool allowed;
    };
    // Of 10 and more: 30 % and 20 at most, in a pass and (30 %) in a day. Of fewer: two, and never all.
    const std::vector<Shape> shapes{
        {1, 1, 0, false},
        {2, 1, 0, true},
        {2, 2, 0, false},
        {3, 1, 0, true},
        {3, 2, 0, true},
        {3, 3, 0, false},
        {4, 2, 0, true},
        {4, 3, 0, false},
        {4, 4, 0, false},
        {5, 2, 0, true},
        {5, 3, 0, false},
        {9, 1, 0, true},
        {9, 2, 0, true},
        {9, 3, 0, false},
        {9, 9, 0, false},
        {10, 1, 0, true},
        {10, 3, 0, true},
        {10, 4, 0, false},
        {10, 10, 0, false},
        {11, 3, 0, true},
        {11, 4, 0, false},
        {20, 6, 0, true},
        {20, 7, 0, false},
        {50, 15, 0, true},
        {50, 16, 0, false},
        {66, 19, 0, true},
        {66, 20, 0, false},
        {67, 20, 0, true},
        {67, 21, 0, false},
        {100, 20, 0, true},
        {100, 21, 0, false},
        {1000, 20, 0, true},
        {1000, 21, 0, false},
        {2000, 20, 0, true},
        {2000, 2000, 0, false},
        // With some gone within the day already.
        {2, 1, 1, true},
        {2, 1, 2, false},
        {8, 1, 1, true},
        {8, 2, 1, false},
        {9, 1, 1, true},
        {9, 2, 1, true},
        {9, 2, 2, false},
        {10, 1, 2, true},
        {10, 2, 2, false},
        {15, 1, 5, true},
        {15, 1, 6, false},
        {90, 15, 15, true},
        {90, 16, 20, false},
        {90, 1, 37, true},
        {90, 1, 40, false},
        {1000, 20, 400, true},
        {1000, 20, 500, false},
        {30, 9, 0, true},
        {30, 10, 0, false},
        {40, 12, 0, true},
        {40, 13, 0, false},
        {60, 18, 0, true},
        {60, 19, 0, false},
        {200, 20, 0, true},
        {200, 21, 0, false}};
    for (const Shape& shape : shapes) {
        CAPTURE(shape.owned);
        CAPTURE(shape.going);
        CAPTURE(shape.gone_today);
        GuardInput input = pass_over(shape.owned, shape.going);
        input.deleted_last_day = shape.gone_today;
        const Judgement judgement = judge(input);
        CHECK(allowed(judgement) == (shape.allowed ? shape.going : 0));
        CHECK(judgement.deletes.id.empty() == shape.allowed);
        if (shape.allowed) continue;
        CHECK(judgement.blocked().at(PruneBlock::budget) == shape.going);
        CHECK(
            judgement.deletes.why.find("fairway approve " + judgement.deletes.id) != std::string::npos
        );
    }
}

TEST_CASE("instance channels are counted, not channels") {
    GuardInput input = pass_over(100, 0);
    for (int i = 0; i < 3; ++i) input.candidates.push_back(candidate(i, 7));
    CHECK(allowed(judge(input)) == 0);  // 21
    input.candidates.pop_back();
    CHECK(allowed(judge(input)) == 2);  // 14
}

TEST_CASE("one thing that is wrong with the wish, or with a channel, is enough") {
    struct Case {
        const char* name;
        void (*spoil)(GuardInput&);
        PruneBlock block;
    };
    const std::vector<Case> cases{
        {"off", [](GuardInput& input) { input.rules.mode = PruneMode::off; }, PruneBlock::approval},
        {"plan only", [](GuardInput& input) { input.rules.mode = PruneMode::plan; },
         PruneBlock::approval},
        {"a manifest cannot be read", [](GuardInput& input) { input.whole = false; },
         PruneBlock::source_error},
        {"no manifest at all", [](GuardInput& input) { input.empty = true; }, PruneBlock::empty_source},
        {"adopted", [](GuardInput& input) { input.candidates[0].origin = Origin::adopted; },
         PruneBlock::protected_},
        {"missing for nine minutes",
         [](GuardInput& input) {
             input.rules.patient = true;
             input.candidates[0].missing = 9min;
             input.candidates[0].snapshots = 5;
         },
         PruneBlock::delay},
        {"missing in one snapshot",
         [](GuardInput& input) {
             input.rules.patient = true;
             input.candidates[0].missing = 1h;
         },
         PruneBlock::delay}};
    for (const Case& one : cases) {
        CAPTURE(one.name);
        GuardInput input = pass_over(100, 1);
        REQUIRE(allowed(judge(input)) == 1);
        one.spoil(input);
        const Judgement judgement = judge(input);
        CHECK(allowed(judgement) == 0);
        CHECK(judgement.blocked() == std::map<PruneBlock, std::size_t>{{one.block, 1}});
        CHECK_FALSE(judgement.verdicts.begin()->second.why.empty());
    }
}

TEST_CASE("what was adopted goes where the operator says so, and patience ends") {
    GuardInput input = pass_over(100, 1);
    input.candidates[0].origin = Origin::adopted;
    input.rules.delete_adopted = true;
    input.rules.patient = true;
    input.candidates[0].missing = 10min;
    input.candidates[0].snapshots = 2;
    CHECK(allowed(judge(input)) == 1);
}

TEST_CASE("an empty wish needs the switch and a person") {
    GuardInput input = pass_over(100, 2);
    input.empty = true;
    input.rules.allow_empty = true;
    const Judgement asked = judge(input);
    CHECK(allowed(asked) == 0);
    REQUIRE_FALSE(asked.deletes.id.empty());
    input.approvals.insert(asked.deletes.id);
    CHECK(allowed(judge(input)) == 2);
}

TEST_CASE("an approval is for just these deletions of just this store") {
    const GuardInput input = pass_over(10, 5);
    const std::string id = judge(input).deletes.id;
    GuardInput approved = input;
    approved.approvals.insert(id);
    CHECK(judge(approved).deletes.approved);
    CHECK(allowed(judge(approved)) == 5);

    const auto still = [&](auto change) {
        GuardInput other = approved;
        change(other);
        return allowed(judge(other));
    };
    CHECK(still([](GuardInput& other) { other.lineage = "another store"; }) == 0);
    CHECK(still([](GuardInput& other) { other.candidates.push_back(candidate(77)); }) == 0);
    CHECK(still([](GuardInput& other) { other.candidates.pop_back(); }) == 0);
    CHECK(still([](GuardInput& other) { other.candidates[0].revision = 2; }) == 0);
    CHECK(still([](GuardInput& other) {
              std::get<Delete>(other.candidates[0].action).rows[0].second = "another id";
          }) == 0);
    CHECK(still([](GuardInput& other) {
              other.whole = false;
          }) == 0);  // an approval lifts the budget only
    CHECK(still([](GuardInput& other) {
              std::reverse(other.candidates.begin(), other.candidates.end());
          }) == 5);
}

TEST_CASE("what was approved before goes on while the rest of it is under way") {
    GuardInput input = pass_over(10, 5);
    for (Candidate& one : input.candidates) one.approved = true;
    input.rules.patient = true;  // whoever approved has looked
    CHECK(allowed(judge(input)) == 5);
    input.candidates.push_back(candidate(77));
    CHECK(allowed(judge(input)) == 5);  // the new one waits its time
}

TEST_CASE("letting a channel go is under the same care, but in no budget") {
    GuardInput input = pass_over(10, 0);
    for (int i = 0; i < 10; ++i) {
        Candidate one = candidate(i);
        one.action = Forget{Forget::Cause::orphaned};
        one.origin = Origin::adopted;
        input.candidates.push_back(one);
    }
    CHECK(allowed(judge(input)) == 10);
    input.whole = false;
    CHECK(allowed(judge(input)) == 0);
    input.whole = true;
    input.rules.mode = PruneMode::off;
    CHECK(allowed(judge(input)) == 0);
}

TEST_CASE("too many updates at once are refused as a whole, and a person may allow just these") {
    GuardInput input = pass_over(10, 0);
    input.wish = "w1";
    for (int i = 0; i < 3; ++i) input.updates.push_back({candidate(i).key, 1, 1});
    CHECK(judge(input).updates.id.empty());  // 30 %
    input.updates.push_back({candidate(3).key, 1, 1});
    const Excess excess = judge(input).updates;
    REQUIRE_FALSE(excess.id.empty());
    CHECK_FALSE(excess.approved);
    CHECK(excess.why.find("4 of 10 instance channels (40 %)") != std::string::npos);
    input.approvals.insert(excess.id);
    CHECK(judge(input).updates.approved);
    input.wish = "w2";
    CHECK_FALSE(judge(input).updates.approved);
    input.owned = 9;  // too few for a percentage to mean anything
    CHECK(judge(input).updates.id.empty());
}

}  // namespace
}  // namespace fairway
