#include "tests/simulator/text.hpp"

#include "tests/simulator/audit.hpp"
#include "tests/simulator/faults.hpp"
#include "tests/simulator_test/cloud.hpp"

using namespace simulator_test;

TEST_CASE("a pattern with stars matches what stands between them") {
    CHECK(matches_glob("shop-*", "shop-1"));
    CHECK(matches_glob("*", ""));
    CHECK(matches_glob("*-eu-*", "shop-eu-west-eu-1"));
    CHECK(matches_glob("a?c", "abc"));
    CHECK_FALSE(matches_glob("shop", "shop-1"));
    CHECK_FALSE(matches_glob("*-eu", "shop-eu-1"));
}

TEST_CASE("times are written with a fraction that has no trailing zeros, or without one") {
    const WallTime time = std::chrono::sys_days(std::chrono::year(2020) / 7 / 23) +
                          std::chrono::hours(7) + std::chrono::minutes(11) + std::chrono::seconds(57) +
                          std::chrono::nanoseconds(244'800'000);
    CHECK(rfc3339(time, true) == "2020-07-23T07:11:57.2448Z");
    CHECK(rfc3339(time, false) == "2020-07-23T07:11:57Z");
    CHECK(iam_time(time) == "2020-07-23T07:11:57.244800Z");
}

TEST_CASE("only a date in the basic form is one") {
    WallTime time;
    REQUIRE(parse_basic_time("20200723T071157Z", time));
    CHECK(rfc3339(time, true) == "2020-07-23T07:11:57Z");
    for (const char* const wrong :
         {"", "20200723T071157", "20201323T071157Z", "20200230T071157Z", "2020-7-3T071157Z"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_basic_time(wrong, time));
    }
}

TEST_CASE("names are counted in characters, not in bytes") {
    CHECK(code_points("通道-1").size() == 4);
}

TEST_CASE("secrets are masked, in broken JSON too") {
    CHECK(mask_secrets(R"({"password" : "a\"b","x":1})") == R"({"password" : "***","x":1})");
    CHECK(mask_secrets(R"({"secret":"abc)") == R"({"secret":"***)");
    CHECK(mask_secrets(R"({"name":"password"})") == R"({"name":"password"})");
}

TEST_CASE("the same requests in the same order meet the same faults") {
    FaultRule rule;
    rule.probability = 0.5;
    const auto fired = [&](std::uint64_t seed) {
        Faults faults;
        faults.set({rule}, seed);
        std::string result;
        for (int i = 0; i < 64; ++i) result += faults.draw("X", "").rule ? '1' : '0';
        return result;
    };
    CHECK(fired(7) == fired(7));
    CHECK(fired(7) != fired(8));
    CHECK(fired(7).find('0') != std::string::npos);
    CHECK(fired(7).find('1') != std::string::npos);
}

TEST_CASE("a rule lets requests through first, fires so often and no more") {
    FaultRule rule;
    rule.operation = "A";
    rule.channel = "shop-*";
    rule.skip = 1;
    rule.first = 2;
    Faults faults;
    faults.set({rule}, 1);
    std::string result;
    for (int i = 0; i < 5; ++i) result += faults.draw("A", "shop-1").rule ? '1' : '0';
    CHECK(result == "01100");
    faults.set({rule}, 1);
    CHECK_FALSE(faults.draw("B", "shop-1").rule);
    CHECK_FALSE(faults.draw("A", "other").rule);
    CHECK_FALSE(faults.draw("A", "").rule);
}

TEST_CASE("delays add up with another fault") {
    FaultRule delay;
    delay.kind = FaultKind::delay;
    delay.delay_ms = 10;
    FaultRule reset;
    reset.kind = FaultKind::reset_before_commit;
    Faults faults;
    faults.set({delay, reset, delay}, 1);
    const FaultDraw drawn = faults.draw("A", "");
    CHECK(drawn.delay_ms == 20);
    REQUIRE(drawn.rule);
    CHECK(drawn.rule->kind == FaultKind::reset_before_commit);
    CHECK(drawn.name == "delay+reset_before_commit+delay");
}

TEST_CASE("a configuration is read strictly") {
    Config config;
    read_config(
        config, R"({"region":"cn-east-3","switches":{"count_ip_members":false,"group_limit":3},
                            "projects":[{"id":"p","name":"cn-east-3","instances":[{"id":"i","name":"one"}]}],
                            "faults":[{"kind":"hang","operation":"CreateToken"}],"latency_ms":{"*":5}})"
    );
    CHECK(config.region == "cn-east-3");
    CHECK(config.switches.count_ip_members == YesNo::no);
    CHECK(config.switches.group_limit == 3);
    REQUIRE(config.projects.size() == 1);
    CHECK(config.projects[0].instances[0].vpc_name_modifiable == "off");
    CHECK(config.faults[0].kind == FaultKind::hang);
    CHECK(config.latency_ms["*"] == 5);
    CHECK(config.users.size() == 1);

    for (const char* const wrong :
         {"[]", "{", R"({"regoin":"x"})", R"({"switches":{"nope":1}})",
          R"({"switches":{"list_order":"any"}})", R"({"faults":[{"kind":"nope"}]})",
          R"({"port":"1"})"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(read_config(config, wrong), std::invalid_argument);
    }
    CHECK(config.region == "cn-east-3");
}

TEST_CASE("every switch takes back the value it shows") {
    Switches switches;
    for (const std::string_view name : switch_names()) {
        CAPTURE(name);
        CHECK_NOTHROW(set_switch(switches, name, switch_value(switches, name)));
        CHECK_THROWS_AS(set_switch(switches, name, "nonsense"), std::invalid_argument);
    }
}

TEST_CASE("instances can be asked for beside those of the configuration") {
    Config config;
    add_instances(config, 20);
    const auto& instances = config.projects[0].instances;
    REQUIRE(instances.size() == 22);
    CHECK(instances[21].name == "test22");
    CHECK(instances[21].id != instances[20].id);
    CHECK(instances[21].id.size() == 32);
}
