#include <thread>

#include "tests/simulator_test/cloud.hpp"

using namespace simulator_test;

namespace {

FaultRule fault(FaultKind kind, const std::string& operation = "CreateProjectVpcChannel") {
    FaultRule rule;
    rule.kind = kind;
    rule.operation = operation;
    rule.first = 1;
    return rule;
}

/// Sends the create; whether an answer came.
bool answered(Cloud& cloud) {
    try {
        cloud.post(project_channels, Body::create().str());
        return true;
    } catch (const Broken&) {
        return false;
    }
}

}  // namespace

TEST_CASE("a reset before the commit writes nothing") {
    Cloud cloud;
    cloud.simulator.set_faults({fault(FaultKind::reset_before_commit)});
    CHECK_FALSE(answered(cloud));
    CHECK(cloud.simulator.channels().empty());
    CHECK(cloud.last().fault == "reset_before_commit");
    CHECK(cloud.last().status == 0);
    CHECK_FALSE(cloud.last().committed);
    CHECK(answered(cloud));  // it fires once
    CHECK(cloud.simulator.channels().size() == 2);
}

TEST_CASE("a reset after the commit has written everything") {
    Cloud cloud;
    cloud.simulator.set_faults({fault(FaultKind::reset_after_commit)});
    CHECK_FALSE(answered(cloud));
    CHECK(cloud.simulator.channels().size() == 2);
    CHECK(cloud.last().committed);
    CHECK(cloud.last().status == 0);
}

TEST_CASE("an error instead of the work has the status, the code and the pause asked for") {
    Cloud cloud;
    FaultRule rule = fault(FaultKind::status);
    rule.status = 503;
    rule.code = "APIG.0613";
    rule.retry_after = 7;
    cloud.simulator.set_faults({rule});
    const Response response = cloud.post(project_channels, Body::create().str());
    CHECK(response.status == 503);
    CHECK(response.error_code() == "APIG.0613");
    CHECK(*response.header("retry-after") == "7");
    CHECK(cloud.simulator.channels().empty());
}

TEST_CASE("an error may come as a page of HTML") {
    Cloud cloud;
    FaultRule rule = fault(FaultKind::status);
    rule.status = 502;
    rule.body = "<html>Bad Gateway</html>";
    rule.content_type = "text/html";
    cloud.simulator.set_faults({rule});
    const Response response = cloud.post(project_channels, Body::create().str());
    CHECK(response.status == 502);
    CHECK(*response.header("content-type") == "text/html");
    CHECK(response.body == "<html>Bad Gateway</html>");
}

TEST_CASE("an error after the commit hides that the work is done") {
    Cloud cloud;
    FaultRule rule = fault(FaultKind::status_after_commit);
    rule.status = 504;
    rule.code = "APIG.0203";
    cloud.simulator.set_faults({rule});
    CHECK(cloud.post(project_channels, Body::create().str()).status == 504);
    CHECK(cloud.simulator.channels().size() == 2);
    CHECK(cloud.last().committed);
    CHECK(cloud.last().error_code == "APIG.0203");
}

TEST_CASE("a project-level write that breaks off midway leaves the first instances written") {
    Cloud cloud;
    cloud.simulator.set_faults({fault(FaultKind::fail_midway)});
    const Response response = cloud.post(project_channels, Body::create().str());
    CHECK(response.status == 500);
    CHECK(response.error_code() == "APIG.9999");
    REQUIRE(cloud.simulator.channels().size() == 1);
    CHECK(cloud.simulator.channels()[0].instance_id == test1);
    CHECK(cloud.last().committed);
}

TEST_CASE("throttling answers 429 of the gateway, or 500 in disguise") {
    Cloud cloud;
    FaultRule rule = fault(FaultKind::throttle, "*");
    rule.retry_after = 3;
    FaultRule disguised = fault(FaultKind::throttle, "*");
    disguised.code = "APIG.9008";
    cloud.simulator.set_faults({rule, disguised});
    const Response response = cloud.get(project_channels);
    CHECK(response.status == 429);
    CHECK(response.error_code() == "APIGW.0308");
    CHECK(*response.header("retry-after") == "3");
    const Response second = cloud.get(project_channels);
    CHECK(second.status == 500);
    CHECK(second.error_code() == "APIG.9008");
    CHECK(cloud.get(project_channels).status == 200);
}

