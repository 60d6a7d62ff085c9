// What the guard remembers between two looks at a project: edits, approvals, how long something is
// missing.
#include "reconciler/engine/pruner.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

#include "tests/support/fakes.hpp"
#include "tests/support/sim_clock.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;
using Wish = std::shared_ptr<const ManifestSnapshot>;

constexpr std::size_t owned = 20;  ///< instance channels of ten channels

ChannelKey key(int number) {
    return {"p", "channel_" + std::to_string(number)};
}

/// Ten channels on two instances each; those of `ports` with another port.
Wish wish_of(const std::map<int, int>& ports, const std::set<int>& removed = {}, bool whole = true) {
    auto wish = std::make_shared<ManifestSnapshot>();
    wish->revision = whole ? "w" : "broken";
    for (int number = 0; number < 10; ++number) {
        if (removed.contains(number)) {
            wish->revision += "-" + std::to_string(number);
            continue;
        }
        auto manifest = std::make_shared<Manifest>();
        manifest->key = key(number);
        manifest->spec.instance_ids = {"i1", "i2"};
        const auto port = ports.find(number);
        manifest->spec.port = port == ports.end() ? 80 : port->second;
        wish->revision += std::to_string(manifest->spec.port) + ",";
        wish->manifests.emplace(manifest->key, std::move(manifest));
    }
    wish->invalid = whole ? 0 : 1;
    return wish;
}

struct Office {
    Office() {
        PrunerOptions options;
        options.rules.mode = PruneMode::on;
        options.rules.patient = true;
        options.lineage = "lineage";
        pruner.emplace(store, clock, gate, options);
        publish(wish);
        judge({}, {});  // the first survey tells how much is ours
    }

    boost::asio::io_context context;
    SimClock clock{context};
    Killer killer;
    FakeStore store{killer};
    Gate gate;
    std::optional<Pruner> pruner;
    Wish wish = wish_of({});
    std::vector<FieldChange> changes;  ///< what an update is for
    std::size_t gone_unheard = 0;      ///< as the surveys tell

    std::set<std::string> publish(Wish next) {
        const auto projects = pruner->published(*wish, *next);
        wish = std::move(next);
        return projects;
    }
    /// A survey that would update and delete these, judged; and carried out as far as it may be.
    Survey judge(const std::set<int>& updates, const std::set<int>& deletes, bool spend = true) {
        Survey survey;
        survey.project = "p";
        survey.owned = owned;
        survey.gone_unheard = gone_unheard;
        for (const int number : updates) {
            Update update;
            ChannelSpec put;
            put.instance_ids = {"i1", "i2"};
            update.puts.push_back(put);
            survey.findings[key(number)].decision.action = std::move(update);
            survey.findings[key(number)].decision.changes = changes;
        }
        for (const int number : deletes) survey.findings[key(number)].decision.action = removal(number);
        for (auto& [found, finding] : survey.findings) finding.owned = true;
        clock.run(judge(survey, spend));
        return survey;
    }
    static Action removal(int number) {
        Delete step;
        step.rows = {{"i1", "a" + std::to_string(number)}, {"i2", "b" + std::to_string(number)}};
        return step;
    }
    void approve(const std::string& id) {
        Directive directive;
        directive.kind = Directive::Kind::approval;
        directive.subject = id;
        store.told.push_back(std::move(directive));
    }
    bool may_delete(int number) const {
        return !gate.refuses(key(number), removal(number), wish->revision, clock.now());
    }
    bool may_update(int number) const {
        return !gate.refuses(key(number), Update{}, wish->revision, clock.now());
    }
    bool is_allowed(const Survey& survey, int number) const {
        const auto verdict = survey.judgement.verdicts.find(key(number));
        return verdict != survey.judgement.verdicts.end() && verdict->second.allowed;
    }

private:
    Task<> judge(Survey& survey, bool spend) {
        const Result<> judged = co_await pruner->judge(survey, wish);
        REQUIRE(judged);
        if (!spend) co_return;
        const Result<> spent = co_await pruner->spend(survey, wish);
        REQUIRE(spent);
    }
};

TEST_CASE("edits that come one by one within a minute are judged as one") {
    Office office;
    CHECK(office.publish(wish_of({{0, 81}})).empty());
    CHECK(office.publish(wish_of({{0, 81}, {1, 81}, {2, 81}})).empty());  // six of twenty
    CHECK(office.may_update(0));
    CHECK(office.publish(wish_of({{0, 81}, {1, 81}, {2, 81}, {3, 81}})) == std::set<std::string>{"p"});
    CHECK_FALSE(office.may_update(3));

    const Survey survey = office.judge({3}, {});  // the other three are written already
    CHECK_FALSE(survey.judgement.updates.id.empty());
    CHECK_FALSE(office.may_update(3));

    office.clock.advance(2min);
    office.judge({3}, {});  // one alone, long after: that is a person at work
    CHECK(office.may_update(3));
}

