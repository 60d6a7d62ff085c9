#include "controller/report/description.hpp"

#include <doctest/doctest.h>

namespace fairway {
namespace {

using namespace std::chrono_literals;

const WallTime now = WallTime(std::chrono::hours(24 * 365 * 50));
const ChannelKey key{"default", "web"};

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// A channel on one instance, in sync and ours.
struct Known {
    Known() {
        manifest.key = key;
        manifest.spec.port = 80;
        manifest.spec.member_type = MemberType::ip;
        manifest.spec.instance_ids = {"i1"};
        manifest.place = {"web.yaml", 4, 1};
        record.phase = Phase::ready;
        record.since = now - 3h;
        record.ids = {{"i1", "a"}};
        record.applied = manifest.spec;
        InstanceChannel row;
        row.instance = "i1";
        row.id = "a";
        row.name = "web";
        row.spec.port = 80;
        row.spec.member_type = MemberType::ip;
        row.members_known = row.health_known = true;
        seen.rows.push_back(row);
        seen.observed_at = now - 45s;
    }
    ChannelDescription described() {
        wish.manifests[key] = std::make_shared<Manifest>(manifest);
        DescriptionInput from{key, wish};
        from.record = ours ? &record : nullptr;
        from.seen = &seen;
        from.suspended = suspended;
        from.attempts = attempts;
        from.now = now;
        from.settle = 60s;
        return describe(from);
    }