TEST_CASE("a truncated body breaks off") {
    Cloud cloud;
    cloud.simulator.set_faults({fault(FaultKind::truncate_body)});
    CHECK_FALSE(answered(cloud));
    CHECK(cloud.simulator.channels().size() == 2);
}

TEST_CASE("garbage, HTML and bodies without end come as 200") {
    Cloud cloud;
    FaultRule big = fault(FaultKind::oversized_body, "*");
    big.bytes = 3'000'000;
    cloud.simulator.set_faults({fault(FaultKind::garbage, "*"), fault(FaultKind::html, "*"), big});
    Response response = cloud.get(project_channels);
    CHECK(response.status == 200);
    CHECK(response.at("") == "(not JSON)");
    response = cloud.get(project_channels);
    CHECK(response.status == 200);
    CHECK(*response.header("content-type") == "text/html");
    response = cloud.get(project_channels);
    CHECK(response.status == 200);
    CHECK(response.body.size() > 3'000'000);
    CHECK(response.at("/total") == "0");
}

TEST_CASE("a hanging request gets no answer, and may have been performed") {
    for (const FaultKind kind : {FaultKind::hang, FaultKind::hang_after_commit}) {
        Cloud cloud;
        cloud.simulator.set_faults({fault(kind)});
        const std::string body = Body::create().str();
        cloud.client.send(
            "POST", project_channels, body, cloud.signed_headers("POST", project_channels, body)
        );
        while (cloud.simulator.audit().empty()) std::this_thread::yield();
        CHECK(cloud.last().status == 0);
        CHECK(cloud.simulator.channels().size() == (kind == FaultKind::hang ? 0 : 2));
        cloud.simulator.drop_connections();
        CHECK_THROWS_AS(cloud.client.receive(), Broken);
    }
}

TEST_CASE("a delay comes before the work") {
    Cloud cloud;
    FaultRule rule = fault(FaultKind::delay);
    rule.delay_ms = 30;
    cloud.simulator.set_faults({rule});
    cloud.create_demo();
    CHECK(cloud.last().decided_us - cloud.last().started_us >= 30'000);
    CHECK(cloud.last().fault == "delay");
}

TEST_CASE("latency is set by operation") {
    Cloud cloud;
    cloud.simulator.set_latency({{"*", 20}, {"CreateProjectVpcChannel", 0}});
    cloud.create_demo();
    CHECK(cloud.last().decided_us - cloud.last().started_us < 20'000);
    cloud.get(project_channels);
    CHECK(cloud.last().decided_us - cloud.last().started_us >= 20'000);
}

TEST_CASE("a fault concerns the channels that its pattern names") {
    Cloud cloud;
    FaultRule rule;
    rule.channel = "shop-*";
    cloud.simulator.set_faults({rule});
    const std::string id = cloud.create_demo();
    CHECK(cloud.post(project_channels, Body::create().text("/name", "shop-1").str()).status == 500);
    CHECK(cloud.get(on_instance(test1, "/" + id)).status == 200);
    cloud.simulator.change(id, [](Channel& channel) { channel.name = "shop-2"; });
    CHECK(cloud.get(on_instance(test1, "/" + id)).status == 500);
    CHECK(cloud.get(project_channels).status == 200);
    CHECK(cloud.get(project_channels + "?name=shop-2&precise_search=name").status == 500);
}

TEST_CASE("the second of two writers to one channel fails, or waits") {
    Cloud cloud;
    cloud.create_demo();
    Client second(cloud.simulator.port(), cloud.simulator.ca_pem());
    const std::string body = Body::create().str();
    const auto write_twice = [&] {
        const Pairs headers = cloud.signed_headers("PUT", project_channels, body);
        cloud.client.send("PUT", project_channels, body, headers);
        second.send("PUT", project_channels, body, headers);
        const int first = cloud.client.receive().status;
        return std::pair(first, second.receive().status);
    };
    write_twice();  // both connections are open now
    cloud.simulator.set_latency({{"UpdateProjectVpcChannel", 200}});
    const auto [one, other] = write_twice();
    CHECK(one + other == 200 + 500);
    cloud.simulator.set_switch("concurrent_write_error", "wait");
    CHECK(write_twice() == std::pair(200, 200));
}