TEST_CASE("however many channels get just another value of a secret, nobody is asked") {
    Office office;
    FieldChange value, port;
    value.field.path = "/microservice_info/nacos_info/user_info/password";
    value.field.before = "nacos";
    value.field.after = "nacos (its value changed)";
    port.field.path = "/port";
    const std::set<int> all{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    office.changes = {value};
    CHECK(office.judge(all, {}).judgement.updates.id.empty());
    for (const int number : all) CHECK(office.may_update(number));
    // Another secret, or anything beside it, is an edit as any other.
    office.changes = {value, port};
    CHECK_FALSE(office.judge(all, {}).judgement.updates.id.empty());
    CHECK_FALSE(office.may_update(0));
    value.field.after = "other";
    office.changes = {value};
    CHECK_FALSE(office.judge(all, {}).judgement.updates.id.empty());
}

TEST_CASE("a manifest that is away for a moment and comes back with another wish is edited") {
    Office office;
    for (const int number : {0, 1, 2}) {
        CHECK(office.publish(wish_of({}, {number})).empty());
        std::map<int, int> ports;
        for (int done = 0; done <= number; ++done) ports[done] = 81;
        CHECK(office.publish(wish_of(ports)).empty());
    }
    office.publish(wish_of({{0, 81}, {1, 81}, {2, 81}}, {3}));
    CHECK(office.publish(wish_of({{0, 81}, {1, 81}, {2, 81}, {3, 81}})) == std::set<std::string>{"p"});
    CHECK_FALSE(office.may_update(3));
}

TEST_CASE("editing one channel again and again is one channel") {
    Office office;
    for (int port = 81; port < 120; ++port) CHECK(office.publish(wish_of({{0, port}})).empty());
    CHECK(office.may_update(0));
}

TEST_CASE("an approval of many updates is for these, until they are done, and for no others") {
    Office office;
    const Survey first = office.judge({0, 1, 2, 3}, {});
    REQUIRE_FALSE(first.judgement.updates.id.empty());
    office.approve(first.judgement.updates.id);
    office.judge({0, 1, 2, 3}, {});
    CHECK(office.store.told.empty());  // used up
    CHECK(office.may_update(0));
    office.judge({1, 2, 3}, {});  // not all went well at once
    CHECK(office.may_update(1));
    office.judge({}, {});

    const Survey later = office.judge({0, 1, 2, 3}, {});
    CHECK_FALSE(later.judgement.updates.id.empty());
    CHECK_FALSE(office.may_update(0));
    const Survey others = office.judge({5, 6, 7, 8}, {});
    CHECK_FALSE(others.judgement.updates.id.empty());
}

TEST_CASE("an approval is used up when what it lets go is done, not when it is looked at") {
    Office office;
    const Survey first = office.judge({0, 1, 2, 3}, {4, 5, 6, 7});
    office.approve(first.judgement.updates.id);
    office.approve(first.judgement.deletes.id);
    office.judge({0, 1, 2, 3}, {4, 5, 6, 7}, false);
    CHECK(office.store.told.size() == 2);
    office.judge({0, 1, 2, 3}, {4, 5, 6, 7});
    CHECK(office.store.told.empty());
}

TEST_CASE("a deletion that was let go is not, once the manifests say anything else") {
    Office office;
    office.publish(wish_of({}, {0}));
    office.pruner->allow(key(0), Office::removal(0), office.wish->revision);
    CHECK(office.may_delete(0));
    office.publish(wish_of({{5, 81}}, {0}));
    CHECK_FALSE(office.may_delete(0));
    office.pruner->allow(key(0), Office::removal(0), "an older revision");
    CHECK_FALSE(office.may_delete(0));
}

TEST_CASE("what went without a word counts against the budget of the day") {
    for (const std::size_t gone : {5U, 7U}) {  // 30 % of 25 and of 27, with the two rows that are to go
        Office office;
        office.gone_unheard = gone;
        CHECK(office.judge({}, {1}).judgement.deletes.id.empty() == (gone == 5));
    }
}

TEST_CASE("a name must be missing from whole manifests, all the time") {
    Office office;
    const Wish gone = wish_of({}, {0});
    const auto waits = [&] { return !office.is_allowed(office.judge({}, {0}), 0); };
    office.publish(gone);
    CHECK(waits());
    office.clock.advance(11min);
    CHECK_FALSE(waits());

    office.publish(wish_of({}));  // it came back, and no look happened to see it
    office.publish(gone);
    CHECK(waits());
    office.clock.advance(11min);
    CHECK_FALSE(waits());

    office.publish(wish_of({}, {0}, false));  // and now nobody can tell
    office.publish(gone);
    CHECK(waits());
    office.clock.advance(11min);
    CHECK_FALSE(waits());
}

TEST_CASE("the wait begins with the first whole manifests that miss a name, not while some are broken") {
    Office office;
    const auto waits = [&] { return !office.is_allowed(office.judge({}, {0}), 0); };
    office.publish(wish_of({}, {0}, false));
    CHECK(waits());
    office.clock.advance(9min);
    office.publish(wish_of({}, {0}));
    CHECK(waits());
    office.clock.advance(2min);
    CHECK(waits());
    office.clock.advance(8min);
    CHECK_FALSE(waits());
}

TEST_CASE("a look that rests on manifests of before does not begin the wait") {
    Office office;
    const Wish gone = wish_of({}, {0});
    office.publish(gone);
    const Wish again = wish_of({});
    office.publish(again);
    office.wish = gone;  // a survey that began before
    office.judge({}, {0});
    office.wish = again;
    office.clock.advance(9min);
    office.publish(gone);
    const auto waits = [&] { return !office.is_allowed(office.judge({}, {0}), 0); };
    CHECK(waits());
    office.clock.advance(2min);
    CHECK(waits());
    office.clock.advance(8min);
    CHECK_FALSE(waits());
}

}  // namespace
}  // namespace fairway
