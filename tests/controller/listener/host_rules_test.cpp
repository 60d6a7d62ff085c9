#include "controller/listener/host_rules.hpp"

#include <doctest/doctest.h>

using namespace fairway;

TEST_CASE("a listen address is an IP address and a port") {
    CHECK(*parse_listen_address("127.0.0.1:9464") == ListenAddress{"127.0.0.1", 9464});
    CHECK(*parse_listen_address("localhost:0") == ListenAddress{"127.0.0.1", 0});
    CHECK(*parse_listen_address("[0:0::1]:80") == ListenAddress{"::1", 80});
    CHECK(*parse_listen_address("0.0.0.0:9464") == ListenAddress{"0.0.0.0", 9464});
    for (const char* text :
         {"", ":9464", "9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:9464",
          "[::1]", "[::1]9464", "[127.0.0.1]:1", "example.org:9464", "127.0.0.1:94a"}) {
        CAPTURE(text);
        const auto address = parse_listen_address(text);
        REQUIRE_FALSE(address);
        CHECK(address.error().what().find("listen address") == 0);
    }
}

TEST_CASE("Host must be the address, localhost or a configured name, with our port") {
    const HostRules rules("10.1.2.3", 9464, false, {"metrics.example", "proxy.example:443"});
    for (const char* host :
         {"10.1.2.3:9464", "localhost:9464", "LocalHost:9464", "127.0.0.1:9464", "[::1]:9464",
          "[0::1]:9464", "metrics.example:9464", "METRICS.example:9464", "proxy.example:443"}) {
        CAPTURE(host);
        CHECK(rules.allows(host, "10.1.2.3"));
    }
    for (const char* host :
         {"", "evil.example:9464", "localhost", "localhost:9465", "localhost:", "localhost:9464:1",
          "localhost.evil.example:9464", "metrics.example", "proxy.example:9464", "10.1.2.4:9464",
          "[::1:9464", "::1:9464", "user@localhost:9464", "localhost:+9464", "localhost :9464"}) {
        CAPTURE(host);
        CHECK_FALSE(rules.allows(host, "10.1.2.4"));
    }
}

TEST_CASE("on port 80 a browser leaves the port out") {
    const HostRules rules("127.0.0.1", 80, false, {});
    CHECK(rules.allows("localhost", "127.0.0.1"));
    CHECK(rules.allows("localhost:80", "127.0.0.1"));
}

TEST_CASE("on every address the one that the connection came in at is allowed, and names are not") {
    const HostRules rules("0.0.0.0", 9464, true, {});
    CHECK(rules.allows("10.9.8.7:9464", "10.9.8.7"));
    CHECK_FALSE(rules.allows("10.9.8.7:9465", "10.9.8.7"));
    CHECK_FALSE(rules.allows("10.9.8.6:9464", "10.9.8.7"));
    CHECK_FALSE(rules.allows("evil.example:9464", "10.9.8.7"));
}
