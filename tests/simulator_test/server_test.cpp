#include "tests/simulator_test/cloud.hpp"

using namespace simulator_test;

namespace {

/// Why the connection failed.
std::string failure(Client client) {
    try {
        client.call("GET", "/");
    } catch (const Broken& broken) {
        return broken.why;
    }
    return "";
}

std::string failure_with(Certificate kind) {
    Config config;
    config.certificate = kind;
    const Simulator simulator(config);
    return failure(Client(simulator.port(), simulator.ca_pem()));
}

}  // namespace

TEST_CASE("the certificate is good for the address and for the name") {
    const Simulator simulator;
    CHECK(Client(simulator.port(), simulator.ca_pem()).call("GET", "/").status == 404);
    CHECK(Client(simulator.port(), simulator.ca_pem(), "localhost").call("GET", "/").status == 404);
    CHECK(Client(simulator.port(), simulator.ca_pem(), "::1").call("GET", "/").status == 404);
}

TEST_CASE("bad certificates are bad in the way asked for") {
    CHECK(failure_with(Certificate::wrong_host) == "IP address mismatch");
    CHECK(failure_with(Certificate::expired) == "certificate has expired");
    CHECK(failure_with(Certificate::self_signed) == "self-signed certificate");
    const Simulator simulator, other;
    CHECK(failure(Client(simulator.port(), other.ca_pem())) != "");
}

TEST_CASE("a connection is kept, and a new one resumes the session") {
    Cloud cloud;
    for (int i = 0; i < 5; ++i) cloud.get(project_channels);
    CHECK(cloud.simulator.audit_summary().connections == 1);
    cloud.client.close();
    cloud.get(project_channels);
    CHECK(cloud.client.resumed());
    CHECK(cloud.simulator.audit_summary().resumed == 1);
}

TEST_CASE("two requests sent at once are answered in their order") {
    Cloud cloud;
    for (const char* const query : {"?limit=1", "?limit=x"}) {
        const std::string target = project_channels + query;
        cloud.client.send("GET", target, "", cloud.signed_headers("GET", target, ""));
    }
    CHECK(cloud.client.receive().status == 200);
    CHECK(cloud.client.receive().status == 400);
}

TEST_CASE("what is too large is refused by its kind") {
    Cloud cloud;
    CHECK(cloud.get("/" + std::string(33'000, 'a')).status == 414);
    CHECK(cloud.client.call("GET", "/", "", {{"X-Big", std::string(33'000, 'a')}}).status == 494);
    Pairs many;
    for (int i = 0; i < 10; ++i) many.emplace_back("X-Big", std::string(20'000, 'a'));
    CHECK(cloud.client.call("GET", "/", "", many).status == 494);
    const Response response =
        cloud.client.call("POST", project_channels, std::string((12U << 20U) + 1, ' '));
    CHECK(response.status == 413);
    CHECK(response.error_code() == "APIG.0201");
    CHECK(cloud.get(project_channels).status == 200);
}

TEST_CASE("what is not HTTP is a bad request, and the end of the connection") {
    Cloud cloud;
    cloud.client.send_raw("nonsense\r\n\r\n");
    CHECK(cloud.client.receive().status == 400);
    CHECK(cloud.get(project_channels).status == 200);
}

TEST_CASE("a body that waits to be asked for is asked for") {
    Cloud cloud;
    cloud.client.send_raw(
        "POST /v3/auth/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    );
    CHECK(cloud.client.receive().status == 100);
    cloud.client.send_raw("{}");
    CHECK(cloud.client.receive().status == 400);
}

TEST_CASE("a stopped simulator refuses connections, and starts again with its state") {
    Cloud cloud;
    const std::string id = cloud.create_demo();
    cloud.simulator.stop();
    CHECK_THROWS_AS(cloud.get(project_channels), Broken);
    CHECK_THROWS_AS(cloud.get(project_channels), Broken);
    cloud.simulator.start();
    CHECK(cloud.get(on_instance(test1, "/" + id)).status == 200);
}

TEST_CASE("a request that waits when the simulator stops holds no channel afterwards") {
    Cloud cloud;
    cloud.create_demo();
    cloud.simulator.set_latency({{"UpdateProjectVpcChannel", 60'000}});
    const std::string body = Body::create().str();
    cloud.client.send(
        "PUT", project_channels, body, cloud.signed_headers("PUT", project_channels, body)
    );
    // Answered by the same thread, and sent later: by then the first has arrived.
    Client(cloud.simulator.port(), cloud.simulator.ca_pem()).call("GET", "/");
    cloud.simulator.stop();
    cloud.simulator.start();
    cloud.simulator.set_latency({});
    cloud.client.close();
    CHECK(cloud.put(project_channels, body).status == 200);
}

TEST_CASE("two simulators with the same seed make the same ids") {
    Cloud one, two;
    CHECK(one.create_demo() == two.create_demo());
}