    Manifest manifest;
    ManifestSnapshot wish;
    Record record;
    bool ours = true;
    ObservedChannel seen;
    std::optional<Suspension> suspended;
    std::vector<HistoryEntry> attempts;
};

const Condition& condition(const ChannelDescription& channel, const std::string& type) {
    for (const Condition& one : channel.conditions) {
        if (one.type == type) return one;
    }
    FAIL("there is no condition " << type);
    return channel.conditions.front();
}

TEST_CASE("the text of a channel in sync reads from its name to its attempts") {
    Known known;
    CHECK(
        description_text(known.described(), now) ==
        "Name:         web\n"
        "Project:      default\n"
        "Manifest:     web.yaml:4\n"
        "Labels:       (none)\n"
        "Deletion:     delete\n"
        "Ownership:    ours, created by us; ready for 3h\n"
        "Conditions:\n"
        "  TYPE       STATUS  REASON\n"
        "  Synced     true    as declared when it was seen last\n"
        "  Drifted    false   as applied last, in the fields that the manifest manages\n"
        "  Stalled    false   nothing that is known stands in the way\n"
        "  Suspended  false   neither lifecycle.suspend nor fairway suspend holds it\n"
        "Instances:\n"
        "  i1: present\n"
        "    Id:    a\n"
        "    Seen:  45s ago (2019-12-19T23:59:15Z)\n"
        "    Members: none\n"
        "Attempts: none\n"
    );
}

TEST_CASE("members are told with their address, weight and health") {
    Known known;
    Member plain_host, v6, server;
    plain_host.host = "10.0.0.1";
    plain_host.weight = 3;
    plain_host.port = 8080;
    plain_host.member_group_name = "blue";
    v6.host = "2001:db8::1";
    v6.is_backup = true;
    server.ecs_id = "server-1";
    server.status = AdminStatus::unavailable;
    known.seen.rows[0].spec.members = {plain_host, v6, server};
    known.seen.rows[0].member_facts.resize(3);
    known.seen.rows[0].member_facts[0].health_status = HealthStatus::healthy;
    known.seen.rows[0].member_facts[1].health_status = HealthStatus::unhealthy;
    const ChannelDescription channel = known.described();
    REQUIRE(channel.instances.size() == 1);
    const auto& members = channel.instances[0].members;
    REQUIRE(members.size() == 3);
    CHECK(members[0].address == "10.0.0.1:8080");
    CHECK(members[1].address == "[2001:db8::1]:80");
    CHECK(members[2].address == "server-1:80");
    CHECK(members[0].health == HealthStatus::healthy);
    const std::string text = description_text(channel, now);
    CHECK(contains(text, "10.0.0.1:8080     3           healthy    blue\n"));
    CHECK(contains(text, "0 (backup)  unhealthy"));
    CHECK(contains(text, "0 (off)"));

    known.seen.rows[0].members_known = false;
    known.manifest.spec.members.reset();
    CHECK(contains(description_text(known.described(), now), "Members: not known"));
}

TEST_CASE("what the last attempt failed of is told with what is not in sync") {
    Known known;
    known.manifest.spec.port = 81;
    HistoryEntry failed;
    failed.at = now - 1min;
    failed.action = "update";
    failed.result = "error";
    failed.detail = "APIG.2011\x1b[2J";
    failed.request_id = "r-1";
    failed.revision = "0123456789abcdef0123";
    known.attempts = {failed};
    const ChannelDescription channel = known.described();
    CHECK_FALSE(condition(channel, "Synced").status);
    CHECK(contains(condition(channel, "Synced").reason, "differs at /port; the last attempt, update at ")
    );
    CHECK_FALSE(condition(channel, "Drifted").status);
    const std::string text = description_text(channel, now);
    CHECK(contains(text, "  2019-12-19T23:59:00Z  update  error  revision 0123456789ab  request r-1\n"));
    CHECK(contains(text, "/port: 80 -> 81  (the manifest changed)"));
    CHECK_FALSE(contains(text, "\x1b"));

    failed.result = "ok";
    known.attempts = {failed};
    CHECK(condition(known.described(), "Synced").reason == "differs at /port");
}

TEST_CASE("drift, a stall, and a suspension by a person and by the manifest are told apart") {
    Known known;
    known.seen.rows[0].spec.port = 99;
    CHECK(condition(known.described(), "Drifted").status);
    CHECK(condition(known.described(), "Drifted").reason == "live is not as applied last: /port");

    known.suspended = Suspension{now + 1h, "freeze"};
    known.manifest.lifecycle.suspend = Suspension{std::nullopt, "audit"};
    CHECK(
        condition(known.described(), "Suspended").reason ==
        "by lifecycle.suspend: audit, and by fairway suspend until 2019-12-20T01:00:00Z: freeze"
    );
    CHECK(condition(known.described(), "Drifted").status);
    known.suspended->until = now - 1s;
    known.manifest.lifecycle.suspend->until = now;
    CHECK_FALSE(condition(known.described(), "Suspended").status);

    known.ours = false;
    const ChannelDescription foreign = known.described();
    CHECK(condition(foreign, "Stalled").status);
    CHECK_FALSE(condition(foreign, "Drifted").status);
    REQUIRE(foreign.instances[0].fields.size() == 1);
    CHECK(foreign.instances[0].fields[0].field.before == "99");
    CHECK_FALSE(foreign.instances[0].ours);
}

TEST_CASE("instances come in the manifest's order, then those that only we or the cloud know") {
    Known known;
    known.manifest.spec.instance_ids = {"i5", "i1"};
    known.record.ids = {{"i1", "a"}, {"i3", "gone"}};
    InstanceChannel other = known.seen.rows[0];
    other.instance = "i0";
    other.id = "z";
    known.seen.rows.push_back(other);
    const ChannelDescription channel = known.described();
    std::vector<std::string> order;
    for (const DescribedInstance& one : channel.instances) order.push_back(one.instance);
    CHECK(order == std::vector<std::string>{"i5", "i1", "i3", "i0"});
    CHECK_FALSE(channel.instances[0].present);
    CHECK(channel.instances[1].present);
    CHECK_FALSE(channel.instances[2].present);
    CHECK(channel.instances[2].id == "gone");
    CHECK_FALSE(channel.instances[3].ours);
    CHECK_FALSE(channel.instances[3].wanted);
}

TEST_CASE("a manifest that cannot be read stalls the channel with its first problem") {
    Known known;
    ChannelDescription channel = known.described();
    known.wish.manifests.clear();
    known.wish.unreadable.insert(key);
    ManifestProblem problem;
    problem.place = {"web.yaml", 7, 9};
    problem.field = "spec.port";
    problem.wrong = "is too large";
    problem.key = key;
    known.wish.problems = {problem};
    DescriptionInput from{key, known.wish};
    from.record = &known.record;
    channel = describe(from);
    CHECK(
        condition(channel, "Stalled").reason == "its manifest cannot be read: spec.port: is too large"
    );
    CHECK(contains(description_text(channel, now), "Manifest:     web.yaml:7 cannot be read\n"));
}

TEST_CASE("the document has nulls for what is not there") {
    const ManifestSnapshot wish;
    DescriptionInput from{key, wish};
    const std::string json = description_json(describe(from));
    CHECK(contains(
        json, R"("apiVersion":"fairway.report/v1","project":"default","name":"web","manifest":null)"
    ));
    CHECK(contains(json, R"("row":null)"));
    CHECK(contains(
        json,
        R"({"type":"Synced","status":false,"reason":"neither a manifest declares it nor is it ours"})"
    ));
}

}  // namespace
}  // namespace fairway
