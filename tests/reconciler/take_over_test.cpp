#include "reconciler/plan/take_over.hpp"

#include <doctest/doctest.h>

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr Duration settle = 60s;
const WallTime now = WallTime(std::chrono::hours(1000));

/// A manifest for i1 and i2, and a live channel on both that differs in its port.
struct Met {
    Met() {
        manifest.key = {"default", "web"};
        manifest.spec.port = 80;
        manifest.spec.instance_ids = {"i1", "i2"};
        manifest.lifecycle.deletion = DeletionPolicy::orphan;
        seen.rows = {row("i1", "a"), row("i2", "b")};
    }
    static InstanceChannel row(const InstanceId& instance, const std::string& id, int port = 99) {
        InstanceChannel row;
        row.instance = instance;
        row.id = id;
        row.name = "web";
        row.spec.port = port;
        row.members_known = row.health_known = true;
        return row;
    }
    static Record ours(std::map<InstanceId, std::string> ids, Phase phase = Phase::ready) {
        Record record;
        record.phase = phase;
        record.ids = std::move(ids);
        record.revision = 7;
        record.applied.emplace();
        record.pending.emplace();
        record.why = "old";
        return record;
    }
    TakeOver answer(const Record* record = nullptr) const {
        return take_over(manifest, record, seen, now, settle);
    }

    Manifest manifest;
    ObservedChannel seen;
};

using Answer = TakeOver::Answer;
using Ids = std::map<InstanceId, std::string>;

TEST_CASE("a foreign channel becomes ours with its ids, and nothing is said to be applied") {
    const Met met;
    const TakeOver answer = met.answer();
    REQUIRE(answer.answer == Answer::possible);
    CHECK(answer.record.phase == Phase::ready);
    CHECK(answer.record.origin == Origin::adopted);
    CHECK(answer.record.deletion == DeletionPolicy::orphan);
    CHECK(answer.record.ids == Ids{{"i1", "a"}, {"i2", "b"}});
    CHECK_FALSE(answer.record.applied);
    CHECK(std::holds_alternative<Update>(answer.next.action));
    REQUIRE(answer.next.changes.size() == 2);
    CHECK(answer.next.changes[0].field.path == "/port");
    CHECK(answer.next.changes[0].field.before == "99");
}

TEST_CASE("what is as wanted is noted as applied, so that no pass has to note it") {
    Met met;
    met.seen.rows = {Met::row("i1", "a", 80), Met::row("i2", "b", 80)};
    const TakeOver answer = met.answer();
    REQUIRE(answer.answer == Answer::possible);
    CHECK(answer.next.changes.empty());
    const Situation after{&met.manifest, &answer.record, met.seen, now, settle};
    CHECK(std::holds_alternative<Nothing>(next_action(after).action));
}

TEST_CASE("a suspension does not hide what would be changed") {
    Met met;
    met.manifest.lifecycle.suspend.emplace();
    CHECK(met.answer().next.changes.size() == 2);
}

TEST_CASE("only the instances that the manifest names are taken; at least one must be there") {
    Met met;
    met.seen.rows = {Met::row("i1", "a"), Met::row("i3", "c")};
    const TakeOver answer = met.answer();
    REQUIRE(answer.answer == Answer::possible);
    CHECK(answer.record.ids == Ids{{"i1", "a"}});
    REQUIRE(answer.left.size() == 1);
    CHECK(answer.left[0]->instance == "i3");
    met.seen.rows = {Met::row("i3", "c")};
    CHECK(met.answer().answer == Answer::refused);
    met.seen.rows.clear();
    CHECK(met.answer().answer == Answer::missing);
}

TEST_CASE("two rows on one instance are refused with both ids") {
    Met met;
    met.seen.rows.push_back(Met::row("i1", "z"));
    const TakeOver answer = met.answer();
    CHECK(answer.answer == Answer::refused);
    CHECK(answer.why.find("ids a and z") != std::string::npos);
}

TEST_CASE("what is ours is told so, and what was remade or is in conflict can be taken over") {
    const Met met;
    const Record all = Met::ours({{"i1", "a"}, {"i2", "b"}});
    CHECK(met.answer(&all).answer == Answer::ours);

    const Record remade = Met::ours({{"i1", "old"}, {"i2", "b"}, {"i9", "x"}});
    const TakeOver answer = met.answer(&remade);
    REQUIRE(answer.answer == Answer::possible);
    CHECK(answer.record.revision == 7);
    CHECK(answer.record.ids == Ids{{"i1", "a"}, {"i2", "b"}, {"i9", "x"}});
    CHECK_FALSE(answer.record.applied);
    CHECK_FALSE(answer.record.pending);
    CHECK(answer.record.why.empty());

    const Record conflict = Met::ours({{"i1", "a"}, {"i2", "b"}}, Phase::conflict);
    CHECK(met.answer(&conflict).answer == Answer::possible);
}

TEST_CASE("a create or a delete of ours that is under way is not cut short") {
    const Met met;
    for (const Phase phase : {Phase::intent, Phase::ambiguous, Phase::created, Phase::deleting}) {
        CAPTURE(to_string(phase));
        const Record record = Met::ours({}, phase);
        CHECK(met.answer(&record).answer == Answer::refused);
    }
}

}  // namespace
}  // namespace fairway
