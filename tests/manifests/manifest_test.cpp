#include <doctest/doctest.h>

#include "tests/manifests/manifest_text.hpp"

namespace fairway {
namespace {

using test::file;
using test::manifest;
using test::told;

Manifest only_one(const std::string& text) {
    const auto reading = file("a.yaml", text);
    CAPTURE(told(*reading));
    REQUIRE(reading->manifests.size() == 1);
    return *reading->manifests.front();
}

TEST_CASE("what a manifest does not say stays unsaid") {
    const Manifest read = only_one(manifest("abc"));
    ChannelSpec expected;
    expected.port = 22;
    expected.instance_ids = {"a"};
    CHECK(read.spec == expected);
    CHECK(read.key == ChannelKey{"default", "abc"});
    CHECK(read.lifecycle.adopt == AdoptPolicy::never);
    CHECK(read.lifecycle.deletion == DeletionPolicy::delete_);
    CHECK(read.lifecycle.drift == DriftPolicy::correct);
    CHECK_FALSE(read.lifecycle.suspend);
}

TEST_CASE("an empty list is not an absent one") {
    const auto read = only_one(manifest("abc", "  members: []\n  member_groups: []\n"));
    REQUIRE(read.spec.members);
    CHECK(read.spec.members->empty());
    REQUIRE(read.spec.member_groups);
    CHECK(read.spec.member_groups->empty());
}

TEST_CASE("the four ways to distribute have a number and a word") {
    const std::vector<std::pair<std::string, BalanceStrategy>> table{
        {"1", BalanceStrategy::wrr},          {"wrr", BalanceStrategy::wrr},
        {"2", BalanceStrategy::wlc},          {"wlc", BalanceStrategy::wlc},
        {"wleastconn", BalanceStrategy::wlc}, {"3", BalanceStrategy::sh},
        {"sh", BalanceStrategy::sh},          {"4", BalanceStrategy::uri},
        {"uri", BalanceStrategy::uri}};
    for (const auto& [written, meant] : table) {
        CAPTURE(written);
        CHECK(
            only_one(manifest("abc", "  balance_strategy: " + written + '\n')).spec.balance_strategy ==
            meant
        );
    }
}

TEST_CASE("of type and vpc_channel_type that agree, only the second is kept") {
    const auto read = only_one(manifest("abc", "  type: 2\n  vpc_channel_type: builtin\n"));
    CHECK_FALSE(read.spec.type);
    CHECK(read.spec.vpc_channel_type == ChannelType::builtin);
    CHECK(only_one(manifest("abc", "  type: 2\n")).spec.type == 2);
    CHECK_FALSE(only_one(manifest("abc", "  type: 0\n")).spec.type);
}

TEST_CASE("every part of a lifecycle arrives") {
    const auto read = only_one(manifest(
        "abc",
        "lifecycle:\n  adopt: if-equal\n  deletion: forbid\n  drift: warn\n  ignore: "
        "[/members/*/weight]\n"
        "  suspend: {until: \"2026-12-01T07:00:00.25+01:00\", reason: freeze}\n"
    ));
    CHECK(read.lifecycle.adopt == AdoptPolicy::if_equal);
    CHECK(read.lifecycle.deletion == DeletionPolicy::forbid);
    CHECK(read.lifecycle.drift == DriftPolicy::warn);
    CHECK(read.lifecycle.ignore == std::vector<std::string>{"/members/*/weight"});
    REQUIRE(read.lifecycle.suspend);
    using namespace std::chrono;
    CHECK(
        *read.lifecycle.suspend->until == sys_days(2026y / December / 1) + hours(6) + milliseconds(250)
    );
    CHECK(read.lifecycle.suspend->reason == "freeze");
}

TEST_CASE("a pointer to what is never compared is warned of, and the manifest stays valid") {
    const auto told_of = [](const std::string& pointer) {
        const auto reading =
            file("a.yaml", manifest("abc", "lifecycle: {ignore: [\"" + pointer + "\"]}\n"));
        CHECK(reading->manifests.size() == 1);
        return told(*reading);
    };
    for (const char* pointer :
         {"/port", "/members", "/members/*", "/members/*/weight", "/members/web,10.0.0.1,80/weight",
          "/member_groups/*/microservice_labels", "/vpc_health_config/timeout", "/microservice_info/*",
          "/microservice_info/nacos_info/user_info", "/*/*/weight"}) {
        CAPTURE(pointer);
        CHECK(told_of(pointer).empty());
    }
    for (const char* pointer :
         {"/members/*/wieght", "/members/*/weight/x", "/vpc_health_config/*/timeout",
          "/microservice_info/nacos_info/user_info/password", "/port/x", "/member_groups/weight/a"}) {
        CAPTURE(pointer);
        CHECK(told_of(pointer).find("matches nothing that is compared") != std::string::npos);
    }
}

TEST_CASE("a service type that is left out follows from the one object that is there") {
    const auto read = only_one(manifest(
        "abc",
        "  vpc_channel_type: microservice\n  microservice_info: {cse_info: {engine_id: e, service_id: "
        "s}}\n"
    ));
    CHECK(read.spec.microservice_info->service_type == ServiceType::cse);
}

TEST_CASE("a manifest without a project belongs to the only one there is") {
    ManifestContext context;
    context.check_names = true;
    context.projects = {"prod"};
    CHECK(file("a.yaml", manifest("abc"), context)->manifests.front()->key.project == "prod");

    context.projects = {"prod", "test"};
    const auto reading = file("a.yaml", manifest("abc"), context);
    CHECK(
        told(*reading) ==
        "a.yaml:3:11: metadata.project: is missing, and there are several; write prod or test\n"
    );
    CHECK(reading->unreadable == std::set<ChannelKey>{{"prod", "abc"}, {"test", "abc"}});
}

TEST_CASE("a project or secret that the configuration does not define is refused, with the one meant") {
    ManifestContext context;
    context.check_names = true;
    context.projects = {"default"};
    context.secrets = {"nacos-prod"};
    const std::string text =
        "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: abc, project: defualt}\nspec:\n  "
        "port: 22\n"
        "  instance_ids: [a]\n  vpc_channel_type: microservice\n  microservice_info:\n"
        "    service_type: NACOS\n    nacos_info:\n      service_name: s\n"
        "      server_config: [{ip_address: 10.0.0.1, port: 1}]\n"
        "      user_info: {user_name: u, password: {secret: nacos-prd}}\n";
    CHECK(
        told(*file("a.yaml", text, context)) ==
        "a.yaml:3:32: metadata.project: the configuration defines no project \"defualt\"; did you mean "
        "default?\n"
        "a.yaml:13:52: spec.microservice_info.nacos_info.user_info.password.secret: the configuration "
        "defines "
        "no secret \"nacos-prd\"; did you mean nacos-prod?\n"
    );
    CHECK(told(*file("a.yaml", text)).empty());
}

TEST_CASE("a problem names the channel it concerns") {
    const auto reading = file("a.yaml", manifest("abc", "  prot: 1\n"));
    REQUIRE(reading->problems.size() == 1);
    CHECK(reading->problems[0].key == ChannelKey{"default", "abc"});
    CHECK(reading->invalid == 1);
}

TEST_CASE("of a file that breaks off nothing is believed, and every name read so far is left alone") {
    const auto reading =
        file("a.yaml", manifest("abc") + "---\n" + manifest("second", "  members: [\n"));
    CHECK(reading->manifests.empty());
    CHECK(reading->unreadable == std::set<ChannelKey>{{"default", "abc"}, {"default", "second"}});
    CHECK(reading->invalid == 2);
}

TEST_CASE("the name of a pasted body is enough to leave its channel alone") {
    const auto reading = file(
        "a.yaml",
        "apiVersion: fairway/v1\nkind: VpcChannel\nspec: {name: abc, port: 1, instance_ids: [a]}\n"
    );
    CHECK(reading->unreadable.contains({"default", "abc"}));
}

TEST_CASE("a hundred problems are told, and how many more there are") {
    std::string keys;
    for (int i = 0; i < 250; ++i) keys += "  x" + std::to_string(i) + ": 1\n";
    const auto reading = file("a.yaml", manifest("abc", keys));
    REQUIRE(reading->problems.size() == 101);
    CHECK(reading->problems.front().wrong == "only the first problems are told here, 150 more are not");
}

TEST_CASE("equal bytes have equal digests") {
    CHECK(content_digest("a") == content_digest("a"));
    CHECK(content_digest("a") != content_digest("b"));
    CHECK(content_digest("").size() == 32);
    CHECK(file("a.yaml", "x: y")->digest == content_digest("x: y"));
}

}  // namespace
}  // namespace fairway
