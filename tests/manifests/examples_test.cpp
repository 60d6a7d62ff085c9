#include <doctest/doctest.h>

#include <filesystem>

#include "tests/manifests/manifest_text.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;

ManifestSnapshot examples() {
    ManifestContext context;
    context.check_names = true;
    context.projects = {"default"};
    context.secrets = {"nacos-prod"};
    std::vector<std::shared_ptr<const FileManifests>> files;
    for (const auto& entry : fs::directory_iterator(FAIRWAY_SOURCE_DIR "/manifests/examples")) {
        files.push_back(test::file(entry.path().filename(), test::read_file(entry.path()), context));
    }
    return assemble(std::move(files), "examples");
}

TEST_CASE("every example is valid, without a warning") {
    const auto snapshot = examples();
    CHECK(test::told(snapshot).empty());
    CHECK(snapshot.complete());
    CHECK(snapshot.files >= 5);
    CHECK(snapshot.manifests.size() >= snapshot.files);
}

TEST_CASE("every example names the schema for editors") {
    for (const auto& entry : fs::directory_iterator(FAIRWAY_SOURCE_DIR "/manifests/examples")) {
        CAPTURE(entry.path().string());
        const std::string line = "# yaml-language-server: $schema=../fairway.schema.json\n";
        CHECK(test::read_file(entry.path()).starts_with(line));
    }
}

TEST_CASE("VPC_demo is the documented create request") {
    const auto snapshot = examples();
    const Manifest* demo = snapshot.find({"default", "VPC_demo"});
    REQUIRE(demo);
    ChannelSpec expected;
    expected.port = 22;
    expected.balance_strategy = BalanceStrategy::wrr;
    expected.member_type = MemberType::ip;
    MemberGroup test_group, default_group;
    test_group.member_group_name = "test";
    test_group.member_group_weight = 1;
    test_group.member_group_remark = "remark";
    default_group.member_group_name = "default";
    default_group.member_group_weight = 2;
    default_group.member_group_remark = "remark";
    expected.member_groups = {test_group, default_group};
    Member first, second;
    first.host = "192.168.0.5";
    first.weight = 1;
    first.member_group_name = "test";
    second.host = "192.168.1.124";
    second.weight = 2;
    second.member_group_name = "default";
    expected.members = {first, second};
    HealthCheck health;
    health.protocol = HealthProtocol::http;
    health.path = "/vpc/demo";
    health.port = 22;
    health.http_code = "200";
    health.threshold_normal = 2;
    health.threshold_abnormal = 5;
    health.time_interval = 10;
    health.timeout = 5;
    health.enable_client_ssl = false;
    expected.vpc_health_config = health;
    expected.instance_ids = {"eea73cde015940908ae0117d67bf7330", "ddd73cde017890908ae0117d67bf7330"};
    CHECK(demo->spec == expected);
}

TEST_CASE("the program carries the schema of the repository") {
    CHECK(manifest_schema() == test::read_file(FAIRWAY_SOURCE_DIR "/manifests/fairway.schema.json"));
}

}  // namespace
}  // namespace fairway
