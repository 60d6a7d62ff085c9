#include "tests/simulator_test/cloud.hpp"

using namespace simulator_test;

TEST_CASE("the audit log tells who wrote what, and what came of it") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    AuditEntry entry = cloud.last();
    CHECK(entry.sequence == 1);
    CHECK(entry.method == "POST");
    CHECK(entry.path == project_channels);
    CHECK(entry.operation == "CreateProjectVpcChannel");
    CHECK(entry.channel == "VPC_demo");
    CHECK(entry.instance_ids == std::vector<std::string>{test1, test2});
    CHECK(entry.status == 201);
    CHECK(entry.error_code == "");
    CHECK(entry.committed);
    CHECK(entry.body == Body::create().str());
    CHECK(entry.started_us <= entry.decided_us);
    CHECK(entry.connection == 1);

    cloud.get(project_channels + "?name=VPC_demo&precise_search=name");
    entry = cloud.last();
    CHECK(entry.sequence == 2);
    CHECK(entry.channel == "VPC_demo");
    CHECK_FALSE(entry.committed);

    cloud.remove(on_instance(test1, "/" + id));
    CHECK(cloud.last().channel == "VPC_demo");
    CHECK(cloud.last().instance_ids == std::vector<std::string>{test1});
    cloud.post(project_channels, Body::create().str());
    CHECK(cloud.last().error_code == "APIG.3208");
    cloud.get("/nowhere");
    CHECK(cloud.last().operation == "");
    CHECK(cloud.last().error_code == "APIG.0101");
}

TEST_CASE("entries are asked for by sequence and by operation, and cleared") {
    Cloud cloud;
    for (int i = 0; i < 3; ++i) cloud.get(project_channels);
    cloud.create_demo();
    CHECK(cloud.simulator.audit(2).size() == 2);
    CHECK(cloud.simulator.audit(0, "CreateProjectVpcChannel").size() == 1);
    CHECK(cloud.simulator.audit_summary().by_status.at("ListProjectVpcChannelsV2").at(200) == 3);
    cloud.simulator.clear_audit();
    CHECK(cloud.simulator.audit().empty());
    CHECK(cloud.simulator.audit_summary().requests == 0);
    cloud.get(project_channels);
    CHECK(cloud.last().sequence == 5);  // the sequence goes on
}

TEST_CASE("passwords do not get into the log") {
    Cloud cloud;
    cloud.client.call("POST", "/v3/auth/tokens", Body::file("iam-token.request.json").str());
    CHECK(cloud.last().body.find("IAMPassword") == std::string::npos);
    CHECK(cloud.last().body.find("IAMUser") != std::string::npos);
    cloud.post(on_instance(test1), Body::file("channel-create-nacos.request.json").str());
    CHECK(cloud.last().body.find("example-only") == std::string::npos);
}

TEST_CASE("the log keeps so many entries, and so much of a body") {
    Config config;
    config.audit_entries = 2;
    config.audit_body_bytes = 10;
    Cloud cloud(config);
    for (int i = 0; i < 3; ++i) cloud.post(project_channels, Body::create().str());
    const std::vector<AuditEntry> entries = cloud.simulator.audit();
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].sequence == 2);
    CHECK(entries[0].body.size() == 10);
    CHECK(cloud.simulator.audit_summary().requests == 3);
}
